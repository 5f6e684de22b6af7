//! What the search for distribution keys minimises.

use std::collections::BTreeSet;

use super::Request;
use super::design::{Design, effective};
use super::joins::{Join, Joins};
use crate::schema::{DistStyle, Table, TableName};
use crate::work::BLOCK_BYTES;

/// Bytes that a copy on every node takes beyond one row on one slice. Each column takes
/// a block of 1 MB at least wherever it has rows [AWS: Why does a table in my Amazon
/// Redshift cluster consume more disk storage space than expected?], so that copies of
/// a tiny table take less than spreading it over all slices.
fn copies(request: &Request<'_>, design: &Design, table: &Table) -> f64 {
    let bytes = design.raw_bytes(table).unwrap_or(0.0);
    let blocks = table.columns.len() as f64 * BLOCK_BYTES;
    let copied = bytes.max(blocks) * request.env.cluster.nodes();
    let spread = bytes.max(blocks * request.env.cluster.slices());
    (copied - spread).max(0.0)
}

/// What a style costs by itself, in bytes moved: weighed copies; and, where it is not
/// the present one, the rewriting of the table, spread over the runs that repay it.
pub(super) fn own_cost(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    style: &DistStyle,
) -> f64 {
    let weights = &request.env.config.advise;
    let stored = match style {
        DistStyle::All => copies(request, design, table) * weights.storage_weight,
        _ => 0.0,
    };
    let rewritten = match effective(&table.dist_style) == *style {
        true => 0.0,
        false => design.raw_bytes(table).unwrap_or(0.0) / weights.runs.max(1.0),
    };
    stored + rewritten
}

/// The objective under given styles: bytes moved, and what each style costs by itself.
/// `design` is the present one.
pub(super) fn cost(
    request: &Request<'_>,
    design: &Design,
    joins: &mut dyn Iterator<Item = &Join>,
    style_of: &dyn Fn(&TableName) -> DistStyle,
) -> f64 {
    let shape = request.env.cluster.shape();
    let mut moved = 0.0;
    let mut tables: BTreeSet<&TableName> = BTreeSet::new();
    for join in joins {
        let [a, b] = &join.sides;
        let (outer, inner) = (style_of(&a.table), style_of(&b.table));
        moved += join.frequency * join.bytes_moved(&outer, &inner, shape);
        tables.extend([&a.table, &b.table]);
    }
    let tables = tables.into_iter();
    let own = tables.filter_map(|name| {
        let table = design.schema.tables.get(name)?;
        Some(own_cost(request, design, table, &style_of(name)))
    });
    moved + own.sum::<f64>()
}

/// What a table's own style saves, with all others as recommended: bytes moved
/// per run of the workload if it were EVEN, less those as recommended.
pub(super) fn saved(
    request: &Request<'_>,
    joins: &Joins,
    table: &TableName,
    style_of: &dyn Fn(&TableName) -> DistStyle,
) -> f64 {
    let shape = request.env.cluster.shape();
    let mut sum = 0.0;
    for join in joins.of(table) {
        let [a, b] = &join.sides;
        let even = |name: &TableName| match name == table {
            true => DistStyle::Even,
            false => style_of(name),
        };
        let before = join.bytes_moved(&even(&a.table), &even(&b.table), shape);
        let after = join.bytes_moved(&style_of(&a.table), &style_of(&b.table), shape);
        sum += join.frequency * (before - after);
    }
    sum
}
