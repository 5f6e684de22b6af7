//! What a condition on a column selects.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::stats::Common;
use crate::stats::pattern::Pattern;

use super::values::{successor, text_of};
use super::{Basis, Edge, Estimate, Known, UNKNOWN_SHARE};

/// PostgreSQL's default for a pattern on values that nothing is known of.
const DEFAULT_PATTERN: f64 = 0.005;

impl Known<'_> {
    /// The share of rows that hold a value; `None` for one that is known only when the query runs.
    /// Without any count of values: `None`.
    pub fn equal(&self, value: Option<&str>) -> Option<Estimate> {
        let common = &self.stats.most_common;
        if let (Some(value), Some(named)) = (value, self.named()) {
            let same = |one: &&Common| one.value.as_ref().is_some_and(|it| self.same(it, value));
            return Some(match named.iter().find(same) {
                Some(found) => Estimate::exact(found.share, Basis::MostCommon),
                None => self.unnamed(named),
            });
        }
        let all = self.not_nulls();
        let each = self.distinct().map(|distinct| all.likely / distinct);
        if let (Some(most), Some(least)) = (common.first(), common.last()) {
            // Which of the frequencies it has is not known; it may have none of them.
            let counted =
                common.len() as f64 + (self.rest() / least.share.max(f64::MIN_POSITIVE)).ceil();
            let likely = each.unwrap_or(all.likely / counted).min(most.share);
            return Some(Estimate::new(0.0, likely, most.share, Basis::MostCommon));
        }
        let (distinct, each) = (self.distinct()?, each?);
        // A key: each value once.
        if distinct >= self.rows * all.likely && all.low == all.high {
            return Some(Estimate::exact(each, Basis::Counted));
        }
        // However frequent one value is, each of the others is there once.
        let others = (distinct - 1.0) / self.rows.max(distinct);
        let most = (all.high - others).min(UNKNOWN_SHARE.1);
        Some(Estimate::new(0.0, each, most, Basis::Distinct))
    }

    /// A value that is not among the most common ones: at most as frequent as the least of them.
    fn unnamed(&self, named: &[Common]) -> Estimate {
        let least = named.last().map_or(1.0, |one| one.share);
        let rest = self.rest();
        let most = least.min(rest);
        let others = match self.distinct() {
            Some(distinct) => (distinct - named.len() as f64).max(1.0),
            // At least so many as it takes to fill the rest.
            None => (rest / least.max(f64::MIN_POSITIVE)).ceil().max(1.0),
        };
        Estimate::new(0.0, (rest / others).min(most), most, Basis::MostCommon)
    }

    /// The share of rows that hold one of some values.
    pub fn one_of(&self, values: &[Option<&str>]) -> Option<Estimate> {
        let mut seen = HashSet::new();
        let different = values
            .iter()
            .filter(|value| value.is_none() || seen.insert(**value));
        let mut sum = Estimate::exact(0.0, Basis::Counted);
        for value in different {
            sum = sum.plus(self.equal(*value)?);
        }
        let all = self.not_nulls();
        let likely = sum.likely.min(all.likely);
        Some(Estimate::new(
            sum.low,
            likely,
            sum.high.min(all.high),
            sum.basis,
        ))
    }

    /// The share of rows between two edges; an open side is `None`. Without histogram and ends,
    /// and with an edge that has no place among them: `None`.
    pub fn between(&self, low: Option<Edge<'_>>, high: Option<Edge<'_>>) -> Option<Estimate> {
        let empty = low
            .zip(high)
            .and_then(|(low, high)| self.compare(low.value, high.value));
        if empty == Some(Ordering::Greater) {
            return Some(Estimate::exact(0.0, Basis::Counted));
        }
        let all = self.not_nulls();
        let Some(named) = self.named() else {
            let part = self.part(low, high)?;
            return Some(part.of(all));
        };
        let mut inside = 0.0;
        for common in named {
            let value = text_of(common.value.as_ref()?);
            inside += match self.holds(&value, low, high)? {
                true => common.share,
                false => 0.0,
            };
        }
        let inside = Estimate::exact(inside, Basis::MostCommon);
        let rest = self.rest();
        if rest <= 0.0 {
            return Some(inside);
        }
        let rest = match self.part(low, high) {
            Some(part) => part.of(Estimate::exact(rest, Basis::MostCommon)),
            None => return None,
        };
        Some(inside.plus(rest))
    }

    /// The share of rows that fit a pattern; `None` where nothing known tells.
    pub fn like(&self, pattern: &str) -> Option<Estimate> {
        let pattern = Pattern::read(pattern);
        if let Some(value) = pattern.only() {
            return self.equal(Some(&value));
        }
        if pattern.fits_all() {
            return Some(self.not_nulls());
        }
        let prefix = pattern.prefix();
        let after = successor(prefix);
        let range = (
            Some(Edge {
                value: prefix,
                inclusive: true,
            }),
            after.as_deref().map(|value| Edge {
                value,
                inclusive: false,
            }),
        );
        let by_prefix = match prefix.is_empty() {
            true => None,
            false => self.by_histogram(range.0, range.1),
        };
        let named = self.named();
        if named.is_none() && by_prefix.is_none() {
            return None;
        }
        let fits = |one: &&Common| {
            let value = one.value.as_ref().map(text_of);
            value.is_some_and(|value| pattern.fits(&value))
        };
        let common = named.unwrap_or_default();
        let inside: f64 = common.iter().filter(fits).map(|one| one.share).sum();
        let inside = Estimate::exact(inside, Basis::MostCommon);
        let rest = match named {
            Some(_) => self.rest(),
            None => self.not_nulls().likely,
        };
        let rest = match by_prefix {
            Some(part) if pattern.is_prefix() => part.of(Estimate::exact(rest, Basis::Histogram)),
            // More is asked for than the prefix.
            Some(part) => Estimate::new(
                0.0,
                rest * part.likely.min(DEFAULT_PATTERN),
                rest * part.high,
                Basis::Default,
            ),
            None => Estimate::new(
                0.0,
                rest * DEFAULT_PATTERN,
                rest * UNKNOWN_SHARE.1,
                Basis::Default,
            ),
        };
        Some(match rest.high > 0.0 {
            true => inside.plus(rest),
            false => inside,
        })
    }
}
