//! Constants worked out before planning, as Redshift does before it prints a plan:
//! `dateadd('year', 1, '1994-01-01'::date)` is a timestamp, `0.06 + 0.01` a number.

use jiff::Span;
use jiff::civil::{Date, DateTime};

use crate::planner::logical::expr::{Expr, LiteralKind};
use crate::planner::logical::operator::BinaryOp;
use crate::schema::DataType;

/// The constant that an expression comes to, or the expression. Its parts are
/// folded already.
pub(super) fn fold(expr: Expr) -> Expr {
    let folded = match &expr {
        Expr::Function { name, args } if name == "dateadd" || name == "date_add" => dateadd(args),
        _ => None,
    };
    folded.unwrap_or(expr)
}

fn dateadd(args: &[Expr]) -> Option<Expr> {
    let [unit, amount, from] = args else {
        return None;
    };
    let (Expr::Literal { text: unit, .. }, Some(amount)) = (unit, number(amount)) else {
        return None;
    };
    let from = moment(from)?;
    if amount.fract() != 0.0 || amount.abs() > 1e6 {
        return None;
    }
    let to = from.checked_add(span(unit, amount as i64)?).ok()?;
    Some(Expr::Cast {
        operand: Box::new(Expr::Literal {
            text: to.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            kind: LiteralKind::Text,
        }),
        to: DataType::Timestamp,
    })
}

/// A date part and a count as a span.
fn span(unit: &str, amount: i64) -> Option<Span> {
    let span = match unit.to_lowercase().trim_end_matches('s') {
        "year" | "y" | "yr" => Span::new().try_years(amount),
        "quarter" | "qtr" | "q" => Span::new().try_months(amount.checked_mul(3)?),
        "month" | "mon" => Span::new().try_months(amount),
        "week" | "w" => Span::new().try_weeks(amount),
        "day" | "d" => Span::new().try_days(amount),
        "hour" | "h" | "hr" => Span::new().try_hours(amount),
        "minute" | "m" | "min" => Span::new().try_minutes(amount),
        "second" | "sec" => Span::new().try_seconds(amount),
        _ => return None,
    };
    span.ok()
}

/// A date or timestamp constant.
fn moment(expr: &Expr) -> Option<DateTime> {
    let Expr::Cast { operand, to } = expr else {
        return None;
    };
    let Expr::Literal { text, .. } = operand.as_ref() else {
        return None;
    };
    match to {
        DataType::Date => Some(
            text.trim()
                .parse::<Date>()
                .ok()?
                .to_datetime(jiff::civil::Time::midnight()),
        ),
        DataType::Timestamp => text.trim().parse::<DateTime>().ok(),
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Literal {
            text,
            kind: LiteralKind::Number,
        } => text.parse().ok(),
        _ => None,
    }
}

/// Sums and differences of decimal constants, exact to the digits they have.
pub(super) fn arithmetic(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Expr> {
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
    fn months_end_where_they_end() {
        let date = |text: &str| Expr::Cast {
            operand: Box::new(Expr::Literal {
                text: text.to_owned(),
                kind: LiteralKind::Text,
            }),
            to: DataType::Date,
        };
        let literal = |text: &str, kind| Expr::Literal {
            text: text.to_owned(),
            kind,
        };
        let added = |unit: &str, n: &str, from: &str| {
            let args = vec![
                literal(unit, LiteralKind::Text),
                literal(n, LiteralKind::Number),
                date(from),
            ];
            let folded = fold(Expr::Function {
                name: "dateadd".to_owned(),
                args,
            });
            match folded {
                Expr::Cast { operand, .. } => match *operand {
                    Expr::Literal { text, .. } => text,
                    _ => String::new(),
                },
                _ => String::new(),
            }
        };
        assert_eq!(added("month", "1", "2024-01-31"), "2024-02-29 00:00:00");
        assert_eq!(added("day", "-90", "1998-12-01"), "1998-09-02 00:00:00");
        assert_eq!(added("fortnight", "1", "1998-12-01"), "");
    }

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
