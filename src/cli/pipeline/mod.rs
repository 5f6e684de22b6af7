//! `distkey pipeline`: the review of what fills the tables, and its cost.

mod cost;
mod lineage;

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, Global};
use crate::environment::{Environment, Given, View};
use crate::lint::{self, Input};
use crate::pipeline::cost::Range;
use crate::pipeline::runbook::{self, At, Named, Runbook, Target};
use crate::pipeline::{Pipeline, Unread, Unrecognized};
use crate::report::failed::Failed;
use crate::report::{self, html};
use crate::rules::Finding;
use crate::rules::pipeline::{Context, check};
use crate::text::SourceFile;

/// Arguments of `distkey pipeline`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Review templates, Glue jobs, scripts, COPY and WLM: scope, state, safety, scaling.
    Review(ReviewArgs),
    /// What feeds what: from an S3 prefix to the queries, or from a column back.
    Lineage(lineage::Args),
    /// The steps of a rollback as a page for people; a script that scales the job.
    Runbook(RunbookArgs),
    /// What the jobs cost: a run, day, week, month, gigabyte; and at another volume.
    Cost(cost::Args),
}

#[derive(Debug, clap::Args)]
struct ReviewArgs {
    /// Files or folders, recognised by their content.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The cluster that is loaded, as `ra3.4xlarge:4`: files are counted by its slices.
    #[arg(long)]
    cluster: Option<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = ReviewFormat::Text)]
    format: ReviewFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ReviewFormat {
    Text,
    Json,
    Html,
}

#[derive(Debug, clap::Args)]
struct RunbookArgs {
    /// Files or folders with the job, its trigger and the COPY.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The time to go back to, as `2026-01-02T03:00:00Z` or with an offset.
    #[arg(long)]
    at: Option<At>,
    /// The job, where lineage does not give one answer.
    #[arg(long)]
    job: Option<String>,
    /// The table, where these files load several.
    #[arg(long)]
    table: Option<String>,
    /// The keys that COPY reads, or a part of them: `clean/orders`, `clean/orders/part-*`.
    #[arg(long)]
    prefix: Option<String>,
    /// The column of the table that tells when a row was loaded.
    #[arg(long)]
    column: Option<String>,
    /// How many objects there are to restore.
    #[arg(long)]
    objects: Option<f64>,
    /// How many of them are copied in a second, as measured.
    #[arg(long, requires = "objects")]
    copies_per_second: Option<f64>,
    /// Minutes of the run that loads again: `12`, or a range as `10..20`.
    #[arg(long)]
    rerun_minutes: Option<Range>,
    /// Print the script that does the whole rollback.
    #[arg(long, conflicts_with = "scaling_script")]
    script: bool,
    /// Print the script that sets the job's workers by its backlog.
    #[arg(long)]
    scaling_script: bool,
    /// Output format of the page.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Review(args) => review(args, global),
        Command::Lineage(args) => lineage::run(args),
        Command::Runbook(args) => runbook(args),
        Command::Cost(args) => cost::run(args, global),
    }
}

/// Every file of the paths, by its content, and how many can't be read: these are named,
/// and stay in the report.
fn read(paths: &[PathBuf]) -> (Pipeline, usize) {
    let mut pipeline = Pipeline::default();
    let files = super::files::all_files(paths);
    let mut failed = files.failed;
    let mut sources = Vec::new();
    for path in files.paths {
        // What is written for people is no part of it.
        if path.extension().is_some_and(|ending| ending == "md") {
            continue;
        }
        match SourceFile::read(&path) {
            Ok(source) => sources.push(source),
            Err(error) => {
                failed.push(Failed::read(path.display().to_string(), error.to_string()));
            }
        }
    }
    pipeline.add(sources);
    super::files::tell(&failed);
    let count = failed.len();
    let unrecognized = failed.into_iter().map(|one| Unrecognized {
        what: one.message(),
        path: one.path,
        line: None,
        why: Unread::File,
    });
    pipeline.unrecognized.extend(unrecognized);
    (pipeline, count)
}

/// Names what was not understood; what could not be read, the last of it, is named already.
fn tell_unrecognized(pipeline: &Pipeline, unread: usize) {
    let understood = pipeline.unrecognized.len().saturating_sub(unread);
    for one in pipeline.unrecognized.iter().take(understood) {
        let line = one.line.map_or_else(String::new, |line| format!(":{line}"));
        anstream::eprintln!("{}{line}: {}", one.path, one.what);
    }
}

/// What could not be read comes before what was found.
fn exit(unread: usize, read: Exit) -> Exit {
    match unread {
        0 => read,
        _ => Exit::Usage,
    }
}

fn review(args: &ReviewArgs, global: &Global) -> anyhow::Result<Exit> {
    let config = global.config(&args.paths)?;
    let given = Given {
        cluster: args.cluster.as_deref(),
        ..Given::default()
    };
    let env = Environment::new(config, given)?;
    let (pipeline, unread) = read(&args.paths);
    if pipeline.is_empty() {
        tell_unrecognized(&pipeline, unread);
        anyhow::bail!("there is nothing of a pipeline in these files");
    }
    let mut findings = check(&Context {
        pipeline: &pipeline,
        cluster: &env.cluster,
        config: &env.config,
    });
    findings.extend(of_loads(&pipeline, env.view()));
    let mut out = super::out::stdout();
    match args.format {
        ReviewFormat::Text => write!(out, "{}", report::pipeline::review(&pipeline, &findings))?,
        ReviewFormat::Html => {
            let view = html::View::Pipeline(&pipeline, &findings);
            write!(out, "{}", html::render(view)?)?;
        }
        ReviewFormat::Json => {
            let document = report::pipeline::Review::new(&pipeline, &findings);
            super::out::json(&mut out, &document)?;
        }
    }
    let worst = findings.iter().map(|finding| finding.severity).max();
    Ok(exit(unread, global.fail_on.exit(worst)))
}

/// What `distkey lint` says of COPY and INSERT: rows skipped, secrets, single files.
fn of_loads(pipeline: &Pipeline, env: View<'_>) -> Vec<Finding> {
    let inputs = pipeline
        .sql
        .iter()
        .map(|(source, _)| Input::Text(source.clone()));
    let inputs: Vec<Input> = inputs.collect();
    let files = lint::lint(&inputs, env).files;
    let findings = files.into_iter().flat_map(|file| file.findings);
    findings.filter(report::pipeline::is_of_loads).collect()
}

/// Checks a number that is nothing without being above zero.
fn positive(what: &str, value: Option<f64>) -> anyhow::Result<()> {
    match value {
        Some(value) if !(value.is_finite() && value > 0.0) => {
            anyhow::bail!("{what} is {value}: write a number above zero")
        }
        _ => Ok(()),
    }
}

fn runbook(args: &RunbookArgs) -> anyhow::Result<Exit> {
    positive("--objects", args.objects)?;
    positive("--copies-per-second", args.copies_per_second)?;
    positive("--rerun-minutes", args.rerun_minutes.map(|range| range.low))?;
    let (pipeline, unread) = read(&args.paths);
    let named = Named {
        job: args.job.clone(),
        table: args.table.clone(),
        prefix: args.prefix.clone(),
    };
    let target = Target::of(&pipeline, &named).map_err(anyhow::Error::msg)?;
    let asked = runbook::Asked {
        at: args.at,
        column: args.column.clone(),
        objects: args.objects,
        copies_per_second: args.copies_per_second,
        rerun_minutes: args.rerun_minutes,
    };
    let job = pipeline.jobs.iter().find(|job| job.name == target.job);
    let workers = job.and_then(|job| job.capacity.workers.known().copied());
    let text = match (args.script, args.scaling_script) {
        (true, _) => runbook::rollback_script(&pipeline, &target, &asked).map(|script| script.text),
        (_, true) => runbook::scaling_script(&target, workers.unwrap_or(10.0)),
        _ => {
            let runbook = Runbook::of(&pipeline, &target, &asked);
            match args.format {
                Format::Text => runbook.page(&asked),
                Format::Json => {
                    serde_json::to_string_pretty(&runbook).map_err(|error| error.to_string())
                }
            }
        }
    };
    let text = text.map_err(anyhow::Error::msg)?;
    let mut out = super::out::stdout();
    writeln!(out, "{}", text.trim_end())?;
    Ok(exit(unread, Exit::Clean))
}
