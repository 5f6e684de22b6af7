//! How large tables are, and whether a sort key pays for the rewriting it takes.

use super::adviser::Adviser;
use super::evaluate::Design;
use crate::schema::{Table, TableName};
use crate::stats::TableStats;
use crate::work::{BLOCK_BYTES, bytes_of};

/// Bytes of a table before compression; `None` where its rows are not known.
pub(super) fn raw_bytes(design: &Design, table: &Table) -> Option<f64> {
    let nothing = TableStats::default();
    let known = design.stats.table(&table.name).unwrap_or(&nothing);
    let columns = table.columns.iter();
    let width: f64 = columns
        .map(|column| bytes_of(&column.data_type, known, &column.name))
        .sum();
    Some(known.rows? * width)
}

impl Adviser<'_> {
    /// Whether a sort key saves, over the runs given, the reading of as many bytes as
    /// rewriting the table takes.
    pub fn sorting_pays(&self, name: &TableName, blocks_saved: f64) -> bool {
        let table = self.current.schema.tables.get(name);
        let bytes = table.and_then(|table| raw_bytes(&self.current, table));
        bytes.is_none_or(|bytes| {
            blocks_saved * BLOCK_BYTES * self.request.config.advise.runs >= bytes
        })
    }
}
