//! Rows of exports that tell of one column each: `pg_stats`, and counts that a scan gave.

use serde_json::{Map, Value};

use super::array::{self, elements};
use super::notes;
use super::share::number;
use super::tabular::Row;
use super::{ColumnStats, Stats};
use crate::name::{ColumnRef, Ident, TableName};

/// The columns of `pg_stats` that are read, or known and passed over (PostgreSQL: `pg_stats`).
pub(super) const PG_STATS_KEYS: [&str; 16] = [
    "schemaname",
    "tablename",
    "attname",
    "inherited",
    "null_frac",
    "avg_width",
    "n_distinct",
    "most_common_vals",
    "most_common_freqs",
    "histogram_bounds",
    "correlation",
    "most_common_elems",
    "most_common_elem_freqs",
    "elem_count_histogram",
    "range_length_histogram",
    "range_empty_frac",
];

/// The columns of a scan's counts (`distkey stats-query --columns --approximate`).
pub(super) const SCAN_KEYS: [&str; 8] = [
    "schema",
    "table",
    "column",
    "tbl_rows",
    "distinct_values",
    "null_rows",
    "min_value",
    "max_value",
];

/// Whether a row is one of `pg_stats`.
pub(super) fn is_pg_stats(row: &Row) -> bool {
    row.contains_key("tablename") && row.contains_key("attname")
}

/// Whether a row is one of a scan's counts.
pub(super) fn is_scan(row: &Row) -> bool {
    row.contains_key("table") && row.contains_key("column")
}

fn given<'r>(row: &'r Row, key: &str) -> Option<&'r Value> {
    let value = row.get(key)?;
    let empty = value.as_str().is_some_and(|text| text.trim().is_empty());
    (!value.is_null() && !empty).then_some(value)
}

fn text<'r>(row: &'r Row, key: &str) -> Option<&'r str> {
    given(row, key)?.as_str().map(str::trim)
}

/// The column that a row tells of.
fn column_of(row: &Row, keys: [&str; 3]) -> Option<ColumnRef> {
    let schema = text(row, keys[0]).map(Ident::exported);
    Some(ColumnRef {
        table: TableName::new(schema, Ident::exported(text(row, keys[1])?)),
        column: Ident::exported(text(row, keys[2])?),
    })
}

/// Reads a row of `pg_stats`.
pub(super) fn pg_stats(row: &Row, stats: &mut Stats, told: &mut Vec<String>) {
    let Some(column) = column_of(row, ["schemaname", "tablename", "attname"]) else {
        told.push("a row of pg_stats without table or column".to_owned());
        return;
    };
    let mut known = Map::new();
    for (key, ours) in [
        ("null_frac", "null_share"),
        ("avg_width", "average_bytes"),
        ("correlation", "correlation"),
    ] {
        if let Some(value) = given(row, key) {
            known.insert(ours.to_owned(), value.clone());
        }
    }
    match given(row, "n_distinct").map(|value| (number(value), value)) {
        None => {}
        // Zero is what PostgreSQL calls unknown.
        Some((Some(0.0), _)) => {}
        Some((Some(count), _)) if count < 0.0 => {
            known.insert("distinct_share".to_owned(), Value::from(-count));
        }
        Some((_, value)) => {
            known.insert("distinct".to_owned(), value.clone());
        }
    }
    let shares = list(row, "most_common_freqs", &column, told);
    let values = list(row, "most_common_vals", &column, told);
    if !values.is_empty() && values.len() != shares.len() {
        told.push(format!(
            "`{column}` has {} in most_common_vals and {} in most_common_freqs; the values are not used",
            values.len(),
            shares.len()
        ));
    }
    let paired = values.len() == shares.len();
    let common = shares.into_iter().enumerate().map(|(at, share)| {
        let value = values.get(at).filter(|_| paired).cloned();
        serde_json::json!({"share": share, "value": value})
    });
    known.insert("most_common".to_owned(), common.collect());
    let bounds = list(row, "histogram_bounds", &column, told);
    known.insert("histogram".to_owned(), Value::Array(bounds));
    insert(stats, column, known, told);
}

/// The elements of an array: of JSON, in PostgreSQL's text, or with commas between them.
fn list(row: &Row, key: &str, column: &ColumnRef, told: &mut Vec<String>) -> Vec<Value> {
    let read = match given(row, key) {
        None => return Vec::new(),
        Some(Value::Array(values)) => return values.clone(),
        Some(Value::String(text)) => match text.trim().starts_with(['{', '[']) {
            true => elements(text),
            false => Ok(text
                .split(',')
                .map(|element| Some(element.trim().to_owned()))
                .collect()),
        },
        Some(Value::Number(only)) => Ok(vec![Some(only.to_string())]),
        Some(_) => Err(array::ArrayError::NoBraces),
    };
    match read {
        Ok(elements) => elements.into_iter().map(Value::from).collect(),
        Err(why) => {
            told.push(format!(
                "`{key}` of `{column}` is no array: {why}; it is not used"
            ));
            Vec::new()
        }
    }
}

/// Reads a row of a scan's counts.
pub(super) fn scan(row: &Row, stats: &mut Stats, told: &mut Vec<String>) {
    let Some(column) = column_of(row, ["schema", "table", "column"]) else {
        told.push("a row of counts without table or column".to_owned());
        return;
    };
    let mut known = Map::new();
    for (key, ours) in [
        ("distinct_values", "distinct"),
        ("min_value", "min"),
        ("max_value", "max"),
    ] {
        if let Some(value) = given(row, key) {
            known.insert(ours.to_owned(), value.clone());
        }
    }
    let mut counted = |key: &str| {
        let what = || format!("`{key}` of `{column}`");
        given(row, key).and_then(|value| notes::count(value, told, &what))
    };
    let (rows, nulls) = (counted("tbl_rows"), counted("null_rows"));
    if let Some((rows, nulls)) = rows.zip(nulls).filter(|(rows, _)| *rows > 0.0) {
        known.insert("null_share".to_owned(), Value::from(nulls / rows));
    }
    if let Some(rows) = rows {
        stats.entry(&column.table).rows = Some(rows);
    }
    insert(stats, column, known, told);
}

fn insert(stats: &mut Stats, column: ColumnRef, known: Map<String, Value>, told: &mut Vec<String>) {
    let name = column.to_string();
    let known: ColumnStats = notes::column(&name, &Value::Object(known), told);
    let columns = &mut stats.entry(&column.table).columns;
    if columns.insert(column.column, known).is_some() {
        told.push(format!("`{name}` is given twice; the last is used"));
    }
}
