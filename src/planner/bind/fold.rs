//! Constants worked out before planning, as Redshift does before it prints a plan:
//! `dateadd('year', 1, '1994-01-01'::date)` is a timestamp, `0.06 + 0.01` a number.

use jiff::civil::Date;

use super::moment::Moment;
use crate::planner::logical::expr::{Expr, LiteralKind};
use crate::planner::logical::operator::BinaryOp;

/// The constant that an expression comes to, or the expression. Its parts are
/// folded already. Redshift takes the time for a constant too, and prints it so: without a day
/// for today it stays what it is.
pub(super) fn fold(expr: Expr, today: Option<Date>) -> Expr {
    let folded = match &expr {
        Expr::Function { name, args } if args.is_empty() => {
            today.and_then(|today| Some(Moment::now(name, today)?.expr()))
        }
        Expr::Function { name, args } => Moment::called(name, args),
        Expr::Cast { .. } => Moment::of(&expr).map(Moment::expr),
        _ => None,
    };
    folded.unwrap_or(expr)
}

/// What an operator makes of two constants.
pub(super) fn computed(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Expr> {
    arithmetic(op, left, right).or_else(|| Moment::computed(op, left, right))
}

/// Sums and differences of decimal constants, exact to the digits they have.
fn arithmetic(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Expr> {
    let sign = match op {
        BinaryOp::Plus => 1,
        BinaryOp::Minus => -1,
        _ => return None,
    };
    let (
        Expr::Literal {
            text: a,
            kind: LiteralKind::Number,
        },
        Expr::Literal {
            text: b,
            kind: LiteralKind::Number,
        },
    ) = (left, right)
    else {
        return None;
    };
    let (a, b) = (decimal(a)?, decimal(b)?);
    let digits = a.1.max(b.1);
    let scaled = |(value, own): (i64, u32)| value.checked_mul(10i64.checked_pow(digits - own)?);
    let sum = scaled(a)?.checked_add(scaled(b)?.checked_mul(sign)?)?;
    let text = match digits {
        0 => sum.to_string(),
        _ => {
            let power = 10i64.checked_pow(digits)?;
            let minus = if sum < 0 { "-" } else { "" };
            let (whole, part) = (sum.abs() / power, sum.abs() % power);
            format!("{minus}{whole}.{part:0width$}", width = digits as usize)
        }
    };
    Some(Expr::Literal {
        text,
        kind: LiteralKind::Number,
    })
}

/// `12.50` as 1250 and 2 digits.
fn decimal(text: &str) -> Option<(i64, u32)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = u32::try_from(part.len())
        .ok()
        .filter(|digits| *digits <= 12)?;
    Some((format!("{whole}{part}").parse().ok()?, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_digits() {
        let sum = |a: &str, op: BinaryOp, b: &str| {
            let literal = |text: &str| Expr::Literal {
                text: text.to_owned(),
                kind: LiteralKind::Number,
            };
            match arithmetic(op, &literal(a), &literal(b)) {
                Some(Expr::Literal { text, .. }) => text,
                _ => String::new(),
            }
        };
        assert_eq!(sum(".06", BinaryOp::Minus, "0.01"), "0.05");
        assert_eq!(sum("1", BinaryOp::Plus, "2"), "3");
        assert_eq!(sum("0.1", BinaryOp::Minus, "0.25"), "-0.15");
    }
}
