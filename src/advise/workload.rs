//! The workload: queries and pasted plans, each with how often it runs.

use std::io::Read;

use crate::graph;
use crate::plan::{self, Plan, Reading};
use crate::schema::Schema;
use crate::sql;
use crate::text::SourceFile;

/// One query or plan of the workload.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The file, with the line where it holds several.
    pub name: String,
    /// What its author calls it: `-- name: search by price` above it, else the first line of the
    /// comment there.
    pub label: Option<String>,
    /// How often it runs, relative to the others.
    pub frequency: f64,
    /// What runs.
    pub body: Body,
}

/// What an entry is.
#[derive(Debug, Clone)]
pub enum Body {
    /// A query as written, planned from the DDL. It is read again whenever it is
    /// planned: what a parser makes of ten thousand queries takes half a gigabyte.
    Query(String),
    /// A plan that Redshift printed; its joins are played through.
    Plan(Box<Plan>),
}

/// All of them, and what had to be left out.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    /// In the order they were added.
    pub entries: Vec<Entry>,
    /// Where, and why.
    pub left_out: Vec<(String, String)>,
    /// Which of these could not be read at all.
    pub unread: Vec<(String, String)>,
    /// What names were taken to mean: see [`graph::bind`].
    pub notes: Vec<String>,
}

/// Why an export is not a workload.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// It can't be read as CSV.
    #[error("line {line}: {message}")]
    Csv {
        /// 1-based line.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// It lacks a column.
    #[error(
        "it has no column `{0}`; `distkey stats-query --workload` prints the query that exports it"
    )]
    Column(&'static str),
}

impl Workload {
    /// The workload with the tables of its pasted plans looked up in the DDL.
    pub fn bound(&self, schema: &Schema) -> Self {
        let mut bound = self.clone();
        for entry in &mut bound.entries {
            if let Body::Plan(plan) = &mut entry.body {
                for note in graph::bind(plan, schema) {
                    if !bound.notes.contains(&note) {
                        bound.notes.push(note);
                    }
                }
            }
        }
        bound
    }

    /// Whether it has pasted plans.
    pub fn has_plans(&self) -> bool {
        let mut bodies = self.entries.iter().map(|entry| &entry.body);
        bodies.any(|body| matches!(body, Body::Plan(_)))
    }

    /// Adds every query of a script; `-- frequency: 100` above one says how often
    /// it runs.
    pub fn add_sql(&mut self, source: &SourceFile) {
        let mut script = sql::parse(source);
        script.forget_queries();
        for error in &script.errors {
            let place = format!(
                "{}:{}",
                source.name,
                source.line_column(error.span.start).line
            );
            self.unread.push((place.clone(), error.message.clone()));
            self.left_out.push((place, error.message.clone()));
        }
        let several = script.statements.len() > 1;
        let mut end = 0;
        for statement in &script.statements {
            let line = source.line_column(statement.span.start).line;
            let name = match several {
                true => format!("{}:{line}", source.name),
                false => source.name.clone(),
            };
            let text = &source.text[statement.span.start..statement.span.end];
            let above = &source.text[end..statement.span.start];
            let (frequency, label) = (frequency(above), label(above));
            end = statement.span.end;
            match sql::parse_query(text) {
                Ok(_) => self.entries.push(Entry {
                    name,
                    label,
                    frequency,
                    body: Body::Query(text.to_owned()),
                }),
                Err(error) => {
                    if !error.is_other_statement {
                        self.unread.push((name.clone(), error.to_string()));
                    }
                    self.left_out.push((name, error.to_string()));
                }
            }
        }
    }

    /// Adds every plan of a paste.
    pub fn add_plans(&mut self, source: &SourceFile) {
        self.add_reading(&source.name, plan::read(&source.text));
    }

    /// Adds every plan of a paste that was read.
    pub fn add_reading(&mut self, of: &str, reading: Reading) {
        if let Some(error) = reading.error {
            self.unread.push((of.to_owned(), error.to_string()));
            self.left_out.push((of.to_owned(), error.to_string()));
        }
        let several = reading.plans.len() > 1;
        for (index, plan) in reading.plans.into_iter().enumerate() {
            let name = match several {
                true => format!("{of}#{}", index + 1),
                false => of.to_owned(),
            };
            self.entries.push(Entry {
                name,
                label: None,
                frequency: 1.0,
                body: Body::Plan(Box::new(plan)),
            });
        }
    }

    /// Adds an export of `distkey stats-query --workload`, read as a stream: memory
    /// holds the distinct plans, not the rows.
    ///
    /// # Errors
    /// What is no CSV, or lacks a column.
    pub fn add_export(&mut self, name: &str, input: impl Read) -> Result<(), WorkloadError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let at = |error: csv::Error| WorkloadError::Csv {
            line: error.position().map_or(0, csv::Position::line),
            message: error.to_string(),
        };
        let header = reader.headers().map_err(at)?.clone();
        let find = |names: &[&'static str]| {
            let found = header
                .iter()
                .position(|h| names.iter().any(|name| h.trim().eq_ignore_ascii_case(name)));
            found.ok_or(WorkloadError::Column(names[0]))
        };
        let query = find(&["query", "query_id"])?;
        let runs = find(&["runs"])?;
        let node = find(&["nodeid", "plan_node_id"])?;
        let parent = find(&["parentid", "plan_parent_id"])?;
        let text = find(&["plannode", "plan_node"])?;
        let info = find(&["info", "plan_info", "node_info"])?;
        let mut group = Group::default();
        for record in reader.into_records() {
            let record = record.map_err(at)?;
            let field = |index: usize| record.get(index).unwrap_or_default().trim();
            if group.query != field(query) {
                self.add_group(name, std::mem::take(&mut group));
                group.query = field(query).to_owned();
                group.runs = field(runs).parse().unwrap_or(0.0);
            }
            let row = [
                field(query),
                field(node),
                field(parent),
                field(text),
                field(info),
            ];
            group.rows.push(row.map(str::to_owned));
        }
        self.add_group(name, group);
        Ok(())
    }

    fn add_group(&mut self, name: &str, group: Group) {
        if group.rows.is_empty() {
            return;
        }
        let name = format!("{name}: query {}", group.query);
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
        match plan::read(&table).plans.into_iter().next() {
            Some(plan) => self.entries.push(Entry {
                name,
                label: None,
                frequency: group.runs,
                body: Body::Plan(Box::new(plan)),
            }),
            None => self
                .left_out
                .push((name, "its rows are no plan".to_owned())),
        }
    }
}

/// Rows of one query of an export.
#[derive(Default)]
struct Group {
    query: String,
    runs: f64,
    rows: Vec<[String; 5]>,
}

/// `-- frequency: 100` in the comments before a statement; 1 without it.
fn frequency(before: &str) -> f64 {
    let mut found = 1.0;
    for line in before.lines() {
        let comment = line.trim().trim_start_matches("--").trim();
        let value = comment
            .strip_prefix("frequency:")
            .and_then(|value| value.trim().parse::<f64>().ok());
        if let Some(value) = value.filter(|v| v.is_finite() && *v > 0.0) {
            found = value;
        }
    }
    found
}

/// What the comments before a statement call it: `name:` or `label:`, else the first line that
/// says no frequency.
fn label(before: &str) -> Option<String> {
    let comments = before.lines().filter_map(|line| {
        let line = line.trim();
        let opened = ["--", "/*", "*"]
            .iter()
            .find_map(|by| line.strip_prefix(by));
        let said = opened?.trim_start_matches(['-', '*', ' ']);
        let said = said.trim_end_matches(['*', '/', '-', '=', ' ']).trim();
        let told = !said.is_empty() && !said.starts_with("frequency:");
        told.then_some(said)
    });
    let all: Vec<&str> = comments.collect();
    let named = all.iter().find_map(|said| {
        let (key, name) = said.split_once(':')?;
        let key = key.trim().to_ascii_lowercase();
        matches!(key.as_str(), "name" | "label").then_some(name.trim())
    });
    let label = named.or_else(|| all.first().copied())?;
    let label = label.replace(": ", ":");
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_carry_their_frequency() {
        let mut workload = Workload::default();
        workload.add_sql(&SourceFile::new(
            "q.sql",
            "-- frequency: 250\nselect 1;\nselect 2; drop table t;",
        ));
        let read: Vec<(&str, f64)> = workload
            .entries
            .iter()
            .map(|entry| (entry.name.as_str(), entry.frequency))
            .collect();
        assert_eq!(read, [("q.sql:2", 250.0), ("q.sql:3", 1.0)]);
        assert_eq!(workload.left_out.len(), 1);
    }

    #[test]
    fn an_export_is_weighed_by_its_runs() {
        let csv = "\
query,runs,nodeid,parentid,plannode,info
7,900,1,0,\"XN Aggregate  (cost=1.25..1.25 rows=1 width=8)\",
7,900,2,1,\"  ->  XN Seq Scan on t  (cost=0.00..1.00 rows=100 width=8)\",Filter: (a = 1)
8,0,1,0,XN Limit  (cost=0.00..1.00 rows=1 width=4),
";
        let mut workload = Workload::default();
        workload.add_export("w.csv", csv.as_bytes()).expect("CSV");
        assert_eq!(workload.entries.len(), 1);
        assert_eq!(workload.entries[0].frequency, 900.0);
        let Body::Plan(plan) = &workload.entries[0].body else {
            panic!("a plan");
        };
        assert_eq!(plan.nodes.len(), 2);
        assert_eq!(workload.left_out.len(), 1);
        let error = workload.add_export("x", "a,b\n1,2\n".as_bytes());
        assert!(matches!(error, Err(WorkloadError::Column("query"))));
    }
}
