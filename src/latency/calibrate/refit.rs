//! Fitting the shipped coefficients anew, on one cluster's timings.

use crate::latency::Coefficients;
use crate::latency::regress::{Fitted, Sample, fit, leave_one_out};
use crate::latency::rounding::Z_90;
use crate::latency::terms::{TERM_COUNT, TERMS};

use super::evaluate::{Regime, amounts, quantile};
use super::workload::{Workload, cluster};

/// Where each fitted price starts: its order of magnitude, in milliseconds per
/// million units on 16 RA3 slices. The fit is held to these only where the
/// timings say little.
const PRIOR: &[(&str, f64)] = &[
    ("fixed_bytes", 0.02),
    ("text_bytes", 0.1),
    ("text_values", 0.5),
    ("materialized_bytes", 0.05),
    ("operations", 0.05),
    ("like_bytes", 0.05),
    ("regex_bytes", 0.3),
    ("rows_hashed", 1.0),
    ("groups", 10.0),
    ("group_text_bytes", 0.5),
    ("distinct_rows", 2.0),
    ("mixed_distinct_rows", 20.0),
    ("sort_rows", 1.0),
];
/// The floor's start, in milliseconds.
const PRIOR_FLOOR: f64 = 20.0;

/// A new fit and how it does on queries that it was not fitted on.
#[derive(Debug, Clone, PartialEq)]
pub struct Refit {
    /// Queries.
    pub n: usize,
    /// Floor in milliseconds.
    pub floor_ms: f64,
    /// Fitted prices by name.
    pub prices: Vec<(&'static str, f64)>,
    /// ln(predicted ÷ measured) of each query by a fit without it, with its name.
    pub left_out: Vec<(String, f64)>,
    /// Median Q-error of these.
    pub q_error_median: f64,
    /// Their 90th percentile.
    pub q_error_p90: f64,
    /// The standard deviation that makes the 90 % interval hold nine of ten of them.
    pub residual: f64,
}

/// Fits floor and prices on the runs of one cluster and date, with measured
/// cardinalities where there are some.
///
/// # Errors
/// A sentence, if the cluster has fewer than ten usable timings.
pub fn refit(
    workload: &Workload,
    name: &str,
    date: &str,
    coefficients: &Coefficients,
) -> Result<Refit, String> {
    let shape = cluster(name).ok_or_else(|| format!("`{name}` is not a cluster"))?;
    let mut samples = Vec::new();
    let mut names = Vec::new();
    for run in workload
        .runs
        .iter()
        .filter(|run| run.cluster == name && run.date == date)
    {
        let found = run
            .warm_ms
            .zip(amounts(workload, &run.query, &shape, Regime::Given));
        if let Some((ms, amounts)) = found {
            samples.push(Sample { amounts, ms });
            names.push(run.query.clone());
        }
    }
    if samples.len() < 10 {
        return Err(format!(
            "{} timings of `{name}` on `{date}` are too few for a fit",
            samples.len()
        ));
    }
    let mut prior = Fitted {
        floor_ms: PRIOR_FLOOR,
        prices: coefficients.prices(),
    };
    let fitted: Vec<&str> = PRIOR.iter().map(|(name, _)| *name).collect();
    for (slot, term) in prior.prices.iter_mut().zip(&TERMS) {
        if let Some((_, price)) = PRIOR.iter().find(|(name, _)| *name == term.name) {
            *slot = *price;
        }
    }
    let found = fit(&samples, prior, &fitted);
    let residuals = leave_one_out(&samples, prior, &fitted);
    let errors: Vec<f64> = residuals.iter().map(|r| r.abs().exp()).collect();
    let away: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    let prices: [f64; TERM_COUNT] = found.prices;
    Ok(Refit {
        n: samples.len(),
        floor_ms: found.floor_ms,
        prices: TERMS
            .iter()
            .zip(prices)
            .filter(|(term, _)| fitted.contains(&term.name))
            .map(|(term, price)| (term.name, price))
            .collect(),
        left_out: names.into_iter().zip(residuals.iter().copied()).collect(),
        q_error_median: quantile(&errors, 0.5),
        q_error_p90: quantile(&errors, 0.9),
        residual: quantile(&away, 0.9) / Z_90,
    })
}
