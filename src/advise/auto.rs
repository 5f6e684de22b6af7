//! What DISTSTYLE AUTO is taken to stand for where no export says it.

use super::Request;
use super::design::Design;
use crate::schema::DistStyle;
use crate::work::BLOCK_BYTES;

/// Takes small tables on AUTO as ALL, with which AUTO starts [CREATE TABLE; Working with
/// automatic table optimization]; returns them. AWS gives no size: small is a table whose copies
/// take no more blocks than spreading its rows, of which each column has one on every slice.
pub(super) fn settle(request: &Request<'_>, design: &mut Design) -> Vec<String> {
    let cluster = request.env.cluster;
    let slices_of_node = cluster.slices() / cluster.nodes().max(1.0);
    let tables = design.schema.tables.values();
    let small: Vec<_> = tables
        .filter(|table| table.dist_style == DistStyle::Auto(None))
        .filter(|table| {
            let blocks = table.columns.len() as f64 * BLOCK_BYTES;
            let bytes = design.raw_bytes(table);
            bytes.is_some_and(|bytes| bytes <= blocks * slices_of_node)
        })
        .map(|table| table.name.clone())
        .collect();
    for name in &small {
        if let Some(table) = design.schema.tables.get_mut(name) {
            table.dist_style = DistStyle::Auto(Some(Box::new(DistStyle::All)));
        }
    }
    small.iter().map(|name| format!("`{name}`")).collect()
}
