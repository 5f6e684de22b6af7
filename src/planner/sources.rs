//! Where the columns that a statement writes or returns come from: the columns of tables behind
//! them, through expressions, subqueries, CTEs and set operations, as the binder resolved them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::name::{ColumnRef, Ident, TableName};
use crate::schema::{Schema, Table};
use crate::sql::{QueryStatement, Write, WriteKind, ident};
use crate::stats::Stats;

use super::bind::{self, Prepared, is_aggregate};
use super::budget::Budget;
use super::error::PlannerError;
use super::logical::expr::{ColumnId, Expr};
use super::logical::tree::{
    Body, Bound, Group, Item, OuterJoin, Query, Relation, Select, SetOp, Source,
};

/// What becomes of a column's value on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It is handed on as it is.
    Identity,
    /// An expression reads it.
    Transformation,
    /// An aggregate function reads it, in groups or in a window.
    Aggregation,
    /// It places the row in a window: PARTITION BY and ORDER BY of OVER.
    Window,
}

/// What a column does to which rows there are, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Influence {
    /// A condition between relations reads it.
    Join,
    /// A condition on one relation, HAVING or QUALIFY reads it.
    Filter,
    /// Rows are grouped by it.
    GroupBy,
    /// Rows are ordered by it.
    Sort,
}

/// The columns of tables behind a value, and what becomes of each on the way.
pub type Origins = BTreeMap<ColumnRef, BTreeSet<Change>>;

/// A column that comes out of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name: of what is written the target's, where that is known.
    pub name: Ident,
    /// What it is made of; nothing for a constant.
    pub origins: Origins,
}

/// Where what a statement writes or returns comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Column by column. A column that comes twice is written in two ways.
    pub columns: Vec<Made>,
    /// The tables and views that are read, without the target that UPDATE and MERGE join.
    pub tables: BTreeSet<TableName>,
    /// Whether these are all of its columns: not so where a star stands for those of a table that
    /// is not known as a whole.
    pub is_complete: bool,
    /// The columns that decide which rows there are.
    pub influences: BTreeMap<ColumnRef, BTreeSet<Influence>>,
}

/// Follows the columns of a statement. A view is followed where the schema has its query.
///
/// # Errors
/// Unknown or ambiguous names, and constructs that the binder does not take; see
/// [`PlannerError`].
pub fn sources(statement: &QueryStatement, schema: &Schema) -> Result<Sources, PlannerError> {
    crate::stack::with_room(|| {
        let (prepared, stats) = (Prepared::of(schema), Stats::default());
        let bound = bind::bind(statement, schema, &stats, &prepared, &mut Budget::default());
        let bound = bound.map_err(|error| error.at(&*statement.query))?;
        let mut tracer = Tracer::of(&bound);
        let values = tracer.query(&bound.root);
        let names = names(statement, schema, &bound);
        let columns = names.into_iter().zip(values);
        let columns = columns.filter_map(|(name, origins)| {
            Some(Made {
                name: name?,
                origins,
            })
        });
        let mut sources = Sources {
            columns: columns.collect(),
            is_complete: bound.root.open.is_empty(),
            tables: tracer.tables.keys().cloned().collect(),
            influences: tracer.influences,
        };
        let own = statement.write.as_ref().and_then(|write| {
            let joins = matches!(
                write.kind,
                WriteKind::Update | WriteKind::Merge | WriteKind::Delete
            );
            let target = write.target().filter(|_| joins)?;
            schema.resolve(target)
        });
        if let Some(own) = own
            && tracer.tables.get(&own.name) == Some(&1)
        {
            sources.tables.remove(&own.name);
        }
        Ok(sources)
    })
}

/// What each column of the query is called where it goes; `None` for what goes nowhere.
fn names(statement: &QueryStatement, schema: &Schema, bound: &Bound<'_>) -> Vec<Option<Ident>> {
    let outputs = &bound.root.outputs;
    let own = outputs.iter().map(|(name, _)| Some(Ident::exact(name)));
    let Some(write) = &statement.write else {
        return own.collect();
    };
    let table = write.target().and_then(|target| schema.resolve(target));
    let count = write.values.unwrap_or(outputs.len());
    let listed: Vec<Ident> = target_columns(write, table);
    let first = own.take(count).enumerate().map(|(at, own)| {
        match (listed.is_empty(), listed.get(at)) {
            (false, listed) => listed.cloned(),
            // A target of which nothing is known: its columns are called like the query's.
            (true, _) => own.filter(|name| name.as_str() != NAMELESS),
        }
    });
    let updated = write.updated.iter().map(|column| Some(ident(column)));
    first.chain(updated).collect()
}

/// What a column without a name is called.
const NAMELESS: &str = "?column?";

/// The columns of the target that the query's are for, as far as the statement or the DDL tells.
fn target_columns(write: &Write, table: Option<&Table>) -> Vec<Ident> {
    if !write.columns.is_empty() {
        return write.columns.iter().map(ident).collect();
    }
    match (write.kind, table) {
        (WriteKind::Insert | WriteKind::Merge, Some(table)) if table.columns_known => {
            let columns = table.columns.iter();
            columns.map(|column| column.name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// Works out the origins of columns, the relations of FROM before what reads them.
struct Tracer<'t, 'a> {
    bound: &'t Bound<'a>,
    columns: HashMap<ColumnId, Origins>,
    /// Which relation a column is of, to tell a join from a filter.
    relations: HashMap<ColumnId, usize>,
    count: usize,
    shared: HashMap<usize, Vec<Origins>>,
    subqueries: HashMap<usize, Vec<Origins>>,
    /// What the last round of a recursive CTE made.
    working: HashMap<usize, Vec<Origins>>,
    /// How often each table is read.
    tables: BTreeMap<TableName, usize>,
    influences: BTreeMap<ColumnRef, BTreeSet<Influence>>,
}

impl<'t, 'a> Tracer<'t, 'a> {
    fn of(bound: &'t Bound<'a>) -> Self {
        Self {
            bound,
            columns: HashMap::new(),
            relations: HashMap::new(),
            count: 0,
            shared: HashMap::new(),
            subqueries: HashMap::new(),
            working: HashMap::new(),
            tables: BTreeMap::new(),
            influences: BTreeMap::new(),
        }
    }

    /// The origins of what comes out of a query, column by column.
    fn query(&mut self, query: &Query<'a>) -> Vec<Origins> {
        let outputs = match &query.body {
            Body::Select(select) => self.select(select),
            Body::Query(inner) => self.query(inner),
            Body::SetOperation { op, branches } => {
                let mut all: Vec<Origins> = Vec::new();
                for (at, branch) in branches.iter().enumerate() {
                    let of_branch = self.query(branch);
                    match (*op, at) {
                        (_, 0) => all = of_branch,
                        // What is taken away only decides which rows are left.
                        (SetOp::Except, _) => of_branch
                            .iter()
                            .for_each(|origins| self.influence(origins, Influence::Filter)),
                        _ => merge_all(&mut all, of_branch),
                    }
                }
                all
            }
            Body::Values(_) => Vec::new(),
            Body::Recursive(both) => {
                let mut all = self.query(&both.first);
                // Each round may hand a column on to the next place: as many rounds as there are
                // columns are enough.
                for _ in 0..=all.len() {
                    self.working.insert(both.id.0, all.clone());
                    let step = self.query(&both.step);
                    let before = all.clone();
                    merge_all(&mut all, step);
                    if all == before {
                        break;
                    }
                }
                all
            }
        };
        for ((_, id), origins) in query.outputs.iter().zip(&outputs) {
            self.columns.entry(*id).or_insert_with(|| origins.clone());
        }
        for key in &query.order {
            self.conditions(std::slice::from_ref(key), Influence::Sort);
        }
        outputs
    }

    fn select(&mut self, select: &Select<'a>) -> Vec<Origins> {
        self.group(&select.from);
        self.group_conditions(&select.from);
        self.conditions(&select.correlated, Influence::Join);
        self.conditions(&select.keys, Influence::GroupBy);
        self.conditions(&select.having, Influence::Filter);
        self.conditions(select.qualify.as_slice(), Influence::Filter);
        let outputs = select.outputs.iter();
        outputs.map(|output| self.expr(&output.expr)).collect()
    }

    /// Brings in the relations of a FROM clause.
    fn group(&mut self, group: &Group<'a>) {
        for item in &group.items {
            match item {
                Item::Relation(relation) => self.relation(relation),
                Item::Outer(join) => {
                    self.group(&join.left);
                    self.group(&join.right);
                }
                Item::Expanded(expansion) => {
                    self.group(&expansion.input);
                    let mut origins = Origins::new();
                    for read in &expansion.rule.reads {
                        merge(
                            &mut origins,
                            through(self.expr(read), Change::Transformation),
                        );
                    }
                    for id in &expansion.rule.columns {
                        self.columns.insert(*id, origins.clone());
                    }
                }
            }
        }
    }

    fn group_conditions(&mut self, group: &Group<'a>) {
        self.joins_and_filters(&group.conditions);
        for item in &group.items {
            match item {
                Item::Relation(_) => {}
                Item::Outer(join) => {
                    let OuterJoin {
                        left, right, on, ..
                    } = &**join;
                    self.group_conditions(left);
                    self.group_conditions(right);
                    self.conditions(on, Influence::Join);
                }
                Item::Expanded(expansion) => {
                    self.group_conditions(&expansion.input);
                    let keeps = expansion.rule.keeps.as_deref().unwrap_or_default();
                    self.conditions(keeps, Influence::Join);
                }
            }
        }
    }

    fn relation(&mut self, relation: &Relation<'a>) {
        let origins: Vec<Origins> = match &relation.source {
            Source::Table { table, .. } => {
                *self.tables.entry(table.name.clone()).or_default() += 1;
                let columns = table.columns.iter().chain(&table.partitions);
                let own = columns.map(|column| {
                    let column = ColumnRef {
                        table: table.name.clone(),
                        column: column.name.clone(),
                    };
                    Origins::from([(column, BTreeSet::from([Change::Identity]))])
                });
                own.collect()
            }
            Source::Derived { query, .. } => self.query(query),
            Source::Shared { id, .. } => match self.shared.get(&id.0) {
                Some(known) => known.clone(),
                None => {
                    let bound = self.bound;
                    let query = bound.shared.get(id.0).map(|shared| &shared.query);
                    let origins = query.map_or_else(Vec::new, |query| self.query(query));
                    self.shared.insert(id.0, origins.clone());
                    origins
                }
            },
            Source::Working { id, .. } => self.working.get(&id.0).cloned().unwrap_or_default(),
        };
        self.count += 1;
        for (id, origins) in relation.columns.iter().zip(origins) {
            self.columns.insert(*id, origins);
            self.relations.insert(*id, self.count);
        }
    }

    fn subquery(&mut self, id: usize) -> Vec<Origins> {
        if let Some(known) = self.subqueries.get(&id) {
            return known.clone();
        }
        let bound = self.bound;
        let query = bound.subqueries.get(id);
        let origins = query.map_or_else(Vec::new, |query| self.query(query));
        self.subqueries.insert(id, origins.clone());
        origins
    }

    /// The origins of an expression's value.
    fn expr(&mut self, expr: &Expr) -> Origins {
        match expr {
            Expr::Column(id) => self.columns.get(id).cloned().unwrap_or_default(),
            Expr::Scalar(id) => self.subquery(id.0).into_iter().next().unwrap_or_default(),
            Expr::Exists { query, .. } => {
                // Whether there are rows: what they hold does not matter.
                self.subquery(query.0);
                Origins::new()
            }
            Expr::InQuery {
                operands, query, ..
            } => {
                let mut all = self.all(operands, Change::Transformation);
                for origins in self.subquery(query.0) {
                    merge(&mut all, through(origins, Change::Transformation));
                }
                all
            }
            Expr::Aggregate { args, .. } => self.all(args, Change::Aggregation),
            Expr::Window {
                name,
                args,
                partition,
                order,
            } => {
                let change = match is_aggregate(name) {
                    true => Change::Aggregation,
                    false => Change::Transformation,
                };
                let mut all = self.all(args, change);
                merge(&mut all, self.all(partition, Change::Window));
                merge(&mut all, self.all(order, Change::Window));
                all
            }
            other => {
                let mut all = Origins::new();
                for child in other.children() {
                    merge(&mut all, through(self.expr(child), Change::Transformation));
                }
                all
            }
        }
    }

    fn all(&mut self, parts: &[Expr], change: Change) -> Origins {
        let mut all = Origins::new();
        for part in parts {
            merge(&mut all, through(self.expr(part), change));
        }
        all
    }

    /// Conditions of WHERE and of inner joins.
    fn joins_and_filters(&mut self, conditions: &[Expr]) {
        for condition in conditions {
            let relations = condition.columns();
            let relations = relations.filter_map(|id| self.relations.get(&id));
            let relations: BTreeSet<usize> = relations.copied().collect();
            let influence = match relations.len() {
                0 | 1 => Influence::Filter,
                _ => Influence::Join,
            };
            self.conditions(std::slice::from_ref(condition), influence);
        }
    }

    fn conditions(&mut self, conditions: &[Expr], influence: Influence) {
        for condition in conditions {
            let origins = self.expr(condition);
            self.influence(&origins, influence);
        }
    }

    fn influence(&mut self, origins: &Origins, influence: Influence) {
        for column in origins.keys() {
            let of_column = self.influences.entry(column.clone()).or_default();
            of_column.insert(influence);
        }
    }
}

/// The same origins after another step. What only places a row goes on doing so; else the
/// greater change counts.
fn through(origins: Origins, change: Change) -> Origins {
    let after = |before: Change| before.max(change);
    let all = origins.into_iter();
    all.map(|(column, changes)| (column, changes.into_iter().map(after).collect()))
        .collect()
}

fn merge(all: &mut Origins, more: Origins) {
    for (column, changes) in more {
        all.entry(column).or_default().extend(changes);
    }
}

fn merge_all(all: &mut [Origins], more: Vec<Origins>) {
    for (one, more) in all.iter_mut().zip(more) {
        merge(one, more);
    }
}
