//! What runs cost: Glue by DPU and second, the cluster by the hour or while it computes, S3 by the
//! month.

mod against;
mod job;
mod other;
mod range;
mod rhythm;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Job, Pipeline, glue};
use crate::cluster::{Cluster, Compute};
use crate::config::Config;
use crate::latency::Verdict;
use crate::prices;
use crate::text::units::thousands;

pub use against::{Against, JobChange, against};
pub use job::{JobCost, Scaled, dpu_hours, of_run};
pub use range::Range;

use job::Runs;
use other::Others;
use rhythm::Rhythm;

/// Minutes after which Glue ends a run that says nothing itself [Glue API Reference, CreateJob:
/// 480 from Glue 5.0].
const ONE_JOB_TIMEOUT: f64 = 480.0;

/// Days of a month, on average.
const DAYS_A_MONTH: f64 = 365.25 / 12.0;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Minutes of one run; without them, all that Glue bills it for at least and lets it run at most.
    pub minutes: Option<Range>,
    /// Gigabytes that one run loads, if it is known.
    pub gigabytes: Option<Range>,
    /// Runs a day, instead of what the schedules say.
    pub runs_a_day: Option<f64>,
    /// DPU, where no job tells.
    pub dpu: Option<f64>,
    /// The cluster that is loaded, if it is to be counted.
    pub cluster: Option<Cluster>,
    /// Another, to tell from which use on it costs less: one of both is Serverless.
    pub compared: Option<Cluster>,
    /// Minutes a day that a Serverless workgroup computes.
    pub active_minutes: Option<Range>,
    /// How often a day it begins to compute: each time is billed for a minute at least.
    pub active_periods: Option<f64>,
    /// Gigabytes that lie somewhere.
    pub stored: Stored,
    /// Gigabytes that Spectrum scans a day.
    pub spectrum_gigabytes: Option<Range>,
    /// Minutes of one run of a crawler.
    pub crawler_minutes: Option<Range>,
    /// Times the volume; 0 is taken for 1.
    pub scale: f64,
}

/// Gigabytes that lie somewhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stored {
    /// In S3.
    pub objects: Option<Range>,
    /// In S3, as versions that were replaced.
    pub replaced: Option<Range>,
    /// In Redshift's managed storage.
    pub managed: Option<Range>,
}

/// From which use on a provisioned cluster costs less than a Serverless workgroup.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BreakEven {
    /// The workgroup.
    pub serverless: String,
    /// The cluster that is always on.
    pub provisioned: String,
    /// Hours of computing a day up to which the workgroup costs less; 24 and above is at any use.
    pub hours_a_day: f64,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Job by job.
    pub jobs: Vec<JobCost>,
    /// What else there is, with its dollars a week.
    pub others: Vec<(String, Range)>,
    /// Dollars a week of all.
    pub a_week: Range,
    /// Dollars for a gigabyte with all of it, if the volume is known.
    pub a_gigabyte: Option<Range>,
    /// The target for a week.
    pub target_a_week: f64,
    /// The target for a gigabyte.
    pub target_a_gigabyte: f64,
    /// Where two clusters were named.
    pub break_even: Option<BreakEven>,
    /// Jobs that could not be counted at all, and why.
    pub uncounted: Vec<(String, String)>,
    /// What runs beside the jobs and is not in the sum.
    pub beside: Vec<String>,
    /// What the numbers rest on.
    pub assumptions: Vec<String>,
}

impl Cost {
    /// Whether the week keeps its target. What was left out can only make it dearer: so it may be
    /// over all the same, but not within.
    pub fn verdict(&self) -> Verdict {
        match (
            self.a_week.low > self.target_a_week,
            self.a_week.high <= self.target_a_week,
        ) {
            (true, _) => Verdict::Over,
            (_, true) if self.is_whole() => Verdict::Within,
            _ => Verdict::CannotTell,
        }
    }

    /// Whether nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.uncounted.is_empty()
            && self.beside.is_empty()
            && self.jobs.iter().all(|job| job.left_out.is_empty())
    }
}

/// What is said where nobody tells how long a run takes.
fn open_minutes(job: &str, limit: f64) -> String {
    format!(
        "How long a run of `{job}` takes is not known: between {} minute, which is billed at least, and its timeout of \
         {} minutes (name --minutes).",
        glue::LEAST_MINUTES,
        thousands(limit)
    )
}

/// What all jobs cost; without one, the job that is asked about.
pub fn cost(pipeline: &Pipeline, asked: &Asked, config: &Config) -> Cost {
    let asked = &Asked {
        scale: if asked.scale == 0.0 { 1.0 } else { asked.scale },
        ..asked.clone()
    };
    let mut assumptions = vec![format!(
        "A DPU-hour is ${}, ${} in the FLEX class, ${} from Glue 6.0: {} (`[pipeline]` in distkey.toml).",
        config.pipeline.glue_dpu_hour,
        config.pipeline.glue_flex_dpu_hour,
        config.pipeline.glue_dpu_hour_from_6,
        prices::AS_OF,
    )];
    let (mut jobs, mut uncounted) = (Vec::new(), Vec::new());
    for job in &pipeline.jobs {
        match of_job(pipeline, job, asked, config, &mut assumptions) {
            Some(cost) => jobs.push(cost),
            None => {
                let why = "its workers are not known (name --dpu)";
                uncounted.push((job.name.clone(), why.to_owned()));
            }
        }
    }
    if let (true, Some(dpu)) = (pipeline.jobs.is_empty(), asked.dpu) {
        if asked.minutes.is_none() {
            assumptions.push(open_minutes("one job", ONE_JOB_TIMEOUT));
        }
        let runs = Runs {
            name: "one job",
            dpu,
            price: config.pipeline.glue_dpu_hour,
            rhythm: Rhythm::even(asked.runs_a_day.unwrap_or(1.0)),
            limit: ONE_JOB_TIMEOUT,
            retries: 0.0,
        };
        jobs.push(job::of_runs(runs, asked));
    }
    if asked.scale != 1.0 {
        assumptions
            .push("Work grows with the volume: twice the rows are twice the DPU-hours.".to_owned());
    }
    let runs_a_day: f64 = jobs.iter().map(|job: &JobCost| job.runs_a_day).sum();
    let others = Others::of(pipeline, asked, config, runs_a_day);
    assumptions.extend(others.assumptions);
    let of_jobs = jobs.iter().map(|job| job.a_week);
    let of_others = others.all.iter().map(|(_, range)| *range);
    let a_week = of_jobs.chain(of_others).fold(Range::ZERO, Range::plus);
    let loaded = asked.gigabytes.map(|gb| gb.map(|gb| gb * runs_a_day * 7.0));
    let mut beside = others.left_out;
    let unseen = pipeline.unseen.iter();
    beside.extend(unseen.map(|one| format!("{} `{}`", one.kind, one.name)));
    Cost {
        a_week,
        a_gigabyte: loaded.filter(|gb| gb.low > 0.0).map(|gb| Range {
            low: a_week.low / gb.high,
            high: a_week.high / gb.low,
        }),
        break_even: break_even(asked),
        jobs,
        others: others.all,
        target_a_week: config.pipeline.weekly_dollars,
        target_a_gigabyte: config.pipeline.dollars_per_gb,
        uncounted,
        beside,
        assumptions,
    }
}

/// What a job of these files costs; `None` where its capacity is not known.
fn of_job(
    pipeline: &Pipeline,
    job: &Job,
    asked: &Asked,
    config: &Config,
    assumptions: &mut Vec<String>,
) -> Option<JobCost> {
    let known = glue::dpu(job);
    let dpu = known.map(|dpu| dpu.count).or(asked.dpu)?;
    if known.is_some_and(|dpu| dpu.is_default) {
        assumptions.push(format!(
            "`{}` names no capacity: {dpu} DPU are Glue's default [AWS Glue API Reference, CreateJob].",
            job.name
        ));
    }
    let price = glue::price(job, config);
    if glue::is_streaming(job) {
        assumptions.push(format!(
            "`{}` streams: it is billed all day, whatever a run or the volume is.",
            job.name
        ));
        return Some(job::of_stream(&job.name, dpu, price));
    }
    let limit = job.timeout_minutes.known().copied();
    let limit = limit.unwrap_or_else(|| glue::default_timeout_minutes(job));
    let mut left_out = Vec::new();
    let rhythm = match asked.runs_a_day {
        Some(runs) => Rhythm::even(runs),
        None => rhythm::of_job(pipeline, job, assumptions, &mut left_out),
    };
    if asked.minutes.is_none() {
        assumptions.push(open_minutes(&job.name, limit));
    }
    let retries = job.max_retries.known().copied().unwrap_or_default();
    if retries > 0.0 {
        assumptions.push(format!(
            "The upper end takes every run of `{}` to fail and be retried {} times, each at the price of a run.",
            job.name,
            thousands(retries)
        ));
    }
    let runs = Runs {
        name: &job.name,
        dpu,
        price,
        rhythm,
        limit,
        retries,
    };
    let mut cost = job::of_runs(runs, asked);
    cost.left_out = left_out;
    Some(cost)
}

/// Where one of two clusters is Serverless and the other always on.
fn break_even(asked: &Asked) -> Option<BreakEven> {
    let (one, other) = (asked.cluster.as_ref()?, asked.compared.as_ref()?);
    let is_serverless = |cluster: &Cluster| matches!(cluster.compute, Compute::Serverless { .. });
    let (serverless, provisioned) = match (is_serverless(one), is_serverless(other)) {
        (true, false) => (one, other),
        (false, true) => (other, one),
        _ => return None,
    };
    Some(BreakEven {
        serverless: serverless.to_string(),
        provisioned: provisioned.to_string(),
        hours_a_day: 24.0 * provisioned.dollars_per_hour() / serverless.dollars_per_hour(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two DPU for 45 minutes a day, and what $950 a day would be.
    #[test]
    fn the_worked_example() {
        let asked = Asked {
            minutes: Some(Range::of(45.0)),
            gigabytes: Some(Range {
                low: 20.0,
                high: 40.0,
            }),
            dpu: Some(2.0),
            scale: 3.0,
            ..Asked::default()
        };
        let cost = cost(&Pipeline::default(), &asked, &Config::default());
        let job = &cost.jobs[0];
        assert_eq!(format!("{:.2}", job.a_day.high), "0.66");
        assert_eq!(format!("{:.2}", job.a_week.high), "4.62");
        let gigabyte = job.a_gigabyte.expect("a volume");
        assert_eq!(
            format!("{:.4} {:.4}", gigabyte.low, gigabyte.high),
            "0.0165 0.0330"
        );
        let scaled = job.scaled.as_ref().expect("a larger volume");
        assert_eq!(
            (scaled.minutes_fixed.high, scaled.dpu_scaling),
            (135.0, 6.0)
        );
        assert_eq!(format!("{:.2}", scaled.a_week.high), "13.86");
        assert_eq!(dpu_hours(950.0, 0.44).round(), 2159.0);
        // A run of ten seconds is billed as a minute.
        assert_eq!(of_run(60.0, 10.0 / 60.0, 0.44), of_run(60.0, 1.0, 0.44));
        assert!("-3".parse::<Range>().is_err() && "60..30".parse::<Range>().is_err());
    }
}
