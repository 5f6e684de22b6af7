//! Filters of scans that blocks can be skipped by.

use std::collections::BTreeSet;

use super::design::Design;
use super::evaluate::Evaluated;
use super::refused::places_rows;
use crate::name::Ident;
use crate::plan::Node;
use crate::plan::condition::Comparison;
use crate::schema::{Schema, TableName};

/// The tables whose columns are filtered by a range, with the column: a
/// distribution by that column would leave slices idle.
pub(super) fn narrowed(design: &Design, all: &[Evaluated]) -> BTreeSet<(TableName, Ident)> {
    let mut found = BTreeSet::new();
    for one in all {
        for node in &one.plan.nodes {
            let Some((table, filters)) = filtered(&design.schema, node) else {
                continue;
            };
            for (column, _) in filters {
                found.insert((table.clone(), column));
            }
        }
    }
    found
}

/// The table of a scan, and its columns with a filter that blocks can be skipped
/// by: whether it is by value.
pub(super) fn filtered(schema: &Schema, node: &Node) -> Option<(TableName, Vec<(Ident, bool)>)> {
    if !node.operator.is_scan() {
        return None;
    }
    let table = schema.resolve(&node.table_name()?)?;
    let mut columns = Vec::new();
    for conjunct in node.filter().unwrap_or_default() {
        let by_value = matches!(conjunct.comparison, Comparison::Equal | Comparison::OneOf);
        let by_range = conjunct.comparison == Comparison::Range;
        let [column] = conjunct.columns.as_slice() else {
            continue;
        };
        let sortable = table
            .column(column)
            .is_some_and(|column| places_rows(&column.data_type));
        if conjunct.around.is_none() && (by_value || by_range) && sortable {
            columns.push((column.clone(), by_value));
        }
    }
    Some((table.name.clone(), columns))
}
