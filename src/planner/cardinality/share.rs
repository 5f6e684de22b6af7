//! Shares of rows, how they combine, and how many distinct values there are.

use crate::schema::DataType;
use crate::stats::{Basis, Estimate};
use crate::work::RowRange;

use crate::planner::logical::columns::Columns;
use crate::planner::logical::expr::ColumnId;

/// The share of rows that a predicate lets pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    /// What the planner reckons with, and prints.
    pub likely: f64,
    /// What the work is reckoned with: as likely too low as too high.
    pub expected: f64,
    pub low: f64,
    pub high: f64,
    /// What it rests on: of several the least certain.
    pub basis: Basis,
}

impl From<Estimate> for Share {
    fn from(estimate: Estimate) -> Self {
        Self {
            likely: estimate.likely,
            expected: estimate.likely,
            low: estimate.low,
            high: estimate.high,
            basis: estimate.basis,
        }
    }
}

impl Share {
    /// A share that is known.
    pub(super) fn known(share: f64) -> Self {
        Estimate::exact(share, Basis::Counted).into()
    }

    /// The default for what nothing is known of.
    pub(super) fn default(share: f64, low: f64, high: f64) -> Self {
        Self {
            likely: share,
            expected: share,
            low: low.min(share),
            high: high.max(share),
            basis: Basis::Default,
        }
    }

    /// Both hold, independently.
    pub(super) fn and(self, other: Share) -> Share {
        Share {
            basis: self.basis.max(other.basis),
            likely: self.likely * other.likely,
            expected: self.expected * other.expected,
            low: self.low * other.low,
            high: self.high.min(other.high),
        }
    }

    /// One holds, or both, independently.
    pub(super) fn or(self, other: Share) -> Share {
        let either = |a: f64, b: f64| a + b - a * b;
        Share {
            basis: self.basis.max(other.basis),
            likely: either(self.likely, other.likely),
            expected: either(self.expected, other.expected),
            low: self.low.max(other.low),
            high: either(self.high, other.high),
        }
    }

    /// One holds, and never two.
    pub(super) fn plus(self, other: Share) -> Share {
        Share {
            likely: (self.likely + other.likely).min(1.0),
            expected: (self.expected + other.expected).min(1.0),
            low: (self.low + other.low).min(1.0),
            high: (self.high + other.high).min(1.0),
            basis: self.basis.max(other.basis),
        }
    }

    /// What a condition leaves of these rows.
    pub(super) fn without(self, condition: Share) -> Share {
        let likely = (self.likely - condition.likely).max(0.0);
        let expected = (self.expected - condition.expected).max(0.0);
        Share {
            likely,
            expected,
            low: (self.low - condition.high).clamp(0.0, expected),
            high: (self.high - condition.low).max(expected),
            basis: self.basis.max(condition.basis),
        }
    }

    pub(super) fn not(self) -> Share {
        Share::known(1.0).without(self)
    }

    /// By how much the rows may be fewer or more than the likely ones.
    pub(crate) fn range(self) -> RowRange {
        if self.likely <= 0.0 {
            return RowRange::EXACT;
        }
        RowRange {
            likely: self.expected / self.likely,
            low: self.low.min(self.expected) / self.likely,
            high: self.high.max(self.expected) / self.likely,
        }
    }
}

impl Columns<'_> {
    /// The most distinct values that a column can hold: no more than its type
    /// has, and no more than there are rows.
    pub(crate) fn most_distinct(&self, id: ColumnId, rows: f64) -> f64 {
        let column = self.get(id);
        let of_type = match &column.data_type {
            DataType::Boolean => 2.0,
            DataType::SmallInt => 65_536.0,
            DataType::Char(n) | DataType::Varchar(n) if *n < 4 => 256f64.powi(*n as i32),
            _ => f64::INFINITY,
        };
        // A value of b bytes on average can't have more than 256^b forms.
        let of_bytes = match column.bytes {
            bytes if bytes < 4.0 => 256f64.powf(bytes),
            _ => f64::INFINITY,
        };
        rows.min(of_type).min(of_bytes).max(1.0)
    }
}
