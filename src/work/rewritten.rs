//! What it takes to rewrite a table.

use crate::schema::Table;
use crate::stats::TableStats;

use super::moved::share_that_leaves;
use super::stored::{USUALLY_LEFT, stored_bytes};
use super::width::{bytes_of, is_text};
use super::{ScanWork, StepWork};

/// Bytes of a row, all columns of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RowBytes {
    fixed: f64,
    text: f64,
    texts: f64,
    stored: f64,
}

impl RowBytes {
    /// Those of a table whose columns are known.
    pub fn of(table: &Table, stats: &TableStats) -> Self {
        let mut row = Self::default();
        for column in &table.columns {
            let bytes = bytes_of(&column.data_type, stats, &column.name);
            row.stored += stored_bytes(table, column, stats);
            match is_text(&column.data_type) {
                true => {
                    row.text += bytes;
                    row.texts += 1.0;
                }
                false => row.fixed += bytes,
            }
        }
        row
    }

    /// At least those that a plan reads of it, where nothing else is known.
    pub fn at_least(bytes: f64) -> Self {
        Self {
            fixed: bytes,
            stored: bytes * USUALLY_LEFT,
            ..Self::default()
        }
    }
}

/// Where the rows of a rewritten table go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goes {
    /// Each row stays on its slice.
    Stays,
    /// Each row goes to the slice of its key, or to the next one.
    Spread,
    /// Each node gets a copy of each row.
    Copied,
}

/// What an ALTER does to the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewriting {
    /// Whether they are put into another order.
    pub sorts: bool,
    /// Where they go.
    pub goes: Goes,
}

impl Rewriting {
    /// The least work of it: every row is read once, sorted or sent, and written once. What it takes
    /// to wait for the lock and to commit comes on top.
    pub fn work(self, rows: f64, row: RowBytes, nodes: f64) -> StepWork {
        let bytes = rows * (row.fixed + row.text);
        let (moved, written) = match self.goes {
            Goes::Stays => (0.0, 1.0),
            Goes::Spread => (share_that_leaves(nodes), 1.0),
            Goes::Copied => (nodes, nodes),
        };
        StepWork {
            rows_in: rows,
            rows_out: rows,
            scan: Some(ScanWork {
                table_rows: rows,
                rows_read: rows,
                share_read: 1.0,
                fixed_bytes: rows * row.fixed,
                text_bytes: rows * row.text,
                text_values: rows * row.texts,
                stored_bytes: rows * row.stored,
                known: true,
                ..ScanWork::default()
            }),
            materialized_bytes: rows * row.fixed,
            sort_rows: if self.sorts { rows } else { 0.0 },
            network_bytes: bytes * moved,
            // Writing is priced as what is written because memory does not hold it.
            spill_bytes: rows * row.stored * written,
            ..StepWork::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_for_every_node_takes_more_than_one_row_for_one() {
        let work = |sorts, goes, nodes| {
            Rewriting { sorts, goes }.work(100.0, RowBytes::at_least(10.0), nodes)
        };
        let sorted = work(true, Goes::Stays, 4.0);
        assert_eq!((sorted.sort_rows, sorted.network_bytes), (100.0, 0.0));
        assert_eq!(sorted.spill_bytes, 500.0);
        let spread = work(false, Goes::Spread, 4.0);
        assert_eq!((spread.sort_rows, spread.network_bytes), (0.0, 750.0));
        let copied = work(false, Goes::Copied, 4.0);
        assert_eq!((copied.network_bytes, copied.spill_bytes), (4000.0, 2000.0));
        assert_eq!(work(false, Goes::Spread, 1.0).network_bytes, 0.0);
    }
}
