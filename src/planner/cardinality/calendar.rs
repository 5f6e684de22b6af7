//! Conditions on a part of a date, as the range of dates that they leave:
//! `EXTRACT(YEAR FROM d) = 2012`, `DATE_TRUNC('month', d) = '2012-05-01'`, `d::date = …`.

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};

use crate::planner::logical::expr::{Expr, LiteralKind};
use crate::planner::logical::operator::BinaryOp;
use crate::schema::DataType;

use super::range::literal_text;

/// The same condition on the column itself, if it is one on a part of a date.
pub(super) fn as_range(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Expr> {
    let value = literal_text(right)?;
    let (column, start, after) = match left {
        Expr::Function { name, args } => match (name.as_str(), args.as_slice()) {
            ("date_part" | "datepart", [part, column]) if is_year(part) => years(column, value)?,
            ("date_part_year", [column]) => years(column, value)?,
            ("date_trunc", [unit, column]) => {
                let start = time(value)?;
                let length = one(literal_text(unit)?)?;
                (column, start, start.checked_add(length).ok()?)
            }
            ("trunc", [column]) => days(column, value)?,
            _ => return None,
        },
        Expr::Cast {
            operand,
            to: DataType::Date,
        } => days(operand, value)?,
        _ => return None,
    };
    column.as_column()?;
    let side = |op: BinaryOp, time: DateTime| Expr::Binary {
        op,
        left: Box::new(column.clone()),
        right: Box::new(Expr::Literal {
            text: time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            kind: LiteralKind::Text,
        }),
    };
    Some(match op {
        BinaryOp::Equal => Expr::And(vec![
            side(BinaryOp::GreaterOrEqual, start),
            side(BinaryOp::Less, after),
        ]),
        BinaryOp::NotEqual => Expr::Or(vec![
            side(BinaryOp::Less, start),
            side(BinaryOp::GreaterOrEqual, after),
        ]),
        BinaryOp::Less => side(BinaryOp::Less, start),
        BinaryOp::LessOrEqual => side(BinaryOp::Less, after),
        BinaryOp::Greater => side(BinaryOp::GreaterOrEqual, after),
        BinaryOp::GreaterOrEqual => side(BinaryOp::GreaterOrEqual, start),
        _ => return None,
    })
}

fn is_year(part: &Expr) -> bool {
    literal_text(part).is_some_and(|part| matches!(part, "year" | "years" | "y" | "yr" | "yrs"))
}

fn time(text: &str) -> Option<DateTime> {
    let date = || Some(text.parse::<Date>().ok()?.at(0, 0, 0, 0));
    text.parse().ok().or_else(date)
}

/// A date part as the span from one start to the next.
fn one(unit: &str) -> Option<Span> {
    Some(match unit {
        "year" | "y" | "yr" => 1.year(),
        "quarter" | "qtr" | "q" => 3.months(),
        "month" | "mon" => 1.month(),
        "week" | "w" => 1.week(),
        "day" | "d" => 1.day(),
        "hour" | "h" | "hr" => 1.hour(),
        _ => return None,
    })
}

fn years<'e>(column: &'e Expr, year: &str) -> Option<(&'e Expr, DateTime, DateTime)> {
    let start = Date::new(year.parse().ok()?, 1, 1).ok()?.at(0, 0, 0, 0);
    Some((column, start, start.checked_add(1.year()).ok()?))
}

fn days<'e>(column: &'e Expr, day: &str) -> Option<(&'e Expr, DateTime, DateTime)> {
    let start = time(day)?.date().at(0, 0, 0, 0);
    Some((column, start, start.checked_add(1.day()).ok()?))
}
