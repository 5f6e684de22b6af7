//! How many rows and distinct values: from statistics, else documented defaults
//! with the range that they may be wrong by.

use crate::schema::DataType;
use crate::stats::number_of_text;
use crate::thresholds::DEFAULT_DISTINCT;
use crate::work::RowRange;

use crate::planner::logical::columns::Columns;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind};
use crate::planner::logical::operator::BinaryOp;

/// Share of rows for `=` without statistics: one of [`DEFAULT_DISTINCT`].
const DEFAULT_EQUAL: f64 = 1.0 / DEFAULT_DISTINCT;
/// Share of rows for `<` or `>` without statistics (PostgreSQL's default).
const DEFAULT_INEQUALITY: f64 = 1.0 / 3.0;
/// Share of rows for a range closed on both sides, for LIKE, for IS NULL and for
/// filters on a function of a column (PostgreSQL's default; also read back).
const DEFAULT_NARROW: f64 = 0.005;
/// A share that nothing is known of lies between these in nine of ten cases, if
/// every share is as likely as any other.
const UNKNOWN_SHARE: (f64, f64) = (0.05, 0.95);

/// The share of rows that a predicate lets pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    /// What the planner reckons with, and prints.
    pub likely: f64,
    /// What the work is reckoned with: as likely too low as too high.
    pub expected: f64,
    pub low: f64,
    pub high: f64,
}

impl Share {
    fn known(share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        Self {
            likely: share,
            expected: share,
            low: share,
            high: share,
        }
    }

    fn default(share: f64, low: f64, high: f64) -> Self {
        Self {
            likely: share,
            expected: share,
            low: low.min(share),
            high: high.max(share),
        }
    }

    fn and(self, other: Share) -> Share {
        Share {
            likely: self.likely * other.likely,
            expected: self.expected * other.expected,
            low: self.low * other.low,
            high: self.high.min(other.high),
        }
    }

    fn or(self, other: Share) -> Share {
        let either = |a: f64, b: f64| a + b - a * b;
        Share {
            likely: either(self.likely, other.likely),
            expected: either(self.expected, other.expected),
            low: self.low.max(other.low),
            high: either(self.high, other.high),
        }
    }

    fn not(self) -> Share {
        Share {
            likely: 1.0 - self.likely,
            expected: 1.0 - self.expected,
            low: 1.0 - self.high,
            high: 1.0 - self.low,
        }
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
    /// The share of rows that a conjunction lets pass.
    pub(crate) fn share_of_all(&self, conjuncts: &[Expr]) -> Share {
        let mut share = Share::known(1.0);
        let mut ranges: Vec<(ColumnId, Bounds)> = Vec::new();
        for conjunct in conjuncts {
            let Some((column, bounds)) = as_bounds(conjunct) else {
                share = share.and(self.share(conjunct));
                continue;
            };
            match ranges.iter_mut().find(|(known, _)| *known == column) {
                Some((_, known)) => known.narrow(bounds),
                None => ranges.push((column, bounds)),
            }
        }
        for (column, bounds) in ranges {
            share = share.and(self.share_between(column, bounds));
        }
        share
    }

    /// The share of rows that one predicate lets pass.
    pub(crate) fn share(&self, predicate: &Expr) -> Share {
        match predicate {
            Expr::And(parts) => self.share_of_all(parts),
            Expr::Or(parts) => parts
                .iter()
                .map(|part| self.share(part))
                .reduce(Share::or)
                .unwrap_or(Share::known(1.0)),
            Expr::Not(operand) => self.share(operand).not(),
            Expr::Pattern { negated, .. } => {
                let share = Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1);
                if *negated { share.not() } else { share }
            }
            Expr::IsNull { operand, negated } => {
                let share = self.share_null(operand);
                if *negated { share.not() } else { share }
            }
            Expr::InList {
                operand,
                items,
                negated,
            } => {
                let share = self.share_equal(operand, items.len() as f64);
                if *negated { share.not() } else { share }
            }
            Expr::Binary { op, left, right } => self.share_compared(*op, left, right),
            Expr::Literal {
                text,
                kind: LiteralKind::Boolean,
            } => Share::known(if text == "true" { 1.0 } else { 0.0 }),
            Expr::Column(_) => Share::default(0.5, UNKNOWN_SHARE.0, UNKNOWN_SHARE.1),
            _ => Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1),
        }
    }

    fn share_compared(&self, op: BinaryOp, left: &Expr, right: &Expr) -> Share {
        let (operand, other) = match (left.is_constant(), right.is_constant()) {
            (true, false) => (right, left),
            _ => (left, right),
        };
        match op {
            BinaryOp::Equal if other.is_constant() => self.share_equal(operand, 1.0),
            BinaryOp::NotEqual if other.is_constant() => self.share_equal(operand, 1.0).not(),
            BinaryOp::Equal => Share::default(DEFAULT_EQUAL, 0.0, UNKNOWN_SHARE.1),
            BinaryOp::NotEqual => Share::default(DEFAULT_EQUAL, 0.0, UNKNOWN_SHARE.1).not(),
            op if op.is_range() => match as_bounds_of(op, left, right) {
                Some((column, bounds)) => self.share_between(column, bounds),
                None if operand.as_column().is_some() => {
                    Share::default(DEFAULT_INEQUALITY, UNKNOWN_SHARE.0, UNKNOWN_SHARE.1)
                }
                None => Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1),
            },
            _ => Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1),
        }
    }

    /// `column = value` or `column IN (values)`.
    fn share_equal(&self, operand: &Expr, values: f64) -> Share {
        let Some(id) = operand.as_column() else {
            return Share::default((DEFAULT_NARROW * values).min(1.0), 0.0, UNKNOWN_SHARE.1);
        };
        let column = self.get(id);
        if let Some(share) = column.stats.and_then(|stats| stats.share_equal(values)) {
            return Share::known(share);
        }
        if let Some(distinct) = column.distinct {
            return Share::known(values / distinct.max(1.0));
        }
        let most = self.most_distinct(id, 1e9).max(2.0);
        // Half of the rows at most, or no choice would be left to the data.
        let share = Share::default(
            (DEFAULT_EQUAL * values).min(0.5),
            values / most,
            (values * most.powf(-UNKNOWN_SHARE.0)).min(UNKNOWN_SHARE.1),
        );
        Share {
            expected: (values / most.sqrt()).min(0.5),
            ..share
        }
    }

    fn share_null(&self, operand: &Expr) -> Share {
        let nulls = operand
            .as_column()
            .and_then(|id| self.get(id).stats)
            .and_then(|stats| stats.null_share);
        match nulls {
            Some(share) => Share::known(share),
            None => Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1),
        }
    }

    fn share_between(&self, id: ColumnId, bounds: Bounds) -> Share {
        let column = self.get(id);
        let known = column
            .stats
            .and_then(|stats| stats.share_between(bounds.low, bounds.high));
        if let (Some(share), false) = (known, bounds.unknown) {
            return Share::known(share);
        }
        let default = match bounds.sides {
            2.. => DEFAULT_NARROW,
            _ => DEFAULT_INEQUALITY,
        };
        Share::default(default, 0.0, UNKNOWN_SHARE.1)
    }

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

    /// Groups of these keys among so many rows: printed, and the range around it.
    /// Unknown distinct counts are taken as 200, as Redshift does, for the print;
    /// for the work as anything between 1 and the most that type and rows allow,
    /// every order of magnitude as likely as any other.
    pub(crate) fn groups(&self, keys: &[Expr], rows: f64) -> (f64, RowRange) {
        let mut printed = 1.0;
        let (mut likely, mut low, mut high) = (1.0, 1.0, 1.0);
        for key in keys {
            let known = match key {
                key if key.is_constant() => Some(1.0),
                key => key.as_column().and_then(|id| self.get(id).distinct),
            };
            if let Some(distinct) = known {
                printed *= distinct;
                likely *= distinct;
                low *= distinct;
                high *= distinct;
                continue;
            }
            let most = key
                .columns()
                .map(|id| self.most_distinct(id, rows))
                .product::<f64>()
                .min(rows.max(1.0));
            printed *= DEFAULT_DISTINCT.min(most);
            likely *= most.sqrt();
            low *= most.powf(UNKNOWN_SHARE.0);
            high *= most.powf(UNKNOWN_SHARE.1);
        }
        let cap = |n: f64| n.min(rows).max(1.0);
        let printed = cap(printed);
        let range = RowRange {
            likely: cap(likely) / printed,
            low: cap(low) / printed,
            high: cap(high) / printed,
        };
        (printed, range)
    }
}

/// Bounds on a column.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    low: Option<f64>,
    high: Option<f64>,
    /// How many bounds there are.
    sides: u8,
    /// Whether a bound is a value that is known at run time only.
    unknown: bool,
}

impl Bounds {
    fn narrow(&mut self, other: Bounds) {
        let pick = |a: Option<f64>, b: Option<f64>, f: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(f(a, b)),
            (a, b) => a.or(b),
        };
        self.low = pick(self.low, other.low, f64::max);
        self.high = pick(self.high, other.high, f64::min);
        self.sides = self.sides.saturating_add(other.sides);
        self.unknown |= other.unknown;
    }
}

/// The bounds that `column < value` and its kin set.
fn as_bounds(predicate: &Expr) -> Option<(ColumnId, Bounds)> {
    let Expr::Binary { op, left, right } = predicate else {
        return None;
    };
    as_bounds_of(*op, left, right)
}

fn as_bounds_of(op: BinaryOp, left: &Expr, right: &Expr) -> Option<(ColumnId, Bounds)> {
    let (column, value, upper) = match (left.as_column(), right.as_column()) {
        (Some(column), None) => (column, right, op.is_upper()),
        (None, Some(column)) => (column, left, op.is_range() && !op.is_upper()),
        _ => return None,
    };
    if !op.is_range() || !value.is_constant() {
        return None;
    }
    let number = literal_number(value);
    let mut bounds = Bounds {
        sides: 1,
        unknown: number.is_none(),
        ..Bounds::default()
    };
    match upper {
        true => bounds.high = number,
        false => bounds.low = number,
    }
    Some((column, bounds))
}

/// The number that a literal stands for; dates in days.
pub(crate) fn literal_number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal { text, .. } => number_of_text(text),
        Expr::Cast { operand, .. } => literal_number(operand),
        _ => None,
    }
}
