//! What is known of the data: rows, distinct values, widths, unsorted share, skew.

mod array;
mod columns;
mod gather;
mod notes;
mod pattern;
mod read;
mod selectivity;
mod share;
mod tabular;

pub use gather::{Gathered, gather};
pub use selectivity::{Basis, Edge, Estimate, Known, UNKNOWN_SHARE};
pub use share::{number, number_of_text};

use std::collections::BTreeMap;

use jiff::civil::Date;
pub use read::StatsError;
use serde::{Deserialize, Serialize};

use crate::name::{self, Ident, TableName};

/// A value that is among the most common ones of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Common {
    /// The value; values are data, and exports leave them out unless they are asked for.
    pub value: Option<serde_json::Value>,
    /// The share of all rows that hold it, 0 to 1.
    pub share: f64,
}

/// What is known of one column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnStats {
    /// Distinct values.
    pub distinct: Option<f64>,
    /// Distinct values as a share of the rows, 0 to 1: what `pg_stats` says of a column whose
    /// distinct values grow with the table. With known rows it settles [`Self::distinct`].
    pub distinct_share: Option<f64>,
    /// Share of NULLs, 0 to 1.
    pub null_share: Option<f64>,
    /// Average bytes of a value.
    pub average_bytes: Option<f64>,
    /// Smallest value.
    pub min: Option<serde_json::Value>,
    /// Largest value.
    pub max: Option<serde_json::Value>,
    /// The most common values, most common first.
    pub most_common: Vec<Common>,
    /// Values in order, with as many rows between two neighbours as between any other two; the
    /// most common values are not among those rows.
    pub histogram: Vec<serde_json::Value>,
    /// How far the rows lie in the order of the values, -1 to 1.
    pub correlation: Option<f64>,
}

/// What is known of one table.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TableStats {
    /// Rows; for `SVV_TABLE_INFO` the estimate of visible rows, else all.
    pub rows: Option<f64>,
    /// Rows that are marked deleted and still scanned.
    pub deleted_rows: Option<f64>,
    /// Size in 1 MB blocks.
    pub size_blocks: Option<f64>,
    /// Share of rows that are not sorted, 0 to 1.
    pub unsorted: Option<f64>,
    /// How stale the statistics are, 0 (fresh) to 1.
    pub stats_off: Option<f64>,
    /// Rows on the fullest slice over rows on the emptiest.
    pub skew_rows: Option<f64>,
    /// Distribution as `SVV_TABLE_INFO` prints it: `KEY(col)`, `AUTO(ALL)`, ….
    pub diststyle: Option<String>,
    /// First sort key column as `SVV_TABLE_INFO` prints it.
    pub sortkey1: Option<String>,
    /// Its encoding.
    pub sortkey1_encoding: Option<String>,
    /// Whether any column has an encoding, as printed.
    pub encoded: Option<String>,
    /// By folded column name.
    pub columns: BTreeMap<Ident, ColumnStats>,
}

/// All that is known, by folded table name (`schema.table` or `table`).
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Stats {
    /// By folded table name.
    pub tables: BTreeMap<TableName, TableStats>,
    /// The day on which queries run, for `CURRENT_DATE` and its kin; without it, what they
    /// compare with is known at run time only.
    #[serde(skip)]
    pub today: Option<Date>,
}

impl TableStats {
    /// Nothing.
    pub const UNKNOWN: &'static Self = &Self {
        rows: None,
        deleted_rows: None,
        size_blocks: None,
        unsorted: None,
        stats_off: None,
        skew_rows: None,
        diststyle: None,
        sortkey1: None,
        sortkey1_encoding: None,
        encoded: None,
        columns: BTreeMap::new(),
    };
}

impl ColumnStats {
    /// Nothing.
    pub const UNKNOWN: &'static Self = &Self {
        distinct: None,
        distinct_share: None,
        null_share: None,
        average_bytes: None,
        min: None,
        max: None,
        most_common: Vec::new(),
        histogram: Vec::new(),
        correlation: None,
    };
}

impl Stats {
    /// What is known of a table, to be added to; nothing yet where it is not among them.
    pub fn table_mut(&mut self, name: &TableName) -> &mut TableStats {
        let key = self.key(name).unwrap_or(name).clone();
        self.tables.entry(key).or_default()
    }

    /// The name by which a table stands among them.
    pub fn key(&self, name: &TableName) -> Option<&TableName> {
        match name::resolve(&self.tables, name, &[]) {
            name::Resolved::Found(key, _) => Some(key),
            name::Resolved::Unknown | name::Resolved::Ambiguous(_) => None,
        }
    }

    /// What is known of a table: see [`name::resolve`].
    pub fn table(&self, name: &TableName) -> Option<&TableStats> {
        name::resolve(&self.tables, name, &[]).found()
    }
}
