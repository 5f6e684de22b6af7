//! A query as a tree whose names are resolved: what the binder makes and the later
//! stages read.

use std::collections::BTreeSet;

use crate::name::{Ident, TableName};
use crate::plan::JoinKind;
use crate::plan::RowRange;
use crate::schema::Table;
use crate::sql::Write;

use crate::planner::assumptions::Assumptions;

use super::columns::Columns;
use super::expr::{ColumnId, Expr};

/// Relations that may be joined in one block.
pub(crate) const MOST_JOINED: usize = 256;

/// A CTE or view that is read more than once: an index into [`Bound::shared`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SharedId(pub usize);

/// A bound query and what its tree refers to.
pub(crate) struct Bound<'a> {
    pub root: Query<'a>,
    /// What is written, if it is no query.
    pub target: Option<Target<'a>>,
    pub subqueries: Vec<Query<'a>>,
    pub shared: Vec<Shared<'a>>,
    pub columns: Columns<'a>,
    pub assumptions: Assumptions,
}

/// What a statement writes.
pub(crate) struct Target<'a> {
    pub write: &'a Write,
    /// The table, if it stands already and the DDL defines it.
    pub table: Option<&'a Table>,
    /// The query's columns that are written.
    pub values: Vec<ColumnId>,
    pub kept: Kept,
}

/// Where a target keeps its rows.
pub(crate) enum Kept {
    /// Where the query has them.
    AsFound,
    Even,
    All,
    /// By the hash of a column, and the query's column that is its value: none for a default.
    Key(Ident, Option<ColumnId>),
    /// The DDL does not define it.
    Unknown,
}

/// A CTE or view that is read more than once and so worked out once.
pub(crate) struct Shared<'a> {
    /// What the query calls it.
    pub name: String,
    pub query: Query<'a>,
}

/// A query: a body under ORDER BY and LIMIT.
pub(crate) struct Query<'a> {
    pub body: Body<'a>,
    pub order: Vec<Expr>,
    pub limit: Option<f64>,
    /// Names and columns of what comes out.
    pub outputs: Vec<(String, ColumnId)>,
    /// Tables of which all columns come out, whichever they are: not all of them are known.
    pub open: Vec<TableName>,
}

/// What a query consists of.
pub(crate) enum Body<'a> {
    Select(Box<Select<'a>>),
    /// A query in parentheses that has an ORDER BY or LIMIT of its own.
    Query(Box<Query<'a>>),
    SetOperation {
        op: SetOp,
        branches: Vec<Query<'a>>,
    },
    /// `VALUES` with so many rows.
    Values(usize),
    /// A recursive CTE: what it starts with, and what makes further rows of rows.
    Recursive(Box<Recursion<'a>>),
}

/// The two parts of a recursive CTE.
pub(crate) struct Recursion<'a> {
    pub id: WorkingId,
    /// What the query calls it.
    pub name: String,
    pub first: Query<'a>,
    pub step: Query<'a>,
}

/// The rows that the last round of a recursive CTE made: what the next one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WorkingId(pub usize);

/// How the branches of a set operation are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetOp {
    UnionAll,
    Union,
    Intersect,
    Except,
}

/// One SELECT.
pub(crate) struct Select<'a> {
    /// FROM, with the conditions of WHERE and of inner joins.
    pub from: Group<'a>,
    /// The conditions that read columns of the block around it.
    pub correlated: Vec<Expr>,
    /// Own columns that `correlated` reads.
    pub shared: Vec<ColumnId>,
    pub outputs: Vec<Output>,
    /// GROUP BY: all keys.
    pub keys: Vec<Expr>,
    /// The sets of keys of GROUPING SETS, CUBE and ROLLUP; none where all keys are one set.
    pub sets: Vec<Vec<usize>>,
    pub having: Vec<Expr>,
    pub qualify: Option<Expr>,
    pub distinct: bool,
}

/// An item of a select list.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub name: String,
    pub expr: Expr,
    /// The column by which it is known outside.
    pub id: ColumnId,
}

/// Relations that are joined in any order, under common conditions.
#[derive(Default)]
pub(crate) struct Group<'a> {
    pub items: Vec<Item<'a>>,
    pub conditions: Vec<Expr>,
    /// Subqueries and views whose relations these are: they stay in the block's list of
    /// relations.
    pub pulled_up: usize,
}

/// A relation, or an outer join that is one to what is around it.
pub(crate) enum Item<'a> {
    Relation(Relation<'a>),
    Outer(Box<OuterJoin<'a>>),
    Expanded(Box<Expansion<'a>>),
}

/// An item whose every row becomes several: arrays or objects that are unnested, columns that
/// are turned into rows.
pub(crate) struct Expansion<'a> {
    pub input: Group<'a>,
    pub rule: ExpansionRule,
}

/// How one row becomes several.
#[derive(Clone)]
pub(crate) struct ExpansionRule {
    /// The step: `Unnest c.orders o`.
    pub title: String,
    /// What is taken apart.
    pub reads: Vec<Expr>,
    /// The columns that come of it.
    pub columns: Vec<ColumnId>,
    /// Rows that come of one.
    pub per_row: f64,
    /// By how much they may be fewer or more.
    pub range: RowRange,
    /// Conditions without which a row still stays, with NULL: those of a left join.
    pub keeps: Option<Vec<Expr>>,
    /// Whether it is an item of FROM beside its input.
    pub is_item: bool,
}

/// A relation of a FROM clause.
pub(crate) struct Relation<'a> {
    pub source: Source<'a>,
    pub columns: Vec<ColumnId>,
}

/// Where a relation's rows come from.
pub(crate) enum Source<'a> {
    /// A table, and the alias it has.
    Table {
        table: &'a Table,
        alias: Option<String>,
    },
    /// A subquery, and the name it goes by.
    Derived { query: Box<Query<'a>>, name: String },
    /// One of several readers of a CTE or view.
    Shared { id: SharedId, name: String },
    /// A recursive CTE read by itself.
    Working {
        id: WorkingId,
        table: String,
        alias: String,
    },
}

/// A join that keeps rows without a match.
pub(crate) struct OuterJoin<'a> {
    pub kind: JoinKind,
    pub left: Group<'a>,
    pub right: Group<'a>,
    pub on: Vec<Expr>,
}

impl<'a> Group<'a> {
    /// How many relations there are.
    fn relations(&self) -> usize {
        let of = |item: &Item<'a>| match item {
            Item::Relation(_) => 1,
            Item::Outer(join) => join.left.relations() + join.right.relations(),
            Item::Expanded(expansion) => {
                expansion.input.relations() + usize::from(expansion.rule.is_item)
            }
        };
        self.items.iter().map(of).sum::<usize>() + self.pulled_up
    }

    /// The columns of all its relations.
    pub(crate) fn columns(&self) -> BTreeSet<ColumnId> {
        columns_of(self.items.iter().collect())
    }

    /// One group of several.
    pub(crate) fn all(groups: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for group in groups {
            all.extend(group);
        }
        all
    }

    /// Adds the relations and conditions of another group.
    pub(crate) fn extend(&mut self, other: Self) {
        self.items.extend(other.items);
        self.conditions.extend(other.conditions);
        self.pulled_up += other.pulled_up;
    }
}

impl Item<'_> {
    /// The columns of all its relations.
    pub(crate) fn columns(&self) -> BTreeSet<ColumnId> {
        columns_of(vec![self])
    }
}

/// Without recursion: outer joins nest as deep as they are many.
fn columns_of(mut pending: Vec<&Item<'_>>) -> BTreeSet<ColumnId> {
    let mut out = BTreeSet::new();
    while let Some(item) = pending.pop() {
        match item {
            Item::Relation(relation) => out.extend(&relation.columns),
            Item::Outer(join) => {
                pending.extend(&join.left.items);
                pending.extend(&join.right.items);
            }
            Item::Expanded(expansion) => {
                out.extend(&expansion.rule.columns);
                pending.extend(&expansion.input.items);
            }
        }
    }
    out
}

impl Select<'_> {
    /// Relations that it joins; its subqueries become some of them, and a subquery is joined
    /// with the block around it.
    pub(crate) fn relations(&self) -> usize {
        let above = self.outputs.iter().map(|output| &output.expr);
        let all = self.from.conditions.iter().chain(above);
        let subqueries = all.chain(&self.having).flat_map(Expr::subqueries);
        self.from.relations() + subqueries.count() + usize::from(!self.correlated.is_empty())
    }

    /// Whether it does nothing but join, filter and choose columns: then its
    /// relations can be joined with those around it.
    fn is_plain(&self) -> bool {
        !self.from.items.is_empty()
            && self.keys.is_empty()
            && self.sets.is_empty()
            && self.having.is_empty()
            && self.qualify.is_none()
            && !self.distinct
            && self.outputs.iter().all(|o| o.expr.as_column().is_some())
            && !self.from.conditions.iter().any(Expr::has_subquery)
    }
}

impl<'a> Query<'a> {
    /// Relations grouped by keys, where there are any, and nothing else.
    pub(crate) fn grouped(from: Group<'a>, keys: Vec<Expr>, outputs: Vec<Output>) -> Self {
        let columns = outputs.iter().map(|o| (o.name.clone(), o.id)).collect();
        let select = Select {
            from,
            correlated: Vec::new(),
            shared: Vec::new(),
            outputs,
            keys,
            sets: Vec::new(),
            having: Vec::new(),
            qualify: None,
            distinct: false,
        };
        Self {
            body: Body::Select(Box::new(select)),
            order: Vec::new(),
            limit: None,
            outputs: columns,
            open: Vec::new(),
        }
    }

    /// Whether [`Query::pulled_up`] gives its relations.
    pub(crate) fn can_be_pulled_up(&self) -> bool {
        let plain = matches!(&self.body, Body::Select(select) if select.is_plain());
        plain && self.order.is_empty() && self.limit.is_none()
    }

    /// The relations and output columns of a query that needs no step of its own,
    /// or the query. Conditions on the block around it come up as well.
    pub(crate) fn pulled_up(self) -> Result<PulledUp<'a>, Box<Self>> {
        let plain = self.can_be_pulled_up();
        match self.body {
            Body::Select(select) if plain => {
                let mut group = select.from;
                group.conditions.extend(select.correlated);
                group.pulled_up += 1;
                Ok((group, self.outputs))
            }
            body => Err(Box::new(Query { body, ..self })),
        }
    }

    /// Whether it reads one table and only filters and renames: cheaper to read twice than
    /// to keep.
    pub(crate) fn is_simple(&self) -> bool {
        let Body::Select(select) = &self.body else {
            return false;
        };
        let one_table = matches!(
            select.from.items.as_slice(),
            [Item::Relation(Relation {
                source: Source::Table { .. },
                ..
            })]
        );
        one_table && self.can_be_pulled_up()
    }

    /// Whether it reads columns of the block around it, which only conditions do.
    pub(crate) fn is_correlated(&self) -> bool {
        match &self.body {
            Body::Select(select) => !select.correlated.is_empty(),
            Body::Query(query) => query.is_correlated(),
            Body::SetOperation { branches, .. } => branches.iter().any(Query::is_correlated),
            Body::Values(_) => false,
            Body::Recursive(both) => both.first.is_correlated() || both.step.is_correlated(),
        }
    }
}

/// The relations of a plain subquery, and the names and columns that come out of it.
pub(crate) type PulledUp<'a> = (Group<'a>, Vec<(String, ColumnId)>);
