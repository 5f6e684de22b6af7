//! `distkey pipeline cost`.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use super::{Exit, Global, exit, positive, read};
use crate::cluster::{Cluster, Platform};
use crate::latency::Verdict;
use crate::pipeline::cost::{self, Range};
use crate::report;
use crate::report::cost::{AgainstDocument, CostDocument};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files or folders with the jobs and their schedules.
    paths: Vec<PathBuf>,
    /// Minutes of one run: `45`, or a range as `30..60`; without it, from the least that is billed
    /// to the job's timeout.
    #[arg(long)]
    minutes: Option<Range>,
    /// Gigabytes that one run loads, or a range.
    #[arg(long)]
    gb: Option<Range>,
    /// Runs a day, instead of what the schedules say.
    #[arg(long)]
    runs_per_day: Option<f64>,
    /// DPU, where no job tells.
    #[arg(long)]
    dpu: Option<f64>,
    /// The cluster that is loaded, to count its hours: `ra3.4xlarge:4`, `serverless:32`.
    #[arg(long)]
    cluster: Option<String>,
    /// Another cluster, to tell from which use on it costs less than the first: one of both is Serverless.
    #[arg(long, value_name = "CLUSTER", requires = "cluster")]
    compare_cluster: Option<String>,
    /// Minutes a day that a Serverless workgroup computes, or a range.
    #[arg(long, requires = "cluster")]
    active_minutes: Option<Range>,
    /// How often a day it begins to compute: each time is billed for a minute at least.
    #[arg(long, requires = "cluster")]
    active_periods: Option<f64>,
    #[command(flatten)]
    beside: Beside,
    /// What these files cost other than those of this file or folder: a month, for a pull request.
    #[arg(long, value_name = "BASE", conflicts_with = "per_day")]
    against: Option<PathBuf>,
    /// Times the volume.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Tell how many DPU-hours so many dollars a day are.
    #[arg(long, value_name = "DOLLARS")]
    per_day: Option<f64>,
    /// Output format; markdown is for `--against`.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    format: Output,
}

/// What costs beside jobs and clusters.
#[derive(Debug, clap::Args)]
struct Beside {
    /// Gigabytes that lie in S3, or a range.
    #[arg(long)]
    stored_gb: Option<Range>,
    /// Gigabytes of replaced versions that lie in S3, or a range.
    #[arg(long)]
    replaced_gb: Option<Range>,
    /// Gigabytes that lie in Redshift's managed storage, or a range.
    #[arg(long)]
    managed_gb: Option<Range>,
    /// Gigabytes that Spectrum scans a day, or a range.
    #[arg(long)]
    spectrum_gb: Option<Range>,
    /// Minutes of one run of a crawler, or a range; without it, the ten that are billed at least.
    #[arg(long)]
    crawler_minutes: Option<Range>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    Text,
    Json,
    Markdown,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let config = global.config(&args.paths)?;
    positive("--dpu", args.dpu)?;
    positive("--runs-per-day", args.runs_per_day)?;
    positive("--scale", Some(args.scale))?;
    positive("--per-day", args.per_day)?;
    positive("--minutes", args.minutes.map(|range| range.low))?;
    positive("--gb", args.gb.map(|range| range.low))?;
    positive("--active-periods", args.active_periods)?;
    let (pipeline, unread) = read(&args.paths);
    let mut out = crate::cli::out::stdout();
    if let Some(dollars) = args.per_day {
        let price = config.pipeline.glue_dpu_hour;
        writeln!(
            out,
            "${dollars} a day are {} DPU-hours at ${price}, and ${} a week",
            crate::text::units::thousands(cost::dpu_hours(dollars, price)),
            crate::text::units::thousands(dollars * 7.0)
        )?;
        let over = dollars * 7.0 > config.pipeline.weekly_dollars;
        return Ok(exit(
            unread,
            if over { Exit::Findings } else { Exit::Clean },
        ));
    }
    if pipeline.jobs.is_empty() && args.dpu.is_none() && args.against.is_none() {
        anyhow::bail!(
            "there is no Glue job in these files: name --dpu, or the files with the jobs"
        );
    }
    let named = |name: &Option<String>| name.as_deref().map(Cluster::from_str).transpose();
    let (cluster, compared) = (named(&args.cluster)?, named(&args.compare_cluster)?);
    if let (Some(one), Some(other)) = (&cluster, &compared) {
        let serverless = [one, other].map(|one| one.platform() == Platform::Serverless);
        if serverless[0] == serverless[1] {
            anyhow::bail!(
                "--compare-cluster: one of both clusters is Serverless, the other is not"
            );
        }
    }
    let beside = &args.beside;
    let asked = cost::Asked {
        minutes: args.minutes,
        gigabytes: args.gb,
        runs_a_day: args.runs_per_day,
        dpu: args.dpu,
        cluster,
        compared,
        active_minutes: args.active_minutes,
        active_periods: args.active_periods,
        stored: cost::Stored {
            objects: beside.stored_gb,
            replaced: beside.replaced_gb,
            managed: beside.managed_gb,
        },
        spectrum_gigabytes: beside.spectrum_gb,
        crawler_minutes: beside.crawler_minutes,
        scale: args.scale,
    };
    let cost = cost::cost(&pipeline, &asked, &config);
    let over = cost.verdict() == Verdict::Over;
    let found = if over { Exit::Findings } else { Exit::Clean };
    let Some(base) = &args.against else {
        match args.format {
            Output::Text => write!(out, "{}", report::cost::cost(&cost))?,
            Output::Json => crate::cli::out::json(&mut out, &CostDocument::new(&cost))?,
            Output::Markdown => anyhow::bail!("--format markdown is for --against"),
        }
        return Ok(exit(unread, found));
    };
    let (before, unread_before) = read(std::slice::from_ref(base));
    let against = cost::against(&before, &pipeline, &asked, &config);
    let base = base.display().to_string();
    match args.format {
        Output::Text => write!(out, "{}", report::cost::against(&against, &base))?,
        Output::Markdown => {
            write!(out, "{}", report::cost::against_markdown(&against, &base))?;
        }
        Output::Json => {
            crate::cli::out::json(&mut out, &AgainstDocument::new(&against, &base))?;
        }
    }
    Ok(exit(unread + unread_before, found))
}
