//! What a change of the files costs a month: the same question asked of both.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Asked, Cost, DAYS_A_MONTH, JobCost, Range, cost, of_run};
use crate::config::Config;
use crate::pipeline::{Pipeline, glue};

/// One job before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobChange {
    /// The job.
    pub job: String,
    /// Dollars a month before; none where it is new, or could not be counted.
    pub before: Option<Range>,
    /// After; none where it is gone, or can't be counted.
    pub after: Option<Range>,
    /// The difference, a run taken to be as long before as after; none where one of both could not
    /// be counted.
    pub change: Option<Range>,
    /// What differs, in words.
    pub why: Vec<String>,
}

/// The whole change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// The jobs that cost other than before.
    pub jobs: Vec<JobChange>,
    /// What else costs other than before, a month.
    pub others: Vec<(String, Range)>,
    /// Dollars a month before.
    pub before: Range,
    /// Dollars a month after.
    pub after: Range,
    /// The difference.
    pub change: Range,
    /// Jobs that stay as they were.
    pub unchanged: usize,
    /// What is in neither sum.
    pub left_out: Vec<String>,
    /// What the numbers rest on.
    pub assumptions: Vec<String>,
}

/// Compares the cost of two sets of files.
pub fn against(before: &Pipeline, after: &Pipeline, asked: &Asked, config: &Config) -> Against {
    let (old, new) = (cost(before, asked, config), cost(after, asked, config));
    let names: BTreeSet<&str> = [&old, &new].into_iter().flat_map(names_of).collect();
    let (mut jobs, mut unchanged) = (Vec::new(), 0);
    let mut change = Range::ZERO;
    for name in names {
        let (was, is) = (of_name(&old, name), of_name(&new, name));
        let differs = difference(was, is, asked);
        let uncounted = |cost: &Cost| cost.uncounted.iter().any(|(job, _)| job == name);
        let is_open = uncounted(&old) || uncounted(&new);
        let why = reasons(was, is, is_open);
        if why.is_empty() {
            unchanged += 1;
            continue;
        }
        if !is_open {
            change = change.plus(differs);
        }
        jobs.push(JobChange {
            job: name.to_owned(),
            before: was.map(|job| job.a_month),
            after: is.map(|job| job.a_month),
            change: (!is_open).then_some(differs),
            why,
        });
    }
    let others = of_others(&old, &new);
    for (_, range) in &others {
        change = change.plus(*range);
    }
    let left_out: BTreeSet<String> = [&old, &new].into_iter().flat_map(left_out).collect();
    let mut assumptions = new.assumptions.clone();
    let gone = old.assumptions.iter();
    assumptions.extend(gone.filter(|one| !new.assumptions.contains(one)).cloned());
    if asked.minutes.is_none() {
        assumptions.push("A run is taken to be as long before as after the change.".to_owned());
    }
    let month = |cost: &Cost| cost.a_week.map(|dollars| dollars / 7.0 * DAYS_A_MONTH);
    Against {
        jobs,
        others,
        before: month(&old),
        after: month(&new),
        change,
        unchanged,
        left_out: left_out.into_iter().collect(),
        assumptions,
    }
}

fn names_of(cost: &Cost) -> Vec<&str> {
    let counted = cost.jobs.iter().map(|job| job.job.as_str());
    let others = cost.uncounted.iter().map(|(job, _)| job.as_str());
    counted.chain(others).collect()
}

fn of_name<'c>(cost: &'c Cost, name: &str) -> Option<&'c JobCost> {
    cost.jobs.iter().find(|job| job.job == name)
}

fn left_out(cost: &Cost) -> Vec<String> {
    let uncounted = cost.uncounted.iter();
    let uncounted = uncounted.map(|(job, why)| format!("`{job}`: {why}"));
    let of_jobs = cost
        .jobs
        .iter()
        .flat_map(|job| job.left_out.iter().cloned());
    let beside = cost.beside.iter().cloned();
    uncounted.chain(of_jobs).chain(beside).collect()
}

/// Dollars a month more or less. A run is as long before as after: where nobody says how long,
/// anything that both let it run.
fn difference(was: Option<&JobCost>, is: Option<&JobCost>, asked: &Asked) -> Range {
    let (Some(was), Some(is)) = (was, is) else {
        let own = is.map_or(Range::ZERO, |job| job.a_month);
        let gone = was.map_or(Range::ZERO, |job| job.a_month);
        return Range {
            low: own.low - gone.high,
            high: own.high - gone.low,
        };
    };
    let (Some(limit), Some(other)) = (was.limit_minutes, is.limit_minutes) else {
        // One of both streams: it has no runs to compare.
        return Range {
            low: is.a_month.low - was.a_month.high,
            high: is.a_month.high - was.a_month.low,
        };
    };
    let limit = limit.min(other);
    let minutes = asked.minutes.unwrap_or(Range {
        low: glue::LEAST_MINUTES.min(limit),
        high: limit,
    });
    let month = |job: &JobCost, minutes: f64, retries: f64| {
        let run = of_run(job.dpu, minutes, job.price);
        run * (1.0 + retries) * job.runs_a_day * DAYS_A_MONTH
    };
    // Linear in minutes, and in how many runs are retried: the ends are among these.
    let ends = [minutes.low, minutes.high].into_iter().flat_map(|minutes| {
        let plain = month(is, minutes, 0.0) - month(was, minutes, 0.0);
        let retried = month(is, minutes, is.retries) - month(was, minutes, was.retries);
        [plain, retried]
    });
    ends.fold(
        Range {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        },
        |range, end| Range {
            low: range.low.min(end),
            high: range.high.max(end),
        },
    )
}

/// What differs of a job.
fn reasons(was: Option<&JobCost>, is: Option<&JobCost>, is_open: bool) -> Vec<String> {
    let (Some(was), Some(is)) = (was, is) else {
        return match (was, is, is_open) {
            (_, _, true) => vec!["its workers are not known".to_owned()],
            (None, Some(_), _) => vec!["new".to_owned()],
            _ => vec!["gone".to_owned()],
        };
    };
    let mut out = Vec::new();
    let mut differ = |before: f64, after: f64, what: &str| {
        if (before - after).abs() > 1e-9 {
            let round = |value: f64| (value * 1e4).round() / 1e4;
            out.push(format!("{} → {}{what}", round(before), round(after)));
        }
    };
    differ(was.dpu, is.dpu, " DPU");
    differ(was.price, is.price, " dollars a DPU-hour");
    differ(was.runs_a_day, is.runs_a_day, " runs a day");
    differ(was.retries, is.retries, " retries");
    if let (Some(before), Some(after)) = (was.limit_minutes, is.limit_minutes) {
        differ(before, after, " minutes of timeout");
    }
    match (was.limit_minutes, is.limit_minutes) {
        (Some(_), None) => out.push("it streams now".to_owned()),
        (None, Some(_)) => out.push("it no longer streams".to_owned()),
        _ => {}
    }
    out
}

/// What else costs other than before: the same in both is no change.
fn of_others(old: &Cost, new: &Cost) -> Vec<(String, Range)> {
    let month = |range: &Range| range.map(|dollars| dollars / 7.0 * DAYS_A_MONTH);
    let mut all: BTreeMap<&str, Range> = BTreeMap::new();
    for (what, range) in &new.others {
        all.insert(what, month(range));
    }
    for (what, range) in &old.others {
        let was = month(range);
        let is = all.get(what.as_str()).copied();
        let change = match is {
            Some(is) if is == was => Range::ZERO,
            Some(is) => {
                let (a, b) = (is.low - was.low, is.high - was.high);
                Range {
                    low: a.min(b),
                    high: a.max(b),
                }
            }
            None => Range {
                low: -was.high,
                high: -was.low,
            },
        };
        all.insert(what, change);
    }
    let changed = all.into_iter().filter(|(_, range)| *range != Range::ZERO);
    changed
        .map(|(what, range)| (what.to_owned(), range))
        .collect()
}
