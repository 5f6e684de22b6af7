//! What the workload asks of each table's columns, and the sort keys to try for it.

use std::collections::{BTreeMap, BTreeSet};

use super::arrivals;
use crate::advise::Request;
use crate::advise::design::Design;
use crate::advise::evaluate::Evaluated;
use crate::advise::filters::filtered;
use crate::advise::refused::{places_rows, values};
use crate::graph::owner;
use crate::name::{Ident, TableName};
use crate::plan::{Node, Operator, Plan};
use crate::schema::Table;

/// Columns that are tried, the ones that filter most bytes first.
const COLUMNS: usize = 4;

/// A table's columns over the workload.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Bytes read by scans that filter the column by value, times frequency.
    equal: BTreeMap<Ident, f64>,
    /// The same for ranges.
    range: BTreeMap<Ident, f64>,
    /// The same for scans whose rows a join looks up in what a filter leaves of another table.
    joined: BTreeMap<Ident, f64>,
    /// Columns of these by which rows arrive in order.
    pub arriving: BTreeSet<Ident>,
    /// Places among the evaluated entries that scan the table.
    pub scanned_by: BTreeSet<usize>,
}

/// What the entries ask of every table that they filter.
pub(super) fn asked(
    request: &Request<'_>,
    design: &Design,
    all: &[Evaluated],
) -> BTreeMap<TableName, Asked> {
    let mut found: BTreeMap<TableName, Asked> = BTreeMap::new();
    for (place, one) in all.iter().enumerate() {
        let frequency = request.workload.entries[one.entry].frequency;
        let weight = |scan: &Node| {
            let scan = one.work.step(scan.id).and_then(|step| step.scan.as_ref());
            frequency * scan.map_or(0.0, |scan| scan.fixed_bytes + scan.text_bytes)
        };
        for node in &one.plan.nodes {
            if let Some((table, columns)) = filtered(&design.schema, node) {
                let of_table = found.entry(table).or_default();
                of_table.scanned_by.insert(place);
                for (column, by_value) in columns {
                    let kind = match by_value {
                        true => &mut of_table.equal,
                        false => &mut of_table.range,
                    };
                    *kind.entry(column).or_default() += weight(node);
                }
            }
            for (scan, table, column) in looked_up(design, &one.plan, node) {
                let of_table = found.entry(table.name.clone()).or_default();
                of_table.scanned_by.insert(place);
                *of_table.joined.entry(column.clone()).or_default() += weight(scan);
            }
        }
    }
    let readers = readers(design, all);
    for (name, asked) in &mut found {
        asked.arriving = design.table(name).map_or_else(BTreeSet::new, |table| {
            let columns = asked.range.keys().chain(asked.joined.keys());
            let reading = readers.get(name).map_or(&[][..], Vec::as_slice);
            let arriving =
                columns.filter(|column| arrivals::arrives_by(design, table, column, reading));
            arriving.cloned().collect()
        });
    }
    found
}

/// The entries that read each table.
fn readers<'e>(design: &Design, all: &'e [Evaluated]) -> BTreeMap<TableName, Vec<&'e Evaluated>> {
    let mut readers: BTreeMap<TableName, Vec<&Evaluated>> = BTreeMap::new();
    for one in all {
        let scans = one.plan.nodes.iter().filter(|node| node.operator.is_scan());
        let tables = scans.filter_map(|scan| design.schema.resolve(&scan.table_name()?));
        let names: BTreeSet<&TableName> = tables.map(|table| &table.name).collect();
        for name in names {
            match readers.get_mut(name) {
                Some(known) => known.push(one),
                None => _ = readers.insert(name.clone(), vec![one]),
            }
        }
    }
    readers
}

/// The scans of a join's outer side with the column by which their rows are looked up among those
/// that a filter leaves of the inner side: what Redshift hands down to a scan at run time.
fn looked_up<'p, 'd>(
    design: &'d Design,
    plan: &'p Plan,
    join: &'p Node,
) -> Vec<(&'p Node, &'d Table, &'p Ident)> {
    if !matches!(join.operator, Operator::Join(..)) {
        return Vec::new();
    }
    let Some((outer, inner)) = plan.outer(join.id).zip(plan.inner(join.id)) else {
        return Vec::new();
    };
    let narrows = |node: &Node| node.operator.is_scan() && node.filter().is_some();
    if !plan.subtree(inner.id).any(narrows) {
        return Vec::new();
    }
    let keys = join.join_keys().iter();
    keys.filter(|pair| join.compares_stored(pair) == [true, true])
        .filter_map(|pair| {
            let (scan, _) = owner(plan, outer.id, Some(&pair.outer), Some(&design.schema))?;
            let table = design.schema.resolve(&scan.table_name()?)?;
            let column = table.column(&pair.outer)?;
            places_rows(&column.data_type).then_some((scan, table, &pair.outer))
        })
        .collect()
}

impl Asked {
    /// Columns that are asked for by value of which nothing tells how many values they have: what
    /// a sort key by them would leave is not known.
    pub fn uncounted(&self, design: &Design, table: &Table) -> Vec<Ident> {
        let unknown = self
            .equal
            .keys()
            .filter(|name| !counted(design, table, name));
        unknown.cloned().collect()
    }

    /// Columns that no filter asks for but the join with a filtered table.
    pub fn looked_up(&self) -> BTreeSet<Ident> {
        let all = self.joined.keys().filter(|name| self.is_looked_up(name));
        all.cloned().collect()
    }

    /// Whether no filter asks for a column but the join with a filtered table.
    pub fn is_looked_up(&self, name: &Ident) -> bool {
        self.joined.contains_key(name) && !self.is_filtered(name)
    }

    /// Whether a filter asks for a column.
    pub fn is_filtered(&self, name: &Ident) -> bool {
        self.equal.contains_key(name) || self.range.contains_key(name)
    }

    /// The keys to try: single columns, then pairs, values before ranges.
    pub fn keys(&self, design: &Design, table: &Table, best_effort: bool) -> Vec<Vec<Ident>> {
        let place = |name: &Ident| table.columns.iter().position(|c| c.name == *name);
        let ranked = |columns: &BTreeMap<Ident, f64>| {
            let mut ranked: Vec<(&Ident, f64)> = columns.iter().map(|(c, w)| (c, *w)).collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(place(a.0).cmp(&place(b.0))));
            let most = if best_effort { 2 } else { COLUMNS };
            let names = ranked.into_iter().take(most).map(|(c, _)| c.clone());
            names.collect::<Vec<_>>()
        };
        let (mut equal, range) = (ranked(&self.equal), ranked(&self.range));
        equal.retain(|name| counted(design, table, name));
        let joined = ranked(&self.joined);
        let mut keys: Vec<Vec<Ident>> = Vec::new();
        let mut add = |key: Vec<Ident>| {
            if !keys.contains(&key) {
                keys.push(key);
            }
        };
        for column in equal.iter().chain(&range).chain(&joined) {
            add(vec![column.clone()]);
        }
        for first in &equal {
            for second in range.iter().chain(&equal) {
                if first != second {
                    add(vec![first.clone(), second.clone()]);
                }
            }
        }
        for first in &range {
            for second in &range {
                if first != second && !best_effort {
                    add(vec![first.clone(), second.clone()]);
                }
            }
        }
        keys
    }
}

/// Whether it is known how many values a column has, or how frequent some are.
fn counted(design: &Design, table: &Table, name: &Ident) -> bool {
    let stats = design.stats.table(&table.name);
    let known = stats.and_then(|stats| stats.columns.get(name));
    let alone = |key: &Vec<Ident>| key.as_slice() == [name.clone()];
    let key = table.primary_key.as_slice() == [name.clone()] || table.unique.iter().any(alone);
    key || known.is_some_and(|known| !known.most_common.is_empty())
        || values(design, table, name).is_some()
}
