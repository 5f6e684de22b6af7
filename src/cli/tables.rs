//! What several commands take: the tables, what is known of them, the cluster, the budget.

use std::path::PathBuf;

use super::Global;
use crate::anonymize::Anonymizer;
use crate::config::Workload;
use crate::environment::{Environment, Given};
use crate::lint::Input;
use crate::name::{Ident, nearest};
use crate::report::failed::Failed;
use crate::schema::{Schema, SchemaBuilder};
use crate::sql;
use crate::stats::{Stats, gather};
use crate::text::SourceFile;
use crate::text::units::{counted, parse_duration};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct TablesArgs {
    /// Files or folders with the tables' DDL: findings then say why, and give the exact ALTER.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    ddl: Vec<PathBuf>,
    /// Statistics: JSON with rows and distinct values, or exports of SVV_TABLE_INFO or pg_stats;
    /// several are read as one.
    #[arg(long, value_name = "FILE")]
    stats: Vec<PathBuf>,
    /// The cluster: node type and count, or Serverless and its RPUs, as
    /// `ra3.4xlarge:4` or `serverless:128`.
    #[arg(long)]
    cluster: Option<String>,
    /// The latency that a warm run should keep, as `800ms` or `1.5s`.
    #[arg(long, value_parser = parse_duration)]
    budget: Option<f64>,
}

/// What they tell.
#[derive(Debug)]
pub(super) struct Tables {
    /// Tables, statistics, cluster, budget, settings.
    pub env: Environment,
    /// DDL that could not be read.
    pub failed: Vec<Failed>,
}

impl TablesArgs {
    /// Reads DDL and statistics, and the settings that apply to these inputs; a file of DDL
    /// that can't be read is named, and kept for the report.
    ///
    /// # Errors
    /// Statistics, settings or a cluster that are not understood, DDL of which nothing
    /// can be read.
    pub fn read<'p>(
        &self,
        inputs: impl IntoIterator<Item = &'p PathBuf>,
        global: &Global,
        anonymizer: &Anonymizer,
    ) -> anyhow::Result<Tables> {
        let stats = read_stats(&self.stats, anonymizer)?;
        let mut failed = Vec::new();
        let schema = match self.ddl.is_empty() {
            true => None,
            false => Some(read_schema(&self.ddl, anonymizer, &mut failed)?),
        };
        if let (Some(stats), Some(schema)) = (&stats, &schema) {
            tell_unused(&self.stats, stats, schema, anonymizer);
        }
        let given = Given {
            cluster: self.cluster.as_deref(),
            budget_ms: self.budget,
            stats: stats.map(|stats| anonymizer.stats(stats)),
            schema,
        };
        let config = global.config(inputs)?;
        if let Some(schema) = &given.schema {
            tell_unknown_columns(&config.workload, schema, anonymizer);
        }
        let env = Environment::new(anonymizer.config(config), given)?;
        Ok(Tables { env, failed })
    }
}

/// Reads files of statistics as one; what of them is not understood, or can't be true, is told,
/// and of several which gives what. `None` where there is no file.
///
/// # Errors
/// A file that can't be read or understood.
pub(super) fn read_stats(
    paths: &[PathBuf],
    anonymizer: &Anonymizer,
) -> anyhow::Result<Option<Stats>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let source = SourceFile::read(path)
            .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
        files.push((path.display().to_string(), source.text));
    }
    let gathered = gather(&files).map_err(|(at, error)| {
        let name = files.get(at).map_or("", |(name, _)| name);
        anyhow::anyhow!("`{name}` is {error}")
    })?;
    for ((name, _), notes) in files.iter().zip(&gathered.notes) {
        tell(&format!("{name}: "), notes, anonymizer);
    }
    tell("", &gathered.of_all, anonymizer);
    Ok(Some(gathered.stats))
}

/// Tells notes on statistics.
fn tell(at: &str, notes: &[String], anonymizer: &Anonymizer) {
    let count = notes.len();
    // A note is about a name.
    if anonymizer.is_on() && count > 0 {
        let notes = counted(count as f64, "note");
        anstream::eprintln!("note: {at}{notes} without --anonymize");
        return;
    }
    for note in notes.iter().take(MOST_NOTES) {
        anstream::eprintln!("note: {at}{note}");
    }
    if count > MOST_NOTES {
        let more = counted((count - MOST_NOTES) as f64, "note");
        anstream::eprintln!("note: {at}{more} more");
    }
}

/// Notes on one file that are shown: a file of another kind has one for each line.
const MOST_NOTES: usize = 20;

/// Tells which tables and columns of the statistics are in no DDL: what is known of them is of
/// no use.
pub(super) fn tell_unused(
    paths: &[PathBuf],
    stats: &Stats,
    schema: &Schema,
    anonymizer: &Anonymizer,
) {
    if anonymizer.is_on() || schema.tables.is_empty() {
        return;
    }
    let tables = stats.tables_without(schema.tables.keys());
    let tables = tables
        .iter()
        .map(|name| format!("`{name}`{}", hint(schema.nearest(name))))
        .collect();
    let mut columns = Vec::new();
    for table in schema.tables.values() {
        let Some((key, known)) = stats.key(&table.name).zip(stats.table(&table.name)) else {
            continue;
        };
        let all: Vec<&Ident> = (table.columns.iter().chain(&table.partitions))
            .map(|column| &column.name)
            .collect();
        let unknown = known.columns.keys();
        let unknown = unknown.filter(|name| table.columns_known && !all.contains(name));
        columns.extend(unknown.map(|name| {
            let names = all.iter().map(|name| name.as_str());
            format!("`{key}.{name}`{}", hint(nearest(name, names)))
        }));
    }
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    for unused in [tables, columns] {
        let unused: Vec<String> = unused;
        if let Some(some) = some_of(&unused) {
            let at = names.join(", ");
            anstream::eprintln!("note: {at}: {some} not in the DDL");
        }
    }
}

fn hint(nearest: Option<String>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (the nearest is `{name}`)"))
}

/// The first of some names and how many more there are, with the verb: `` `a` is ``,
/// `` `a`, `b` and 3 more are ``.
fn some_of(names: &[String]) -> Option<String> {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if names.len() == 1 { "is" } else { "are" };
    (!names.is_empty()).then(|| format!("{}{more} {verb}", shown.join(", ")))
}

/// Tells which filter columns of the settings no table has. The defaults are nobody's wish.
fn tell_unknown_columns(workload: &Workload, schema: &Schema, anonymizer: &Anonymizer) {
    if anonymizer.is_on() || schema.tables.is_empty() || *workload == Workload::default() {
        return;
    }
    let has = |name: &Ident| {
        let mut tables = schema.tables.values();
        tables.any(|table| table.column(name).is_some())
    };
    let unknown = workload.columns().iter().filter(|name| !has(name));
    let unknown: Vec<String> = unknown.map(|name| format!("`{}`", name.as_str())).collect();
    if let Some(some) = some_of(&unknown) {
        anstream::eprintln!(
            "note: `workload.columns` of the settings: {some} in no table of the DDL"
        );
    }
}

/// Reads the tables of files of DDL; a file that can't be read is named, and kept for the report.
///
/// # Errors
/// None of the files can be read.
pub(super) fn read_schema(
    paths: &[PathBuf],
    anonymizer: &Anonymizer,
    failed: &mut Vec<Failed>,
) -> anyhow::Result<Schema> {
    let mut sources = Vec::new();
    let files = super::files::sql_files(paths);
    failed.extend(files.failed);
    for path in files.paths {
        match Input::Path(path).read() {
            Ok(source) => sources.push(source),
            Err((path, error)) => failed.push(Failed::read(path, error)),
        }
    }
    super::files::tell(failed);
    let sources = anonymizer.ddl(sources);
    if sources.is_empty() {
        anyhow::bail!("no DDL could be read");
    }
    let mut builder = SchemaBuilder::default();
    for source in &sources {
        let script = sql::parse(source);
        for error in &script.errors {
            let place = source.line_column(error.span.start);
            anstream::eprintln!("{}:{}: {}", source.name, place.line, error.message);
        }
        builder.apply(&script);
    }
    Ok(builder.finish())
}
