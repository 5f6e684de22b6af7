//! Fitting the shipped coefficients anew, on the runs that the data file names.

use crate::cluster::{Cluster, Platform};
use crate::latency::calibration::{Timing, calibrate};

use crate::latency::model::{amounts, interval, joins_felt};
use crate::latency::regress::{Fitted, Sample, fit, leave_one_out};
use crate::latency::rounding::Z_90;
use crate::latency::terms::TERMS;
use crate::latency::{Coefficients, Request, Runs};
use crate::plan::Plan;
use crate::work::Work;

use super::evaluate::{Regime, measured_work, quantile};
use super::own::timings;
use super::workload::{Workload, cluster};

/// Where each fitted price starts: its order of magnitude, in milliseconds per
/// million units on 16 RA3 slices. The fit is held to these only where the
/// timings say little.
const PRIOR: &[(&str, f64)] = &[
    ("stored_bytes", 0.05),
    ("text_bytes", 0.1),
    ("text_values", 0.5),
    ("materialized_bytes", 0.05),
    ("operations", 0.05),
    ("like_bytes", 0.05),
    ("regex_bytes", 0.3),
    ("rows_hashed", 1.0),
    ("groups", 10.0),
    ("groups_sent", 1.0),
    ("group_text_bytes", 0.5),
    ("distinct_rows", 2.0),
    ("mixed_distinct_rows", 20.0),
    ("sort_rows", 1.0),
    ("build_rows", 10.0),
    ("probe_rows", 1.0),
    ("network_bytes", 0.2),
    ("spill_bytes", 0.5),
];
/// The floor's start, in milliseconds.
const PRIOR_FLOOR: f64 = 20.0;
/// Timings below which there is no fit.
const LEAST_TIMINGS: usize = 10;

/// A new fit and how it does on queries that it was not fitted on.
#[derive(Debug, Clone, PartialEq)]
pub struct Refit {
    /// Floor in milliseconds.
    pub floor_ms: f64,
    /// Fitted prices by name.
    pub prices: Vec<(&'static str, f64)>,
    /// Each query by a fit without it.
    pub left_out: Vec<LeftOut>,
    /// The standard deviation that makes the 90 % interval hold nine of ten of those without
    /// joins.
    pub residual: f64,
    /// What each join that is felt has to add, as a standard deviation, to hold nine of ten of
    /// those with joins.
    pub per_join: f64,
    /// Floor and speed of families with runs of their own, at the new prices.
    pub platforms: Vec<PlatformFit>,
}

/// A query by a fit without it.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The folder.
    pub folder: String,
    /// The query.
    pub query: String,
    /// ln(predicted ÷ measured).
    pub off: f64,
    /// How many joins its time feels.
    pub joins: f64,
}

/// Floor and speed of a family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlatformFit {
    /// The family.
    pub platform: Platform,
    /// Timings.
    pub n: usize,
    /// Floor in milliseconds.
    pub floor_ms: f64,
    /// Speed of a slice, RA3 = 1.
    pub speed: f64,
    /// The power of the slices that speed grows as; `None` with one shape only.
    pub slice_exponent: Option<f64>,
    /// The last year that these hold for, of an earlier time.
    pub until: Option<u32>,
}

impl Refit {
    /// Median and 90th percentile of the factors by which the queries of a folder are missed,
    /// each by a fit without it; of all folders without a name.
    pub fn q_errors(&self, folder: Option<&str>) -> [f64; 2] {
        let of = self.left_out.iter();
        let of = of.filter(|left| folder.is_none_or(|folder| left.folder == folder));
        let errors: Vec<f64> = of.map(|left| left.off.abs().exp()).collect();
        [quantile(&errors, 0.5), quantile(&errors, 0.9)]
    }
}

/// A folder of timings and its name.
pub type Named = (String, Workload);

/// Fits floor and prices on the runs that the coefficients name, and floor and speed of the
/// families that have runs of their own; with the best cardinalities that a folder has.
///
/// # Errors
/// A sentence, if a folder that is named is not given, or has too few usable timings.
pub fn refit(folders: &[Named], coefficients: &Coefficients) -> Result<Refit, String> {
    let mut found = Vec::new();
    for runs in &coefficients.fit.runs {
        found.extend(samples(runs, named(folders, runs)?, coefficients)?);
    }
    if found.len() < LEAST_TIMINGS {
        return Err(format!("{} timings are too few for a fit", found.len()));
    }
    let mut cases = Vec::new();
    let (mut samples, mut left_out) = (Vec::new(), Vec::new());
    for (sample, left, case) in found {
        samples.push(sample);
        left_out.push(left);
        cases.push(case);
    }
    let (prior, fitted) = start(coefficients);
    let miss = |samples: &[Sample], left_out: &mut [LeftOut]| {
        let residuals = leave_one_out(samples, prior, &fitted);
        for (left, off) in left_out.iter_mut().zip(residuals) {
            left.off = off;
        }
    };
    // Runs whose rows are estimates are off by those as well: each folder counts by the inverse
    // of its own variance (feasible generalized least squares).
    miss(&samples, &mut left_out);
    weigh(&mut samples, &left_out);
    miss(&samples, &mut left_out);
    let new = fit(&samples, prior, &fitted);
    let residual = residual(&left_out);
    let prices = TERMS
        .iter()
        .zip(new.prices)
        .map(|(term, ms)| (term.name, ms));
    let mut out = Refit {
        floor_ms: new.floor_ms,
        prices: prices.filter(|(name, _)| fitted.contains(name)).collect(),
        per_join: per_join(&cases, &left_out, residual, coefficients),
        left_out,
        residual,
        platforms: Vec::new(),
    };
    let mut with = coefficients.clone();
    for (name, ms) in &out.prices {
        if let Some(price) = with.work_ms.get_mut(*name) {
            price.ms = *ms;
        }
    }
    for (platform, terms) in &coefficients.platform {
        if !terms.runs.is_empty() {
            let fitted = of_platform(*platform, folders, &with)?;
            out.platforms.push(fitted);
            if let Some(terms) = with.platform.get_mut(platform) {
                terms.slice_exponent = fitted.slice_exponent.or(terms.slice_exponent);
            }
        }
        for then in &terms.earlier {
            let fitted = of_platform(*platform, folders, &with.as_of(then.until))?;
            out.platforms.push(PlatformFit {
                slice_exponent: None,
                until: Some(then.until),
                ..fitted
            });
        }
    }
    Ok(out)
}

/// Gives the samples of each folder the inverse of its variance, against the least of them.
fn weigh(samples: &mut [Sample], left_out: &[LeftOut]) {
    let variance = |folder: &str| {
        let of = left_out.iter().filter(|left| left.folder == folder);
        let away: Vec<f64> = of.map(|left| left.off.abs()).collect();
        (quantile(&away, 0.9) / Z_90).powi(2)
    };
    let of = |left: &LeftOut| variance(&left.folder).max(f64::MIN_POSITIVE);
    let least = left_out.iter().map(of).fold(f64::INFINITY, f64::min);
    for (sample, left) in samples.iter_mut().zip(left_out) {
        sample.weight = least / of(left);
    }
}

/// The prices that a fit starts from, and which of them are fitted.
fn start(coefficients: &Coefficients) -> (Fitted, Vec<&'static str>) {
    let mut prices = coefficients.prices();
    for (slot, term) in prices.iter_mut().zip(&TERMS) {
        if let Some((_, price)) = PRIOR.iter().find(|(name, _)| *name == term.name) {
            *slot = *price;
        }
    }
    let prior = Fitted {
        floor_ms: PRIOR_FLOOR,
        prices,
    };
    (prior, PRIOR.iter().map(|(name, _)| *name).collect())
}

fn named<'f>(folders: &'f [Named], runs: &Runs) -> Result<&'f Workload, String> {
    let mut folders = folders.iter();
    let found = folders.find(|(name, _)| *name == runs.folder);
    let (_, workload) = found.ok_or_else(|| {
        let folder = &runs.folder;
        format!("the coefficients are fitted on a folder `{folder}` too: give it beside the others")
    })?;
    Ok(workload)
}

/// A query's plan and work, and the shape that they are of.
struct Case {
    plan: Plan,
    work: Work,
    shape: Cluster,
}

/// Every timing of some runs, as work on the shape of the fit.
fn samples(
    runs: &Runs,
    workload: &Workload,
    coefficients: &Coefficients,
) -> Result<Vec<(Sample, LeftOut, Case)>, String> {
    let name = &runs.cluster;
    let shape = cluster(name).ok_or_else(|| format!("`{name}` is not a cluster"))?;
    let request = Request {
        coefficients,
        ..Request::new(1.0, &shape)
    };
    let regime = Regime::best(workload);
    let mine = workload.runs.iter();
    let mine = mine.filter(|run| run.cluster == *name && run.date == runs.date);
    let mine = mine.filter(|run| !runs.without.contains(&run.query));
    let sample = mine.filter_map(|run| {
        let (planned, work) = measured_work(workload, &run.query, &shape, regime).ok()?;
        let left_out = LeftOut {
            folder: runs.folder.clone(),
            query: run.query.clone(),
            off: 0.0,
            joins: joins_felt(&planned.plan, &work, &request),
        };
        let sample = Sample {
            amounts: amounts(&work, &request),
            ms: run.warm_ms?,
            weight: 1.0,
        };
        let case = Case {
            plan: planned.plan,
            work,
            shape,
        };
        Some((sample, left_out, case))
    });
    Ok(sample.collect())
}

fn residual(left_out: &[LeftOut]) -> f64 {
    let alone = left_out.iter().filter(|left| left.joins == 0.0);
    let away: Vec<f64> = alone.map(|left| left.off.abs()).collect();
    quantile(&away, 0.9) / Z_90
}

/// What each join that is felt has to add, so that the intervals around what a fit without them
/// predicts hold nine of ten of the queries with joins. What is not known of their rows is part of
/// these intervals.
fn per_join(
    cases: &[Case],
    left_out: &[LeftOut],
    residual: f64,
    coefficients: &Coefficients,
) -> f64 {
    let joined = || {
        let all = cases.iter().zip(left_out);
        all.filter(|(_, left)| left.joins > 0.0)
    };
    let mut with = coefficients.clone();
    with.interval.residual = residual;
    least_that_holds(joined().count(), |per_join| {
        with.interval.per_join = per_join;
        let inside = |(case, left): &(&Case, &LeftOut)| {
            let request = Request {
                coefficients: &with,
                ..Request::new(1.0, &case.shape)
            };
            let [low, high] = interval(&case.plan, &case.work, &request);
            (low..=high).contains(&(-left.off).exp())
        };
        joined().filter(inside).count()
    })
}

/// The least spread with which nine of ten are held; the largest that is looked for where none is.
fn least_that_holds(all: usize, mut held: impl FnMut(f64) -> usize) -> f64 {
    const LARGEST: f64 = 4.0;
    const HALVINGS: usize = 20;
    let mut enough = |spread| held(spread) as f64 >= 0.9 * all as f64;
    if enough(0.0) {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, LARGEST);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        match enough(middle) {
            true => high = middle,
            false => low = middle,
        }
    }
    high
}

/// Floor and speed of a family, and how its speed grows with its slices, from its own runs.
fn of_platform(
    platform: Platform,
    folders: &[Named],
    coefficients: &Coefficients,
) -> Result<PlatformFit, String> {
    let Some(terms) = coefficients.platform.get(&platform) else {
        return Err(format!("`{}` has no terms", platform.as_str()));
    };
    let mut with = coefficients.clone();
    let mut points = Vec::new();
    for runs in &terms.runs {
        let (slices, found) = of_runs(runs, folders, coefficients)?;
        let own = calibrate(&runs.cluster, terms.floor_ms, &found).map_err(|e| e.to_string())?;
        points.push((slices.ln(), -own.slowness.ln()));
    }
    let slice_exponent = slope(&points).map(|more| more + coefficients.slice_exponent(platform));
    if let Some(terms) = with.platform.get_mut(&platform) {
        terms.slice_exponent = slice_exponent.or(terms.slice_exponent);
    }
    let mut all = Vec::new();
    for runs in &terms.runs {
        all.extend(of_runs(runs, folders, &with)?.1);
    }
    let own = calibrate(platform.as_str(), terms.floor_ms, &all).map_err(|e| e.to_string())?;
    Ok(PlatformFit {
        platform,
        n: all.len(),
        floor_ms: own.floor_ms,
        speed: terms.speed / own.slowness,
        slice_exponent,
        until: None,
    })
}

/// The slices of some runs' cluster, and its timings.
fn of_runs(
    runs: &Runs,
    folders: &[Named],
    coefficients: &Coefficients,
) -> Result<(f64, Vec<Timing>), String> {
    let name = &runs.cluster;
    let shape: Cluster = cluster(name).ok_or_else(|| format!("`{name}` is not a cluster"))?;
    let workload = named(folders, runs)?;
    let (found, _) = timings(workload, (name, Some(&runs.date)), &shape, coefficients);
    Ok((shape.slices(), found))
}

/// The slope of the line through some points; `None` where they have one place.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let common: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    (spread > 0.0).then(|| common / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_no_slope() {
        assert_eq!(slope(&[]), None);
        assert_eq!(slope(&[(2.0, 1.0), (2.0, 3.0)]), None);
        assert_eq!(slope(&[(0.0, 1.0), (2.0, 2.0)]), Some(0.5));
    }

    fn left(folder: &str, off: f64, joins: f64) -> LeftOut {
        LeftOut {
            folder: folder.to_owned(),
            query: String::new(),
            off,
            joins,
        }
    }

    #[test]
    fn a_folder_that_is_missed_by_more_counts_less() {
        let out = [left("a", 0.2, 0.0), left("b", -0.4, 0.0)];
        let sample = Sample {
            amounts: [0.0; crate::latency::terms::TERM_COUNT],
            ms: 1.0,
            weight: 1.0,
        };
        let mut samples = [sample, sample];
        weigh(&mut samples, &out);
        assert_eq!(samples[0].weight, 1.0);
        assert!((samples[1].weight - 0.25).abs() < 1e-12);
    }

    #[test]
    fn the_least_spread_is_found_that_holds_nine_of_ten() {
        let held = |spread: f64| (0..10).filter(|n| f64::from(*n) / 10.0 <= spread).count();
        assert!((least_that_holds(10, held) - 0.8).abs() < 1e-4);
        assert_eq!(least_that_holds(10, |_| 9), 0.0);
        assert_eq!(least_that_holds(10, |_| 8), 4.0);
    }
}
