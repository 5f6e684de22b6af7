//! Schedules as Glue and EventBridge take them: `cron(…)` of six fields, `rate(…)`, `at(…)`.
//!
//! Read here, since cron of other systems has other fields, other numbers for weekdays and no
//! years [EventBridge User Guide, Setting a schedule pattern: cron and rate expressions].

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use jiff::civil::Date;

/// Minutes of a day.
const DAY: u32 = 1_440;
/// Years that a field may name.
const YEARS: (u32, u32) = (1970, 2199);
/// What stands for all years: within a century the calendar repeats after 28.
const CYCLE: std::ops::RangeInclusive<u32> = 2001..=2028;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
/// SUN is 1.
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// When something is started, as far as it repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Starts of an average day.
    pub starts_a_day: f64,
    /// Minutes between two starts: the gap that comes most often, and the least of those.
    pub usual_gap: f64,
    /// The least gap, in minutes.
    pub least_gap: f64,
    /// The greatest gap, in minutes.
    pub greatest_gap: f64,
}

impl Schedule {
    /// One whose starts are so many minutes apart.
    fn every(minutes: f64) -> Self {
        Self {
            starts_a_day: f64::from(DAY) / minutes,
            usual_gap: minutes,
            least_gap: minutes,
            greatest_gap: minutes,
        }
    }
}

impl FromStr for Schedule {
    type Err = String;

    /// # Errors
    /// What is not understood, or that it does not repeat.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let inner = |name: &str| {
            text.strip_prefix(name)?
                .strip_prefix('(')?
                .strip_suffix(')')
        };
        if let Some(rate) = inner("rate") {
            return every(rate);
        }
        if let Some(cron) = inner("cron") {
            return Cron::read(cron)?.schedule();
        }
        match inner("at") {
            Some(_) => Err("it starts once".to_owned()),
            None => Err("it is neither `cron(…)` nor `rate(…)`".to_owned()),
        }
    }
}

/// `30 minutes`.
fn every(rate: &str) -> Result<Schedule, String> {
    let wrong = || format!("`rate({rate})` is not a number of minutes, hours or days");
    let (number, unit) = rate.trim().split_once(' ').ok_or_else(wrong)?;
    let minutes = match unit.trim() {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        "day" | "days" => DAY,
        _ => return Err(wrong()),
    };
    match number.trim().parse::<u32>() {
        Ok(number) if number > 0 => Ok(Schedule::every(f64::from(number) * f64::from(minutes))),
        _ => Err(wrong()),
    }
}

/// A day of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
enum MonthDay {
    Of(u32),
    /// `L`
    Last,
    /// `3W`: the day from Monday to Friday that is nearest to the third.
    Nearest(u32),
}

/// A day of a week; SUN is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
enum WeekDay {
    Of(u32),
    /// `6L`: the last Friday of the month.
    Last(u32),
    /// `6#3`: the third Friday of the month.
    Nth(u32, u32),
}

/// The days that are meant: one of the two fields is `?`.
#[derive(Debug)]
enum Days {
    Month(Vec<MonthDay>),
    Week(Vec<WeekDay>),
}

#[derive(Debug)]
struct Cron {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: Days,
    months: BTreeSet<u32>,
    /// `None` for all.
    years: Option<BTreeSet<u32>>,
}

impl Cron {
    fn read(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, day, months, weekday, years] = fields[..] else {
            return Err(format!(
                "`cron({text})` has {} fields; AWS takes six: minutes, hours, day, month, weekday, year",
                fields.len()
            ));
        };
        let days = match (day, weekday) {
            ("?", "?") => return Err(format!("`cron({text})` names no day: only one may be `?`")),
            (_, "?") => Days::Month(month_days(day)?),
            ("?", _) => Days::Week(week_days(weekday)?),
            _ => {
                return Err(format!(
                    "`cron({text})` has two kinds of day: one must be `?`"
                ));
            }
        };
        let years = match years {
            "*" => None,
            years => Some(numbers(years, YEARS, &[])?),
        };
        Ok(Self {
            minutes: numbers(minutes, (0, 59), &[])?,
            hours: numbers(hours, (0, 23), &[])?,
            days,
            months: numbers(months, (1, 12), &MONTHS)?,
            years,
        })
    }

    fn is_on(&self, date: Date) -> bool {
        let last = u32::from(date.days_in_month().unsigned_abs());
        let day = u32::from(date.day().unsigned_abs());
        let weekday = weekday(date);
        match &self.days {
            Days::Month(days) => days.iter().any(|one| match *one {
                MonthDay::Of(number) => number == day,
                MonthDay::Last => day == last,
                MonthDay::Nearest(number) => nearest(date, number, last) == Some(day),
            }),
            Days::Week(days) => days.iter().any(|one| match *one {
                WeekDay::Of(number) => number == weekday,
                WeekDay::Last(number) => number == weekday && day + 7 > last,
                WeekDay::Nth(number, nth) => number == weekday && day.div_ceil(7) == nth,
            }),
        }
    }

    /// Counts the starts of the years that are named, or of a cycle of the calendar.
    fn schedule(&self) -> Result<Schedule, String> {
        let years: BTreeSet<u32> = self.years.clone().unwrap_or_else(|| CYCLE.collect());
        let times = self.hours.iter().flat_map(|hour| {
            let minutes = self.minutes.iter();
            minutes.map(move |minute| hour * 60 + minute)
        });
        let times: Vec<u32> = times.collect();
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return Err("it names no time".to_owned());
        };
        // Gaps with how often they come: those within a day are the same every day.
        let (mut days, mut all, mut gaps) = (0_u32, 0_u32, BTreeMap::new());
        let mut before: Option<Date> = None;
        for year in &years {
            let start = i16::try_from(*year)
                .ok()
                .and_then(|year| Date::new(year, 1, 1).ok());
            let Some(start) = start else { continue };
            for date in start
                .series(jiff::Span::new().days(1))
                .take_while(|date| date.year() == start.year())
            {
                all += 1;
                if !self
                    .months
                    .contains(&u32::from(date.month().unsigned_abs()))
                    || !self.is_on(date)
                {
                    continue;
                }
                days += 1;
                if let Some(before) = before {
                    let apart = (date - before).get_days().unsigned_abs();
                    *gaps.entry(apart * DAY + first - last).or_insert(0_u32) += 1;
                }
                before = Some(date);
            }
        }
        for pair in times.windows(2) {
            *gaps.entry(pair[1] - pair[0]).or_insert(0) += days;
        }
        // The least of those that come most often.
        let usual = gaps.iter().rev().max_by_key(|(_, count)| **count);
        let (Some((usual, _)), Some(least), Some(greatest)) =
            (usual, gaps.keys().next(), gaps.keys().last())
        else {
            return Err("it starts once, or never".to_owned());
        };
        Ok(Schedule {
            starts_a_day: f64::from(days) * times.len() as f64 / f64::from(all),
            usual_gap: f64::from(*usual),
            least_gap: f64::from(*least),
            greatest_gap: f64::from(*greatest),
        })
    }
}

/// SUN is 1.
fn weekday(date: Date) -> u32 {
    u32::from(date.weekday().to_sunday_one_offset().unsigned_abs())
}

/// The day from Monday to Friday that is nearest to a day, within its month.
fn nearest(date: Date, number: u32, last: u32) -> Option<u32> {
    if number > last {
        return None;
    }
    let of = i8::try_from(number).ok()?;
    let meant = Date::new(date.year(), date.month(), of).ok()?;
    Some(match weekday(meant) {
        // Saturday: Friday before, or Monday after the first.
        7 if number == 1 => 3,
        7 => number - 1,
        1 if number == last => number - 2,
        1 => number + 1,
        _ => number,
    })
}

fn month_days(field: &str) -> Result<Vec<MonthDay>, String> {
    let mut out = Vec::new();
    for part in field.split(',') {
        if part == "L" {
            out.push(MonthDay::Last);
        } else if let Some(number) = part.strip_suffix('W') {
            out.push(MonthDay::Nearest(number_of(number, (1, 31), &[])?));
        } else {
            out.extend(numbers(part, (1, 31), &[])?.into_iter().map(MonthDay::Of));
        }
    }
    Ok(out)
}

fn week_days(field: &str) -> Result<Vec<WeekDay>, String> {
    let number = |text: &str| number_of(text, (1, 7), &WEEKDAYS);
    let mut out = Vec::new();
    for part in field.split(',') {
        if part == "L" {
            // The last day of the week.
            out.push(WeekDay::Of(7));
        } else if let Some(day) = part.strip_suffix('L') {
            out.push(WeekDay::Last(number(day)?));
        } else if let Some((day, nth)) = part.split_once('#') {
            out.push(WeekDay::Nth(number(day)?, number_of(nth, (1, 5), &[])?));
        } else {
            out.extend(
                numbers(part, (1, 7), &WEEKDAYS)?
                    .into_iter()
                    .map(WeekDay::Of),
            );
        }
    }
    Ok(out)
}

/// The numbers of a field: `*`, `5`, `1-5`, `0/15`, `10-20/5`, and lists of them. A range that
/// ends before it begins goes on from the least.
fn numbers(field: &str, of: (u32, u32), names: &[&str]) -> Result<BTreeSet<u32>, String> {
    let mut out = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number_of(step, (1, of.1), &[])?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => of,
            Some((first, last)) => (number_of(first, of, names)?, number_of(last, of, names)?),
            // A step goes on to the end.
            None if step.is_some() => (number_of(range, of, names)?, of.1),
            None => {
                let number = number_of(range, of, names)?;
                (number, number)
            }
        };
        let step = step.unwrap_or(1) as usize;
        match first <= last {
            true => out.extend((first..=last).step_by(step)),
            false => out.extend((first..=of.1).chain(of.0..=last).step_by(step)),
        }
    }
    Ok(out)
}

fn number_of(text: &str, of: (u32, u32), names: &[&str]) -> Result<u32, String> {
    let place = names
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text));
    let named = place
        .and_then(|place| u32::try_from(place).ok())
        .map(|place| place + of.0);
    let number = named.or_else(|| text.parse().ok());
    let number = number.filter(|number| (of.0..=of.1).contains(number));
    number.ok_or_else(|| format!("`{text}` is not one of {} to {}", of.0, of.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts of an average week, and the gaps.
    fn read(text: &str) -> (f64, [f64; 3]) {
        let found: Schedule = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let week = (found.starts_a_day * 7.0 * 1_000.0).round() / 1_000.0;
        (week, [found.least_gap, found.usual_gap, found.greatest_gap])
    }

    const HOUR: f64 = 60.0;
    const DAYS: f64 = 1_440.0;

    #[test]
    fn starts_and_gaps_are_those_of_the_calendar() {
        for (text, week, gaps) in [
            ("rate(30 minutes)", 336.0, [30.0; 3]),
            ("rate(1 day)", 7.0, [DAYS; 3]),
            ("cron(0 3 * * ? *)", 7.0, [DAYS; 3]),
            ("cron(0/15 * * * ? *)", 672.0, [15.0; 3]),
            ("cron(*/15 * * * ? *)", 672.0, [15.0; 3]),
            ("cron(0 */6 * * ? *)", 28.0, [6.0 * HOUR; 3]),
            // From 7 on every seven minutes, and from the start again at the hour.
            ("cron(7/7 * * * ? *)", 8.0 * 168.0, [7.0, 7.0, 11.0]),
            (
                "cron(0,20 9-17 ? * MON-FRI *)",
                90.0,
                [20.0, 20.0, (63.0 * HOUR) + 40.0],
            ),
            ("cron(0 3 ? * MON *)", 1.0, [7.0 * DAYS; 3]),
            ("cron(0 3 ? * 2 *)", 1.0, [7.0 * DAYS; 3]),
            ("cron(0 22-2 * * ? *)", 35.0, [HOUR, HOUR, 20.0 * HOUR]),
            ("cron(0 0 ? * FRI-MON *)", 4.0, [DAYS, DAYS, 4.0 * DAYS]),
            ("cron(0 0 ? * L *)", 1.0, [7.0 * DAYS; 3]),
            (
                "cron(0 0 1 JAN,jul ? *)",
                14.0 / 365.25,
                [181.0 * DAYS, 184.0 * DAYS, 184.0 * DAYS],
            ),
            (
                "cron(0 0 L * ? *)",
                12.0 * 7.0 / 365.25,
                [28.0 * DAYS, 31.0 * DAYS, 31.0 * DAYS],
            ),
            ("cron(0 0 29 2 ? *)", 7.0 / 1_461.0, [1_461.0 * DAYS; 3]),
        ] {
            let (found, found_gaps) = read(text);
            assert!((found - week).abs() < 1e-3, "{text}: {found}");
            assert_eq!(found_gaps, gaps, "{text}");
        }
    }

    /// Days of one year, by the calendar on the wall.
    #[test]
    fn days_that_move_are_found() {
        let days = |text: &str| {
            let cron = Cron::read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let mut out = Vec::new();
            for date in Date::constant(2026, 1, 1)
                .series(jiff::Span::new().days(1))
                .take(365)
            {
                if cron
                    .months
                    .contains(&u32::from(date.month().unsigned_abs()))
                    && cron.is_on(date)
                {
                    out.push(format!("{}/{}", date.month(), date.day()));
                }
            }
            out.join(" ")
        };
        for (text, wanted) in [
            // The last and the third Friday.
            ("0 0 ? 1-3 6L 2026", "1/30 2/27 3/27"),
            ("0 0 ? 1-3 FRI#3 2026", "1/16 2/20 3/20"),
            // Not every month has a fifth.
            ("0 0 ? 1-4 2#5 *", "3/30"),
            // A Sunday, a Sunday, a Wednesday: the first goes forward, never back.
            ("0 0 1W 2-4 ? *", "2/2 3/2 4/1"),
            // The first of August 2026 is a Saturday.
            ("0 0 1W 8 ? *", "8/3"),
            // Saturday 28 February, Saturday 28 March, Tuesday 28 April.
            ("0 0 28W 2-4 ? *", "2/27 3/27 4/28"),
            // Sunday 31 May stays in May.
            ("0 0 31W 4-5 ? *", "5/29"),
            ("0 0 1,L 2 ? *", "2/1 2/28"),
            ("0 0 10-20/5 6 ? *", "6/10 6/15 6/20"),
        ] {
            assert_eq!(days(text), wanted, "{text}");
        }
    }

    #[test]
    fn years_count_for_themselves() {
        let one: Schedule = "cron(0 6 ? * 6L 2026-2027)".parse().expect("a schedule");
        assert_eq!(one.starts_a_day, 24.0 / 730.0);
        let leap: Schedule = "cron(0 6 * * ? 2028)".parse().expect("a schedule");
        assert_eq!((leap.starts_a_day, leap.greatest_gap), (1.0, DAYS));
        // Years apart: the gap between them is one.
        let apart: Schedule = "cron(0 6 31 12 ? 2026/2)".parse().expect("a schedule");
        assert_eq!(apart.least_gap, 730.0 * DAYS);
    }

    #[test]
    fn what_aws_would_not_take_is_not_understood() {
        for (text, why) in [
            ("cron(0 3 * * *)", "has 5 fields"),
            ("cron(0 3 * * * *)", "one must be `?`"),
            ("cron(0 3 ? * ? *)", "names no day"),
            ("cron(60 3 * * ? *)", "`60` is not one of 0 to 59"),
            ("cron(0 24 * * ? *)", "`24` is not one of 0 to 23"),
            ("cron(0 3 ? * 0 *)", "`0` is not one of 1 to 7"),
            ("cron(0 3 ? * MOON *)", "`MOON`"),
            ("cron(0 3 0 * ? *)", "`0` is not one of 1 to 31"),
            ("cron(0/0 3 * * ? *)", "`0` is not one of 1 to 59"),
            ("cron(0 3 ? * 2#6 *)", "`6` is not one of 1 to 5"),
            ("cron(0 3 30 2 ? *)", "once, or never"),
            ("cron(0 3 1 1 ? 2026)", "once, or never"),
            ("rate(0 minutes)", "is not a number of"),
            ("rate(5 fortnights)", "is not a number of"),
            ("at(2026-01-02T03:04:05)", "starts once"),
            ("now and then", "neither"),
        ] {
            let error = text.parse::<Schedule>().expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
