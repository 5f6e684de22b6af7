//! Which sort key every table should have: by the blocks that the workload reads.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Request;
use super::design::Design;
use super::evaluate::{Evaluated, measure};
use super::filters::filtered;
use super::found::Found;
use super::present::Present;
use crate::name::Ident;
use crate::schema::{Table, TableName};
use crate::work::BLOCK_BYTES;

/// Columns that are tried, the ones that filter most bytes first.
const COLUMNS: usize = 4;
/// The share of blocks that a new key has to save. Chosen: less is within what zone maps
/// are estimated to.
const WORTH: f64 = 0.05;

/// A table's filters over the workload.
#[derive(Debug, Default)]
struct Filters {
    /// Bytes read by scans that filter the column by value, times frequency.
    equal: BTreeMap<Ident, f64>,
    /// The same for ranges.
    range: BTreeMap<Ident, f64>,
    /// Places among the evaluated entries that scan the table.
    scanned_by: BTreeSet<usize>,
}

/// A sort key that reads fewer blocks.
#[derive(Debug, Clone)]
pub(super) struct Better {
    pub table: TableName,
    pub columns: Vec<Ident>,
    pub blocks_before: f64,
    pub blocks_after: f64,
}

/// Sort keys that were tried and taken back.
pub(super) type RefusedKeys = BTreeSet<(TableName, Vec<Ident>)>;

/// Workloads with more queries than this get fewer sort keys tried.
const LARGE_WORKLOAD: usize = 1_000;

/// The design with the sort keys that read fewer blocks.
pub(super) fn sorted(present: &Present<'_>, mut found: Found, refused: &RefusedKeys) -> Found {
    let request = present.request;
    let planned = &found.planned;
    let large = planned.all.len() > LARGE_WORKLOAD;
    let mut better = search(request, &planned.design, &planned.all, large);
    better.retain(|key| {
        if refused.contains(&(key.table.clone(), key.columns.clone())) {
            return false;
        }
        // What is rewritten anyway is sorted in one go.
        let moved = present.design().style(&key.table) != planned.design.style(&key.table);
        moved || pays(present, &key.table, key.blocks_before - key.blocks_after)
    });
    if better.is_empty() {
        return found;
    }
    let mut design = planned.design.clone();
    for key in &better {
        design.sort(&key.table, &key.columns);
    }
    found.planned = present.plan(design);
    found
}

/// Whether a sort key saves, over the runs given, the reading of as many bytes as
/// rewriting the table takes.
fn pays(present: &Present<'_>, name: &TableName, blocks_saved: f64) -> bool {
    let design = present.design();
    let bytes = design.table(name).and_then(|table| design.raw_bytes(table));
    let runs = present.request.env.config.advise.runs;
    bytes.is_none_or(|bytes| blocks_saved * BLOCK_BYTES * runs >= bytes)
}

/// Keys that read fewer blocks than those of the design, table by table.
pub(super) fn search(
    request: &Request<'_>,
    design: &Design,
    all: &[Evaluated],
    best_effort: bool,
) -> Vec<Better> {
    let mut filters: BTreeMap<TableName, Filters> = BTreeMap::new();
    for (place, one) in all.iter().enumerate() {
        let frequency = request.workload.entries[one.entry].frequency;
        for node in &one.plan.nodes {
            let Some((table, columns)) = filtered(&design.schema, node) else {
                continue;
            };
            let scan = one.work.step(node.id).and_then(|step| step.scan.as_ref());
            let bytes = scan.map_or(0.0, |scan| scan.fixed_bytes + scan.text_bytes);
            let of_table = filters.entry(table).or_default();
            of_table.scanned_by.insert(place);
            for (column, by_value) in columns {
                let kind = match by_value {
                    true => &mut of_table.equal,
                    false => &mut of_table.range,
                };
                *kind.entry(column).or_default() += frequency * bytes;
            }
        }
    }
    let tables: Vec<(TableName, Filters)> = filters.into_iter().collect();
    tables
        .par_iter()
        .filter_map(|(table, filters)| best(request, design, all, table, filters, best_effort))
        .collect()
}

fn best(
    request: &Request<'_>,
    design: &Design,
    all: &[Evaluated],
    name: &TableName,
    filters: &Filters,
    best_effort: bool,
) -> Option<Better> {
    let table = design.schema.tables.get(name)?;
    let keys = keys(table, filters, best_effort);
    if keys.is_empty() {
        return None;
    }
    let before = blocks(request, design, all, name, filters);
    let mut found: Option<Better> = None;
    let mut changed = design.clone();
    for columns in keys {
        if columns == table.sort_columns() {
            continue;
        }
        changed.sort(name, &columns);
        let after = blocks(request, &changed, all, name, filters);
        let least = found
            .as_ref()
            .map_or(before * (1.0 - WORTH), |b| b.blocks_after);
        // A longer key has to be worth its second column.
        let longer = found
            .as_ref()
            .is_some_and(|b| b.columns.len() < columns.len());
        let least = if longer { least * (1.0 - WORTH) } else { least };
        if after < least {
            found = Some(Better {
                table: name.clone(),
                columns,
                blocks_before: before,
                blocks_after: after,
            });
        }
    }
    found
}

/// The keys to try: single columns, then pairs, values before ranges.
fn keys(table: &Table, filters: &Filters, best_effort: bool) -> Vec<Vec<Ident>> {
    let place = |name: &Ident| table.columns.iter().position(|c| c.name == *name);
    let ranked = |columns: &BTreeMap<Ident, f64>| {
        let mut ranked: Vec<(&Ident, f64)> = columns.iter().map(|(c, w)| (c, *w)).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(place(a.0).cmp(&place(b.0))));
        let most = if best_effort { 2 } else { COLUMNS };
        let names = ranked.into_iter().take(most).map(|(c, _)| c.clone());
        names.collect::<Vec<_>>()
    };
    let (equal, range) = (ranked(&filters.equal), ranked(&filters.range));
    let mut keys: Vec<Vec<Ident>> = Vec::new();
    let mut add = |key: Vec<Ident>| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    for column in equal.iter().chain(&range) {
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

/// Blocks that scans of a table read, over the workload.
fn blocks(
    request: &Request<'_>,
    design: &Design,
    all: &[Evaluated],
    name: &TableName,
    filters: &Filters,
) -> f64 {
    let mut sum = 0.0;
    for one in filters
        .scanned_by
        .iter()
        .filter_map(|place| all.get(*place))
    {
        let frequency = request.workload.entries[one.entry].frequency;
        let work = measure(request, design, &one.plan);
        for node in &one.plan.nodes {
            let table = node
                .operator
                .is_scan()
                .then(|| design.schema.resolve(&node.table_name()?))
                .flatten();
            if table.is_some_and(|table| table.name == *name) {
                let scan = work.step(node.id).and_then(|step| step.scan.as_ref());
                sum += frequency * scan.map_or(0.0, |scan| scan.blocks_read);
            }
        }
    }
    sum
}
