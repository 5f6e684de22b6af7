//! `distkey advise`: all tables and a workload → keys, what they save, the script.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::str::FromStr;

use indicatif::ProgressBar;

use super::anonymize::Anonymizer;
use super::explain::read_tables;
use super::{Exit, Global};
use crate::advise::{self, Advice, Request, Workload};
use crate::latency::{Cluster, Verdict};
use crate::plan;
use crate::report::{self, html};
use crate::text::SourceFile;
use crate::whatif::Growth;

/// Arguments of `distkey advise`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files or folders with the DDL of all tables.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    ddl: Vec<PathBuf>,
    /// Files or folders with queries; `-- frequency: 100` above one weighs it.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    queries: Vec<PathBuf>,
    /// Files or folders with pasted plans.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    plans: Vec<PathBuf>,
    /// An export of the query that `distkey stats-query --workload` prints.
    #[arg(long, value_name = "FILE")]
    workload: Option<PathBuf>,
    /// Statistics: JSON, or an export of SVV_TABLE_INFO.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    /// The cluster, as `ra3.4xlarge:4` or `serverless:128`.
    #[arg(long)]
    cluster: Option<String>,
    /// The latency that a query should keep, as `800ms` or `1.5s`.
    #[arg(long, value_parser = crate::text::units::parse_duration)]
    budget: Option<f64>,
    /// Rows that a table gains, as `products=2000000/hour`: what that does to the star
    /// and to a table with its lookups inlined.
    #[arg(long, value_name = "TABLE=ROWS/PERIOD")]
    grow: Option<Growth>,
    /// Print only the statements that carry it out.
    #[arg(long, conflicts_with = "rollback_script")]
    script: bool,
    /// Print only the statements that undo them.
    #[arg(long)]
    rollback_script: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let anonymizer = Anonymizer::new(global);
    let tables = read_tables(&args.ddl, args.stats.as_deref(), &anonymizer)?;
    let config = anonymizer.config(global.config()?);
    let named = args.cluster.as_ref().or(config.cluster.as_ref());
    let cluster = match named {
        Some(name) => Cluster::from_str(name)?,
        None => Cluster::default(),
    };
    let workload = read_workload(args, &anonymizer)?;
    if workload.entries.is_empty() {
        for (name, error) in &workload.left_out {
            anstream::eprintln!("{name}: {error}");
        }
        anyhow::bail!("there is no query to go by: name --queries, --plans or --workload");
    }
    let (schema, stats) = match tables.schema {
        Some(schema) => (schema, tables.stats.unwrap_or_default()),
        None => {
            let (schema, derived) = advise::derive(&workload);
            (schema, tables.stats.unwrap_or(derived))
        }
    };
    if schema.tables.is_empty() {
        anyhow::bail!("no table is known: name the DDL with --ddl");
    }
    let growth = args.grow.as_ref().map(|growth| Growth {
        table: anonymizer.argument(&growth.table),
        ..growth.clone()
    });
    let request = Request {
        schema: &schema,
        stats: &stats,
        workload: &workload,
        cluster: &cluster,
        cluster_assumed: named.is_none(),
        budget_ms: args.budget.unwrap_or(config.budget_ms),
        growth: growth.as_ref(),
        config: &config,
    };
    let spinner = spinner();
    let advice = advise::advise(&request, &|what| {
        spinner.set_message(what.to_owned());
        spinner.tick();
    });
    spinner.finish_and_clear();
    write(args, &advice)?;
    Ok(exit(&advice, named.is_some()))
}

/// What is being done, on standard error when that is a terminal.
fn spinner() -> ProgressBar {
    match std::io::stderr().is_terminal() {
        true => ProgressBar::new_spinner(),
        false => ProgressBar::hidden(),
    }
}

/// The queries, plans and exports that the arguments name.
fn read_workload(args: &Args, anonymizer: &Anonymizer) -> anyhow::Result<Workload> {
    let mut workload = Workload::default();
    for path in super::lint::sql_files(&args.queries) {
        add(&mut workload, &path, |workload, source| {
            workload.add_sql(&anonymizer.sql(source));
        });
    }
    for path in plan_files(&args.plans) {
        add(&mut workload, &path, |workload, source| {
            let name = anonymizer.name(&source.name);
            let reading = anonymizer.reading(plan::read(&source.text));
            workload.add_reading(&name, reading);
        });
    }
    if let Some(path) = &args.workload {
        if anonymizer.is_on() {
            anyhow::bail!("an exported workload can't be anonymized: name --queries or --plans");
        }
        let file = std::fs::File::open(path)
            .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
        workload
            .add_export(&path.display().to_string(), std::io::BufReader::new(file))
            .map_err(|error| anyhow::anyhow!("`{}`: {error}", path.display()))?;
    }
    Ok(workload)
}

fn add(
    workload: &mut Workload,
    path: &std::path::Path,
    add: impl FnOnce(&mut Workload, SourceFile),
) {
    match SourceFile::read(path) {
        Ok(source) => add(workload, source),
        Err(error) => {
            let name = path.display().to_string();
            workload
                .left_out
                .push((name, format!("cannot read it: {error}")));
        }
    }
}

/// Every file of the folders, and the files named.
pub(super) fn plan_files(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for path in paths {
        if !path.is_dir() {
            files.insert(path.clone());
            continue;
        }
        let walk = ignore::WalkBuilder::new(path)
            .build()
            .filter_map(Result::ok);
        let found = walk.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        files.extend(found.map(ignore::DirEntry::into_path));
    }
    files
}

fn write(args: &Args, advice: &Advice) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    if args.script {
        write!(out, "{}", advise::script(&advice.steps))?;
        return Ok(());
    }
    if args.rollback_script {
        write!(out, "{}", advise::rollback_script(&advice.steps))?;
        return Ok(());
    }
    match args.format {
        Format::Text => write!(out, "{}", report::advise::render(advice))?,
        Format::Html => write!(out, "{}", html::render(html::View::Advise(advice))?)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, advice)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

/// A query over its budget even as recommended fails, on a cluster that was named.
fn exit(advice: &Advice, cluster_named: bool) -> Exit {
    let over = |query: &advise::QueryAdvice| query.after.verdict == Verdict::Over;
    match cluster_named && advice.queries.iter().any(over) {
        true => Exit::Findings,
        false => Exit::Clean,
    }
}
