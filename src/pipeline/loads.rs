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
    /// Tables that it takes rows from, folded.
    pub sources: Vec<String>,
    /// Where it starts, in bytes.
    pub start: usize,
    /// 1-based line.
    pub line: usize,
    /// The transaction that the file opens around it, by its number.
    pub transaction: Option<usize>,
}

/// A file.
#[derive(Debug)]
pub(crate) struct Loads {
    pub path: String,
    pub steps: Vec<Step>,
    /// Tables that go with the session, or that another statement takes rows from.
    staging: BTreeSet<String>,
    /// Those that are merged into others, or tell what to delete of them.
    merged: BTreeSet<String>,
}

impl Loads {
    /// Whether rows only pass through a table.
    pub fn is_staging(&self, table: &str) -> bool {
        is_staging_name(table) || self.staging.contains(table)
    }

    /// Tables that statements of this file merge into others.
    pub fn merged(&self) -> &BTreeSet<String> {
        &self.merged
    }

    /// Takes tables for staging ones that another file says it of.
    pub fn add_staging(&mut self, tables: &BTreeSet<String>) {
        self.staging.extend(tables.iter().cloned());
    }
}

impl Loads {
    /// The tables that the rows of the COPY at this place end in: those that staging tables
    /// hand them to, before they are emptied; else the table that COPY names.
    pub fn targets(&self, start: usize) -> BTreeSet<&str> {
        let mut out = BTreeSet::new();
        let copied = self.steps.iter().position(|step| step.start == start);
        let mut waiting: Vec<(usize, &str)> = copied
            .map(|at| (at, self.steps[at].table.as_str()))
            .into_iter()
            .collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some((at, table)) = waiting.pop() {
            if !self.is_staging(table) {
                out.insert(table);
                continue;
            }
            if !seen.insert(table) {
                continue;
            }
            let later = self.steps.iter().enumerate().skip(at + 1);
            let empties = |step: &Step| {
                step.table == table && matches!(step.kind, StepKind::Truncate | StepKind::DeleteAll)
            };
            let until_emptied = later.take_while(|(_, step)| !empties(step));
            let hands_on = until_emptied.filter(|(_, step)| {
                matches!(step.kind, StepKind::Merge | StepKind::Insert)
                    && step.sources.iter().any(|source| source == table)
            });
            waiting.extend(hands_on.map(|(at, step)| (at, step.table.as_str())));
        }
        if out.is_empty() {
            out.extend(copied.map(|at| self.steps[at].table.as_str()));
        }
        out
    }
}

pub(crate) fn read(source: &SourceFile, script: &Script) -> Loads {
    let mut loads = Loads {
        path: source.name.clone(),
        steps: Vec::new(),
        staging: BTreeSet::new(),
        merged: BTreeSet::new(),
    };
    let (mut transactions, mut transaction) = (0, None);
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
                loads.merged.extend(after("using"));
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
                loads.merged.extend(after("using"));
                after("into").map(|table| (StepKind::Merge, table))
            }
            "begin" | "start" => {
                transactions += 1;
                transaction = Some(transactions);
                None
            }
            "commit" | "end" | "rollback" | "abort" => {
                transaction = None;
                None
            }
            _ => None,
        };
        let step = match &statement.body {
            // PostgreSQL's takes a file of the server, or what the client sends.
            Body::Copy(_) if is_of_postgres(text) => None,
            Body::Copy(copy) => Some((StepKind::Copy, full(&copy.table))),
            Body::CreateTable(create) if has("temp") || has("temporary") => {
                let table = full(&create.name);
                loads.staging.insert(table.clone());
                // Made of a query, it takes rows as by INSERT.
                create.query.as_ref().map(|_| (StepKind::Insert, table))
            }
            _ => step,
        };
        if let Some((kind, table)) = step {
            let start = statement.span.start;
            let line = source.line_column(start).line;
            let pairs = words.windows(2);
            let reads = pairs.filter(|pair| {
                matches!(pair[0].as_str(), "using" | "join")
                    || pair[0] == "from" && kind == StepKind::Insert
            });
            loads.steps.push(Step {
                kind,
                sources: reads.map(|pair| pair[1].clone()).collect(),
                table,
                start,
                line,
                transaction,
            });
            if kind == StepKind::Truncate {
                transaction = None;
            }
        }
    }
    loads.staging.extend(loads.merged.iter().cloned());
    loads
}

/// What stands after FROM, JOIN and USING.
pub(crate) fn sources(text: &str) -> Vec<String> {
    let words = words(text);
    let pairs = words.windows(2);
    let after = pairs.filter(|pair| matches!(pair[0].as_str(), "from" | "join" | "using"));
    after.map(|pair| pair[1].clone()).collect()
}

/// Whether a table is one that rows only pass through, by its schema or its name.
pub(crate) fn is_staging_name(table: &str) -> bool {
    const WORDS: [&str; 6] = ["staging", "stage", "stg", "tmp", "temp", "landing"];
    let mut words = table.split(['.', '_', '"']);
    table.starts_with('#')
        || words.any(|word| WORDS.iter().any(|one| word.eq_ignore_ascii_case(one)))
}

/// Whether a COPY reads no S3: from a path of a file system, or from what the client sends.
fn is_of_postgres(text: &str) -> bool {
    let lower = text.to_lowercase();
    let Some((_, from)) = lower.split_once(" from ") else {
        return false;
    };
    let from = from.trim_start();
    match from.strip_prefix('\'') {
        Some(rest) => {
            let path = rest.split('\'').next().unwrap_or(rest);
            // A name that is put in when it runs may be a place in S3.
            !path.contains("://") && !path.contains(['{', '$', '%', '<']) && !path.starts_with(':')
        }
        None => from.starts_with("stdin") || from.starts_with("program"),
    }
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

#[cfg(test)]
mod tests {
    use super::read;
    use crate::sql::{self, Body};
    use crate::text::SourceFile;

    /// The targets of each COPY.
    fn targets(text: &str) -> Vec<Vec<String>> {
        let source = SourceFile::new("load.sql", text);
        let script = sql::parse(&source);
        let loads = read(&source, &script);
        let copies = script.statements.iter();
        let copies = copies.filter(|statement| matches!(statement.body, Body::Copy(_)));
        let of = |start| loads.targets(start).into_iter().map(str::to_owned);
        copies.map(|copy| of(copy.span.start).collect()).collect()
    }

    #[test]
    fn rows_of_two_copies_do_not_mix() {
        let copy =
            |table: &str, key: &str| format!("COPY {table} FROM 's3://b/{key}/' IAM_ROLE default;");
        let plain = copy("orders", "a") + &copy("events", "b");
        assert_eq!(targets(&plain), [["orders"], ["events"]]);
        let staged = format!(
            "CREATE TEMP TABLE a (id INT); CREATE TEMP TABLE b (id INT); {}{}\
             MERGE INTO orders USING a ON orders.id = a.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (a.id);\
             INSERT INTO events SELECT * FROM b;",
            copy("a", "a"),
            copy("b", "b")
        );
        assert_eq!(targets(&staged), [["orders"], ["events"]]);
        // One staging table, emptied in between.
        let reused = format!(
            "{}INSERT INTO orders SELECT * FROM #s; TRUNCATE #s; {}INSERT INTO events SELECT * FROM #s;",
            copy("#s", "a"),
            copy("#s", "b")
        );
        assert_eq!(targets(&reused), [["orders"], ["events"]]);
        // Over two staging tables, and to two tables at once.
        let chain = format!(
            "{}INSERT INTO #t SELECT * FROM #s; INSERT INTO sales.orders SELECT * FROM #t; INSERT INTO audit SELECT * FROM #s;",
            copy("#s", "a")
        );
        assert_eq!(targets(&chain), [["audit", "sales.orders"]]);
        assert_eq!(targets(&copy("#s", "a")), [["#s"]]);
    }
}
