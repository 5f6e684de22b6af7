//! Statistics from files: our JSON, and exports of `SVV_TABLE_INFO` as CSV or JSON.

use serde_json::{Map, Value};

use super::{ColumnStats, Stats, TableStats};
use crate::name::{ColumnRef, Ident, TableName};

/// Why a statistics file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatsError {
    /// Neither JSON nor CSV with known columns.
    #[error(
        "not understood as statistics: {0}; give JSON with `rows`, or an export of SVV_TABLE_INFO \
         (`distkey stats-query` prints the query)"
    )]
    NotUnderstood(String),
}

impl Stats {
    /// Reads a file's text: JSON of either form, or an export of `SVV_TABLE_INFO`.
    ///
    /// # Errors
    /// A text that is none of these.
    pub fn read(text: &str) -> Result<Self, StatsError> {
        let start = text.trim_start();
        if !start.starts_with(['{', '[']) {
            return read_csv(text);
        }
        let value: Value = serde_json::from_str(start)
            .map_err(|error| StatsError::NotUnderstood(error.to_string()))?;
        let mut stats = Stats::default();
        match value {
            Value::Array(rows) => {
                for row in rows.iter().filter_map(Value::as_object) {
                    stats.add_row(row);
                }
            }
            Value::Object(object) => stats.add_object(&object),
            _ => {}
        }
        match stats.tables.is_empty() {
            true => Err(StatsError::NotUnderstood("no table in it".to_owned())),
            false => Ok(stats),
        }
    }

    fn add_object(&mut self, object: &Map<String, Value>) {
        if object.contains_key("table") {
            return self.add_row(object);
        }
        if let Some(rows) = object.get("rows").and_then(Value::as_object) {
            for (table, rows) in rows {
                self.entry(TableName::typed(table)).rows = count(rows);
            }
        }
        let columns = object.get("columns").and_then(Value::as_object);
        for (name, value) in columns.into_iter().flatten() {
            let Some(ColumnRef { table, column }) = ColumnRef::typed(name) else {
                continue;
            };
            let known: ColumnStats = serde_json::from_value(value.clone()).unwrap_or_default();
            self.entry(table).columns.insert(column, known);
        }
    }

    /// One table: `{"table": …, "rows": …}`, or a row of `SVV_TABLE_INFO`.
    fn add_row(&mut self, row: &Map<String, Value>) {
        let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        let number = |key: &str| row.get(key).and_then(count);
        let Some(table) = text("table") else { return };
        let name = match text("schema") {
            Some(schema) => TableName::new(Some(Ident::folded(&schema)), Ident::folded(&table)),
            None => TableName::typed(&table),
        };
        let visible = number("estimated_visible_rows");
        let total = number("tbl_rows");
        let entry = self.entry(name);
        entry.rows = number("rows").or(visible).or(total);
        entry.deleted_rows = total
            .zip(visible)
            .map(|(total, visible)| (total - visible).max(0.0));
        entry.size_blocks = number("size");
        entry.unsorted = number("unsorted").map(|percent| percent / 100.0);
        entry.stats_off = number("stats_off").map(|percent| percent / 100.0);
        entry.skew_rows = number("skew_rows");
        entry.diststyle = text("diststyle");
        entry.sortkey1 = text("sortkey1");
        entry.sortkey1_encoding = text("sortkey1_enc");
        entry.encoded = text("encoded");
        let widths = row.get("average_string_bytes").and_then(Value::as_object);
        for (column, bytes) in widths.into_iter().flatten() {
            let column = entry.columns.entry(Ident::folded(column)).or_default();
            column.average_bytes = count(bytes);
        }
    }

    fn entry(&mut self, table: TableName) -> &mut TableStats {
        self.tables.entry(table).or_default()
    }
}

/// A number, or a text that holds one; negative ones count as unknown.
fn count(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().replace(',', "").parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite() && *number >= 0.0)
}

fn read_csv(text: &str) -> Result<Stats, StatsError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers
            .iter()
            .map(|h| h.trim().trim_matches('"').to_lowercase())
            .collect(),
        Err(error) => return Err(StatsError::NotUnderstood(error.to_string())),
    };
    if !headers.iter().any(|header| header == "table") {
        return Err(StatsError::NotUnderstood(
            "its header has no column `table`".to_owned(),
        ));
    }
    let mut stats = Stats::default();
    for record in reader.records().filter_map(Result::ok) {
        let fields = headers
            .iter()
            .cloned()
            .zip(record.iter().map(|field| Value::from(field.trim())));
        stats.add_row(&fields.collect());
    }
    Ok(stats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let json =
            r#"{"rows": {"Orders": 10}, "columns": {"orders.id": {"distinct": 10, "odd": 1}}}"#;
        let stats = Stats::read(json).expect("our JSON");
        assert_eq!(
            stats.tables[&"orders".into()].columns["id"].distinct,
            Some(10.0)
        );
        let json = r#"{"table": "hits", "rows": 5, "average_string_bytes": {"URL": 40.5}}"#;
        let stats = Stats::read(json).expect("one table");
        assert_eq!(
            stats.tables[&"hits".into()].columns["url"].average_bytes,
            Some(40.5)
        );
        let csv = "schema,table,diststyle,unsorted,tbl_rows,estimated_visible_rows\nshop,orders,AUTO(ALL),12.5,100,90\n";
        let stats = Stats::read(csv).expect("an export");
        let orders = stats.table(&"orders".into()).expect("orders");
        assert_eq!(
            (orders.rows, orders.deleted_rows, orders.unsorted),
            (Some(90.0), Some(10.0), Some(0.125))
        );
        assert!(Stats::read("what\nis,this").is_err());
    }
}
