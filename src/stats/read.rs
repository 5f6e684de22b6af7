//! Statistics from a file: our JSON, and exports of `SVV_TABLE_INFO`, of `pg_stats` and of a
//! scan's counts, as they are saved or pasted.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::notes::{self, count, percent};
use super::tabular::{self, Row};
use super::{Stats, TableStats, columns};
use crate::name::{ColumnRef, Ident, TableName};
use crate::text::units::{counted, thousands};

/// Why a statistics file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatsError {
    /// Neither JSON nor CSV with known columns.
    #[error(
        "not understood as statistics: {0}; give JSON with `rows`, or an export of SVV_TABLE_INFO \
         or pg_stats (`distkey stats-query` prints the queries)"
    )]
    NotUnderstood(String),
}

/// The columns of `SVV_TABLE_INFO`, and what our own forms have beside them.
const TABLE_KEYS: [&str; 24] = [
    "database",
    "schema",
    "table_id",
    "table",
    "encoded",
    "diststyle",
    "sortkey1",
    "max_varchar",
    "sortkey1_enc",
    "sortkey_num",
    "size",
    "pct_used",
    "empty",
    "unsorted",
    "stats_off",
    "tbl_rows",
    "skew_sortkey1",
    "skew_rows",
    "estimated_visible_rows",
    "risk_event",
    "vacuum_sort_benefit",
    "create_time",
    "rows",
    "average_string_bytes",
];

/// Keys and values in the order of the text, each as often as it is there.
#[derive(Debug, Default)]
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// Our own form.
#[derive(Debug, Deserialize)]
struct Document {
    #[serde(default)]
    rows: Pairs,
    #[serde(default)]
    columns: Pairs,
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Stats {
    /// Reads a file's text: JSON of either form, or an export of `SVV_TABLE_INFO`.
    ///
    /// # Errors
    /// A text that is none of these.
    pub fn read(text: &str) -> Result<Self, StatsError> {
        Ok(Self::read_with_notes(text)?.0)
    }

    /// As [`Stats::read`], with what was not understood or can't be true, in sentences.
    /// Such values are not among the statistics.
    ///
    /// # Errors
    /// As [`Stats::read`].
    pub fn read_with_notes(text: &str) -> Result<(Self, Vec<String>), StatsError> {
        let (mut stats, mut notes) = Self::read_alone(text)?;
        stats.contradictions(&mut notes);
        Ok((stats, notes))
    }

    /// As [`Stats::read_with_notes`], for a file that others are added to: what only all of
    /// it shows is left to [`Stats::contradictions`].
    pub(super) fn read_alone(text: &str) -> Result<(Self, Vec<String>), StatsError> {
        let text = text.trim_start_matches('\u{feff}');
        let start = text.trim_start();
        let mut reading = Reading::default();
        match start.starts_with(['{', '[']) {
            false => reading.table(text)?,
            true => reading.json(start)?,
        }
        Ok((reading.stats, reading.notes))
    }

    pub(super) fn entry(&mut self, table: &TableName) -> &mut TableStats {
        self.tables.entry(table.clone()).or_default()
    }
}

/// Statistics as they are read.
#[derive(Debug, Default)]
struct Reading {
    stats: Stats,
    notes: Vec<String>,
    /// Columns that are noted already.
    unknown: HashSet<String>,
}

impl Reading {
    fn json(&mut self, text: &str) -> Result<(), StatsError> {
        let not_understood =
            |error: serde_json::Error| StatsError::NotUnderstood(error.to_string());
        let value: Value = serde_json::from_str(text).map_err(not_understood)?;
        let tabular = tabular::data_api(&value).or_else(|| tabular::columns_and_rows(&value));
        if let Some(rows) = tabular {
            rows.iter().for_each(|row| self.row(row));
            return self.anything();
        }
        match value {
            Value::Array(rows) => {
                for (at, row) in rows.iter().enumerate() {
                    match row.as_object() {
                        Some(row) => self.row(row),
                        None => self
                            .notes
                            .push(format!("entry {} is not an object", at + 1)),
                    }
                }
            }
            Value::Object(object) if is_row(&object) => self.row(&object),
            _ => {
                let document = serde_json::from_str(text).map_err(not_understood)?;
                self.document(document);
            }
        }
        self.anything()
    }

    fn anything(&self) -> Result<(), StatsError> {
        match self.stats.tables.is_empty() {
            true => Err(StatsError::NotUnderstood("no table in it".to_owned())),
            false => Ok(()),
        }
    }

    fn document(&mut self, document: Document) {
        for key in document.others.keys() {
            self.notes.push(format!(
                "the unknown key `{key}`; known are rows and columns"
            ));
        }
        for (table, value) in &document.rows.0 {
            let what = || format!("the row count of `{table}`");
            let rows = count(value, &mut self.notes, &what);
            self.set_rows(&TableName::typed(table), table, rows);
        }
        let mut seen = HashSet::new();
        for (name, value) in &document.columns.0 {
            let Some(ColumnRef { table, column }) = ColumnRef::typed(name) else {
                self.notes.push(format!(
                    "`{name}` names no table: write it as `table.column`"
                ));
                continue;
            };
            if !seen.insert(name.to_lowercase()) {
                self.notes
                    .push(format!("`{name}` is given twice; the last is used"));
            }
            let known = notes::column(name, value, &mut self.notes);
            self.stats.entry(&table).columns.insert(column, known);
        }
    }

    /// The row count of a table that may have one already.
    fn set_rows(&mut self, table: &TableName, written: &str, rows: Option<f64>) {
        let entry = self.stats.entry(table);
        if let (Some(before), Some(rows)) = (entry.rows, rows)
            && before != rows
        {
            self.notes.push(format!(
                "`{written}` is given twice, with {} and with {}; the last is used",
                counted(before, "row"),
                thousands(rows)
            ));
        }
        entry.rows = rows.or(entry.rows);
    }

    /// One row of whatever export.
    fn row(&mut self, row: &Row) {
        let (stats, notes) = (&mut self.stats, &mut self.notes);
        let keys: &[&str] = if columns::is_pg_stats(row) {
            columns::pg_stats(row, stats, notes);
            &columns::PG_STATS_KEYS
        } else if columns::is_scan(row) {
            columns::scan(row, stats, notes);
            &columns::SCAN_KEYS
        } else {
            self.table_row(row);
            &TABLE_KEYS
        };
        for key in row.keys() {
            self.unknown_column(key, keys);
        }
    }

    /// One table: `{"table": …, "rows": …}`, or a row of `SVV_TABLE_INFO`.
    fn table_row(&mut self, row: &Row) {
        let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        let Some(table) = text("table") else {
            self.notes
                .push("an entry without the name of its table".to_owned());
            return;
        };
        let name = match text("schema") {
            Some(schema) => TableName::new(Some(Ident::folded(&schema)), Ident::folded(&table)),
            None => TableName::typed(&table),
        };
        let notes = &mut self.notes;
        let mut read = |key: &str, read: Read| {
            let what = || format!("`{key}` of `{name}`");
            row.get(key).and_then(|value| read(value, notes, &what))
        };
        let visible = read("estimated_visible_rows", count);
        let total = read("tbl_rows", count);
        let rows = read("rows", count).or(visible).or(total);
        let size_blocks = read("size", count);
        let unsorted = read("unsorted", percent);
        let stats_off = read("stats_off", percent);
        let skew_rows = read("skew_rows", count);
        self.set_rows(&name, &name.to_string(), rows);
        let entry = self.stats.entry(&name);
        entry.deleted_rows = total
            .zip(visible)
            .map(|(total, visible)| (total - visible).max(0.0));
        entry.size_blocks = size_blocks;
        entry.unsorted = unsorted;
        entry.stats_off = stats_off;
        entry.skew_rows = skew_rows;
        entry.diststyle = text("diststyle");
        entry.sortkey1 = text("sortkey1");
        entry.sortkey1_encoding = text("sortkey1_enc");
        entry.encoded = text("encoded");
        let widths = row.get("average_string_bytes").and_then(Value::as_object);
        for (column, bytes) in widths.into_iter().flatten() {
            let what = || format!("`average_string_bytes` of `{name}.{column}`");
            let bytes = count(bytes, &mut self.notes, &what);
            let column = entry.columns.entry(Ident::folded(column)).or_default();
            column.average_bytes = bytes;
        }
    }

    /// Notes a column that no export has, once.
    fn unknown_column(&mut self, key: &str, known: &[&str]) {
        if !known.contains(&key) && self.unknown.insert(key.to_owned()) {
            self.notes
                .push(format!("the unknown column or key `{key}`: it is not read"));
        }
    }

    fn table(&mut self, text: &str) -> Result<(), StatsError> {
        let table = tabular::read(text).map_err(StatsError::NotUnderstood)?;
        let has = |name: &str| table.columns.iter().any(|column| column == name);
        let known = has("table") || (has("tablename") && has("attname"));
        if !known {
            return Err(StatsError::NotUnderstood(
                "its header has neither a column `table` nor `tablename` and `attname`".to_owned(),
            ));
        }
        self.notes.extend(table.left_out);
        table.rows.iter().for_each(|row| self.row(row));
        Ok(())
    }
}

/// Whether an object is a row of an export, and not a document of our own.
fn is_row(object: &Row) -> bool {
    object.contains_key("table") || columns::is_pg_stats(object)
}

/// Reads one value of a row.
type Read = fn(&Value, &mut Vec<String>, &dyn Fn() -> String) -> Option<f64>;

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

    fn notes(text: &str) -> (Stats, String) {
        let (stats, notes) = Stats::read_with_notes(text).expect("statistics");
        (stats, notes.join("\n"))
    }

    #[test]
    fn what_is_right_has_no_notes() {
        for text in [
            r#"{"rows": {"t": 10}, "columns": {"t.a": {"distinct": 10, "null_share": 0.0, "average_bytes": 4, "min": 1, "max": 1}}}"#,
            r#"{"rows": {"t": 0}, "columns": {"t.a": {"distinct": 0, "null_share": 1, "min": null, "max": null}}}"#,
            r#"{"rows": {"t": 10}, "columns": {"t.a": {"null_share": 0.4, "most_common": [{"value": 1, "share": 0.35}, {"value": 2, "share": 0.25}]}}}"#,
            r#"{"rows": {"t": 10}, "columns": {"t.a": {"min": "2024-01-31", "max": "2024-02-01"}, "t.b": {"min": "a", "max": "b"}}}"#,
            // As numbers, or as texts, these are in order.
            r#"{"rows": {"t": 10}, "columns": {"t.a": {"min": "9", "max": "10"}, "t.b": {"min": "10", "max": "9"}, "t.c": {"min": "007", "max": "x"}}}"#,
            // The column's table may be known under its full name.
            r#"{"rows": {"public.t": 10, "t": 10}, "columns": {"t.a": {"distinct": 10}}}"#,
            "schema,table,unsorted,tbl_rows,estimated_visible_rows\nshop,orders,,100,\nshop,items,100,0,0\n",
        ] {
            assert_eq!(notes(text).1, "", "{text}");
        }
    }

    #[test]
    fn more_distinct_values_than_rows_are_capped() {
        let (stats, told) = notes(
            r#"{"columns": {"T.a": {"distinct": 11}, "t.b": {"distinct": 10}, "public.u.c": {"distinct": 7}},
                "rows": {"t": 10, "u": 6}}"#,
        );
        insta::assert_snapshot!(told, @r"
        `t.a` has 11 distinct values in 10 rows; as many as rows are used
        `public.u.c` has 7 distinct values in 6 rows; as many as rows are used
        ");
        assert_eq!(stats.tables[&"t".into()].columns["a"].distinct, Some(10.0));
        assert_eq!(
            stats.tables[&"public.u".into()].columns["c"].distinct,
            Some(6.0)
        );
    }

    #[test]
    fn ranges_and_shares_that_cannot_be_are_not_used() {
        let (stats, told) = notes(
            r#"{"rows": {"t": 10}, "columns": {
                "t.a": {"min": 5, "max": 4.9},
                "t.b": {"min": "2024-02-01", "max": "2024-01-31"},
                "t.c": {"min": "b", "max": "a"},
                "t.d": {"min": 5, "max": "east"},
                "t.e": {"null_share": 1.01},
                "t.f": {"null_share": -0.1},
                "t.g": {"null_share": 0.5, "most_common": [{"value": 1, "share": 0.3}, {"value": 2, "share": 0.25}]},
                "t.h": {"most_common": [{"value": 1, "share": 1.5}]},
                "t.i": {"most_common": 3}}}"#,
        );
        insta::assert_snapshot!(told);
        let columns = &stats.tables[&"t".into()].columns;
        assert!(
            columns
                .values()
                .all(|it| it.min.is_none() && it.max.is_none())
        );
        assert_eq!(columns["e"].null_share, None);
        assert_eq!(columns["g"].null_share, Some(0.5));
    }

    #[test]
    fn numbers_that_are_none_are_named() {
        let (stats, told) = notes(
            r#"{"rows": {"t": -1, "u": "many", "v": "1,000", "w": null},
                "columns": {"t.a": {"distinct": -5, "average_bytes": "wide"}, "t.b": 7}}"#,
        );
        insta::assert_snapshot!(told);
        assert_eq!(
            (
                stats.tables[&"t".into()].rows,
                stats.tables[&"v".into()].rows
            ),
            (None, Some(1000.0))
        );
        let csv = "table,tbl_rows,unsorted,stats_off\na,NaN,100.5,-3\nb,inf,50,0\nc,12,0,100\n";
        let (stats, told) = notes(csv);
        insta::assert_snapshot!(told);
        assert_eq!(stats.tables[&"c".into()].stats_off, Some(1.0));
        assert_eq!(stats.tables[&"a".into()].unsorted, None);
    }

    #[test]
    fn one_table_with_two_row_counts_is_named() {
        for (text, told) in [
            (
                r#"{"rows": {"t": 5, "public.t": 6}}"#,
                "`t` has 5 rows and `public.t` 6",
            ),
            (
                r#"{"rows": {"t": 5, "T": 6}}"#,
                "`T` is given twice, with 5 rows and with 6",
            ),
            (
                r#"{"rows": {"t": 5, "t": 6}}"#,
                "`t` is given twice, with 5 rows and with 6",
            ),
            (
                "schema,table,tbl_rows\ns,t,5\ns,t,6\n",
                "`s.t` is given twice, with 5 rows and with 6",
            ),
            (
                r#"[{"table": "t", "rows": 5}, {"table": "t", "rows": 6}]"#,
                "`t` is given twice",
            ),
            (
                r#"{"rows": {"t": 5}, "columns": {"t.a": {}, "t.A": {}}}"#,
                "`t.A` is given twice",
            ),
        ] {
            let found = notes(text).1;
            assert!(found.starts_with(told), "{text}: {found}");
        }
        for text in [
            r#"{"rows": {"t": 5, "public.t": 5}}"#,
            // Another schema has another table.
            r#"{"rows": {"t": 5, "shop.t": 6}}"#,
            r#"{"rows": {"a.t": 5, "b.t": 6}}"#,
        ] {
            assert_eq!(notes(text).1, "", "{text}");
        }
    }

    #[test]
    fn unknown_keys_are_named_once() {
        let told = notes(
            r#"{"rows": {"t": 5}, "colums": {}, "columns": {"t.a": {"distnct": 3}, "b": {"distinct": 2}}}"#,
        );
        insta::assert_snapshot!(told.1, @r"
        the unknown key `colums`; known are rows and columns
        `t.a` has the unknown key `distnct`; known are distinct, distinct_share, null_share, average_bytes, min, max, most_common, histogram, correlation
        `b` names no table: write it as `table.column`
        ");
        let told = notes("table,tbl_rows,owner\na,1,x\nb,2,y\n").1;
        assert_eq!(told, "the unknown column or key `owner`: it is not read");
    }

    #[test]
    fn tables_that_nothing_uses_are_found() {
        let stats = Stats::read(r#"{"rows": {"t": 5, "public.u": 6, "shop.v": 7, "w": 8}}"#);
        let stats = stats.expect("statistics");
        let names: [TableName; 4] = ["t", "public.u", "v", "x.y"].map(TableName::from);
        assert_eq!(stats.tables_without(names.iter()), [&TableName::from("w")]);
    }
}
