//! Tables that a pasted plan reads and that no DDL defines, as far as the plan tells how their
//! rows lie: by the labels of its joins and the columns of its conditions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::graph::{owner, scanned_table};
use crate::name::{Ident, TableName};
use crate::plan::{
    Detail, DetailKind, Distribution, JoinMethod, Node, Operator, Plan, cost, key_columns,
};
use crate::schema::{Column, DataType, DistStyle, Schema, SortKey, Table};
use crate::text::Span;

/// The schema with the tables of these plans that it does not define. What a plan does not tell
/// of them is taken as spread evenly and unsorted.
pub fn with_tables_of<'s, 'p>(
    plans: impl IntoIterator<Item = &'p Plan>,
    schema: &'s Schema,
) -> Cow<'s, Schema> {
    let mut found = Found::new(schema);
    for plan in plans {
        found.read(plan);
    }
    if found.tables.is_empty() {
        return Cow::Borrowed(schema);
    }
    let mut whole = schema.clone();
    whole.tables.extend(found.tables);
    Cow::Owned(whole)
}

struct Found<'s> {
    schema: &'s Schema,
    tables: BTreeMap<TableName, Table>,
    /// Tables whose distribution a label has told.
    placed: Vec<TableName>,
}

impl<'s> Found<'s> {
    fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            tables: BTreeMap::new(),
            placed: Vec::new(),
        }
    }

    fn read(&mut self, plan: &Plan) {
        for node in plan.nodes.iter().filter(|node| cost::is_table_scan(node)) {
            let Some(name) = scanned_table(node) else {
                continue;
            };
            if self.schema.resolve(&name).is_some() || name.is_redshifts_own() {
                continue;
            }
            let table = self.tables.entry(name.clone());
            let table = table.or_insert_with(|| unknown_table(name));
            for column in node.filters().flat_map(|filter| &filter.columns) {
                add_column(table, column);
            }
        }
        for window in plan.nodes.iter().filter(|n| n.operator == Operator::Window) {
            self.window(plan, window);
        }
        // Children come after their parents: the joins nearest to the scans speak first.
        let joins = plan.nodes.iter().rev();
        for join in joins.filter(|node| node.operator.is_join()) {
            self.join(plan, join);
        }
    }

    /// The columns that a window tells of the only table it is computed from.
    fn window(&mut self, plan: &Plan, window: &Node) {
        let mut scans = plan.subtree(window.id).filter_map(scanned_table);
        let (Some(name), None) = (scans.next(), scans.next()) else {
            return;
        };
        let keys = window.detail(DetailKind::Partition).map(key_columns);
        if let Some(table) = self.tables.get_mut(&name) {
            for column in keys.iter().flatten().flatten() {
                add_column(table, column);
            }
        }
    }

    /// What a join tells of the tables whose columns it compares.
    fn join(&mut self, plan: &Plan, join: &Node) {
        let Operator::Join(method, _) = join.operator else {
            return;
        };
        let (Some(outer), Some(inner)) = (plan.outer(join.id), plan.inner(join.id)) else {
            return;
        };
        let kinds = [DetailKind::HashCond, DetailKind::MergeCond];
        let conditions = join.details.iter().filter(|d| kinds.contains(&d.kind));
        let pairs: Vec<[Option<(TableName, Ident)>; 2]> = conditions
            .flat_map(Detail::key_pairs)
            .map(|pair| {
                let [stored_outer, stored_inner] = join.compares_stored(pair);
                let sides = [
                    (outer, &pair.outer, stored_outer),
                    (inner, &pair.inner, stored_inner),
                ];
                sides.map(|(side, column, stored)| {
                    let name = self.owner(plan, side, column)?;
                    if let Some(table) = self.tables.get_mut(&name) {
                        add_column(table, column);
                    }
                    // By what is computed from it, no table is distributed or sorted.
                    stored.then(|| (name, column.clone()))
                })
            })
            .collect();
        let whole = |side: &Node| {
            let mut scans = plan.subtree(side.id).filter_map(scanned_table);
            let is_scan = side.operator.is_scan();
            scans.next().filter(|_| is_scan)
        };
        let [first_outer, first_inner] = match pairs.first() {
            Some([outer, inner]) => [outer.clone(), inner.clone()],
            None => [None, None],
        };
        match join.distribution {
            Some(Distribution::AllNone) => self.place(whole(inner), DistStyle::All),
            Some(Distribution::AllInner) => self.place(whole(outer), DistStyle::All),
            Some(Distribution::Inner) => self.by_key(plan, outer, first_outer),
            Some(Distribution::Outer) => self.by_key(plan, inner, first_inner),
            Some(Distribution::None) => {
                // Of several equalities one that is known already is the one.
                let known = |side: &Option<(TableName, Ident)>| {
                    side.as_ref().is_some_and(|(table, column)| {
                        let style = self.tables.get(table).map(|table| &table.dist_style);
                        style == Some(&DistStyle::Key(column.clone()))
                    })
                };
                let pair = pairs.iter().find(|[a, b]| known(a) || known(b));
                let [a, b] = pair.or(pairs.first()).cloned().unwrap_or_default();
                if method == JoinMethod::Merge {
                    for (table, column) in [&a, &b].into_iter().flatten() {
                        if let Some(table) = self.tables.get_mut(table) {
                            table.sort_key = SortKey::Compound(vec![column.clone()]);
                        }
                    }
                }
                self.by_key(plan, outer, a);
                self.by_key(plan, inner, b);
            }
            _ => {}
        }
    }

    /// The table of a side that a column is of: certain, or the one that the side's rows start
    /// from. A printed condition names the column only.
    fn owner(&self, plan: &Plan, side: &Node, column: &Ident) -> Option<TableName> {
        let (scan, certain) = owner(plan, side.id, Some(column), Some(self.schema))?;
        if certain {
            return scanned_table(scan);
        }
        let scans = || plan.subtree(side.id).filter_map(scanned_table);
        let has = |name: &TableName| {
            let table = self.tables.get(name);
            table.is_some_and(|table| table.column(column).is_some())
        };
        scans().find(has).or_else(|| scans().next())
    }

    fn by_key(&mut self, plan: &Plan, side: &Node, key: Option<(TableName, Ident)>) {
        // The rows of a grouping lie by its keys, whatever is below.
        let groups = |node: &Node| {
            matches!(
                node.operator,
                Operator::HashAggregate
                    | Operator::GroupAggregate
                    | Operator::Aggregate
                    | Operator::Unique
                    | Operator::Network
                    | Operator::Append
            )
        };
        if let (false, Some((table, column))) = (plan.subtree(side.id).any(groups), key) {
            self.place(Some(table), DistStyle::Key(column));
        }
    }

    fn place(&mut self, name: Option<TableName>, style: DistStyle) {
        let Some(name) = name.filter(|name| !self.placed.contains(name)) else {
            return;
        };
        if let Some(table) = self.tables.get_mut(&name) {
            table.dist_style = style;
            self.placed.push(name);
        }
    }
}

fn unknown_table(name: TableName) -> Table {
    let mut table = Table::empty(name, (usize::MAX, Span::default()));
    table.columns_known = false;
    table.dist_style = DistStyle::Even;
    table.sort_key = SortKey::None;
    table
}

/// Adds a column of a type that is not known.
fn add_column(table: &mut Table, name: &Ident) {
    if table.column(name).is_some() {
        return;
    }
    table.columns.push(Column {
        name: name.clone(),
        data_type: DataType::Other(String::new()),
        encoding: None,
        not_null: false,
        identity: false,
        default: None,
        span: Span::default(),
    });
}
