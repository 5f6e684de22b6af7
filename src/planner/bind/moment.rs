//! Dates, times and intervals among constants: what arithmetic on them comes to. The calendar is
//! jiff's.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, ToSpan};

use crate::planner::logical::expr::{Expr, LiteralKind};
use crate::planner::logical::operator::BinaryOp;
use crate::schema::DataType;

use super::interval::Length;

/// A constant that is a date, a time or an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Moment {
    Date(Date),
    Timestamp(DateTime),
    Interval(Length),
}

impl Moment {
    /// The constant that an expression is.
    pub(super) fn of(expr: &Expr) -> Option<Self> {
        let Expr::Cast { operand, to } = expr else {
            return None;
        };
        if let Some(inner) = Self::of(operand) {
            return match (inner, to) {
                (Moment::Interval(_), _) => None,
                (moment, DataType::Date) => Some(Moment::Date(moment.time()?.date())),
                (moment, DataType::Timestamp) => moment.time().map(Moment::Timestamp),
                _ => None,
            };
        }
        let Expr::Literal {
            text,
            kind: LiteralKind::Text,
        } = operand.as_ref()
        else {
            return None;
        };
        let text = text.trim();
        let time = || {
            let date = || Some(text.parse::<Date>().ok()?.to_datetime(Time::midnight()));
            text.parse::<DateTime>().ok().or_else(date)
        };
        match to {
            DataType::Date => time().map(|time| Moment::Date(time.date())),
            DataType::Timestamp => time().map(Moment::Timestamp),
            DataType::IntervalYearToMonth | DataType::IntervalDayToSecond => {
                Length::read(text, None).map(Moment::Interval)
            }
            _ => None,
        }
    }

    /// The constant as an expression: a literal of its type.
    pub(super) fn expr(self) -> Expr {
        let (text, to) = match self {
            Moment::Date(date) => (date.strftime("%Y-%m-%d").to_string(), DataType::Date),
            Moment::Timestamp(time) => {
                let form = match time.subsec_nanosecond() {
                    0 => "%Y-%m-%d %H:%M:%S",
                    _ => "%Y-%m-%d %H:%M:%S%.6f",
                };
                (time.strftime(form).to_string(), DataType::Timestamp)
            }
            Moment::Interval(length) => (length.text(), length.data_type()),
        };
        let kind = LiteralKind::Text;
        Expr::Cast {
            operand: Box::new(Expr::Literal { text, kind }),
            to,
        }
    }

    /// A point in time, if it is one.
    fn time(self) -> Option<DateTime> {
        match self {
            Moment::Date(date) => Some(date.to_datetime(Time::midnight())),
            Moment::Timestamp(time) => Some(time),
            Moment::Interval(_) => None,
        }
    }

    /// What an operator makes of two constants, at least one of them of these.
    pub(super) fn computed(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Expr> {
        let sign = match op {
            BinaryOp::Plus => 1,
            BinaryOp::Minus => -1,
            BinaryOp::Times => {
                let (length, times) = match (Self::of(left), Self::of(right)) {
                    (Some(Moment::Interval(length)), None) => (length, right.number()?),
                    (None, Some(Moment::Interval(length))) => (length, left.number()?),
                    _ => return None,
                };
                return Some(Moment::Interval(length.times(times)?).expr());
            }
            _ => return None,
        };
        let sum = match (Self::of(left), Self::of(right)) {
            (Some(Moment::Interval(a)), Some(Moment::Interval(b))) => {
                Moment::Interval(a.plus(b.times(sign)?)?)
            }
            // Date and interval make a timestamp.
            (Some(moment), Some(Moment::Interval(length))) => {
                Moment::Timestamp(length.times(sign)?.after(moment.time()?)?)
            }
            (Some(Moment::Interval(length)), Some(moment)) if sign > 0 => {
                Moment::Timestamp(length.after(moment.time()?)?)
            }
            (Some(Moment::Date(a)), Some(Moment::Date(b))) if sign < 0 => {
                let days = b.until(a).ok()?.get_days();
                return Some(number(i64::from(days)));
            }
            (Some(Moment::Date(date)), None) => {
                let days = right.number::<i64>()?.checked_mul(sign)?;
                Moment::Date(date.checked_add(Span::new().try_days(days).ok()?).ok()?)
            }
            (None, Some(Moment::Date(date))) if sign > 0 => {
                let days = left.number::<i64>()?;
                Moment::Date(date.checked_add(Span::new().try_days(days).ok()?).ok()?)
            }
            _ => return None,
        };
        Some(sum.expr())
    }

    /// What a function makes of constants.
    pub(super) fn called(name: &str, args: &[Expr]) -> Option<Expr> {
        match (name, args) {
            ("dateadd" | "date_add", [unit, amount, from]) => {
                let length = Length::of(amount.number()?, word(unit)?)?;
                let from = Self::of(from)?.time()?;
                Some(Moment::Timestamp(length.after(from)?).expr())
            }
            ("add_months", [from, amount]) => {
                let from = Self::of(from)?.time()?;
                let length = Length {
                    months: amount.number()?,
                    ..Length::default()
                };
                let to = length.after(from)?;
                // The last day of a month stays one (AWS: ADD_MONTHS).
                let to = match from.date() == from.date().last_of_month() {
                    true => to.date().last_of_month().to_datetime(to.time()),
                    false => to,
                };
                Some(Moment::Timestamp(to).expr())
            }
            ("date_trunc", [unit, of]) => {
                let time = Self::of(of)?.time()?;
                Some(Moment::Timestamp(truncated(word(unit)?, time)?).expr())
            }
            ("trunc", [of]) => Some(Moment::Date(Self::of(of)?.time()?.date()).expr()),
            ("last_day", [of]) => {
                let date = Self::of(of)?.time()?.date();
                Some(Moment::Date(date.last_of_month()).expr())
            }
            ("to_date", [text, form]) if word(form)?.eq_ignore_ascii_case("yyyy-mm-dd") => {
                Some(Moment::Date(word(text)?.trim().parse().ok()?).expr())
            }
            ("date_part" | "datepart", [part, of]) => {
                let time = Self::of(of)?.time()?;
                let value = match word(part)?.to_lowercase().as_str() {
                    "year" | "y" | "yr" | "years" => i64::from(time.year()),
                    "quarter" | "qtr" => (i64::from(time.month()) + 2) / 3,
                    "month" | "mon" | "months" => i64::from(time.month()),
                    "day" | "d" | "days" => i64::from(time.day()),
                    "hour" | "h" | "hr" => i64::from(time.hour()),
                    _ => return None,
                };
                Some(number(value))
            }
            _ => None,
        }
    }

    /// What a function of no argument gives on a day, at its first moment.
    pub(super) fn now(name: &str, today: Date) -> Option<Self> {
        match name {
            "current_date" => Some(Moment::Date(today)),
            "getdate" | "sysdate" | "current_timestamp" | "now" | "localtimestamp" => {
                Some(Moment::Timestamp(today.to_datetime(Time::midnight())))
            }
            _ => None,
        }
    }
}

/// A time at the start of its year, month, week, …; weeks begin on Monday (AWS: DATE_TRUNC).
fn truncated(unit: &str, time: DateTime) -> Option<DateTime> {
    let date = time.date();
    let midnight = |date: Date| Some(date.to_datetime(Time::midnight()));
    match unit.to_lowercase().trim_end_matches('s') {
        "year" | "y" | "yr" => midnight(date.first_of_year()),
        "quarter" | "qtr" | "q" => {
            let first = (date.month() - 1) / 3 * 3 + 1;
            midnight(Date::new(date.year(), first, 1).ok()?)
        }
        "month" | "mon" => midnight(date.first_of_month()),
        "week" | "w" => {
            let after = i64::from(date.weekday().to_monday_zero_offset());
            midnight(date.checked_sub(after.days()).ok()?)
        }
        "day" | "d" => midnight(date),
        "hour" | "h" | "hr" => Some(date.at(time.hour(), 0, 0, 0)),
        "minute" | "m" | "min" => Some(date.at(time.hour(), time.minute(), 0, 0)),
        "second" | "sec" => Some(date.at(time.hour(), time.minute(), time.second(), 0)),
        _ => None,
    }
}

/// A literal's text.
fn word(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal {
            text,
            kind: LiteralKind::Text,
        } => Some(text),
        _ => None,
    }
}

fn number(value: i64) -> Expr {
    Expr::Literal {
        text: value.to_string(),
        kind: LiteralKind::Number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(expr: Option<Expr>) -> String {
        match expr {
            Some(Expr::Cast { operand, .. }) => text(Some(*operand)),
            Some(Expr::Literal { text, .. }) => text,
            _ => String::new(),
        }
    }

    fn interval(text: &str, unit: Option<&str>) -> String {
        Length::read(text, unit).map_or(String::new(), Length::text)
    }

    #[test]
    fn intervals_are_read_in_every_spelling() {
        for (written, unit, read) in [
            ("3 months", None, "3 mons"),
            ("7", Some("DAY"), "7 days"),
            ("1", Some("year"), "1 year"),
            (
                "1 year 2 mons -3 days 04:05:06",
                None,
                "1 year 2 mons -3 days 04:05:06",
            ),
            ("90 minutes", None, "01:30:00"),
            ("2w", None, "14 days"),
            ("1 qtr", None, "3 mons"),
            ("1-2", None, "1 year 2 mons"),
            ("1.5 days", None, "1 day 12:00:00"),
            ("-0.5 hours", None, "-00:30:00"),
            ("10", None, "00:00:10"),
            ("2 days ago", None, "-2 days"),
            ("0 days", None, "00:00:00"),
            ("half a day", None, ""),
            ("1.5 months", None, ""),
            ("", None, ""),
        ] {
            assert_eq!(interval(written, unit), read, "{written}");
        }
    }

    fn of(text: &str, to: DataType) -> Expr {
        Expr::Cast {
            operand: Box::new(Expr::Literal {
                text: text.to_owned(),
                kind: LiteralKind::Text,
            }),
            to,
        }
    }

    #[test]
    fn arithmetic_is_that_of_the_calendar() {
        let date = |text| of(text, DataType::Date);
        let span = |text| of(text, DataType::IntervalDayToSecond);
        let plus = |a: &Expr, b: &Expr| text(Moment::computed(BinaryOp::Plus, a, b));
        let minus = |a: &Expr, b: &Expr| text(Moment::computed(BinaryOp::Minus, a, b));
        assert_eq!(
            plus(&date("2024-01-31"), &span("1 month")),
            "2024-02-29 00:00:00"
        );
        assert_eq!(
            minus(&date("1998-12-01"), &span("90 days")),
            "1998-09-02 00:00:00"
        );
        assert_eq!(
            plus(&span("1 year"), &date("1995-01-01")),
            "1996-01-01 00:00:00"
        );
        assert_eq!(minus(&date("2024-03-01"), &number(1)), "2024-02-29");
        assert_eq!(minus(&date("2024-03-01"), &date("2024-02-01")), "29");
        assert_eq!(
            plus(
                &of("2024-01-01 10:00:00", DataType::Timestamp),
                &span("1 day 00:30")
            ),
            "2024-01-02 10:30:00"
        );
        // A number of hours is no number of days.
        assert_eq!(plus(&of("2024-01-01", DataType::Timestamp), &number(1)), "");
        assert_eq!(minus(&span("1 day"), &date("2024-01-01")), "");
    }

    #[test]
    fn functions_of_constants_are_worked_out() {
        let time = || of("2024-05-17 10:20:30", DataType::Timestamp);
        let literal = |text: &str| Expr::Literal {
            text: text.to_owned(),
            kind: LiteralKind::Text,
        };
        let called = |name: &str, args: Vec<Expr>| text(Moment::called(name, &args));
        for (unit, start) in [
            ("year", "2024-01-01 00:00:00"),
            ("quarter", "2024-04-01 00:00:00"),
            ("month", "2024-05-01 00:00:00"),
            ("week", "2024-05-13 00:00:00"),
            ("day", "2024-05-17 00:00:00"),
            ("hour", "2024-05-17 10:00:00"),
            ("fortnight", ""),
        ] {
            assert_eq!(
                called("date_trunc", vec![literal(unit), time()]),
                start,
                "{unit}"
            );
        }
        assert_eq!(called("date_part", vec![literal("quarter"), time()]), "2");
        assert_eq!(
            called("last_day", vec![of("2023-02-03", DataType::Date)]),
            "2023-02-28"
        );
        assert_eq!(
            called(
                "add_months",
                vec![of("2023-02-28", DataType::Date), number(1)]
            ),
            "2023-03-31 00:00:00"
        );
        assert_eq!(
            called(
                "dateadd",
                vec![
                    literal("month"),
                    number(1),
                    of("2024-01-31", DataType::Date)
                ]
            ),
            "2024-02-29 00:00:00"
        );
        assert_eq!(
            called(
                "dateadd",
                vec![
                    literal("day"),
                    number(-90),
                    of("1998-12-01", DataType::Date)
                ]
            ),
            "1998-09-02 00:00:00"
        );
        assert_eq!(called("trunc", vec![time()]), "2024-05-17");
    }
}
