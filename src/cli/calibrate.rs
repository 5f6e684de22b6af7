//! `distkey calibrate`: measured timings, read, compared and fitted.

use std::path::{Path, PathBuf};

use anstream::eprintln;

use super::{Exit, Global};
use crate::cluster::Cluster;
use crate::latency::Coefficients;
use crate::latency::calibrate::{self, Workload};
use crate::latency::calibration::Calibration;
use crate::report;

/// Arguments of `distkey calibrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Compare predictions with measured timings.
    Evaluate(Evaluate),
    /// Fit floor, speed and interval to your own timings.
    Fit(Fit),
    /// Print a psql script that measures a workload on your cluster.
    Script(Script),
}

/// Arguments of `distkey calibrate evaluate`.
#[derive(Debug, clap::Args)]
struct Evaluate {
    /// Folders with table definitions, queries and `runs.csv`.
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// A file that `calibrate fit` wrote.
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Output format.
    #[arg(long, short, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
    /// Write the page of the documentation instead.
    #[arg(long)]
    page: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Arguments of `distkey calibrate fit`.
#[derive(Debug, clap::Args)]
struct Fit {
    /// Folder with table definitions, queries and `runs.csv`; several with `--coefficients`.
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// The cluster in `runs.csv` to fit, if there are several.
    #[arg(long)]
    cluster: Option<String>,
    /// Write the calibration here instead of to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the shipped coefficients, fitted anew on the runs that they name.
    #[arg(long, conflicts_with_all = ["cluster", "out"])]
    coefficients: bool,
}

/// Arguments of `distkey calibrate script`.
#[derive(Debug, clap::Args)]
struct Script {
    /// Folder with `queries.sql` or `queries/`.
    folder: PathBuf,
    /// Runs of each query; the first is not counted.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=99))]
    times: u32,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Evaluate(args) => evaluate(args, global),
        Command::Fit(args) => fit(args),
        Command::Script(args) => {
            super::out::print(format_args!(
                "{}",
                calibrate::script(&calibrate::queries(&args.folder)?, args.times)
            ))?;
            Ok(Exit::Clean)
        }
    }
}

fn evaluate(args: &Evaluate, global: &Global) -> anyhow::Result<Exit> {
    let budget = global.config([])?.budget_ms();
    let coefficients = Coefficients::shipped();
    let calibration = args
        .calibration
        .as_deref()
        .map(Calibration::load)
        .transpose()?;
    let mut workloads = Vec::with_capacity(args.folders.len());
    for folder in &args.folders {
        workloads.push((name_of(folder), calibrate::load(folder)?));
    }
    let mut evaluations = Vec::with_capacity(workloads.len());
    for ((name, workload), folder) in workloads.iter().zip(&args.folders) {
        evaluations.push(report::calibration::Section {
            name: name.clone(),
            evaluation: calibrate::evaluate(workload, coefficients, calibration.as_ref(), budget),
            crowds: calibrate::read_concurrency(folder, coefficients),
        });
    }
    if args.page {
        // Folders that the coefficients do not rest on have no fit to tell of.
        let refit = calibrate::refit(&workloads, coefficients).ok();
        super::out::print(format_args!(
            "{}",
            report::calibration::page(&evaluations, refit.as_ref(), coefficients, budget)
        ))?;
        return Ok(Exit::Clean);
    }
    for section in &evaluations {
        match args.format {
            Format::Text => super::out::print(format_args!(
                "{}",
                report::calibration::text(&section.evaluation, budget)
            ))?,
            Format::Json => super::out::print(format_args!(
                "{}\n",
                serde_json::to_string_pretty(&section.evaluation)?
            ))?,
        }
    }
    Ok(Exit::Clean)
}

fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    name.to_string_lossy().into_owned()
}

fn fit(args: &Fit) -> anyhow::Result<Exit> {
    if let Some(path) = &args.out {
        // Before the work, not after it.
        super::ours::existing(path, "calibration", Calibration::read)?;
    }
    let coefficients = Coefficients::shipped();
    if args.coefficients {
        return fit_coefficients(&args.folders, coefficients);
    }
    let [folder] = args.folders.as_slice() else {
        anyhow::bail!("one folder at a time; several are for --coefficients");
    };
    let workload = calibrate::load(folder)?;
    let name = match &args.cluster {
        Some(name) => name.clone(),
        None => only_cluster(&workload)?,
    };
    let shape: Cluster = name.parse()?;
    let (calibration, notes) = calibrate::own(&workload, &name, &shape, coefficients)?;
    for note in workload.notes.iter().chain(&notes) {
        eprintln!("note: {note}");
    }
    let text = toml::to_string(&calibration)?;
    match &args.out {
        Some(path) => super::ours::write(path, &text)?,
        None => super::out::print(format_args!("{text}"))?,
    }
    Ok(Exit::Clean)
}

fn fit_coefficients(folders: &[PathBuf], coefficients: &Coefficients) -> anyhow::Result<Exit> {
    let mut workloads = Vec::with_capacity(folders.len());
    for folder in folders {
        workloads.push((name_of(folder), calibrate::load(folder)?));
    }
    let refit = calibrate::refit(&workloads, coefficients).map_err(anyhow::Error::msg)?;
    super::out::print(format_args!("{}", report::calibration::fitted(&refit)))?;
    for runs in &coefficients.fit.runs {
        let [median, p90] = refit.q_errors(Some(&runs.folder));
        eprintln!(
            "{}, each query by a fit without it: Q-error median {median:.2}, p90 {p90:.2}",
            runs.folder
        );
    }
    Ok(Exit::Clean)
}

fn only_cluster(workload: &Workload) -> anyhow::Result<String> {
    let mut names: Vec<&str> = workload
        .runs
        .iter()
        .map(|run| run.cluster.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => anyhow::bail!("`runs.csv` holds no timings"),
        several => anyhow::bail!(
            "`runs.csv` holds several clusters, name one with --cluster: {}",
            several.join(", ")
        ),
    }
}
