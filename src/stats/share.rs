//! Shares of rows that simple predicates select, from a column's statistics.

use serde_json::Value;

use super::ColumnStats;

impl ColumnStats {
    /// The share of rows that are not NULL.
    pub fn share_not_null(&self) -> f64 {
        1.0 - self.null_share.unwrap_or(0.0).clamp(0.0, 1.0)
    }

    /// The share of rows that hold one of `values` given values, each as frequent
    /// as the others; `None` without a distinct count.
    pub fn share_equal(&self, values: f64) -> Option<f64> {
        let distinct = self.distinct.filter(|d| d.is_finite() && *d >= 1.0)?;
        Some((values / distinct).min(1.0) * self.share_not_null())
    }

    /// The share of rows between two bounds, values spread evenly from the
    /// smallest to the largest; `None` without these. An open side is `None`.
    pub fn share_between(&self, low: Option<f64>, high: Option<f64>) -> Option<f64> {
        let min = number(self.min.as_ref()?)?;
        let max = number(self.max.as_ref()?)?;
        if max < min {
            return None;
        }
        let width = max - min;
        let low = low.unwrap_or(min).max(min);
        let high = high.unwrap_or(max).min(max);
        if high < low {
            return Some(0.0);
        }
        if width == 0.0 {
            return Some(self.share_not_null());
        }
        let least = self.share_equal(1.0).unwrap_or(0.0);
        Some(((high - low) / width).max(least).min(1.0) * self.share_not_null())
    }
}

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

    #[test]
    fn shares_stay_between_nothing_and_all() {
        let stats = ColumnStats {
            distinct: Some(40.0),
            null_share: Some(0.5),
            min: Some(Value::from(0)),
            max: Some(Value::from(100)),
            ..ColumnStats::default()
        };
        assert_eq!(stats.share_equal(1.0), Some(0.0125));
        assert_eq!(stats.share_equal(100.0), Some(0.5));
        assert_eq!(stats.share_between(Some(25.0), Some(75.0)), Some(0.25));
        assert_eq!(stats.share_between(Some(200.0), None), Some(0.0));
        assert_eq!(ColumnStats::default().share_between(None, Some(1.0)), None);
    }
}
