//! A folder of measured timings: tables, queries, statistics, runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cluster::Cluster;
use crate::schema::Schema;
use crate::sql::{self, Body};
use crate::stats::{Stats, gather};
use crate::text::files::sort_by_version;
use crate::text::{SourceFile, Span};

/// Why a folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// A file that is needed is not there or can't be read.
    #[error("cannot read `{path}`: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// None of several names is there.
    #[error("`{folder}` has no {what}: expected one of {names}")]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        what: &'static str,
        /// The names that were looked for.
        names: String,
    },
    /// A file that is not what it should be.
    #[error("`{path}` is not understood: {reason}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A query of the workload.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its number (1 is the first) or file name, as the runs call it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its syntax tree, or why there is none.
    pub parsed: Result<sql::QueryStatement, String>,
}

/// The timings of one query on one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// When it was measured; empty if the file does not say.
    pub date: String,
    /// The cluster, as the file calls it.
    pub cluster: String,
    /// The query, as the file calls it.
    pub query: String,
    /// The first run in milliseconds.
    pub first_ms: Option<f64>,
    /// The least of the later runs in milliseconds.
    pub warm_ms: Option<f64>,
}

/// Measured cardinalities of one query.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cardinality {
    /// Rows that reach the aggregate functions; 0 if there are none.
    pub rows_into_aggregate: f64,
    /// Groups that come out; 0 if there are none.
    pub groups: f64,
    /// Rows that reach `COUNT(DISTINCT …)`; 0 if there is none.
    pub rows_into_count_distinct: f64,
    /// Share of the table's blocks that is read.
    pub share_of_table_scanned: f64,
}

/// All of a folder.
#[derive(Debug, Default)]
pub struct Workload {
    /// The tables.
    pub schema: Schema,
    /// What is known of their data.
    pub stats: Stats,
    /// The same with what is known of columns beside it, where the folder has that.
    pub column_stats: Option<Stats>,
    /// The queries, in order.
    pub queries: Vec<Query>,
    /// Measured cardinalities by query.
    pub cardinalities: BTreeMap<String, Cardinality>,
    /// Timings in the order of the file.
    pub runs: Vec<Run>,
    /// What was left out and why, in sentences.
    pub notes: Vec<String>,
}

/// Reads a folder: `create.sql`, `ddl.sql` or `setup.sql`; `queries.sql` or
/// `queries/`; `runs.csv`; `stats.json`, `stats-columns.json` and `cardinalities.csv` if they are
/// there.
///
/// # Errors
/// A file that is needed and missing, unreadable or not understood.
pub fn load(folder: &Path) -> Result<Workload, WorkloadError> {
    let mut workload = Workload::default();
    let ddl = first_of(
        folder,
        &["create.sql", "ddl.sql", "setup.sql"],
        "table definitions",
    )?;
    let script = sql::parse(&source(&ddl)?);
    for error in &script.errors {
        workload.notes.push(format!(
            "`{}` is not understood in part: {}",
            ddl.display(),
            error.message
        ));
    }
    workload.schema = Schema::of(&script);
    let named = |name: &str| folder.join(name);
    let files = [named("stats.json"), named("stats-columns.json")];
    if files[0].is_file() {
        workload.stats = statistics(folder, &files[..1], &workload.schema, &mut workload.notes)?;
    }
    if files[1].is_file() {
        let there = usize::from(!files[0].is_file());
        let notes = &mut Vec::new();
        let known = statistics(folder, &files[there..], &workload.schema, notes)?;
        workload.notes.extend(
            notes
                .iter()
                .filter(|note| note.contains("stats-columns"))
                .cloned(),
        );
        workload.column_stats = Some(known);
    }
    workload.queries = queries(folder)?;
    for query in &workload.queries {
        if let Err(reason) = &query.parsed {
            workload
                .notes
                .push(format!("query {} is left out: {reason}", query.name));
        }
    }
    let cardinalities = folder.join("cardinalities.csv");
    if cardinalities.is_file() {
        workload.cardinalities = read_cardinalities(&cardinalities)?;
    }
    workload.runs = read_runs(&folder.join("runs.csv"), &mut workload.notes)?;
    Ok(workload)
}

/// The statistics of files of a folder, as one.
fn statistics(
    folder: &Path,
    paths: &[PathBuf],
    schema: &Schema,
    told: &mut Vec<String>,
) -> Result<Stats, WorkloadError> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        // The folder's name is enough to tell: the page of the documentation shows it.
        let name = path.file_name().unwrap_or_default();
        let shown = Path::new(folder.file_name().unwrap_or_default()).join(name);
        files.push((shown.display().to_string(), read(path)?));
    }
    let gathered = gather(&files).map_err(|(at, error)| WorkloadError::Parse {
        path: paths.get(at).cloned().unwrap_or_default(),
        reason: error.to_string(),
    })?;
    for ((name, _), notes) in files.iter().zip(gathered.notes) {
        told.extend(notes.into_iter().map(|note| format!("`{name}`: {note}")));
    }
    let mut stats = gathered.stats;
    super::table_stats::fill_others(&mut stats, schema);
    Ok(stats)
}

fn source(path: &Path) -> Result<SourceFile, WorkloadError> {
    SourceFile::read(path).map_err(|reason| WorkloadError::Read {
        path: path.to_owned(),
        reason,
    })
}

fn read(path: &Path) -> Result<String, WorkloadError> {
    Ok(source(path)?.text)
}

fn first_of(folder: &Path, names: &[&str], what: &'static str) -> Result<PathBuf, WorkloadError> {
    let found = names
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists());
    found.ok_or_else(|| WorkloadError::Missing {
        folder: folder.to_owned(),
        what,
        names: names.join(", "),
    })
}

/// The queries of a folder: `queries.sql`, one statement after another, or the
/// files of `queries/`.
///
/// # Errors
/// No such file or folder, or one that can't be read.
pub fn queries(folder: &Path) -> Result<Vec<Query>, WorkloadError> {
    let path = first_of(folder, &["queries.sql", "queries"], "queries")?;
    if path.is_file() {
        return Ok(statements(&source(&path)?));
    }
    let entries = std::fs::read_dir(&path).map_err(|reason| WorkloadError::Read {
        path: path.clone(),
        reason,
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|reason| WorkloadError::Read {
            path: path.clone(),
            reason,
        })?;
        files.push(entry.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    sort_by_version(&mut files);
    let mut out = Vec::with_capacity(files.len());
    for file in files {
        let stem = file
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let first = statements(&source(&file)?).into_iter().next();
        out.extend(first.map(|query| Query {
            name: stem.unwrap_or_default(),
            ..query
        }));
    }
    Ok(out)
}

/// The queries of a script, numbered from 1, with those that are not understood.
fn statements(script: &SourceFile) -> Vec<Query> {
    let parsed = sql::parse(script);
    let text = |span: Span| {
        script
            .text
            .get(span.start..span.end)
            .unwrap_or_default()
            .to_owned()
    };
    let mut all: Vec<(Span, Query)> = Vec::new();
    for statement in parsed.statements {
        let found = match statement.body {
            Body::Query(inner) => match *inner {
                sqlparser::ast::Statement::Query(query) => Ok(query.into()),
                _ => Err("it is not a SELECT".to_owned()),
            },
            _ => Err(format!("{} is not a SELECT", statement.kind)),
        };
        let query = Query {
            name: String::new(),
            text: text(statement.span),
            parsed: found,
        };
        all.push((statement.span, query));
    }
    for error in parsed.errors {
        let query = Query {
            name: String::new(),
            text: text(error.span),
            parsed: Err(error.message),
        };
        all.push((error.span, query));
    }
    all.sort_by_key(|(span, _)| *span);
    let numbered = all.into_iter().enumerate();
    numbered
        .map(|(i, (_, query))| Query {
            name: (i + 1).to_string(),
            ..query
        })
        .collect()
}

fn read_cardinalities(path: &Path) -> Result<BTreeMap<String, Cardinality>, WorkloadError> {
    let mut out = BTreeMap::new();
    for row in rows(path)? {
        let number = |name: &str| {
            row.get(name)
                .and_then(|text| text.parse().ok())
                .unwrap_or(0.0)
        };
        let cardinality = Cardinality {
            rows_into_aggregate: number("rows_into_aggregate"),
            groups: number("groups"),
            rows_into_count_distinct: number("rows_into_count_distinct"),
            share_of_table_scanned: number("share_of_table_scanned"),
        };
        out.insert(row.get("query").cloned().unwrap_or_default(), cardinality);
    }
    Ok(out)
}

/// The rows of a CSV file by column name.
fn rows(path: &Path) -> Result<Vec<BTreeMap<String, String>>, WorkloadError> {
    let text = read(path)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let parse = |reason: csv::Error| WorkloadError::Parse {
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    let header = reader.headers().map_err(parse)?.clone();
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(parse)?;
        out.push(
            header
                .iter()
                .map(str::to_lowercase)
                .zip(record.iter().map(str::to_owned))
                .collect(),
        );
    }
    Ok(out)
}

/// Reads `date,cluster,query,run1_s,run2_s,…` or `kind,query,nodes,node_type,seconds`.
fn read_runs(path: &Path, notes: &mut Vec<String>) -> Result<Vec<Run>, WorkloadError> {
    let rows = rows(path)?;
    let mut runs: Vec<Run> = Vec::new();
    let mut left_out = 0usize;
    for row in &rows {
        let text = |name: &str| row.get(name).cloned().unwrap_or_default();
        if row.contains_key("kind") {
            let cluster = format!("{}x.{}", text("nodes"), text("node_type"));
            let ms = milliseconds(&text("seconds"));
            left_out += usize::from(ms.is_none());
            let query = text("query");
            let slot = match runs
                .iter()
                .position(|run| run.cluster == cluster && run.query == query)
            {
                Some(at) => at,
                None => {
                    runs.push(Run {
                        date: String::new(),
                        cluster,
                        query,
                        first_ms: None,
                        warm_ms: None,
                    });
                    runs.len() - 1
                }
            };
            if let Some(run) = runs.get_mut(slot) {
                match text("kind").as_str() {
                    "first" | "cold" => run.first_ms = least(run.first_ms, ms),
                    _ => run.warm_ms = least(run.warm_ms, ms),
                }
            }
            continue;
        }
        let later = (2..=99)
            .map_while(|n| row.get(&format!("run{n}_s")))
            .map(|text| milliseconds(text))
            .fold(None, least);
        left_out += usize::from(later.is_none());
        runs.push(Run {
            date: text("date"),
            cluster: text("cluster"),
            query: text("query"),
            first_ms: milliseconds(&text("run1_s")),
            warm_ms: later,
        });
    }
    if left_out > 0 {
        notes.push(format!(
            "{left_out} timings are empty, zero or not a number and are left out"
        ));
    }
    Ok(runs)
}

/// Seconds as milliseconds; `12 ms` and `0.5 s` are read too. Zero is no timing.
fn milliseconds(text: &str) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('s').unwrap_or(&text), 1000.0),
    };
    let ms = number.trim().parse::<f64>().ok()? * factor;
    (ms.is_finite() && ms > 0.0).then_some(ms)
}

fn least(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The cluster that a file's name for it means.
pub(super) fn cluster(name: &str) -> Option<Cluster> {
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_falls_apart_at_semicolons_outside_of_texts() {
        let script = SourceFile::new(
            "q.sql",
            "SELECT ';' ; -- only; a comment\n SELECT FROM WHERE; SELECT 2;\n\n;",
        );
        let queries = statements(&script);
        let names: Vec<_> = queries
            .iter()
            .map(|query| (query.name.as_str(), query.parsed.is_ok()))
            .collect();
        assert_eq!(names, [("1", true), ("2", false), ("3", true)]);
    }

    #[test]
    fn timings_come_in_several_units_and_zero_is_none() {
        assert_eq!(milliseconds("0.25"), Some(250.0));
        assert_eq!(milliseconds("12 ms"), Some(12.0));
        assert_eq!(milliseconds("3s"), Some(3000.0));
        assert_eq!(milliseconds("0"), None);
        assert_eq!(milliseconds("null"), None);
    }
}
