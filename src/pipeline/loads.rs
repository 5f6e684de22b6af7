//! What a SQL file does to tables: emptied, loaded, merged.

use std::collections::BTreeSet;

use crate::sql::{Body, Name, Script};
use crate::text::SourceFile;

/// What a statement does to its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepKind {
    Truncate,
    DeleteAll,
    DeleteSome,
    Copy,
    Insert,
    Merge,
}

/// One statement.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub kind: StepKind,
    /// The table, folded.
    pub table: String,
    /// 1-based line.
    pub line: usize,
}

/// A file.
#[derive(Debug)]
pub(crate) struct Loads {
    pub path: String,
    pub steps: Vec<Step>,
    /// Tables that go with the session, or that another statement takes rows from.
    staging: BTreeSet<String>,
}

impl Loads {
    /// Whether rows only pass through a table.
    pub fn is_staging(&self, table: &str) -> bool {
        table.starts_with('#') || self.staging.contains(table)
    }
}

impl Loads {
    /// The table that rows end in: merged, else inserted, else copied into.
    pub fn target(&self) -> Option<&str> {
        let kinds = [StepKind::Merge, StepKind::Insert, StepKind::Copy];
        let step = |kind: StepKind| {
            let steps = self.steps.iter().rev();
            let mut of = steps.filter(|step| step.kind == kind && !self.is_staging(&step.table));
            of.next()
        };
        kinds
            .into_iter()
            .find_map(step)
            .map(|step| step.table.as_str())
    }
}

pub(crate) fn read(source: &SourceFile, script: &Script) -> Loads {
    let mut loads = Loads {
        path: source.name.clone(),
        steps: Vec::new(),
        staging: BTreeSet::new(),
    };
    for statement in &script.statements {
        let text = &source.text[statement.span.start..statement.span.end];
        let words = words(text);
        let after = |word: &str| {
            let at = words.iter().position(|other| other == word)?;
            words.get(at + 1).cloned()
        };
        let has = |word: &str| words.iter().any(|other| other == word);
        let step = match words.first().map_or("", String::as_str) {
            "truncate" => {
                let table = words.iter().skip(1).find(|word| *word != "table");
                table.map(|table| (StepKind::Truncate, table.clone()))
            }
            "delete" => {
                let kind = match has("where") || has("using") {
                    true => StepKind::DeleteSome,
                    false => StepKind::DeleteAll,
                };
                loads.staging.extend(after("using"));
                after("from").map(|table| (kind, table))
            }
            "insert" => {
                let table = after("into");
                loads
                    .staging
                    .extend(after("from").filter(|from| Some(from) != table.as_ref()));
                table.map(|table| (StepKind::Insert, table))
            }
            "merge" => {
                loads.staging.extend(after("using"));
                after("into").map(|table| (StepKind::Merge, table))
            }
            _ => None,
        };
        let step = match &statement.body {
            Body::Copy(copy) => Some((StepKind::Copy, full(&copy.table))),
            Body::CreateTable(create) if has("temp") || has("temporary") => {
                loads.staging.insert(full(&create.name));
                None
            }
            _ => step,
        };
        if let Some((kind, table)) = step {
            let line = source.line_column(statement.span.start).line;
            loads.steps.push(Step { kind, table, line });
        }
    }
    loads
}

/// Names and words, folded; quotes are dropped.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '#' | '"')))
        .map(|word| word.replace('"', "").to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

fn full(name: &Name) -> String {
    name.table.bare().to_lowercase()
}
