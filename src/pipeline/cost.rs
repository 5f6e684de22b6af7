//! What runs cost: Glue by DPU and second, the cluster by the hour, S3 by the month.

use schemars::JsonSchema;
use serde::Serialize;

use super::schedule::Schedule;
use super::{Job, Pipeline, glue};
use crate::config::Config;
use crate::latency::Verdict;
use crate::text::units::thousands;

/// Minutes after which Glue ends a run that says nothing itself [Glue API Reference, CreateJob:
/// 480 from Glue 5.0].
const ONE_JOB_TIMEOUT: f64 = 480.0;

/// Days of a month, on average.
const DAYS_A_MONTH: f64 = 365.25 / 12.0;

/// The size of a file that requests are counted by: within what COPY advises.
const FILE_MEGABYTES: f64 = 64.0;

/// A quantity that may be known only as a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Range {
    /// Something that is known.
    pub fn of(value: f64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// Both ends, mapped.
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            low: f(self.low),
            high: f(self.high),
        }
    }

    /// Whether both ends are one.
    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }
}

impl std::str::FromStr for Range {
    type Err = String;

    /// `45` or `30..60`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|n| n.is_finite() && *n >= 0.0)
        };
        let range = match text.split_once("..") {
            Some((low, high)) => number(low).zip(number(high)),
            None => number(text).map(|n| (n, n)),
        };
        match range {
            Some((low, high)) if low <= high => Ok(Self { low, high }),
            _ => Err("write a number from zero up, or a range as `30..60`".to_owned()),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Minutes of one run; without them, all that Glue bills it for at least and lets it run at most.
    pub minutes: Option<Range>,
    /// Gigabytes that one run loads, if it is known.
    pub gigabytes: Option<Range>,
    /// Runs a day, instead of what the schedules say.
    pub runs_a_day: Option<f64>,
    /// DPU, where no job tells.
    pub dpu: Option<f64>,
    /// Dollars an hour of the cluster that is loaded, if it is to be counted.
    pub cluster_an_hour: Option<f64>,
    /// Gigabytes that lie in S3.
    pub stored_gigabytes: Option<Range>,
    /// Times the volume.
    pub scale: f64,
}

/// One job's cost.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JobCost {
    /// The job.
    #[serde(skip)]
    pub job: String,
    /// Its DPU.
    pub dpu: f64,
    /// Dollars for a DPU-hour.
    pub price: f64,
    /// Runs a day.
    pub runs_a_day: f64,
    /// Minutes of one run.
    pub minutes: Range,
    /// Dollars.
    pub a_run: Range,
    /// Dollars.
    pub a_day: Range,
    /// Dollars.
    pub a_week: Range,
    /// Dollars.
    pub a_month: Range,
    /// Dollars for a gigabyte, if the volume is known.
    pub a_gigabyte: Option<Range>,
    /// The same at a larger volume, if one was asked about.
    pub scaled: Option<Scaled>,
    /// What these dollars leave out: schedules that can't be counted.
    #[serde(skip)]
    pub left_out: Vec<String>,
}

/// The same job with more to do, its work in proportion to the volume.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Scaled {
    /// Times the volume.
    pub scale: f64,
    /// Minutes of one run with the workers it has.
    pub minutes_fixed: Range,
    /// Minutes of one run if auto scaling may add as many workers.
    pub minutes_scaling: Range,
    /// The DPU that this takes.
    pub dpu_scaling: f64,
    /// Dollars a week: the DPU-hours are the same either way.
    pub a_week: Range,
    /// Minutes from arrival to table at the most: the greatest gap between runs and one run.
    pub freshness_minutes: Range,
    /// What gives way first with the workers it has.
    pub bottleneck: String,
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
    /// The target for that.
    pub target_a_week: f64,
    /// The target for a gigabyte.
    pub target_a_gigabyte: f64,
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
        let whole = self.uncounted.is_empty()
            && self.beside.is_empty()
            && self.jobs.iter().all(|job| job.left_out.is_empty());
        match (
            self.a_week.low > self.target_a_week,
            self.a_week.high <= self.target_a_week,
        ) {
            (true, _) => Verdict::Over,
            (_, true) if whole => Verdict::Within,
            _ => Verdict::CannotTell,
        }
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

/// Dollars of one run: by the second, one minute at least.
pub fn of_run(dpu: f64, minutes: f64, price: f64) -> f64 {
    dpu * minutes.max(glue::LEAST_MINUTES) / 60.0 * price
}

/// DPU-hours that a number of dollars buys.
pub fn dpu_hours(dollars: f64, price: f64) -> f64 {
    dollars / price
}

/// What all jobs cost; without one, the job that is asked about.
pub fn cost(pipeline: &Pipeline, asked: &Asked, config: &Config) -> Cost {
    let mut assumptions = vec![format!(
        "A DPU-hour is ${}, ${} in the FLEX class, ${} from Glue 6.0: us-east-1, October 2026 (`[pipeline]` in distkey.toml).",
        config.pipeline.glue_dpu_hour,
        config.pipeline.glue_flex_dpu_hour,
        config.pipeline.glue_dpu_hour_from_6
    )];
    let (mut jobs, mut uncounted) = (Vec::new(), Vec::new());
    for job in &pipeline.jobs {
        let known = glue::dpu(job);
        let Some(dpu) = known.map(|dpu| dpu.count).or(asked.dpu) else {
            let why = "its workers are not known (name --dpu)";
            uncounted.push((job.name.clone(), why.to_owned()));
            continue;
        };
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
            jobs.push(of_stream(&job.name, dpu, price));
            continue;
        }
        let limit = job.timeout_minutes.known().copied();
        let limit = limit.unwrap_or_else(|| glue::default_timeout_minutes(job));
        let mut left_out = Vec::new();
        let rhythm = match asked.runs_a_day {
            Some(runs) => Rhythm::even(runs),
            None => rhythm(pipeline, job, &mut assumptions, &mut left_out),
        };
        if asked.minutes.is_none() {
            assumptions.push(open_minutes(&job.name, limit));
        }
        if let Some(retries) = job.max_retries.known().filter(|retries| **retries > 0.0) {
            assumptions.push(format!(
                "No run of `{}` is taken to be retried; each may be {} times, at the price of a run.",
                job.name,
                thousands(*retries)
            ));
        }
        let mut cost = of_job(&job.name, dpu, price, rhythm, limit, asked);
        cost.left_out = left_out;
        jobs.push(cost);
    }
    if let (true, Some(dpu)) = (pipeline.jobs.is_empty(), asked.dpu) {
        let price = config.pipeline.glue_dpu_hour;
        let rhythm = Rhythm::even(asked.runs_a_day.unwrap_or(1.0));
        if asked.minutes.is_none() {
            assumptions.push(open_minutes("one job", ONE_JOB_TIMEOUT));
        }
        jobs.push(of_job(
            "one job",
            dpu,
            price,
            rhythm,
            ONE_JOB_TIMEOUT,
            asked,
        ));
    }
    if asked.scale != 1.0 {
        assumptions
            .push("Work grows with the volume: twice the rows are twice the DPU-hours.".to_owned());
    }
    let mut others = Vec::new();
    if let Some(dollars) = asked.cluster_an_hour {
        let week = Range::of(dollars * 24.0 * 7.0);
        others.push(("the cluster, all hours of the week".to_owned(), week));
    }
    if let Some(gigabytes) = asked.stored_gigabytes {
        let price = config.pipeline.s3_gb_month;
        let week = gigabytes.map(|gb| gb * price / DAYS_A_MONTH * 7.0);
        others.push((format!("S3 storage at ${price} a GB and month"), week));
    }
    if let Some(gigabytes) = asked.gigabytes {
        // Files of 64 MB, written once and read once, by the day's runs.
        let runs: f64 = jobs.iter().map(|job: &JobCost| job.runs_a_day * 7.0).sum();
        let prices = &config.pipeline;
        let each = (prices.s3_thousand_puts + prices.s3_thousand_gets) / 1_000.0;
        let week = gigabytes.map(|gb| gb * 1_000.0 / FILE_MEGABYTES * each * runs);
        others.push(("S3 requests, for files of 64 MB".to_owned(), week));
    }
    let sum = |end: fn(&Range) -> f64| -> f64 {
        let jobs = jobs.iter().map(|job| end(&job.a_week));
        jobs.chain(others.iter().map(|(_, range)| end(range))).sum()
    };
    Cost {
        a_week: Range {
            low: sum(|range| range.low),
            high: sum(|range| range.high),
        },
        jobs,
        others,
        target_a_week: config.pipeline.weekly_dollars,
        target_a_gigabyte: config.pipeline.dollars_per_gb,
        uncounted,
        beside: pipeline
            .unseen
            .iter()
            .map(|one| format!("{} `{}`", one.kind, one.name))
            .collect(),
        assumptions,
    }
}

/// When a job is started.
#[derive(Debug, Clone, Copy)]
struct Rhythm {
    /// Starts of an average day.
    starts_a_day: f64,
    /// The least minutes between two of them.
    least_gap: f64,
    /// The most.
    greatest_gap: f64,
}

impl Rhythm {
    /// So many times a day, with the same time between them.
    fn even(starts_a_day: f64) -> Self {
        let gap = 1_440.0 / starts_a_day.max(f64::MIN_POSITIVE);
        Self {
            starts_a_day,
            least_gap: gap,
            greatest_gap: gap,
        }
    }
}

/// How often the schedules start a job that these files say they start. What they leave open is
/// added to what is assumed.
fn rhythm(
    pipeline: &Pipeline,
    job: &Job,
    assumptions: &mut Vec<String>,
    left_out: &mut Vec<String>,
) -> Rhythm {
    let mut found: Vec<Schedule> = Vec::new();
    let on = pipeline.triggers.iter().filter(|trigger| !trigger.is_off);
    for trigger in on {
        let Some(text) = trigger.schedule.known() else {
            continue;
        };
        let is_its = pipeline.starts(trigger, job);
        match (is_its, text.parse::<Schedule>()) {
            (Some(false), _) => {}
            (None, _) => left_out.push(format!(
                "`{}` is not counted for `{}`: these files do not tell all that it starts",
                trigger.name, job.name
            )),
            (Some(true), Ok(schedule)) => found.push(schedule),
            (Some(true), Err(error)) => left_out.push(format!(
                "`{}` is not counted for `{}`: {error}",
                trigger.name, job.name
            )),
        }
    }
    match found.as_slice() {
        [] => {
            assumptions.push(format!(
                "`{}` is taken to run once a day: no schedule of these files tells (name --runs-per-day).",
                job.name
            ));
            Rhythm::even(1.0)
        }
        [one] => Rhythm {
            starts_a_day: one.starts_a_day,
            least_gap: one.least_gap,
            greatest_gap: one.greatest_gap,
        },
        // How they fall between each other is not looked at.
        several => Rhythm::even(several.iter().map(|one| one.starts_a_day).sum()),
    }
}

/// A job that runs all day.
fn of_stream(name: &str, dpu: f64, price: f64) -> JobCost {
    let minutes = Range::of(1_440.0);
    let a_day = minutes.map(|minutes| of_run(dpu, minutes, price));
    JobCost {
        job: name.to_owned(),
        dpu,
        price,
        runs_a_day: 1.0,
        minutes,
        a_run: a_day,
        a_day,
        a_week: a_day.map(|dollars| dollars * 7.0),
        a_month: a_day.map(|dollars| dollars * DAYS_A_MONTH),
        a_gigabyte: None,
        scaled: None,
        left_out: Vec::new(),
    }
}

fn of_job(
    name: &str,
    dpu: f64,
    price: f64,
    rhythm: Rhythm,
    timeout: f64,
    asked: &Asked,
) -> JobCost {
    let runs_a_day = rhythm.starts_a_day;
    let least_to_limit = Range {
        low: glue::LEAST_MINUTES.min(timeout),
        high: timeout,
    };
    let of_run_minutes = asked.minutes.unwrap_or(least_to_limit);
    let a_run = of_run_minutes.map(|minutes| of_run(dpu, minutes, price));
    let a_gigabyte = asked.gigabytes.filter(|gb| gb.low > 0.0).map(|gb| Range {
        low: a_run.low / gb.high,
        high: a_run.high / gb.low,
    });
    let (least, greatest) = (rhythm.least_gap, rhythm.greatest_gap);
    let scaled = (asked.scale != 1.0).then(|| {
        let minutes = of_run_minutes.map(|minutes| minutes * asked.scale);
        let bottleneck = match minutes.high {
            high if high > timeout => format!("the timeout of {timeout:.0} minutes ends the run"),
            high if high > least => {
                format!("a run takes longer than the {least:.0} minutes between runs: they pile up")
            }
            _ => "none within the schedule and the timeout".to_owned(),
        };
        Scaled {
            scale: asked.scale,
            minutes_fixed: minutes,
            minutes_scaling: of_run_minutes,
            dpu_scaling: dpu * asked.scale,
            a_week: minutes.map(|minutes| of_run(dpu, minutes, price) * runs_a_day * 7.0),
            freshness_minutes: minutes.map(|minutes| greatest + minutes),
            bottleneck,
        }
    });
    JobCost {
        job: name.to_owned(),
        dpu,
        price,
        runs_a_day,
        minutes: of_run_minutes,
        a_run,
        a_day: a_run.map(|dollars| dollars * runs_a_day),
        a_week: a_run.map(|dollars| dollars * runs_a_day * 7.0),
        a_month: a_run.map(|dollars| dollars * runs_a_day * DAYS_A_MONTH),
        a_gigabyte,
        scaled,
        left_out: Vec::new(),
    }
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
            runs_a_day: None,
            dpu: Some(2.0),
            cluster_an_hour: None,
            stored_gigabytes: None,
            scale: 3.0,
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
