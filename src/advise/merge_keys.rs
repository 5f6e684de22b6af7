//! The join column as both DISTKEY and SORTKEY of two large tables: sorted and distributed alike,
//! they are merged instead of hashed [Choose the best sort key].

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::design::Design;
use super::evaluate::WITHIN_NOISE;
use super::found::Found;
use super::joins::joins;
use super::present::Present;
use super::sort_keys::RefusedKeys;
use crate::name::{Ident, TableName};
use crate::schema::DistStyle;
use crate::thresholds::LARGE_ROWS;

/// Pairs of tables that are tried, those whose joins bring most bytes first.
const PAIRS: usize = 12;

/// Two tables, each with the column that joins it to the other.
type Pair = [(TableName, Ident); 2];

/// The design with the sort keys that save time because joins are merged.
pub(super) fn merged(present: &Present<'_>, mut found: Found, refused: &RefusedKeys) -> Found {
    let before = found.planned.design.clone();
    let mut design = before.clone();
    for pair in pairs(present, &found) {
        let barred = |(table, column): &(TableName, Ident)| {
            refused.contains(&(table.clone(), vec![column.clone()]))
        };
        if pair.iter().any(barred) {
            continue;
        }
        let mut sorted = design.clone();
        for (table, column) in &pair {
            if sorted
                .table(table)
                .is_some_and(|t| t.sort_columns() != [column.clone()])
            {
                sorted.sort(table, std::slice::from_ref(column));
            }
        }
        let both = ms(present, &design, &pair).zip(ms(present, &sorted, &pair));
        if both.is_some_and(|(hashed, merged)| merged < hashed * (1.0 - WITHIN_NOISE)) {
            design = sorted;
        }
    }
    if !design.changed_from(&before).is_empty() {
        found.planned = present.plan(design);
    }
    found
}

/// Large tables that are joined on their DISTKEYs and not sorted so.
fn pairs(present: &Present<'_>, found: &Found) -> Vec<Pair> {
    let design = &found.planned.design;
    let large = |name: &TableName| {
        let table = design.table(name);
        let rows = table.and_then(|table| design.rows(table));
        rows.is_some_and(|rows| rows >= LARGE_ROWS)
    };
    let sorted = |name: &TableName, column: &Ident| {
        let first = design
            .table(name)
            .and_then(|table| table.sort_columns().first());
        first == Some(column)
    };
    let placed =
        |name: &TableName, column: &Ident| design.style(name) == DistStyle::Key(column.clone());
    let mut weights: Vec<(Pair, f64)> = Vec::new();
    let mut places: BTreeMap<[(TableName, Ident); 2], usize> = BTreeMap::new();
    for join in joins(present.request, design, &found.planned.all) {
        let [a, b] = &join.sides;
        if a.table == b.table || !large(&a.table) || !large(&b.table) {
            continue;
        }
        for (x, y, alike) in &join.pairs {
            let together = *alike && placed(&a.table, x) && placed(&b.table, y);
            if !together || sorted(&a.table, x) && sorted(&b.table, y) {
                continue;
            }
            let mut pair = [(a.table.clone(), x.clone()), (b.table.clone(), y.clone())];
            pair.sort();
            let place = *places.entry(pair.clone()).or_insert_with(|| {
                weights.push((pair, 0.0));
                weights.len() - 1
            });
            weights[place].1 += join.frequency * (a.bytes + b.bytes);
        }
    }
    // Of equal weight the one that the workload names first: never by the alphabet.
    weights.sort_by(|a, b| b.1.total_cmp(&a.1));
    let pairs = weights.into_iter().map(|(pair, _)| pair);
    pairs.take(PAIRS).collect()
}

/// How long the entries that read a pair take over one run of the workload.
fn ms(present: &Present<'_>, design: &Design, pair: &Pair) -> Option<f64> {
    let entries: Vec<usize> = present.planned.entries();
    let of_pair = entries.into_par_iter().filter(|entry| {
        let tables = present.memo.tables(*entry);
        pair.iter().any(|(table, _)| tables.contains(table))
    });
    let times: Option<Vec<f64>> = of_pair
        .map(|entry| {
            let [_, ms] = present.figures(design, entry)?;
            Some(present.frequency(entry) * ms)
        })
        .collect();
    times.map(|times| times.iter().sum())
}
