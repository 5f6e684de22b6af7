//! The precision of times, and what they are clipped at.

/// Times are clipped here, so that absurd row counts still serialize.
pub(super) const LONGEST_MS: f64 = 1e15;

/// A standard normal variate exceeds this in 5 % of cases: the two-sided 90 % interval.
pub(super) const Z_90: f64 = 1.645;

/// A standard normal variate exceeds this in 1 % of cases.
pub(super) const Z_99: f64 = 2.326;

/// To a tenth of a millisecond.
pub(super) fn round(ms: f64) -> f64 {
    (ms.min(LONGEST_MS) * 10.0).round() / 10.0
}
