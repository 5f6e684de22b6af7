//! The columns of tables, with what the statistics say of them.

use crate::planner::logical::columns::Column;
use crate::planner::logical::expr::ColumnId;
use crate::schema::{self, DataType, Table, TableKind};
use crate::thresholds::{DEFAULT_TEXT_BYTES as FULL_TEXT, EXTERNAL_ROWS};

use super::Binder;
use crate::stats::TableStats;

/// Rows of a table that nothing is known of. No default is documented for native tables.
const UNKNOWN_ROWS: f64 = 1e6;
/// PostgreSQL's guess at the average length of a VARCHAR that nothing is known of:
/// all of [`FULL_TEXT`], half of what is beyond, at most this.
const LONGEST_TEXT: f64 = 1000.0;

/// Rows of a table as far as they are known, else as an external table's `numRows` says.
pub(crate) fn known_rows(table: &Table, stats: Option<&TableStats>) -> Option<f64> {
    let known = stats.and_then(|stats| crate::work::known_rows(table, stats));
    known.or(table.num_rows)
}

/// Rows that a table is taken to have where none are given: no fewer than it has values.
pub(crate) fn default_rows(table: &Table, stats: Option<&TableStats>) -> f64 {
    let rows = match table.kind {
        TableKind::External => EXTERNAL_ROWS,
        _ => UNKNOWN_ROWS,
    };
    rows.max(least_rows(stats))
}

/// Rows that a table has for certain: as many as the most varied of its columns has values.
pub(crate) fn least_rows(stats: Option<&TableStats>) -> f64 {
    let columns = stats.into_iter().flat_map(|stats| stats.columns.values());
    let distinct = columns.filter_map(|column| column.distinct);
    distinct
        .filter(|distinct| distinct.is_finite())
        .fold(0.0, f64::max)
}

impl<'a> Binder<'a, '_> {
    /// Registers the columns of a table that is read under a name.
    pub(super) fn table_columns(
        &mut self,
        table: &'a Table,
        qualifier: &str,
    ) -> Vec<(String, ColumnId)> {
        let stats = self.catalog.stats.table(&table.name);
        let rows = known_rows(table, stats)
            .unwrap_or_else(|| default_rows(table, stats))
            .max(0.0);
        let all = table.columns.iter().chain(&table.partitions);
        let mut ids = Vec::with_capacity(table.columns.len());
        for column in all {
            let stats = stats.and_then(|stats| stats.columns.get(&column.name));
            let unique = column.identity || table.is_unique(&column.name);
            let id = self.columns.add(Column {
                name: column.name.as_str().to_owned(),
                qualifier: qualifier.to_owned(),
                data_type: column.data_type.clone(),
                distinct: stats
                    .and_then(|stats| stats.distinct)
                    .or(unique.then_some(rows)),
                bytes: stats
                    .and_then(|stats| stats.average_bytes)
                    .unwrap_or_else(|| default_bytes(column)),
                rows,
                stats,
                computed: false,
                origin: None,
            });
            if column.not_null || column.identity || table.primary_key.contains(&column.name) {
                self.columns.set_not_null(id);
            }
            ids.push((column.name.as_str().to_owned(), id));
        }
        self.keys_of(table, rows, &ids);
        ids
    }
}

/// The bytes of a column's value where no statistics tell.
fn default_bytes(column: &schema::Column) -> f64 {
    match &column.data_type {
        DataType::Char(n) => f64::from(*n),
        DataType::Varchar(n) | DataType::Varbyte(n) => {
            let length = f64::from(*n).min(LONGEST_TEXT);
            length.min(FULL_TEXT) + (length - FULL_TEXT).max(0.0) / 2.0
        }
        other => crate::work::fixed_bytes(other),
    }
}
