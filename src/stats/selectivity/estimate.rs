//! A share of rows with its spread, and what it rests on.

use serde::Serialize;

/// A share that nothing is known of lies between these in nine of ten cases, if
/// every share is as likely as any other.
pub const UNKNOWN_SHARE: (f64, f64) = (0.05, 0.95);

/// What a share of the rows rests on, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// It is counted, or a constraint leaves no other.
    Counted,
    /// The frequencies of the most common values.
    MostCommon,
    /// The histogram.
    Histogram,
    /// The least and the greatest value, with the others evenly between them.
    Ends,
    /// The count of distinct values, each as frequent as the others.
    Distinct,
    /// Nothing that is known of the column.
    Default,
}

impl Basis {
    /// In words: `rests on …`.
    pub fn words(self) -> &'static str {
        match self {
            Basis::Counted => "what is counted",
            Basis::MostCommon => "the most common values",
            Basis::Histogram => "the histogram",
            Basis::Ends => "the least and greatest value, the others evenly between them",
            Basis::Distinct => "the distinct values, each as frequent as the others",
            Basis::Default => "a default: nothing is known of the column",
        }
    }
}

/// A share of the rows, and how far off it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Nine of ten cases lie above; no more than `likely`.
    pub low: f64,
    /// As likely too low as too high.
    pub likely: f64,
    /// Nine of ten cases lie below; no less than `likely`.
    pub high: f64,
    /// What it rests on.
    pub basis: Basis,
}

impl Estimate {
    /// A share that is known.
    pub fn exact(share: f64, basis: Basis) -> Self {
        let share = share.clamp(0.0, 1.0);
        Self {
            low: share,
            likely: share,
            high: share,
            basis,
        }
    }

    pub(super) fn new(low: f64, likely: f64, high: f64, basis: Basis) -> Self {
        let likely = likely.clamp(0.0, 1.0);
        Self {
            low: low.clamp(0.0, likely),
            likely,
            high: high.clamp(likely, 1.0),
            basis,
        }
    }

    /// Of shares that exclude each other, the sum.
    pub(super) fn plus(self, other: Self) -> Self {
        Self::new(
            self.low + other.low,
            self.likely + other.likely,
            self.high + other.high,
            self.basis.max(other.basis),
        )
    }
}
