//! A user's own timings: floor and speed of their cluster, and an interval that
//! rests on what was left out of the fit.

use serde::{Deserialize, Serialize};

use super::regress::{Fitted, Sample, fit};
use super::terms::{MILLION, TERM_COUNT};

/// Timings from which floor and speed are fitted.
pub const LEAST_FOR_FIT: usize = 5;
/// Timings from which the interval is fitted, too.
pub const LEAST_FOR_INTERVAL: usize = 10;
/// Share of timings that an interval should hold.
const LEVEL: f64 = 0.9;

/// What own timings say of one cluster; a file that `--calibration` reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The cluster, as `ra3.4xlarge:4`.
    pub cluster: String,
    /// Timings that it rests on.
    pub timings: usize,
    /// A warm query that does nothing, in milliseconds.
    pub floor_ms: f64,
    /// How many times longer than predicted the work takes.
    pub slowness: f64,
    /// The interval, from [`LEAST_FOR_INTERVAL`] timings up.
    #[serde(default)]
    pub interval: Option<Conformal>,
}

/// A split-conformal interval: half of the timings are fitted, the residuals of
/// the other half are its width.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conformal {
    /// Half the width of the interval, in ln.
    pub half_width: f64,
    /// Share of new queries that it holds: n ÷ (n + 1) at most for n residuals.
    pub level: f64,
}

impl Calibration {
    /// Reads a file that `calibrate fit` wrote.
    ///
    /// # Errors
    /// A file that can't be read, or is no calibration.
    pub fn load(path: &std::path::Path) -> Result<Self, CalibrationError> {
        let text = std::fs::read_to_string(path).map_err(|source| CalibrationError::Read {
            path: path.to_owned(),
            reason: source.to_string(),
        })?;
        Self::read(&text).map_err(|reason| CalibrationError::Read {
            path: path.to_owned(),
            reason,
        })
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// A text that is no calibration, or holds numbers that none can have.
    pub fn read(text: &str) -> Result<Self, String> {
        let read: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let above = |value: f64| value.is_finite() && value > 0.0;
        let from_zero = |value: f64| value.is_finite() && value >= 0.0;
        let interval = |check: fn(&Conformal) -> bool| read.interval.as_ref().is_none_or(check);
        let checks = [
            (
                "floor_ms",
                "a number from zero up",
                from_zero(read.floor_ms),
            ),
            ("slowness", "a number above zero", above(read.slowness)),
            (
                "interval.half_width",
                "a number from zero up",
                interval(|it| it.half_width.is_finite() && it.half_width >= 0.0),
            ),
            (
                "interval.level",
                "a number above 0 and up to 1",
                interval(|it| it.level > 0.0 && it.level <= 1.0),
            ),
        ];
        match checks.iter().find(|(.., fine)| !fine) {
            Some((key, allowed, _)) => Err(format!("`{key}` must be {allowed}")),
            None => Ok(read),
        }
    }
}

/// Why timings can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationError {
    /// A file that can't be read or understood.
    #[error("cannot use the calibration `{path}`: {reason}")]
    Read {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        reason: String,
    },
    /// Too few of them.
    #[error(
        "{found} usable timings of `{cluster}` are too few: floor and speed need {LEAST_FOR_FIT}, the interval {LEAST_FOR_INTERVAL}; `distkey calibrate script` measures them"
    )]
    TooFew {
        /// Usable timings.
        found: usize,
        /// The cluster.
        cluster: String,
    },
}

/// A measured query: what was predicted for its work, without the floor, and what
/// was measured, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Predicted work.
    pub work_ms: f64,
    /// Measured, all in all.
    pub measured_ms: f64,
}

/// Fits floor and speed, and the interval if there are enough timings.
///
/// # Errors
/// Fewer than [`LEAST_FOR_FIT`] timings.
pub fn calibrate(
    cluster: &str,
    floor_ms: f64,
    timings: &[Timing],
) -> Result<Calibration, CalibrationError> {
    if timings.len() < LEAST_FOR_FIT {
        return Err(CalibrationError::TooFew {
            found: timings.len(),
            cluster: cluster.to_owned(),
        });
    }
    let whole = fit_two(floor_ms, timings);
    Ok(Calibration {
        cluster: cluster.to_owned(),
        timings: timings.len(),
        floor_ms: whole.floor_ms,
        slowness: whole.prices[0],
        interval: (timings.len() >= LEAST_FOR_INTERVAL).then(|| conformal(floor_ms, timings)),
    })
}

/// Floor and slowness: the work's predicted time stands for the first kind of work.
fn fit_two(floor_ms: f64, timings: &[Timing]) -> Fitted {
    let samples: Vec<Sample> = timings
        .iter()
        .map(|timing| {
            let mut amounts = [0.0; TERM_COUNT];
            amounts[0] = timing.work_ms * MILLION;
            Sample {
                amounts,
                ms: timing.measured_ms,
                weight: 1.0,
            }
        })
        .collect();
    let mut prior = Fitted {
        floor_ms,
        prices: [0.0; TERM_COUNT],
    };
    prior.prices[0] = 1.0;
    fit(&samples, prior, &[super::terms::TERMS[0].name])
}

/// Every other timing is fitted, the rest measure how far off that is.
fn conformal(floor_ms: f64, timings: &[Timing]) -> Conformal {
    let mut sorted = timings.to_vec();
    sorted.sort_by(|a, b| a.measured_ms.total_cmp(&b.measured_ms));
    let half =
        |start: usize| -> Vec<Timing> { sorted.iter().skip(start).step_by(2).copied().collect() };
    let fitted = fit_two(floor_ms, &half(0));
    let mut away: Vec<f64> = half(1)
        .iter()
        .map(|timing| {
            let predicted = fitted.floor_ms + timing.work_ms * fitted.prices[0];
            (predicted / timing.measured_ms).ln().abs()
        })
        .collect();
    away.sort_by(f64::total_cmp);
    let n = away.len();
    let rank = (((n + 1) as f64) * LEVEL).ceil() as usize;
    let most = n as f64 / (n + 1) as f64;
    Conformal {
        half_width: away
            .get(rank.min(n).saturating_sub(1))
            .copied()
            .unwrap_or(0.0),
        level: if rank <= n { LEVEL } else { most },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timings(n: usize) -> Vec<Timing> {
        (1..=n)
            .map(|i| {
                let work_ms = i as f64 * 50.0;
                Timing {
                    work_ms,
                    measured_ms: 60.0 + 2.0 * work_ms,
                }
            })
            .collect()
    }

    #[test]
    fn floor_and_speed_come_out_of_own_timings() {
        let found = calibrate("ra3.4xlarge:2", 27.0, &timings(24)).expect("enough");
        assert!((found.slowness - 2.0).abs() < 0.1, "{found:?}");
        let interval = found.interval.expect("an interval");
        assert!(
            interval.half_width < 0.1 && interval.level == 0.9,
            "{found:?}"
        );
    }

    #[test]
    fn numbers_that_no_fit_gives_are_refused() {
        let text = |floor: &str, slowness: &str, width: &str, level: &str| {
            format!(
                "cluster = \"ra3.4xlarge:4\"\ntimings = 12\nfloor_ms = {floor}\nslowness = {slowness}\n[interval]\nhalf_width = {width}\nlevel = {level}\n"
            )
        };
        assert!(Calibration::read(&text("0.0", "1.5", "0.0", "1.0")).is_ok());
        for (floor, slowness, width, level, key) in [
            ("nan", "1.0", "0.1", "0.9", "floor_ms"),
            ("-1.0", "1.0", "0.1", "0.9", "floor_ms"),
            ("20.0", "0.0", "0.1", "0.9", "slowness"),
            ("20.0", "inf", "0.1", "0.9", "slowness"),
            ("20.0", "1.0", "-0.1", "0.9", "interval.half_width"),
            ("20.0", "1.0", "0.1", "0.0", "interval.level"),
            ("20.0", "1.0", "0.1", "1.1", "interval.level"),
        ] {
            let error = Calibration::read(&text(floor, slowness, width, level));
            let error = error.expect_err("a number that makes no sense");
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn few_timings_say_less() {
        assert!(calibrate("ra3.4xlarge:2", 27.0, &timings(4)).is_err());
        assert_eq!(
            calibrate("ra3.4xlarge:2", 27.0, &timings(9))
                .expect("a fit")
                .interval,
            None
        );
        let ten = calibrate("ra3.4xlarge:2", 27.0, &timings(10)).expect("a fit");
        assert!(ten.interval.expect("an interval").level < 0.9);
    }
}
