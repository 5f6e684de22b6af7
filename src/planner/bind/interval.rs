//! Intervals: how they are read, added to a time and printed.

use jiff::Span;
use jiff::civil::DateTime;

use crate::schema::DataType;

/// An interval as PostgreSQL keeps it: months and days have no fixed length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Length {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) micros: i64,
}

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const DAY: i64 = 86_400 * SECOND;

impl Length {
    /// So many of a unit, named as Redshift takes it (AWS: Date parts).
    pub(super) fn of(amount: i64, unit: &str) -> Option<Self> {
        let unit = unit.to_lowercase();
        let unit = match unit.as_str() {
            "s" => "s",
            other => other.trim_end_matches('s'),
        };
        let months = |each: i64| {
            Some(Length {
                months: amount.checked_mul(each)?,
                ..Length::default()
            })
        };
        let days = |each: i64| {
            Some(Length {
                days: amount.checked_mul(each)?,
                ..Length::default()
            })
        };
        let micros = |each: i64| {
            Some(Length {
                micros: amount.checked_mul(each)?,
                ..Length::default()
            })
        };
        match unit {
            "millennium" | "mil" | "millennia" => months(12_000),
            "century" | "c" | "cent" | "centurie" => months(1_200),
            "decade" | "dec" => months(120),
            "year" | "y" | "yr" => months(12),
            "quarter" | "qtr" | "q" => months(3),
            "month" | "mon" => months(1),
            "week" | "w" => days(7),
            "day" | "d" => days(1),
            "hour" | "h" | "hr" => micros(3_600 * SECOND),
            "minute" | "m" | "min" => micros(60 * SECOND),
            "second" | "sec" | "s" => micros(SECOND),
            "millisecond" | "msec" | "m_sec" => micros(1_000),
            "microsecond" | "usec" => micros(1),
            _ => None,
        }
    }

    /// Reads an interval's text: `3 months`, `1 year 2 mons -3 days 04:05:06`, `1-2`, and a bare
    /// number of the unit that follows the text, or of seconds.
    pub(super) fn read(text: &str, unit: Option<&str>) -> Option<Self> {
        let (text, ago) = match text.trim().strip_suffix("ago") {
            Some(text) => (text, -1),
            None => (text, 1),
        };
        let spaced = spaced(text);
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut out = Length::default();
        let mut rest = words.as_slice();
        while let [first, more @ ..] = rest {
            rest = more;
            let part = if first.contains(':') {
                clock(first)?
            } else if let Some((years, months)) = year_month(first) {
                Length::of(years, "year")?.plus(Length::of(months, "month")?)?
            } else {
                let named = more
                    .first()
                    .filter(|word| word.starts_with(char::is_alphabetic));
                let unit = match named {
                    Some(word) => {
                        rest = more.get(1..).unwrap_or_default();
                        word
                    }
                    None => unit.unwrap_or("second"),
                };
                fraction(first, unit)?
            };
            out = out.plus(part)?;
        }
        if words.is_empty() {
            return None;
        }
        out.times(ago)
    }

    pub(super) fn plus(self, other: Length) -> Option<Self> {
        Some(Length {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        })
    }

    pub(super) fn times(self, times: i64) -> Option<Self> {
        Some(Length {
            months: self.months.checked_mul(times)?,
            days: self.days.checked_mul(times)?,
            micros: self.micros.checked_mul(times)?,
        })
    }

    /// The time so long after another: months first, then days, then the rest.
    pub(super) fn after(self, time: DateTime) -> Option<DateTime> {
        let months = Span::new().try_months(self.months).ok()?;
        let days = Span::new().try_days(self.days).ok()?;
        let micros = Span::new().try_microseconds(self.micros).ok()?;
        let time = time.checked_add(months).ok()?;
        time.checked_add(days).ok()?.checked_add(micros).ok()
    }

    pub(super) fn data_type(self) -> DataType {
        match self.days == 0 && self.micros == 0 {
            true => DataType::IntervalYearToMonth,
            false => DataType::IntervalDayToSecond,
        }
    }

    /// As PostgreSQL prints it: `1 year 2 mons 3 days 04:05:06`.
    pub(super) fn text(self) -> String {
        let mut parts = Vec::new();
        let mut add = |count: i64, one: &str| {
            if count != 0 {
                let s = if count == 1 { "" } else { "s" };
                parts.push(format!("{count} {one}{s}"));
            }
        };
        add(self.months / 12, "year");
        add(self.months % 12, "mon");
        add(self.days, "day");
        if self.micros != 0 || parts.is_empty() {
            let sign = if self.micros < 0 { "-" } else { "" };
            let micros = self.micros.unsigned_abs();
            let seconds = micros / SECOND.unsigned_abs();
            let fraction = match micros % SECOND.unsigned_abs() {
                0 => String::new(),
                fraction => format!(".{fraction:06}").trim_end_matches('0').to_owned(),
            };
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            parts.push(format!(
                "{sign}{hours:02}:{minutes:02}:{:02}{fraction}",
                seconds % 60
            ));
        }
        parts.join(" ")
    }
}

/// `3months` with a blank between number and unit.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut before = ' ';
    for c in text.chars() {
        if c.is_alphabetic() && before.is_ascii_digit() {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    out
}

/// `04:05:06.5` or `04:05`.
fn clock(text: &str) -> Option<Length> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = text.split(':');
    let hours = Length::of(parts.next()?.parse().ok()?, "hour")?;
    let minutes = Length::of(parts.next()?.parse().ok()?, "minute")?;
    let seconds = parts
        .next()
        .map_or(Some(Length::default()), |text| fraction(text, "second"))?;
    match parts.next() {
        Some(_) => None,
        None => hours.plus(minutes)?.plus(seconds)?.times(sign),
    }
}

/// `1-2`: years and months.
fn year_month(text: &str) -> Option<(i64, i64)> {
    let (years, months) = text.get(1..)?.split_once('-').map(|(rest, months)| {
        let years = text.get(..=rest.len()).unwrap_or_default();
        (years, months)
    })?;
    let years: i64 = years.parse().ok()?;
    let months: i64 = months.parse().ok()?;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Some((years, months.checked_mul(sign)?))
}

/// `1.5` of a unit; a part of a month has no length.
fn fraction(text: &str, unit: &str) -> Option<Length> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let whole = Length::of(whole.parse().ok()?, unit)?;
    if part.is_empty() {
        return Some(whole);
    }
    let one = Length::of(1, unit).filter(|one| one.months == 0)?;
    let digits = u32::try_from(part.len())
        .ok()
        .filter(|digits| *digits <= 6)?;
    let micros = one.days.checked_mul(DAY)?.checked_add(one.micros)?;
    let micros = micros.checked_mul(part.parse().ok()?)? / 10i64.pow(digits);
    whole.plus(Length {
        micros: if negative { -micros } else { micros },
        ..Length::default()
    })
}
