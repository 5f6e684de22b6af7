//! What several commands take: the tables, what is known of them, the cluster, the budget.

use std::path::{Path, PathBuf};

use super::Global;
use crate::anonymize::Anonymizer;
use crate::environment::{Environment, Given};
use crate::lint::Input;
use crate::report::failed::Failed;
use crate::schema::{Schema, SchemaBuilder};
use crate::sql;
use crate::stats::Stats;
use crate::text::SourceFile;
use crate::text::units::{counted, parse_duration};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct TablesArgs {
    /// Files or folders with the tables' DDL: findings then say why, and give the exact ALTER.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    ddl: Vec<PathBuf>,
    /// Statistics: JSON with rows and distinct values, or an export of SVV_TABLE_INFO.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
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
    /// Reads DDL and statistics; a file of DDL that can't be read is named, and kept for
    /// the report.
    ///
    /// # Errors
    /// Statistics, settings or a cluster that are not understood, DDL of which nothing
    /// can be read.
    pub fn read(&self, global: &Global, anonymizer: &Anonymizer) -> anyhow::Result<Tables> {
        let stats = self.stats.as_deref();
        let stats = stats.map(|path| read_stats(path, anonymizer)).transpose()?;
        let mut failed = Vec::new();
        let schema = match self.ddl.is_empty() {
            true => None,
            false => Some(read_schema(&self.ddl, anonymizer, &mut failed)?),
        };
        if let (Some(path), Some(stats), Some(schema)) = (&self.stats, &stats, &schema) {
            tell_unused(path, stats, schema, anonymizer);
        }
        let given = Given {
            cluster: self.cluster.as_deref(),
            budget_ms: self.budget,
            stats: stats.map(|stats| anonymizer.stats(stats)),
            schema,
        };
        let env = Environment::new(anonymizer.config(global.config()?), given)?;
        Ok(Tables { env, failed })
    }
}

/// Reads a statistics file; what of it is not understood, or can't be true, is told.
///
/// # Errors
/// A file that can't be read or understood.
pub(super) fn read_stats(path: &Path, anonymizer: &Anonymizer) -> anyhow::Result<Stats> {
    let source = SourceFile::read(path)
        .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
    let (stats, notes) = Stats::read_with_notes(&source.text)
        .map_err(|error| anyhow::anyhow!("`{}` is {error}", path.display()))?;
    let at = path.display();
    match (anonymizer.is_on(), notes.len()) {
        (_, 0) => {}
        // A note is about a name.
        (true, count) => anstream::eprintln!(
            "note: {at}: {} without --anonymize",
            counted(count as f64, "note")
        ),
        (false, count) => {
            for note in notes.iter().take(MOST_NOTES) {
                anstream::eprintln!("note: {at}: {note}");
            }
            if count > MOST_NOTES {
                let more = counted((count - MOST_NOTES) as f64, "note");
                anstream::eprintln!("note: {at}: {more} more");
            }
        }
    }
    Ok(stats)
}

/// Notes on one file that are shown: a file of another kind has one for each line.
const MOST_NOTES: usize = 20;

/// Tells which tables of the statistics are in no DDL: what is known of them is of no use.
pub(super) fn tell_unused(path: &Path, stats: &Stats, schema: &Schema, anonymizer: &Anonymizer) {
    const SHOWN: usize = 5;
    if anonymizer.is_on() || schema.tables.is_empty() {
        return;
    }
    let unused = stats.tables_without(schema.tables.keys());
    let shown: Vec<String> = unused
        .iter()
        .take(SHOWN)
        .map(|it| format!("`{it}`"))
        .collect();
    let more = match unused.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if unused.len() == 1 { "is" } else { "are" };
    if !unused.is_empty() {
        anstream::eprintln!(
            "note: {}: {}{more} {verb} not in the DDL",
            path.display(),
            shown.join(", ")
        );
    }
}

fn read_schema(
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
