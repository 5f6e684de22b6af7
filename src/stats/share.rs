//! Statistics and literals as numbers.

use serde_json::Value;

/// A statistic or literal as a number: numbers as they are, dates and timestamps
/// in days since 1970.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => number_of_text(text),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    }
}

/// A literal's text as a number: `12.5`, `2020-01-31`, `2020-01-31 12:00:00`.
pub fn number_of_text(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Some(number).filter(|number| number.is_finite());
    }
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && year.abs() < 100_000;
    if !valid {
        return None;
    }
    Some(days_since_1970(year, month, day) + time.map_or(0.0, share_of_day))
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> f64 {
    // Years start in March, so that the leap day is the last of a year.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = year * 365 + leaps + (month * 153 + 2) / 5 + day - 1;
    (days - 719_468) as f64
}

fn share_of_day(time: &str) -> f64 {
    let digits = |part: &str| {
        let end = part
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(part.len());
        part.get(..end)
            .and_then(|part| part.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let mut parts = time.splitn(3, ':').map(digits);
    let (hours, minutes) = (parts.next().unwrap_or(0.0), parts.next().unwrap_or(0.0));
    let seconds = parts.next().unwrap_or(0.0);
    ((hours * 60.0 + minutes) * 60.0 + seconds) / 86_400.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_in_days() {
        assert_eq!(number_of_text("1970-01-01"), Some(0.0));
        assert_eq!(number_of_text("2000-03-01"), Some(11_017.0));
        assert_eq!(number_of_text("1970-01-02 12:00:00"), Some(1.5));
        assert_eq!(number_of_text("1e3"), Some(1000.0));
        assert_eq!(number_of_text("east"), None);
        assert_eq!(number_of_text("2020-13-01"), None);
    }
}
