//! What one job costs, and at another volume.

use schemars::JsonSchema;
use serde::Serialize;

use super::rhythm::Rhythm;
use super::{Asked, DAYS_A_MONTH, Range};
use crate::pipeline::glue;

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
    /// How often a run that fails is tried again at most: the upper end counts all of them.
    pub retries: f64,
    /// Minutes of one run, without retries.
    pub minutes: Range,
    /// Minutes after which a run is ended; none where it streams.
    pub limit_minutes: Option<f64>,
    /// Dollars.
    pub a_run: Range,
    /// Dollars.
    pub a_day: Range,
    /// Dollars.
    pub a_week: Range,
    /// Dollars.
    pub a_month: Range,
    /// Dollars of its own runs for a gigabyte, if the volume is known.
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

/// What a job is and takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs<'j> {
    pub name: &'j str,
    pub dpu: f64,
    pub price: f64,
    pub rhythm: Rhythm,
    /// Minutes after which a run is ended.
    pub limit: f64,
    /// How often it is tried again.
    pub retries: f64,
}

/// Dollars of one run: by the second, one minute at least.
pub fn of_run(dpu: f64, minutes: f64, price: f64) -> f64 {
    dpu * minutes.max(glue::LEAST_MINUTES) / 60.0 * price
}

/// DPU-hours that a number of dollars buys.
pub fn dpu_hours(dollars: f64, price: f64) -> f64 {
    dollars / price
}

/// A job that runs all day.
pub(super) fn of_stream(name: &str, dpu: f64, price: f64) -> JobCost {
    let minutes = Range::of(1_440.0);
    let a_day = minutes.map(|minutes| of_run(dpu, minutes, price));
    JobCost {
        job: name.to_owned(),
        dpu,
        price,
        runs_a_day: 1.0,
        retries: 0.0,
        minutes,
        limit_minutes: None,
        a_run: a_day,
        a_day,
        a_week: a_day.map(|dollars| dollars * 7.0),
        a_month: a_day.map(|dollars| dollars * DAYS_A_MONTH),
        a_gigabyte: None,
        scaled: None,
        left_out: Vec::new(),
    }
}

/// A job that runs and ends.
pub(super) fn of_runs(runs: Runs<'_>, asked: &Asked) -> JobCost {
    let Runs {
        dpu, price, limit, ..
    } = runs;
    let runs_a_day = runs.rhythm.starts_a_day;
    let least_to_limit = Range {
        low: glue::LEAST_MINUTES.min(limit),
        high: limit,
    };
    let minutes = asked.minutes.unwrap_or(least_to_limit);
    // Every run may fail and be tried again, each time at the price of a run.
    let with_retries = |range: Range| Range {
        high: range.high * (1.0 + runs.retries),
        ..range
    };
    let a_run = with_retries(minutes.map(|minutes| of_run(dpu, minutes, price)));
    let a_gigabyte = asked.gigabytes.filter(|gb| gb.low > 0.0).map(|gb| Range {
        low: a_run.low / gb.high,
        high: a_run.high / gb.low,
    });
    let (least, greatest) = (runs.rhythm.least_gap, runs.rhythm.greatest_gap);
    let scaled = (asked.scale != 1.0).then(|| {
        let fixed = minutes.map(|minutes| minutes * asked.scale);
        let bottleneck = match fixed.high {
            high if high > limit => format!("the timeout of {limit:.0} minutes ends the run"),
            high if high > least => {
                format!("a run takes longer than the {least:.0} minutes between runs: they pile up")
            }
            _ => "none within the schedule and the timeout".to_owned(),
        };
        let a_run = with_retries(fixed.map(|minutes| of_run(dpu, minutes, price)));
        Scaled {
            scale: asked.scale,
            minutes_fixed: fixed,
            minutes_scaling: minutes,
            dpu_scaling: dpu * asked.scale,
            a_week: a_run.map(|dollars| dollars * runs_a_day * 7.0),
            freshness_minutes: fixed.map(|minutes| greatest + minutes),
            bottleneck,
        }
    });
    JobCost {
        job: runs.name.to_owned(),
        dpu,
        price,
        runs_a_day,
        retries: runs.retries,
        minutes,
        limit_minutes: Some(limit),
        a_run,
        a_day: a_run.map(|dollars| dollars * runs_a_day),
        a_week: a_run.map(|dollars| dollars * runs_a_day * 7.0),
        a_month: a_run.map(|dollars| dollars * runs_a_day * DAYS_A_MONTH),
        a_gigabyte,
        scaled,
        left_out: Vec::new(),
    }
}
