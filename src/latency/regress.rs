//! Fits floor and coefficients to measured times: least squares in log space,
//! robust against single odd queries, every parameter positive.

use super::terms::{MILLION, TERM_COUNT, TERMS};

/// One measured query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// How much of each kind of work it does.
    pub amounts: [f64; TERM_COUNT],
    /// Measured milliseconds.
    pub ms: f64,
    /// What its residual counts against those of others: the inverse of its variance.
    pub weight: f64,
}

/// Floor and prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Milliseconds of a query that does nothing.
    pub floor_ms: f64,
    /// Milliseconds per million units, in the order of [`TERMS`].
    pub prices: [f64; TERM_COUNT],
}

/// Residuals beyond this factor (in ln) count linearly instead of squared.
const ROBUST_FROM: f64 = 0.4;
/// How hard each parameter is held to its prior, against one query's residual.
const PRIOR_WEIGHT: f64 = 0.15;
/// Gauss-Newton steps; the fit settles in about ten.
const STEPS: usize = 60;
/// The longest step of a parameter, in ln.
const LONGEST_STEP: f64 = 0.7;

impl Fitted {
    /// The predicted milliseconds on the shape of the fit.
    pub fn predict(&self, amounts: &[f64; TERM_COUNT]) -> f64 {
        let work: f64 = amounts
            .iter()
            .zip(&self.prices)
            .map(|(n, ms)| n / MILLION * ms)
            .sum();
        self.floor_ms + work
    }
}

/// Fits the floor and the prices named in `fitted`; all start at, and are held
/// weakly to, `prior`. The other prices stay as they are.
pub fn fit(samples: &[Sample], prior: Fitted, fitted: &[&str]) -> Fitted {
    let free: Vec<usize> = TERMS
        .iter()
        .enumerate()
        .filter(|(i, term)| {
            fitted.contains(&term.name) && prior.prices.get(*i).is_some_and(|p| *p > 0.0)
        })
        .map(|(i, _)| i)
        .collect();
    let mut now = prior;
    for _ in 0..STEPS {
        let step = gauss_newton(samples, &now, &prior, &free);
        let longest = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
        let shorten = (LONGEST_STEP / longest.max(LONGEST_STEP)).min(1.0);
        now.floor_ms *= (step.first().copied().unwrap_or(0.0) * shorten).exp();
        for (index, delta) in free.iter().zip(step.iter().skip(1)) {
            now.prices[*index] *= (delta * shorten).exp();
        }
        if longest < 1e-9 {
            break;
        }
    }
    now
}

/// One step in the logarithms of floor and free prices.
fn gauss_newton(samples: &[Sample], now: &Fitted, prior: &Fitted, free: &[usize]) -> Vec<f64> {
    let n = free.len() + 1;
    let mut matrix = vec![vec![0.0; n]; n];
    let mut right = vec![0.0; n];
    for sample in samples {
        let predicted = now.predict(&sample.amounts);
        if !(predicted > 0.0 && sample.ms > 0.0) {
            continue;
        }
        let residual = (predicted / sample.ms).ln();
        let weight = sample.weight / (1.0 + (residual / ROBUST_FROM).powi(2)).sqrt();
        let slopes: Vec<f64> = std::iter::once(now.floor_ms)
            .chain(
                free.iter()
                    .map(|i| sample.amounts[*i] / MILLION * now.prices[*i]),
            )
            .map(|part| part / predicted)
            .collect();
        for (i, a) in slopes.iter().enumerate() {
            right[i] -= weight * a * residual;
            for (j, b) in slopes.iter().enumerate() {
                matrix[i][j] += weight * a * b;
            }
        }
    }
    let hold = PRIOR_WEIGHT * PRIOR_WEIGHT;
    let away = std::iter::once((now.floor_ms / prior.floor_ms).ln()).chain(
        free.iter()
            .map(|i| (now.prices[*i] / prior.prices[*i]).ln()),
    );
    for (i, away) in away.enumerate() {
        matrix[i][i] += hold;
        right[i] -= hold * away;
    }
    solve(matrix, right)
}

/// Solves a small symmetric positive definite system by elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        let pivot = matrix[i][i];
        if pivot.abs() < 1e-300 {
            continue;
        }
        let row = matrix[i].clone();
        for j in i + 1..n {
            let factor = matrix[j][i] / pivot;
            for (slot, value) in matrix[j].iter_mut().zip(&row).skip(i) {
                *slot -= factor * value;
            }
            right[j] -= factor * right[i];
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| matrix[i][j] * right[j]).sum();
        let pivot = matrix[i][i];
        right[i] = if pivot.abs() < 1e-300 {
            0.0
        } else {
            (right[i] - known) / pivot
        };
    }
    right
}

/// ln(predicted ÷ measured) of each sample by a fit without it.
pub fn leave_one_out(samples: &[Sample], prior: Fitted, fitted: &[&str]) -> Vec<f64> {
    (0..samples.len())
        .map(|left_out| {
            let mut others = samples.to_vec();
            let sample = others.remove(left_out);
            let fit = fit(&others, prior, fitted);
            (fit.predict(&sample.amounts) / sample.ms).ln()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_finds_the_numbers_behind_the_samples() {
        let hashed = TERMS.iter().position(|term| term.name == "rows_hashed");
        let hashed = hashed.expect("the term");
        let mut truth = Fitted {
            floor_ms: 30.0,
            prices: [0.0; TERM_COUNT],
        };
        truth.prices[0] = 0.2;
        truth.prices[hashed] = 3.0;
        let samples: Vec<Sample> = (0..40)
            .map(|i| {
                let mut amounts = [0.0; TERM_COUNT];
                amounts[0] = f64::from(i) * 5e7;
                amounts[hashed] = f64::from(40 - i) * f64::from(i % 3) * 1e6;
                Sample {
                    amounts,
                    ms: truth.predict(&amounts),
                    weight: 1.0,
                }
            })
            .collect();
        let mut prior = truth;
        prior.floor_ms = 60.0;
        prior.prices[0] = 1.0;
        prior.prices[hashed] = 1.0;
        let found = fit(&samples, prior, &["stored_bytes", "rows_hashed"]);
        for sample in &samples {
            let off = (found.predict(&sample.amounts) / sample.ms).ln().abs();
            assert!(off < 0.05, "{off}");
        }
    }

    /// Two queries of the same work and different times: the fit is nearer to the heavier.
    #[test]
    fn a_sample_pulls_by_its_weight() {
        let mut amounts = [0.0; TERM_COUNT];
        amounts[0] = 1e9;
        let sample = |ms, weight| Sample {
            amounts,
            ms,
            weight,
        };
        let mut prior = Fitted {
            floor_ms: 1.0,
            prices: [0.0; TERM_COUNT],
        };
        prior.prices[0] = 1.0;
        let fitted = |a, b| {
            let samples = [sample(500.0, a), sample(2000.0, b)];
            fit(&samples, prior, &["stored_bytes"]).predict(&amounts)
        };
        assert!(fitted(1.0, 0.1) < fitted(1.0, 1.0));
        assert!(fitted(1.0, 1.0) < fitted(0.1, 1.0));
    }
}
