//! Reads the row counts and string lengths of a workload's `stats.json`.

use crate::schema::{DataType, Schema};
use crate::stats::{Stats, TableStats};

/// The entry that holds for all VARCHAR columns which have none of their own.
const OTHERS: &str = "(other VARCHAR columns)";

/// `{"table": t, "rows": n, "average_string_bytes": {column: x}}` or `{"rows": {table: n}}`.
///
/// # Errors
/// Text that is not JSON.
pub(super) fn read(text: &str, schema: &Schema) -> Result<Stats, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut stats = Stats::default();
    if let Some(name) = value["table"].as_str() {
        let mut table = TableStats {
            rows: value["rows"].as_f64(),
            ..TableStats::default()
        };
        let bytes = value["average_string_bytes"].as_object();
        for (column, average) in bytes.into_iter().flatten() {
            table
                .columns
                .entry(column.to_lowercase())
                .or_default()
                .average_bytes = average.as_f64();
        }
        let other = bytes.and_then(|b| b.get(OTHERS)).and_then(|v| v.as_f64());
        if let (Some(other), Some(defined)) = (other, schema.resolve(None, name)) {
            for column in defined
                .columns
                .iter()
                .filter(|c| matches!(c.data_type, DataType::Varchar(_)))
            {
                table
                    .columns
                    .entry(column.name.clone())
                    .or_default()
                    .average_bytes
                    .get_or_insert(other);
            }
        }
        stats.tables.insert(name.to_lowercase(), table);
    }
    for (name, rows) in value["rows"].as_object().into_iter().flatten() {
        stats.tables.entry(name.to_lowercase()).or_default().rows = rows.as_f64();
    }
    Ok(stats)
}
