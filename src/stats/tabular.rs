//! The result of a query as people save or paste it: rows of named values from CSV, other
//! separators, psql's columns, JSON, or the Data API's records.

use serde_json::{Map, Value};

/// A row by the folded names of its columns.
pub(super) type Row = Map<String, Value>;

/// What was read of a text.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The columns of all headers, folded, in order.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Rows that are left out, and why.
    pub left_out: Vec<String>,
}

/// Rows of a text with a header line; several results may follow each other.
///
/// # Errors
/// Why there is no header.
pub(super) fn read(text: &str) -> Result<Table, String> {
    let lines: Vec<&str> = text.lines().collect();
    match lines.iter().any(|line| is_ruler(line)) {
        true => Ok(aligned(&lines)),
        false => separated(text),
    }
}

/// The line under the header of psql: dashes, with a plus between columns.
fn is_ruler(line: &str) -> bool {
    let line = line.trim();
    line.contains("--") && line.chars().all(|c| matches!(c, '-' | '+' | '|'))
}

/// psql's columns: a header, a ruler, the rows, `(n rows)`.
fn aligned(lines: &[&str]) -> Table {
    let mut table = Table::default();
    let mut header: Vec<String> = Vec::new();
    let mut bounds: Vec<usize> = Vec::new();
    let mut before: Option<&str> = None;
    for (at, line) in lines.iter().enumerate() {
        let counts = line.trim_start().starts_with('(') && line.trim_end().ends_with(')');
        let next_is_ruler = lines.get(at + 1).is_some_and(|next| is_ruler(next));
        if is_ruler(line) {
            // A ruler above the header, and below the last row, where the table has a frame.
            if let Some(names) = before.take() {
                header = cells(names, line.starts_with('+'))
                    .iter()
                    .map(|name| name.to_lowercase())
                    .collect();
                bounds = (line.char_indices())
                    .filter_map(|(at, c)| (c == '+').then_some(at))
                    .collect();
                table.note_columns(&header);
            }
            continue;
        }
        if line.trim().is_empty() || counts {
            continue;
        }
        if next_is_ruler && (header.is_empty() || !next_closes(lines, at)) {
            before = Some(line);
            continue;
        }
        if header.is_empty() {
            continue;
        }
        // The columns stand where the ruler says, whatever bars are in the values; a paste may
        // have lost that.
        let chars: Vec<char> = line.chars().collect();
        let values = match bounds.iter().all(|at| chars.get(*at) == Some(&'|')) {
            true => at_bounds(&chars, &bounds),
            false => cells(line, bounds.first() == Some(&0)),
        };
        table.push(&header, values, at + 1);
    }
    table
}

/// Whether the ruler below a line is a frame's end: nothing follows it but a count.
fn next_closes(lines: &[&str], at: usize) -> bool {
    let after = lines.get(at + 2).map_or("", |line| line.trim());
    after.is_empty() || after.starts_with('(')
}

/// The cells of a line that bars part; a frame's outer bars part nothing.
fn cells(line: &str, framed: bool) -> Vec<String> {
    let line = line.trim();
    let inner = line.strip_prefix('|');
    let inner = inner.map(|line| line.strip_suffix('|').unwrap_or(line));
    let line = inner.filter(|_| framed).unwrap_or(line);
    line.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The cells of a line whose columns part at these places; a frame's outer bars are two of them.
fn at_bounds(chars: &[char], bounds: &[usize]) -> Vec<String> {
    let (mut start, ends) = match bounds {
        [0, ends @ ..] => (1, ends.to_vec()),
        ends => (0, ends.iter().copied().chain([chars.len()]).collect()),
    };
    let mut out = Vec::new();
    for end in ends {
        let cell = chars.get(start..end.min(chars.len())).unwrap_or_default();
        out.push(cell.iter().collect::<String>().trim().to_owned());
        start = end + 1;
    }
    out
}

/// Values with a comma, tab, semicolon or bar between them: whichever the header has most of.
fn separated(text: &str) -> Result<Table, String> {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let first = first.unwrap_or_default();
    let count = |separator: &u8| first.bytes().filter(|byte| byte == separator).count();
    // Of equals the last is taken: a comma.
    let separator = [b'|', b';', b'\t', b','].into_iter().max_by_key(count);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(separator.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut header: Vec<String> = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                table.left_out.push(format!("a row is left out: {error}"));
                continue;
            }
        };
        let values: Vec<String> = record.iter().map(|value| value.trim().to_owned()).collect();
        let names: Vec<String> = values.iter().map(|name| name.to_lowercase()).collect();
        if header.is_empty() || is_header(&names) {
            table.note_columns(&names);
            header = names;
            continue;
        }
        let line = record.position().map_or(0, |position| position.line());
        let counts = matches!(values.as_slice(), [only] if only.starts_with('('));
        if !counts && values.iter().any(|value| !value.is_empty()) {
            table.push(&header, values, usize::try_from(line).unwrap_or(0));
        }
    }
    match header.is_empty() {
        true => Err("it is empty".to_owned()),
        false => Ok(table),
    }
}

/// Whether a row names columns: another result begins.
fn is_header(names: &[String]) -> bool {
    let has = |name: &str| names.iter().any(|other| other == name);
    (has("table") && (has("tbl_rows") || has("column"))) || (has("tablename") && has("attname"))
}

impl Table {
    fn note_columns(&mut self, header: &[String]) {
        for name in header {
            if !self.columns.contains(name) {
                self.columns.push(name.clone());
            }
        }
    }

    fn push(&mut self, header: &[String], values: Vec<String>, line: usize) {
        if values.len() > header.len() {
            self.left_out.push(format!(
                "line {line} has {} values under {} columns; it is left out",
                values.len(),
                header.len()
            ));
            return;
        }
        let values = values.into_iter().map(Value::from);
        self.rows.push(header.iter().cloned().zip(values).collect());
    }
}

/// The rows of the Data API's `get-statement-result`, if it is that.
pub(super) fn data_api(value: &Value) -> Option<Vec<Row>> {
    let names = value.get("ColumnMetadata")?.as_array()?.iter();
    let names: Vec<String> = names
        .map(|column| {
            let name = column.get("label").or_else(|| column.get("name"));
            name.and_then(Value::as_str)
                .unwrap_or_default()
                .to_lowercase()
        })
        .collect();
    let records = value.get("Records")?.as_array()?.iter();
    let cell = |field: &Value| {
        let (kind, value) = field.as_object()?.iter().next()?;
        Some(match kind.as_str() {
            "isNull" => Value::Null,
            _ => value.clone(),
        })
    };
    let row = |record: &Value| {
        let fields = record.as_array().into_iter().flatten();
        let values = fields.map(|field| cell(field).unwrap_or(Value::Null));
        names.iter().cloned().zip(values).collect()
    };
    Some(records.map(row).collect())
}

/// The rows of a result whose columns are named once: `{"columns": ["table"], "rows": [["t"]]}`, as
/// tools for assistants give it.
pub(super) fn columns_and_rows(value: &Value) -> Option<Vec<Row>> {
    let name = |column: &Value| {
        let name = column.as_str().or_else(|| column.get("name")?.as_str());
        name.map(str::to_lowercase)
    };
    let names = value.get("columns")?.as_array()?.iter().map(name);
    let names: Vec<String> = names.collect::<Option<_>>()?;
    let rows = value.get("rows")?.as_array()?.iter();
    rows.map(|row| {
        Some(
            names
                .iter()
                .cloned()
                .zip(row.as_array()?.iter().cloned())
                .collect(),
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let table = read(text).expect("a table");
        let row = |row: &Row| serde_json::to_string(row).expect("JSON");
        table
            .rows
            .iter()
            .map(row)
            .chain(table.left_out.clone())
            .collect()
    }

    #[test]
    fn every_form_gives_the_same_rows() {
        let wanted = [
            r#"{"table":"a","column":"b","nulls":"{1,2}"}"#,
            r#"{"table":"c","column":"d","nulls":""}"#,
        ];
        for text in [
            "table,column,nulls\na,b,\"{1,2}\"\nc,d,\n",
            "TABLE\tcolumn\tnulls\na\tb\t{1,2}\nc\td\t\n",
            "table;column;nulls\na;b;{1,2}\nc;d;\n",
            "table|column|nulls\na|b|{1,2}\nc|d|\n(2 rows)\n",
            " table | column | nulls \n-------+--------+-------\n a     | b      | {1,2}\n c     | d      | \n(2 rows)\n",
            "+-------+--------+-------+\n| table | column | nulls |\n+-------+--------+-------+\n| a | b | {1,2} |\n| c | d |  |\n+-------+--------+-------+\n(2 rows)\n",
            // Two results, one after the other.
            "table,column,nulls\na,b,\"{1,2}\"\n\ntable,column,nulls\nc,d,\n",
        ] {
            assert_eq!(rows(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_bar_in_a_value_parts_no_column() {
        for text in [
            " table | nulls \n-------+-------\n a|b   | 1\n",
            "+-------+-------+\n| table | nulls |\n+-------+-------+\n| a|b   | 1     |\n+-------+-------+\n",
        ] {
            assert_eq!(rows(text), [r#"{"table":"a|b","nulls":"1"}"#], "{text}");
        }
    }

    #[test]
    fn a_row_that_is_too_long_is_named() {
        let found = rows("table,column\na,b,c\n");
        assert_eq!(
            found,
            ["line 2 has 3 values under 2 columns; it is left out"]
        );
    }

    #[test]
    fn records_of_the_data_api_are_rows() {
        let value = serde_json::json!({
            "ColumnMetadata": [{"name": "tablename"}, {"label": "null_frac", "name": "x"}],
            "Records": [[{"stringValue": "t"}, {"doubleValue": 0.5}], [{"stringValue": "u"}, {"isNull": true}]],
        });
        let rows = data_api(&value).expect("records");
        assert_eq!(
            serde_json::to_string(&rows).expect("JSON"),
            r#"[{"tablename":"t","null_frac":0.5},{"tablename":"u","null_frac":null}]"#
        );
    }

    #[test]
    fn columns_that_are_named_once_are_those_of_each_row() {
        let of = |columns: Value, rows: Value| {
            columns_and_rows(&serde_json::json!({"columns": columns, "rows": rows, "row_count": 1}))
                .map(|rows| serde_json::to_string(&rows).expect("JSON"))
        };
        let json = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let wanted = Some(r#"[{"table":"t","tbl_rows":7}]"#.to_owned());
        let rows = json(r#"[["t", 7]]"#);
        assert_eq!(of(json(r#"["TABLE", "tbl_rows"]"#), rows.clone()), wanted);
        let named = r#"[{"name": "table", "type": "name"}, {"name": "tbl_rows"}]"#;
        assert_eq!(of(json(named), rows), wanted);
        // A document of our own has both words, too.
        assert_eq!(of(json(r#"{"t.a": {}}"#), json(r#"{"t": 7}"#)), None);
        assert_eq!(of(json("[7]"), json("[[7]]")), None);
    }
}
