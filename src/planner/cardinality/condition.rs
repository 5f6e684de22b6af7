//! The share of rows that a condition lets pass: from statistics, else documented defaults with
//! the range that they may be wrong by.

use crate::planner::logical::columns::Columns;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind, PatternKind};
use crate::planner::logical::operator::BinaryOp;
use crate::stats::{Basis, UNKNOWN_SHARE};
use crate::thresholds::DEFAULT_DISTINCT;

use super::calendar;
use super::range::{Bounds, as_bounds, literal_text};
use super::share::Share;

/// Share of rows for `=` without statistics: one of [`DEFAULT_DISTINCT`].
const DEFAULT_EQUAL: f64 = 1.0 / DEFAULT_DISTINCT;
/// Share of rows for `<` or `>` without statistics (PostgreSQL's default).
const DEFAULT_INEQUALITY: f64 = 1.0 / 3.0;
/// Share of rows for a range closed on both sides, for LIKE, for IS NULL and for
/// filters on a function of a column (PostgreSQL's default; also read back).
pub(super) const DEFAULT_NARROW: f64 = 0.005;
/// Ranges joined by OR that are held against each other; more are taken as independent.
const MOST_RANGES: usize = 64;

impl Columns<'_> {
    /// The share of rows that a conjunction lets pass.
    pub(crate) fn share_of_all(&self, conjuncts: &[Expr]) -> Share {
        let parts: Vec<&Expr> = conjuncts.iter().collect();
        self.all_of(&parts, false)
    }

    /// The share of rows that one predicate lets pass.
    pub(crate) fn share(&self, predicate: &Expr) -> Share {
        self.passing(predicate, false)
    }

    /// The share of rows that a condition, or its negation, lets pass: neither does for NULL.
    fn passing(&self, predicate: &Expr, negated: bool) -> Share {
        match predicate {
            Expr::Not(operand) => self.passing(operand, !negated),
            Expr::And(parts) | Expr::Or(parts) => {
                let parts: Vec<&Expr> = parts.iter().collect();
                // NOT (a AND b) is NOT a OR NOT b.
                match matches!(predicate, Expr::And(_)) != negated {
                    true => self.all_of(&parts, negated),
                    false => self.any_of(&parts, negated),
                }
            }
            Expr::Pattern {
                kind,
                negated: not,
                operand,
                pattern,
            } => {
                let known = match (kind, operand.as_column(), literal_text(pattern)) {
                    (PatternKind::Like, Some(id), Some(pattern)) => self.known(id).like(pattern),
                    _ => None,
                };
                let share = known.map_or_else(
                    || Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1),
                    Share::from,
                );
                self.or_others(operand, share, *not != negated)
            }
            Expr::IsNull {
                operand,
                negated: not,
            } => {
                let share = self.share_null(operand);
                if *not != negated { share.not() } else { share }
            }
            Expr::InList {
                operand,
                items,
                negated: not,
            } => {
                let items: Vec<&Expr> = items.iter().collect();
                let share = self.share_equal(operand, &items);
                self.or_others(operand, share, *not != negated)
            }
            Expr::Binary { op, left, right } => self.compared(*op, left, right, negated),
            Expr::Literal {
                text,
                kind: LiteralKind::Boolean,
            } => Share::known(f64::from(u8::from((text == "true") != negated))),
            Expr::Column(id) => {
                let value = if negated { "false" } else { "true" };
                let known = self.known(*id).equal(Some(value));
                let known = known.filter(|known| known.basis != Basis::Distinct);
                known.map_or_else(
                    || Share::default(0.5, UNKNOWN_SHARE.0, UNKNOWN_SHARE.1),
                    Share::from,
                )
            }
            _ => {
                let share = Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1);
                if negated { share.not() } else { share }
            }
        }
    }

    /// All of some conditions, or of their negations, hold.
    fn all_of(&self, parts: &[&Expr], negated: bool) -> Share {
        let mut share = Share::known(1.0);
        let mut ranges: Vec<(ColumnId, Bounds)> = Vec::new();
        for part in parts {
            let Some((column, bounds)) = turned(part, negated).as_ref().and_then(as_bounds) else {
                share = share.and(self.passing(part, negated));
                continue;
            };
            match ranges.iter_mut().find(|(known, _)| *known == column) {
                Some((_, known)) => known.narrow(bounds, self.known(column)),
                None => ranges.push((column, bounds)),
            }
        }
        for (column, bounds) in ranges {
            share = share.and(self.share_between(column, &bounds));
        }
        share
    }

    /// One of some conditions, or of their negations, holds.
    fn any_of(&self, parts: &[&Expr], negated: bool) -> Share {
        let shares = parts.iter().map(|part| self.passing(part, negated));
        match self.exclude_each_other(parts, negated) {
            true => shares.reduce(Share::plus),
            false => shares.reduce(Share::or),
        }
        .unwrap_or(Share::known(1.0))
    }

    /// Whether never two of some conditions hold: ranges of one column apart from each other.
    fn exclude_each_other(&self, parts: &[&Expr], negated: bool) -> bool {
        if parts.len() > MOST_RANGES {
            return false;
        }
        let mut ranges: Vec<(ColumnId, Bounds)> = Vec::new();
        for part in parts {
            let Some((column, bounds)) = self.as_range(part, negated) else {
                return false;
            };
            let of = self.known(column);
            let apart = |(other, others): &(ColumnId, Bounds)| {
                *other == column && others.excludes(&bounds, of)
            };
            if !ranges.iter().all(apart) {
                return false;
            }
            ranges.push((column, bounds));
        }
        true
    }

    /// The range of one column that a condition leaves, if it does no more than that.
    fn as_range(&self, part: &Expr, negated: bool) -> Option<(ColumnId, Bounds)> {
        let Expr::And(parts) = part else {
            return as_bounds(&turned(part, negated)?);
        };
        if negated {
            return None;
        }
        let mut all = parts.iter().map(as_bounds);
        let (column, mut bounds) = all.next()??;
        for next in all {
            let (other, more) = next?;
            if other != column {
                return None;
            }
            bounds.narrow(more, self.known(column));
        }
        Some((column, bounds))
    }

    fn compared(&self, op: BinaryOp, left: &Expr, right: &Expr, negated: bool) -> Share {
        let (operand, other) = match (left.is_constant(), right.is_constant()) {
            (true, false) => (right, left),
            _ => (left, right),
        };
        if left.is_null() || right.is_null() {
            return Share::known(0.0);
        }
        // The planner does not see through it, and prints its default; the data do.
        if let Some(range) = calendar::as_range(op, left, right) {
            let share = self.passing(&range, negated);
            let default = Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1);
            let printed = match (op == BinaryOp::NotEqual) != negated {
                true => default.not(),
                false => default,
            };
            return match share.basis {
                Basis::Default => printed,
                _ => Share {
                    likely: printed.likely,
                    ..share
                },
            };
        }
        match op {
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let share = match other.is_constant() {
                    true => self.share_equal(operand, &[other]),
                    false => Share::default(DEFAULT_EQUAL, 0.0, UNKNOWN_SHARE.1),
                };
                self.or_others(operand, share, (op == BinaryOp::NotEqual) != negated)
            }
            op if op.is_range() => {
                let predicate = Expr::Binary {
                    op: if negated { op.opposite() } else { op },
                    left: Box::new(left.clone()),
                    right: Box::new(right.clone()),
                };
                match as_bounds(&predicate) {
                    Some((column, bounds)) => self.share_between(column, &bounds),
                    None if operand.as_column().is_some() => {
                        Share::default(DEFAULT_INEQUALITY, UNKNOWN_SHARE.0, UNKNOWN_SHARE.1)
                    }
                    None => Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1),
                }
            }
            _ => {
                let share = Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1);
                if negated { share.not() } else { share }
            }
        }
    }

    /// The share, or that of the other rows with a value.
    fn or_others(&self, operand: &Expr, share: Share, others: bool) -> Share {
        if !others {
            return share;
        }
        let all = match operand.as_column() {
            Some(id) => Share::from(self.known(id).not_nulls()),
            None => Share::known(1.0),
        };
        all.without(share)
    }

    /// `column = value` or `column IN (values)`.
    fn share_equal(&self, operand: &Expr, values: &[&Expr]) -> Share {
        let count = values.len() as f64;
        let Some(id) = operand.as_column() else {
            return Share::default((DEFAULT_NARROW * count).min(1.0), 0.0, UNKNOWN_SHARE.1);
        };
        let texts: Vec<Option<&str>> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| literal_text(value))
            .collect();
        if let Some(known) = self.known(id).one_of(&texts) {
            return known.into();
        }
        let most = self.most_distinct(id, 1e9).max(2.0);
        // Half of the rows at most, or no choice would be left to the data.
        let share = Share::default((DEFAULT_EQUAL * count).min(0.5), 0.0, UNKNOWN_SHARE.1);
        Share {
            expected: (count / most.sqrt()).min(0.5),
            ..share
        }
    }

    fn share_null(&self, operand: &Expr) -> Share {
        let Some(id) = operand.as_column() else {
            return Share::default(DEFAULT_NARROW, 0.0, UNKNOWN_SHARE.1);
        };
        let nulls = self.known(id).nulls();
        match nulls.basis {
            Basis::Default => Share::default(DEFAULT_NARROW.min(nulls.high), 0.0, nulls.high),
            _ => nulls.into(),
        }
    }

    fn share_between(&self, id: ColumnId, bounds: &Bounds) -> Share {
        let known = self.known(id).between(bounds.low(), bounds.high());
        if let (Some(known), false) = (known, bounds.unknown) {
            return known.into();
        }
        let default = match bounds.sides {
            2.. => DEFAULT_NARROW,
            _ => DEFAULT_INEQUALITY,
        };
        Share::default(default, 0.0, UNKNOWN_SHARE.1)
    }
}

/// A comparison by range, turned to its opposite where it is negated.
fn turned(part: &Expr, negated: bool) -> Option<Expr> {
    match part {
        Expr::Not(operand) => turned(operand, !negated),
        Expr::Binary { op, left, right } if op.is_range() => Some(Expr::Binary {
            op: if negated { op.opposite() } else { *op },
            left: left.clone(),
            right: right.clone(),
        }),
        _ => None,
    }
}
