//! `distkey pipeline cost`.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use super::{Exit, Format, Global, exit, positive, read};
use crate::cluster::Cluster;
use crate::latency::Verdict;
use crate::pipeline::cost::{self, Range};
use crate::report;

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
    /// Gigabytes that lie in S3, or a range.
    #[arg(long)]
    stored_gb: Option<Range>,
    /// Times the volume.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Tell how many DPU-hours so many dollars a day are.
    #[arg(long, value_name = "DOLLARS")]
    per_day: Option<f64>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let config = global.config(&args.paths)?;
    positive("--dpu", args.dpu)?;
    positive("--runs-per-day", args.runs_per_day)?;
    positive("--scale", Some(args.scale))?;
    positive("--per-day", args.per_day)?;
    positive("--minutes", args.minutes.map(|range| range.low))?;
    positive("--gb", args.gb.map(|range| range.low))?;
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
    if pipeline.jobs.is_empty() && args.dpu.is_none() {
        anyhow::bail!(
            "there is no Glue job in these files: name --dpu, or the files with the jobs"
        );
    }
    let cluster = args.cluster.as_deref().map(Cluster::from_str).transpose()?;
    let asked = cost::Asked {
        minutes: args.minutes,
        gigabytes: args.gb,
        runs_a_day: args.runs_per_day,
        dpu: args.dpu,
        cluster_an_hour: cluster.map(|cluster| cluster.dollars_per_hour()),
        stored_gigabytes: args.stored_gb,
        scale: args.scale,
    };
    let cost = cost::cost(&pipeline, &asked, &config);
    match args.format {
        Format::Text => write!(out, "{}", report::pipeline::cost(&cost))?,
        Format::Json => {
            crate::cli::out::json(&mut out, &report::pipeline::CostDocument::new(&cost))?;
        }
    }
    let over = cost.verdict() == Verdict::Over;
    Ok(exit(
        unread,
        if over { Exit::Findings } else { Exit::Clean },
    ))
}
