//! The bounds that conditions set on a column.

use std::cmp::Ordering;

use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind};
use crate::planner::logical::operator::BinaryOp;
use crate::stats::{Edge, Known, number_of_text};

/// Bounds on a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Bounds {
    low: Option<Bound>,
    high: Option<Bound>,
    /// How many bounds there are.
    pub sides: u8,
    /// Whether a bound is a value that is known at run time only.
    pub unknown: bool,
}

/// A bound.
#[derive(Debug, Clone, PartialEq)]
struct Bound {
    value: String,
    inclusive: bool,
}

impl Bound {
    fn edge(&self) -> Edge<'_> {
        Edge {
            value: &self.value,
            inclusive: self.inclusive,
        }
    }
}

impl Bounds {
    /// The lower bound.
    pub(super) fn low(&self) -> Option<Edge<'_>> {
        self.low.as_ref().map(Bound::edge)
    }

    /// The upper bound.
    pub(super) fn high(&self) -> Option<Edge<'_>> {
        self.high.as_ref().map(Bound::edge)
    }

    /// Both hold.
    pub(super) fn narrow(&mut self, other: Bounds, of: Known<'_>) {
        self.low = tighter(self.low.take(), other.low, of, Ordering::Greater);
        self.high = tighter(self.high.take(), other.high, of, Ordering::Less);
        self.sides = self.sides.saturating_add(other.sides);
        self.unknown |= other.unknown;
    }

    /// Whether no value lies within both; certain only where all bounds are known.
    pub(super) fn excludes(&self, other: &Bounds, of: Known<'_>) -> bool {
        let above = |low: &Option<Bound>, high: &Option<Bound>| {
            let (Some(low), Some(high)) = (low, high) else {
                return false;
            };
            match order(&low.value, &high.value, of) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => !(low.inclusive && high.inclusive),
                _ => false,
            }
        };
        let known = !self.unknown && !other.unknown;
        known && (above(&self.low, &other.high) || above(&other.low, &self.high))
    }
}

/// The tighter of two bounds: the one that is `wanted` beside the other.
fn tighter(a: Option<Bound>, b: Option<Bound>, of: Known<'_>, wanted: Ordering) -> Option<Bound> {
    let (Some(a), Some(b)) = (&a, &b) else {
        return a.or(b);
    };
    Some(match order(&a.value, &b.value, of) {
        Some(Ordering::Equal) if a.inclusive => b.clone(),
        Some(Ordering::Equal) => a.clone(),
        Some(found) if found == wanted => a.clone(),
        _ => b.clone(),
    })
}

fn order(a: &str, b: &str, of: Known<'_>) -> Option<Ordering> {
    match of.text {
        true => Some(a.as_bytes().cmp(b.as_bytes())),
        false => number_of_text(a)?.partial_cmp(&number_of_text(b)?),
    }
}

/// The bounds that `column < value` and its kin set.
pub(super) fn as_bounds(predicate: &Expr) -> Option<(ColumnId, Bounds)> {
    let Expr::Binary { op, left, right } = predicate else {
        return None;
    };
    let (column, value, upper) = match (left.as_column(), right.as_column()) {
        (Some(column), None) => (column, right, op.is_upper()),
        (None, Some(column)) => (column, left, op.is_range() && !op.is_upper()),
        _ => return None,
    };
    if !op.is_range() || !value.is_constant() {
        return None;
    }
    let inclusive = matches!(op, BinaryOp::LessOrEqual | BinaryOp::GreaterOrEqual);
    let bound = literal_text(value).map(|value| Bound {
        value: value.to_owned(),
        inclusive,
    });
    let mut bounds = Bounds {
        sides: 1,
        unknown: bound.is_none(),
        ..Bounds::default()
    };
    match upper {
        true => bounds.high = bound,
        false => bounds.low = bound,
    }
    Some((column, bounds))
}

/// The text of a literal, perhaps under a cast; `None` for what is known at run time only.
pub(super) fn literal_text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal {
            text,
            kind: LiteralKind::Number | LiteralKind::Text | LiteralKind::Boolean,
        } => Some(text),
        Expr::Cast { operand, .. } => literal_text(operand),
        _ => None,
    }
}
