//! How many values the parts of a date can have.

use jiff::civil::Date;

use crate::planner::logical::expr::Expr;

/// A unit of time (Amazon Redshift Database Developer Guide: Date parts for date or timestamp
/// functions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Century,
    Decade,
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

/// What a function makes of a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// One value for each unit that the dates touch: `date_trunc('month', d)`.
    Each(Unit),
    /// One of so many values, whatever the dates: the month of the year.
    Cyclic(f64, Unit),
}

impl Part {
    /// What an expression makes of the date that it reads.
    pub(super) fn of(expr: &Expr) -> Option<Part> {
        match expr {
            Expr::Cast {
                to: crate::schema::DataType::Date,
                operand,
            } if operand.as_column().is_some() => Some(Part::Each(Unit::Day)),
            Expr::Function { name, args } => {
                let named = |at: usize| match args.get(at) {
                    Some(Expr::Literal { text, .. }) => Some(text.to_lowercase()),
                    _ => None,
                };
                let reads = |at: usize| args.get(at).is_some_and(|arg| arg.as_column().is_some());
                match (name.as_str(), args.len()) {
                    ("date_trunc", 2) if reads(1) => Some(Part::Each(unit(&named(0)?)?)),
                    ("date_part" | "datepart", 2) if reads(1) => part(&named(0)?),
                    ("date_part_year", 1) if reads(0) => Some(Part::Each(Unit::Year)),
                    ("date" | "trunc", 1) if reads(0) => Some(Part::Each(Unit::Day)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// How many values it has at most over dates between two days since 1970.
    pub(super) fn within(self, first: f64, last: f64) -> Option<f64> {
        let (unit, most) = match self {
            Part::Each(unit) => (unit, f64::INFINITY),
            Part::Cyclic(most, unit) => (unit, most),
        };
        let touched = index(unit, last)? - index(unit, first)? + 1.0;
        Some(touched.clamp(1.0, most))
    }

    /// How many values it has at most, over any dates.
    pub(super) fn most(self) -> Option<f64> {
        match self {
            Part::Each(_) => None,
            Part::Cyclic(most, _) => Some(most),
        }
    }
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name {
        "century" | "c" | "cent" | "cents" | "centuries" => Unit::Century,
        "decade" | "dec" | "decs" | "decades" => Unit::Decade,
        "year" | "y" | "yr" | "yrs" | "years" => Unit::Year,
        "quarter" | "qtr" | "qtrs" | "quarters" => Unit::Quarter,
        "month" | "mon" | "mons" | "months" => Unit::Month,
        "week" | "w" | "weeks" => Unit::Week,
        "day" | "d" | "days" => Unit::Day,
        "hour" | "h" | "hr" | "hrs" | "hours" => Unit::Hour,
        "minute" | "m" | "min" | "mins" | "minutes" => Unit::Minute,
        "second" | "s" | "sec" | "secs" | "seconds" => Unit::Second,
        _ => return None,
    })
}

fn part(name: &str) -> Option<Part> {
    Some(match name {
        "dayofweek" | "dow" | "dw" | "weekday" => Part::Cyclic(7.0, Unit::Day),
        "dayofyear" | "doy" | "dy" | "yearday" => Part::Cyclic(366.0, Unit::Day),
        "epoch" => Part::Each(Unit::Second),
        other => match unit(other)? {
            Unit::Quarter => Part::Cyclic(4.0, Unit::Quarter),
            Unit::Month => Part::Cyclic(12.0, Unit::Month),
            Unit::Week => Part::Cyclic(53.0, Unit::Week),
            Unit::Day => Part::Cyclic(31.0, Unit::Day),
            Unit::Hour => Part::Cyclic(24.0, Unit::Hour),
            Unit::Minute => Part::Cyclic(60.0, Unit::Minute),
            Unit::Second => Part::Cyclic(60.0, Unit::Second),
            unit => Part::Each(unit),
        },
    })
}

/// The number of the unit in which a day since 1970 lies, counted from any.
fn index(unit: Unit, days: f64) -> Option<f64> {
    if !days.is_finite() {
        return None;
    }
    let year_and_month = || {
        let span = jiff::Span::new().try_days(days.floor() as i64).ok()?;
        let date = Date::constant(1970, 1, 1).checked_add(span).ok()?;
        Some((f64::from(date.year()), f64::from(date.month())))
    };
    Some(match unit {
        Unit::Century => (year_and_month()?.0 / 100.0).floor(),
        Unit::Decade => (year_and_month()?.0 / 10.0).floor(),
        Unit::Year => year_and_month()?.0,
        Unit::Quarter => {
            let (year, month) = year_and_month()?;
            year * 4.0 + ((month - 1.0) / 3.0).floor()
        }
        Unit::Month => {
            let (year, month) = year_and_month()?;
            year * 12.0 + month
        }
        // The first of January 1970 was a Thursday; weeks begin on Monday.
        Unit::Week => ((days + 3.0) / 7.0).floor(),
        Unit::Day => days.floor(),
        Unit::Hour => (days * 24.0).floor(),
        Unit::Minute => (days * 1440.0).floor(),
        Unit::Second => (days * 86_400.0).floor(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_a_range_of_dates_touches_are_counted_by_the_calendar() {
        // 1992-01-02 to 1998-12-01, the days of TPC-H's l_shipdate.
        let within = |part: Part| part.within(8036.0, 10561.0);
        assert_eq!(within(Part::Each(Unit::Year)), Some(7.0));
        assert_eq!(within(Part::Each(Unit::Quarter)), Some(28.0));
        assert_eq!(within(Part::Each(Unit::Month)), Some(84.0));
        assert_eq!(within(Part::Each(Unit::Day)), Some(2526.0));
        assert_eq!(within(Part::Cyclic(12.0, Unit::Month)), Some(12.0));
        assert_eq!(Part::Cyclic(12.0, Unit::Month).within(0.0, 40.0), Some(2.0));
        // Sunday and Monday lie in two weeks.
        assert_eq!(Part::Each(Unit::Week).within(3.0, 4.0), Some(2.0));
        assert_eq!(Part::Each(Unit::Week).within(4.0, 10.0), Some(1.0));
        assert_eq!(Part::Each(Unit::Year).within(0.0, f64::INFINITY), None);
        assert_eq!(Part::Each(Unit::Year).within(0.0, 1e300), None);
    }
}
