//! The workload: queries and pasted plans, each with how often it runs.

mod export;

pub use export::Exported;

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
}
