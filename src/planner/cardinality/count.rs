//! A number of rows with the range that it may be wrong by.

use crate::work::RowRange;

/// A number of rows: what is printed, and what the work is reckoned with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Count {
    pub printed: f64,
    pub low: f64,
    pub likely: f64,
    pub high: f64,
}

impl Count {
    /// Printed rows and the factors by which they may be wrong.
    pub(crate) fn new(rows: f64, range: RowRange) -> Self {
        Self {
            printed: rows,
            low: rows * range.low.min(range.likely),
            likely: rows * range.likely,
            high: rows * range.high.max(range.likely),
        }
    }

    /// A number that is known.
    pub(crate) fn exact(rows: f64) -> Self {
        Self::new(rows, RowRange::EXACT)
    }

    /// Each part under a function of two.
    pub(crate) fn with(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            printed: of(self.printed, other.printed),
            low: of(self.low, other.low),
            likely: of(self.likely, other.likely),
            high: of(self.high, other.high),
        }
    }

    /// Each part times a factor.
    pub(crate) fn times(self, factor: f64) -> Self {
        self.with(Self::exact(factor), |rows, factor| rows * factor)
    }

    /// No part above the same part of another.
    pub(crate) fn at_most(self, other: Self) -> Self {
        self.with(other, f64::min)
    }

    /// No part below the same part of another.
    pub(crate) fn at_least(self, other: Self) -> Self {
        self.with(other, f64::max)
    }

    /// The rows to print, at least one, and the factors by which they may be wrong.
    pub(crate) fn parts(self) -> (f64, RowRange) {
        let rows = self.printed.max(1.0);
        let likely = self.likely / rows;
        let range = RowRange {
            low: (self.low / rows).min(likely),
            likely,
            high: (self.high / rows).max(likely),
        };
        // A row that is printed for less than one is one.
        match self.low == self.high && self.printed < 1.0 {
            true => (rows, RowRange::EXACT),
            false => (rows, range),
        }
    }
}
