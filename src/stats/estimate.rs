//! Shares of rows that conditions on one column select, from what is known of the column:
//! likely, and how far off they may be. Taking knowledge away widens them.
//!
//! As PostgreSQL 8 reckons them (its `selfuncs.c`, of which Redshift's planner descends): a most
//! common value has its own frequency, another an equal part of what is left; a range takes the
//! common values in it and its part of the histogram.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use super::pattern::Pattern;
use super::share::number_of_text;
use super::{ColumnStats, Common};

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

    fn new(low: f64, likely: f64, high: f64, basis: Basis) -> Self {
        let likely = likely.clamp(0.0, 1.0);
        Self {
            low: low.clamp(0.0, likely),
            likely,
            high: high.clamp(likely, 1.0),
            basis,
        }
    }

    /// Of shares that exclude each other, the sum.
    fn plus(self, other: Self) -> Self {
        Self::new(
            self.low + other.low,
            self.likely + other.likely,
            self.high + other.high,
            self.basis.max(other.basis),
        )
    }
}

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
                let named: f64 = self
                    .stats
                    .most_common
                    .iter()
                    .map(|common| common.share)
                    .sum();
                let most = (1.0 - named).clamp(0.0, UNKNOWN_SHARE.1);
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
        let named: f64 = self
            .stats
            .most_common
            .iter()
            .map(|common| common.share)
            .sum();
        (self.not_nulls().likely - named).max(0.0)
    }

    /// The most common values, where each is known.
    fn named(&self) -> Option<&'a [Common]> {
        let common = self.stats.most_common.as_slice();
        let named = !common.is_empty() && common.iter().all(|one| one.value.is_some());
        named.then_some(common)
    }

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

    /// The share of all pairs of rows whose values are equal; `None` without distinct counts.
    /// Values that are most common on both sides meet each other, the rest of each side meets the
    /// other's as evenly as its distinct values allow, and NULL meets nothing.
    pub fn joined(&self, other: &Known<'_>) -> Option<f64> {
        let distinct = |known: &Known<'_>| known.distinct();
        let most = match (distinct(self), distinct(other)) {
            (Some(a), Some(b)) => a.max(b),
            (one, another) => one.or(another)?,
        };
        let (mine, theirs) = (self.not_nulls().likely, other.not_nulls().likely);
        let (Some(a), Some(b)) = (self.named(), other.named()) else {
            return Some(mine * theirs / most);
        };
        let (mut both, mut met_a, mut met_b, mut pairs) = (0.0, 0.0, 0.0, 0.0);
        for one in a {
            let value = one.value.as_ref().map(text_of);
            let met = value.and_then(|value| {
                let same =
                    |it: &&Common| it.value.as_ref().is_some_and(|it| other.same(it, &value));
                b.iter().find(same)
            });
            if let Some(met) = met {
                both += one.share * met.share;
                met_a += one.share;
                met_b += met.share;
                pairs += 1.0;
            }
        }
        let rest = (mine - met_a).max(0.0) * (theirs - met_b).max(0.0);
        Some(both + rest / (most - pairs).max(1.0))
    }

    /// The part between two edges of the values that are not among the named ones.
    fn part(&self, low: Option<Edge<'_>>, high: Option<Edge<'_>>) -> Option<Part> {
        self.by_histogram(low, high)
            .or_else(|| self.by_ends(low, high))
    }

    /// By the histogram: its buckets hold equally many rows, and within one the values lie
    /// evenly, as far as is known.
    fn by_histogram(&self, low: Option<Edge<'_>>, high: Option<Edge<'_>>) -> Option<Part> {
        let bounds: Vec<String> = self.stats.histogram.iter().map(text_of).collect();
        if bounds.len() < 2 {
            return None;
        }
        let buckets = (bounds.len() - 1) as f64;
        let below = |edge: Edge<'_>| -> Option<[f64; 3]> {
            let mut at = 0usize;
            for bound in &bounds {
                match self.compare(bound, edge.value)? {
                    Ordering::Greater => break,
                    _ => at += 1,
                }
            }
            if at == 0 || at == bounds.len() {
                return Some([if at == 0 { 0.0 } else { 1.0 }; 3]);
            }
            let (from, to) = (bounds.get(at - 1)?, bounds.get(at)?);
            let numbers = |text: &str| number_of_text(text).filter(|_| !self.text);
            let within = match (numbers(from), numbers(to), numbers(edge.value)) {
                (Some(from), Some(to), Some(value)) if to > from => (value - from) / (to - from),
                _ if self.compare(from, edge.value) == Some(Ordering::Equal) => 0.0,
                _ => 0.5,
            };
            let before = (at - 1) as f64;
            // At a bound it is known; within a bucket it may be all of it or nothing.
            let (least, most) = match within {
                within if within <= 0.0 => (before, before),
                _ => (before, before + 1.0),
            };
            Some([least, before + within, most].map(|count| count / buckets))
        };
        let from = low.map_or(Some([0.0; 3]), below)?;
        let to = high.map_or(Some([1.0; 3]), below)?;
        Some(Part {
            low: (to[0] - from[2]).max(0.0),
            likely: (to[1] - from[1]).max(0.0),
            high: (to[2] - from[0]).max(0.0),
            basis: Basis::Histogram,
        })
    }

    /// By the least and greatest value: evenly between them, or with a density that rises or falls
    /// steadily, down to none at one end.
    fn by_ends(&self, low: Option<Edge<'_>>, high: Option<Edge<'_>>) -> Option<Part> {
        let number = |value: &Option<Value>| super::number(value.as_ref()?);
        let (min, max) = (number(&self.stats.min)?, number(&self.stats.max)?);
        if self.text || max < min {
            return None;
        }
        let each = self.distinct().map_or(0.0, |distinct| 1.0 / distinct);
        let value = |edge: Edge<'_>| number_of_text(edge.value);
        // Below an edge: the value itself is one of the distinct ones.
        let below = |value: f64, with: bool| match (value, max - min) {
            (value, _) if value < min || (value == min && !with) => 0.0,
            (value, _) if value > max || (value == max && with) => 1.0,
            (_, 0.0) => f64::from(u8::from(with)),
            (value, width) => match with {
                true => ((value - min) / width).max(each),
                false => ((value - min) / width).min(1.0 - each),
            },
        };
        let from = match low {
            Some(edge) => below(value(edge)?, !edge.inclusive),
            None => 0.0,
        };
        let to = match high {
            Some(edge) => below(value(edge)?, edge.inclusive),
            None => 1.0,
        };
        // Both sides closed around some of the values: one of them is there.
        let inside = low
            .zip(high)
            .is_some_and(|(low, high)| low.inclusive && high.inclusive);
        let likely = match inside && to > 0.0 && from < 1.0 {
            true => (to - from).max(each),
            false => (to - from).max(0.0),
        };
        let (rising, falling) = (
            to * to - from * from,
            (1.0 - from).powi(2) - (1.0 - to).powi(2),
        );
        Some(Part {
            low: rising.min(falling).min(likely).max(0.0),
            likely,
            high: rising.max(falling).max(likely),
            basis: Basis::Ends,
        })
    }

    /// Whether a value lies between two edges.
    fn holds(&self, value: &str, low: Option<Edge<'_>>, high: Option<Edge<'_>>) -> Option<bool> {
        let fits = |edge: Option<Edge<'_>>, outside: Ordering| -> Option<bool> {
            let Some(edge) = edge else { return Some(true) };
            Some(match self.compare(value, edge.value)? {
                Ordering::Equal => edge.inclusive,
                found => found != outside,
            })
        };
        Some(fits(low, Ordering::Less)? && fits(high, Ordering::Greater)?)
    }

    /// The order of two values of the column.
    fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        match self.text {
            true => Some(a.as_bytes().cmp(b.as_bytes())),
            false => number_of_text(a)?.partial_cmp(&number_of_text(b)?),
        }
    }

    /// Whether a statistic is the value that a literal means.
    fn same(&self, known: &Value, literal: &str) -> bool {
        let known = text_of(known);
        if self.text {
            // CHAR is padded with blanks that don't count.
            return known.trim_end() == literal.trim_end();
        }
        let truth = |text: &str| match text.to_ascii_lowercase().as_str() {
            "t" | "true" => Some(true),
            "f" | "false" => Some(false),
            _ => None,
        };
        match (number_of_text(&known), number_of_text(literal)) {
            (Some(known), Some(literal)) => known == literal,
            _ => match (truth(&known), truth(literal)) {
                (Some(known), Some(literal)) => known == literal,
                _ => known == literal,
            },
        }
    }
}

/// PostgreSQL's default for a pattern on values that nothing is known of.
const DEFAULT_PATTERN: f64 = 0.005;

/// A part of some rows.
#[derive(Debug, Clone, Copy)]
struct Part {
    low: f64,
    likely: f64,
    high: f64,
    basis: Basis,
}

impl Part {
    fn of(self, rows: Estimate) -> Estimate {
        Estimate::new(
            self.low * rows.low,
            self.likely * rows.likely,
            self.high * rows.high,
            self.basis,
        )
    }
}

/// A statistic as text.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The least text above all that begin with this one; `None` where there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(stats: &ColumnStats) -> Known<'_> {
        Known {
            stats,
            distinct: stats.distinct,
            text: false,
            not_null: false,
            rows: 1e6,
        }
    }

    /// A column with all that can be known of it: values 1, 2, … as most common ones, the rest
    /// between 0 and 1000 with a density that rises or falls steadily.
    fn columns() -> impl Strategy<Value = ColumnStats> {
        let shares = prop::collection::vec(0.001..0.2f64, 0..5);
        (
            shares,
            0.0..0.5f64,
            20.0..5000.0f64,
            -1.0..1.0f64,
            any::<bool>(),
        )
            .prop_map(|(shares, nulls, distinct, slope, named)| {
                let all: f64 = shares.iter().sum();
                let scale = ((1.0 - nulls) * 0.9 / all.max(0.9)).min(1.0);
                let mut shares: Vec<f64> = shares.iter().map(|share| share * scale).collect();
                shares.sort_by(|a, b| b.total_cmp(a));
                let common = (1..).zip(&shares).map(|(value, share)| Common {
                    value: named.then(|| Value::from(value)),
                    share: *share,
                });
                // Below x of 1 lie x + slope · x · (x − 1) of the rows: the bounds are where this
                // is a multiple of a twentieth, found by halving.
                let bound = |n: u32| {
                    let (mut low, mut high) = (0.0f64, 1.0f64);
                    for _ in 0..60 {
                        let x = f64::midpoint(low, high);
                        match x + slope * x * (x - 1.0) < f64::from(n) / 20.0 {
                            true => low = x,
                            false => high = x,
                        }
                    }
                    Value::from(high * 1000.0)
                };
                ColumnStats {
                    distinct: Some(distinct.floor()),
                    null_share: Some(nulls),
                    min: Some(Value::from(0.0)),
                    max: Some(Value::from(1000.0)),
                    most_common: common.collect(),
                    histogram: (0..=20).map(bound).collect(),
                    ..ColumnStats::default()
                }
            })
    }

    /// Each fact taken away, and what it is.
    fn without(stats: &ColumnStats) -> Vec<(&'static str, ColumnStats)> {
        let less = |change: fn(&mut ColumnStats)| {
            let mut less = stats.clone();
            change(&mut less);
            less
        };
        vec![
            ("distinct", less(|stats| stats.distinct = None)),
            ("null_share", less(|stats| stats.null_share = None)),
            ("most_common", less(|stats| stats.most_common.clear())),
            (
                "its values",
                less(|stats| {
                    stats
                        .most_common
                        .iter_mut()
                        .for_each(|one| one.value = None)
                }),
            ),
            ("histogram", less(|stats| stats.histogram.clear())),
            ("ends", less(|stats| (stats.min, stats.max) = (None, None))),
        ]
    }

    /// Beyond 0.95 a share is held for none that is met, and a most common value beside a
    /// histogram is not among what the ends tell of: see the test of ranges.
    const TOLERANCE: f64 = 0.05;

    fn edge(value: &str, inclusive: bool) -> Option<Edge<'_>> {
        Some(Edge { value, inclusive })
    }

    fn in_order(estimate: Estimate) {
        let Estimate {
            low, likely, high, ..
        } = estimate;
        assert!(
            0.0 <= low && low <= likely && likely <= high && high <= 1.0,
            "{estimate:?}"
        );
    }

    proptest! {
        #[test]
        fn an_equality_knows_less_with_less(stats in columns(), value in 0..8i32) {
            let text = value.to_string();
            for literal in [Some(text.as_str()), None] {
                let full = known(&stats).equal(literal).expect("known");
                in_order(full);
                for (what, less) in without(&stats) {
                    // Nothing known at all is the default, which is wider than any.
                    let Some(wide) = known(&less).equal(literal) else { continue };
                    in_order(wide);
                    prop_assert!(wide.low <= full.likely + 1e-9, "{what} {wide:?} {full:?}");
                    prop_assert!(wide.high + TOLERANCE >= full.likely, "{what} {wide:?} {full:?}");
                    prop_assert!(
                        wide.high - wide.low + TOLERANCE >= full.high - full.low,
                        "{what} {wide:?} {full:?}"
                    );
                }
            }
        }

        #[test]
        fn a_range_knows_less_with_less(stats in columns(), low in 0.0..1000.0f64, width in 0.0..1000.0f64) {
            // Common values stand apart here: that they are gone the ends can't tell.
            let stats = ColumnStats { most_common: Vec::new(), ..stats };
            let (from, to) = (low.to_string(), (low + width).to_string());
            let full = known(&stats).between(edge(&from, true), edge(&to, false)).expect("known");
            in_order(full);
            for (what, less) in without(&stats) {
                let Some(wide) = known(&less).between(edge(&from, true), edge(&to, false)) else { continue };
                in_order(wide);
                prop_assert!(wide.low <= full.likely + TOLERANCE, "{what} {wide:?} {full:?}");
                prop_assert!(wide.high + TOLERANCE >= full.likely, "{what} {wide:?} {full:?}");
            }
        }

        #[test]
        fn a_condition_and_its_negation_leave_the_nulls(stats in columns(), cut in -10.0..1010.0f64, both in any::<bool>()) {
            let text = cut.to_string();
            let of = known(&stats);
            let nulls = of.nulls().likely;
            let below = of.between(None, edge(&text, both)).expect("known").likely;
            let above = of.between(edge(&text, !both), None).expect("known").likely;
            prop_assert!((below + above + nulls - 1.0).abs() < 1e-9, "{below} {above} {nulls}");
        }
    }

    fn column(json: &str) -> ColumnStats {
        let mut notes = Vec::new();
        let value = serde_json::from_str(json).expect("JSON");
        let column = crate::stats::notes::column("t.a", &value, &mut notes);
        assert_eq!(notes, [""; 0]);
        column
    }

    #[test]
    fn a_value_that_is_not_named_is_no_more_frequent_than_the_least_that_is() {
        let stats = column(
            r#"{"distinct": 12, "null_share": 0.1,
                "most_common": [{"value": "", "share": 0.5}, {"value": "a", "share": 0.2}]}"#,
        );
        let of = Known {
            text: true,
            ..known(&stats)
        };
        let named = of.equal(Some("a")).expect("known");
        assert_eq!((named.low, named.likely, named.high), (0.2, 0.2, 0.2));
        let other = of.equal(Some("b")).expect("known");
        // A tenth of the remaining fifth.
        assert!(
            (other.likely - 0.02).abs() < 1e-9 && other.low == 0.0,
            "{other:?}"
        );
        assert!((other.high - 0.2).abs() < 1e-9, "{other:?}");
        // Without values any literal may be the most frequent one.
        let stats = column(r#"{"distinct": 12, "most_common": [{"share": 0.5}, {"share": 0.2}]}"#);
        let any = known(&stats).equal(Some("b")).expect("known");
        assert!((any.high - 0.5).abs() < 1e-9 && any.likely < 0.1, "{any:?}");
        // With the count alone it may be nearly all.
        let stats = column(r#"{"distinct": 12}"#);
        let any = known(&stats).equal(Some("b")).expect("known");
        assert_eq!((any.low, any.high, any.basis), (0.0, 0.95, Basis::Distinct));
        // A key has each value once.
        let stats = column(r#"{"distinct": 1000000, "null_share": 0}"#);
        let one = known(&stats).equal(Some("7")).expect("known");
        assert_eq!((one.low, one.high), (1e-6, 1e-6));
        assert_eq!(known(ColumnStats::UNKNOWN).equal(Some("b")), None);
    }

    #[test]
    fn texts_have_ranges_by_their_histogram() {
        let stats = column(
            r#"{"null_share": 0, "histogram": ["a", "b", "c", "d", "e"],
                "most_common": [{"value": "bb", "share": 0.2}]}"#,
        );
        let of = Known {
            text: true,
            ..known(&stats)
        };
        let from_c = of.between(edge("c", true), None).expect("known");
        assert!(
            (from_c.likely - 0.4).abs() < 1e-9 && from_c.low == from_c.high,
            "{from_c:?}"
        );
        let like = of.like("b%").expect("known");
        // The common value, and one bucket of four of the rest.
        assert!((like.likely - (0.2 + 0.8 / 4.0)).abs() < 1e-9, "{like:?}");
        let inside = of.like("%x%").expect("known");
        assert!(inside.likely < 0.05 && inside.high > 0.7, "{inside:?}");
        assert!((of.like("b_").expect("known").low - 0.2).abs() < 1e-9);
        assert_eq!(of.like("bb").expect("known").likely, 0.2);
        assert_eq!(of.like("%").expect("known").likely, 1.0);
        assert_eq!(
            Known {
                text: true,
                ..known(ColumnStats::UNKNOWN)
            }
            .like("b%"),
            None
        );
    }

    #[test]
    fn common_values_meet_in_a_join() {
        let a = column(
            r#"{"distinct": 100, "null_share": 0, "most_common": [{"value": 1, "share": 0.5}]}"#,
        );
        let b = column(
            r#"{"distinct": 10, "null_share": 0.5, "most_common": [{"value": "1", "share": 0.3}]}"#,
        );
        let share = known(&a).joined(&known(&b)).expect("known");
        assert!(
            (share - (0.5 * 0.3 + 0.5 * 0.2 / 99.0)).abs() < 1e-9,
            "{share}"
        );
        let plain = column(r#"{"distinct": 10, "null_share": 0.5}"#);
        let share = known(&a).joined(&known(&plain)).expect("known");
        assert!((share - 0.5 / 100.0).abs() < 1e-9, "{share}");
        assert_eq!(
            known(ColumnStats::UNKNOWN).joined(&known(ColumnStats::UNKNOWN)),
            None
        );
    }
}
