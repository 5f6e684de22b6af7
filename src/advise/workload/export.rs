//! What a cluster ran, as `distkey stats-query --workload` exports it: the steps of one plan for
//! each shape of query, with how often it ran and what its author calls it.

use std::io::{BufRead, Cursor, Read};

use super::{Body, Entry, Workload, WorkloadError};
use crate::plan::{self, Reading};
use crate::text::SourceFile;

/// Characters of a query's text that name it.
const NAMED_BY: usize = 60;

/// What is done to an export as it is read.
pub struct Exported<'a> {
    /// The export's name.
    pub name: &'a str,
    /// What becomes of a plan: names replaced, or nothing.
    pub reading: &'a dyn Fn(Reading) -> Reading,
    /// Whether a query is named by its label, comment or text, rather than by its number.
    pub names: bool,
}

/// Where the columns stand.
struct Columns {
    query: usize,
    runs: usize,
    child: Option<usize>,
    node: usize,
    parent: usize,
    text: usize,
    info: usize,
    label: Option<usize>,
    query_text: Option<usize>,
}

/// Rows of one plan of an export.
#[derive(Default)]
struct Group {
    /// The query, and which of the parts that Redshift runs it in.
    of: (String, String),
    runs: f64,
    said: Option<String>,
    rows: Vec<[String; 5]>,
}

impl Workload {
    /// Adds an export of `distkey stats-query --workload`, read as a stream: memory holds the
    /// distinct plans, not the rows. Commas, tabs and semicolons part the values; UTF-16 is read
    /// where the file announces it.
    ///
    /// # Errors
    /// What is no CSV, or lacks a column.
    pub fn add_export(
        &mut self,
        export: &Exported<'_>,
        mut input: impl BufRead,
    ) -> Result<(), WorkloadError> {
        let unread = |error: std::io::Error| WorkloadError::Csv {
            line: 1,
            message: error.to_string(),
        };
        let start = input.fill_buf().map_err(unread)?;
        match start {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                let mut bytes = Vec::new();
                input.read_to_end(&mut bytes).map_err(unread)?;
                let text = SourceFile::from_bytes(export.name, bytes).text;
                self.add_rows(export, separator(text.as_bytes()), Cursor::new(text))
            }
            start => {
                let separator = separator(start);
                if start.starts_with(&[0xEF, 0xBB, 0xBF]) {
                    input.consume(3);
                }
                self.add_rows(export, separator, input)
            }
        }
    }

    fn add_rows(
        &mut self,
        export: &Exported<'_>,
        separator: u8,
        input: impl Read,
    ) -> Result<(), WorkloadError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(separator)
            .from_reader(input);
        let at = |error: csv::Error| WorkloadError::Csv {
            line: error.position().map_or(0, csv::Position::line),
            message: error.to_string(),
        };
        let columns = Columns::read(reader.headers().map_err(at)?)?;
        let mut group = Group::default();
        for record in reader.into_records() {
            let record = record.map_err(at)?;
            let field = |index: usize| record.get(index).unwrap_or_default().trim();
            let child = columns.child.map_or("", field);
            if (group.of.0.as_str(), group.of.1.as_str()) != (field(columns.query), child) {
                let same_query = group.of.0 == field(columns.query);
                let said = group.said.clone().filter(|_| same_query);
                self.add_group(export, std::mem::take(&mut group));
                group.of = (field(columns.query).to_owned(), child.to_owned());
                group.runs = field(columns.runs).parse().unwrap_or(0.0);
                group.said = said;
            }
            // The text stands in the first row of a query, so that the export stays small.
            if group.said.is_none() {
                let [label, text] =
                    [columns.label, columns.query_text].map(|c| c.map_or("", field));
                group.said = said(label, text);
            }
            let of = [
                columns.query,
                columns.node,
                columns.parent,
                columns.text,
                columns.info,
            ];
            group.rows.push(of.map(|column| field(column).to_owned()));
        }
        self.add_group(export, group);
        Ok(())
    }

    fn add_group(&mut self, export: &Exported<'_>, group: Group) {
        if group.rows.is_empty() {
            return;
        }
        let (query, child) = &group.of;
        let part = match child.as_str() {
            "" | "0" | "1" => String::new(),
            part => format!(", part {part}"),
        };
        let said = group.said.filter(|_| export.names);
        let name = match &said {
            Some(said) => format!("{said} (query {query}{part})"),
            None => format!("{}: query {query}{part}", export.name),
        };
        if !group.runs.is_finite() || group.runs <= 0.0 {
            self.left_out
                .push((name, "`runs` is not a number above zero".to_owned()));
            return;
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let _ = writer.write_record(["query", "nodeid", "parentid", "plannode", "info"]);
        for row in &group.rows {
            let _ = writer.write_record(row);
        }
        let table = writer.into_inner().unwrap_or_default();
        let table = String::from_utf8_lossy(&table);
        let reading = (export.reading)(plan::read(&table));
        match reading.plans.into_iter().next() {
            Some(plan) => self.entries.push(Entry {
                name,
                label: said,
                frequency: group.runs,
                body: Body::Plan(Box::new(plan)),
            }),
            None => self
                .left_out
                .push((name, "its rows are no plan".to_owned())),
        }
    }
}

impl Columns {
    /// The columns by their names, in the spellings of SYS_QUERY_EXPLAIN and STL_EXPLAIN.
    fn read(header: &csv::StringRecord) -> Result<Self, WorkloadError> {
        let place = |names: &[&'static str]| {
            let named = |cell: &str| {
                names
                    .iter()
                    .any(|name| cell.trim().eq_ignore_ascii_case(name))
            };
            header.iter().position(named)
        };
        let wanted = |names: &[&'static str]| {
            place(names).ok_or_else(|| WorkloadError::Column(names.first().copied().unwrap_or("")))
        };
        Ok(Self {
            query: wanted(&["query", "query_id"])?,
            runs: wanted(&["runs"])?,
            child: place(&["child", "child_query_sequence"]),
            node: wanted(&["nodeid", "plan_node_id"])?,
            parent: wanted(&["parentid", "plan_parent_id"])?,
            text: wanted(&["plannode", "plan_node"])?,
            info: wanted(&["info", "plan_info", "node_info"])?,
            label: place(&["label", "query_label"]),
            query_text: place(&["query_text", "querytxt", "text"]),
        })
    }
}

/// What parts the values: what the header has most of.
fn separator(start: &[u8]) -> u8 {
    let header = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |separator: &u8| header.iter().filter(|byte| *byte == separator).count();
    // Of equals the last is taken: a comma.
    let separators = [b';', b'\t', b','].into_iter();
    separators.max_by_key(count).unwrap_or(b',')
}

/// What a query is called: its label, the model or the comment that wrote it, else how it begins.
fn said(label: &str, text: &str) -> Option<String> {
    let label = label.trim();
    if !label.is_empty() && !label.eq_ignore_ascii_case("default") {
        return Some(label.to_owned());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    if let Some((before, after)) = text.split_once("/*")
        && let Some((comment, _)) = after.split_once("*/")
    {
        let comment = comment.trim();
        let model = serde_json::from_str::<serde_json::Value>(comment).ok();
        let model = model.and_then(|model| Some(model.get("node_id")?.as_str()?.to_owned()));
        if model.is_some() {
            return model;
        }
        // A comment in the middle says something of a part.
        if before.trim().is_empty() && !comment.is_empty() {
            return Some(cut(comment));
        }
    }
    (!text.is_empty()).then(|| cut(&text))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(NAMED_BY) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &[u8], names: bool) -> Result<Workload, WorkloadError> {
        let mut workload = Workload::default();
        let export = Exported {
            name: "w.csv",
            reading: &|reading| reading,
            names,
        };
        workload.add_export(&export, csv).map(|()| workload)
    }

    const EXPORT: &str = "\
query,runs,nodeid,parentid,plannode,info
7,900,1,0,\"XN Aggregate  (cost=1.25..1.25 rows=1 width=8)\",
7,900,2,1,\"  ->  XN Seq Scan on t  (cost=0.00..1.00 rows=100 width=8)\",Filter: (a = 1)
8,0,1,0,XN Limit  (cost=0.00..1.00 rows=1 width=4),
";

    #[test]
    fn an_export_is_weighed_by_its_runs() {
        let workload = read(EXPORT.as_bytes(), true).expect("CSV");
        assert_eq!(workload.entries.len(), 1);
        assert_eq!(workload.entries[0].frequency, 900.0);
        let Body::Plan(plan) = &workload.entries[0].body else {
            panic!("a plan");
        };
        assert_eq!(plan.nodes.len(), 2);
        assert_eq!(workload.left_out.len(), 1);
        let error = read("a,b\n1,2\n".as_bytes(), true);
        assert!(matches!(error, Err(WorkloadError::Column("query"))));
    }

    #[test]
    fn tabs_semicolons_and_utf_16_are_read() {
        let others = [
            EXPORT.replace(',', ";"),
            EXPORT.replace(',', "\t"),
            format!("\u{feff}{EXPORT}"),
        ];
        for text in others {
            let workload = read(text.as_bytes(), true).expect("rows");
            assert_eq!(workload.entries.len(), 1, "{text}");
        }
        let units = EXPORT.encode_utf16().flat_map(u16::to_le_bytes);
        let bytes: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units).collect();
        assert_eq!(read(&bytes, true).expect("rows").entries.len(), 1);
    }

    #[test]
    fn parts_of_a_query_are_plans_of_their_own() {
        let text = "query_id,runs,query_label,child_query_sequence,plan_node_id,plan_parent_id,plan_node,node_info
5,10,nightly,1,1,0,XN Seq Scan on a  (cost=0.00..1.00 rows=100 width=8),
5,10,nightly,2,1,0,XN Seq Scan on b  (cost=0.00..1.00 rows=100 width=8),
";
        let workload = read(text.as_bytes(), true).expect("rows");
        let names: Vec<&str> = workload
            .entries
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["nightly (query 5)", "nightly (query 5, part 2)"]);
        let numbers = read(text.as_bytes(), false).expect("rows");
        assert_eq!(numbers.entries[0].name, "w.csv: query 5");
    }

    #[test]
    fn a_query_is_called_by_its_label_its_model_its_comment_or_its_beginning() {
        let dbt =
            r#"/* {"app": "dbt", "node_id": "model.shop.daily"} */ create table x as select 1"#;
        let long = format!("select {}", "a, ".repeat(40));
        for (label, text, name) in [
            ("search", dbt, "search"),
            ("default", dbt, "model.shop.daily"),
            (
                "",
                "select 1 /* {\"node_id\": \"model.shop.late\"} */",
                "model.shop.late",
            ),
            (
                "",
                "/* dashboard: sales by day */ select 1",
                "dashboard: sales by day",
            ),
            ("", "select 1 /* one */ from t", "select 1 /* one */ from t"),
            ("", "  select 1\n  from t", "select 1 from t"),
            (
                "",
                &long,
                "select a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a,…",
            ),
        ] {
            assert_eq!(said(label, text).as_deref(), Some(name));
        }
        assert_eq!(said("default", ""), None);
    }
}
