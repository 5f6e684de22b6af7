//! Shares of rows that conditions on one column select, from what is known of the column:
//! likely, and how far off they may be. Taking knowledge away widens them.
//!
//! As PostgreSQL 8 reckons them (its `selfuncs.c`, of which Redshift's planner descends): a most
//! common value has its own frequency, another an equal part of what is left; a range takes the
//! common values in it and its part of the histogram.

mod condition;
mod estimate;
mod interpolation;
mod join;
#[cfg(test)]
mod tests;
mod values;

pub use estimate::{Basis, Estimate, UNKNOWN_SHARE};

use super::{ColumnStats, Common};

/// A column with what is known of it beside its statistics.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its statistics.
    pub stats: &'a ColumnStats,
    /// Its distinct values, which a key tells too.
    pub distinct: Option<f64>,
    /// Whether its values are texts: then they have the order of their bytes, as in Redshift, which
    /// has no other (AWS: Collation sequences). Else that of numbers and times.
    pub text: bool,
    /// Whether it holds no NULL.
    pub not_null: bool,
    /// Rows of its table.
    pub rows: f64,
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge<'a> {
    /// The value, as a literal has it.
    pub value: &'a str,
    /// Whether the value itself is within.
    pub inclusive: bool,
}

impl<'a> Known<'a> {
    /// The share of NULLs. Where it is not known none are likely, as PostgreSQL's planner has it,
    /// and nearly all are possible.
    pub fn nulls(&self) -> Estimate {
        match self.stats.null_share {
            Some(share) => Estimate::exact(share, Basis::Counted),
            None if self.not_null => Estimate::exact(0.0, Basis::Counted),
            None => {
                let most = (1.0 - self.named_share()).clamp(0.0, UNKNOWN_SHARE.1);
                Estimate::new(0.0, 0.0, most, Basis::Default)
            }
        }
    }

    /// The share of rows with a value.
    pub fn not_nulls(&self) -> Estimate {
        let nulls = self.nulls();
        Estimate {
            low: 1.0 - nulls.high,
            likely: 1.0 - nulls.likely,
            high: 1.0 - nulls.low,
            basis: nulls.basis,
        }
    }

    /// Distinct values, where they are known.
    fn distinct(&self) -> Option<f64> {
        self.distinct
            .filter(|count| count.is_finite() && *count >= 1.0)
    }

    /// The share of rows that the named values leave to the others.
    fn rest(&self) -> f64 {
        (self.not_nulls().likely - self.named_share()).max(0.0)
    }

    /// The share of rows that the most common values have together.
    fn named_share(&self) -> f64 {
        let common = self.stats.most_common.iter();
        common.map(|common| common.share).sum()
    }

    /// The most common values, where each is known.
    fn named(&self) -> Option<&'a [Common]> {
        let common = self.stats.most_common.as_slice();
        let named = !common.is_empty() && common.iter().all(|one| one.value.is_some());
        named.then_some(common)
    }
}
