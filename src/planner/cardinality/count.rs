//! A number of rows with the range that it may be wrong by.

use crate::work::RowRange;

/// Which end of what is not known is reckoned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nine of ten cases lie above.
    Low,
    /// As likely too low as too high.
    Likely,
    /// Nine of ten cases lie below.
    High,
}

/// A number of rows, groups or values: what is printed, and what the work is reckoned with.
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

    /// The same where the work is reckoned with what is printed, and the range is only its spread.
    pub(crate) fn as_printed(rows: f64, range: RowRange) -> Self {
        Self {
            printed: rows,
            low: rows * range.low.min(1.0),
            likely: rows,
            high: rows * range.high.max(range.likely).max(1.0),
        }
    }

    /// One number for each end, put in order; the likely one is printed.
    pub(crate) fn ordered(at: impl Fn(End) -> f64) -> Self {
        let likely = at(End::Likely);
        Self {
            printed: likely,
            low: at(End::Low).min(likely),
            likely,
            high: at(End::High).max(likely),
        }
    }

    /// The number at one end.
    pub(crate) fn at(self, end: End) -> f64 {
        match end {
            End::Low => self.low,
            End::Likely => self.likely,
            End::High => self.high,
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

    /// The ends as factors of the likely number, where that is printed.
    pub(crate) fn range(self) -> RowRange {
        let likely = self.likely.max(1.0);
        RowRange {
            low: self.low / likely,
            likely: 1.0,
            high: self.high / likely,
        }
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
