//! GROUP BY as sets of keys.

use super::expr::{Expr, LiteralKind};
use super::operator::BinaryOp;

/// The keys of a GROUP BY, and the sets of them by which rows are grouped.
#[derive(Debug, Clone, Default)]
pub(crate) struct GroupBy {
    /// All keys.
    pub keys: Vec<Expr>,
    /// Indexes into `keys`, set by set, where there is more to it than one set of all keys:
    /// GROUPING SETS, CUBE, ROLLUP.
    pub sets: Vec<Vec<usize>>,
}

impl GroupBy {
    /// One set of all keys.
    pub(crate) fn plain(keys: Vec<Expr>) -> Self {
        Self {
            keys,
            sets: Vec::new(),
        }
    }
}

/// Whether it is `GROUPING(…)`, or `GROUPING_ID(…)`, its alias.
pub(crate) fn is_grouping(expr: &Expr) -> bool {
    matches!(expr, Expr::Function { name, .. } if name == "grouping" || name == "grouping_id")
}

/// What a GROUPING is in the rows of one set: a bit for each argument, 1 where the set lacks
/// it (Amazon Redshift Database Developer Guide: Aggregation extensions). `None` for all else.
pub(crate) fn value_in(expr: &Expr, set: &[Expr]) -> Option<Expr> {
    let Expr::Function { args, .. } = expr else {
        return None;
    };
    if !is_grouping(expr) {
        return None;
    }
    // Shifted out is what no set can tell apart: it has fewer keys than a bigint has bits.
    let bit = |arg: &Expr| u64::from(!set.contains(arg));
    let bits = args.iter().fold(0u64, |bits, arg| bits << 1 | bit(arg));
    Some(Expr::Literal {
        text: bits.to_string(),
        kind: LiteralKind::Number,
    })
}

/// Whether a condition of HAVING keeps all groups of a set, or none, where that follows from
/// the set alone: GROUPING is a number there, and a key that it lacks is NULL.
pub(crate) fn decided(condition: &Expr) -> Option<bool> {
    match condition {
        Expr::And(parts) => {
            let parts: Vec<Option<bool>> = parts.iter().map(decided).collect();
            if parts.contains(&Some(false)) {
                return Some(false);
            }
            parts.iter().all(|part| *part == Some(true)).then_some(true)
        }
        Expr::Or(parts) => {
            let parts: Vec<Option<bool>> = parts.iter().map(decided).collect();
            if parts.contains(&Some(true)) {
                return Some(true);
            }
            parts
                .iter()
                .all(|part| *part == Some(false))
                .then_some(false)
        }
        Expr::IsNull { operand, negated } if operand.is_null() => Some(!negated),
        Expr::InList {
            operand,
            items,
            negated,
        } => {
            if operand.is_null() {
                return Some(false);
            }
            let operand = operand.number::<f64>()?;
            let items: Option<Vec<f64>> = items.iter().map(Expr::number).collect();
            Some(items?.contains(&operand) != *negated)
        }
        Expr::Binary { left, right, .. } if left.is_null() || right.is_null() => Some(false),
        Expr::Binary { op, left, right } => {
            let (left, right) = (left.number::<f64>()?, right.number::<f64>()?);
            Some(match op {
                BinaryOp::Equal => left == right,
                BinaryOp::NotEqual => left != right,
                BinaryOp::Less => left < right,
                BinaryOp::LessOrEqual => left <= right,
                BinaryOp::Greater => left > right,
                BinaryOp::GreaterOrEqual => left >= right,
                _ => return None,
            })
        }
        _ => None,
    }
}
