//! The time that a rollback goes back to.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

/// A moment in UTC, to the second: S3 lists the times of versions in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(Timestamp);

impl At {
    /// `2026-01-02 03:00:00`, as a literal of TIMESTAMP has it, in UTC.
    pub fn sql(self) -> String {
        self.to_string().replace('T', " ").replace('Z', "")
    }
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "write it as `2026-01-02T03:00:00Z`, or with an offset as \
                      `2026-01-02T05:00:00+02:00`";
        let time: Timestamp = text
            .trim()
            .parse()
            .map_err(|error| format!("`{text}` is not a valid time ({error}): {wanted}"))?;
        match time.subsec_nanosecond() {
            0 => Ok(Self(time)),
            _ => Err(format!(
                "`{text}` has parts of a second, and S3 keeps whole seconds: {wanted}"
            )),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::At;

    #[test]
    fn offsets_are_converted_and_what_is_no_time_is_refused() {
        let utc = |text: &str| text.parse::<At>().map(|at| at.to_string());
        for (text, is) in [
            ("2026-01-02T03:00:00Z", "2026-01-02T03:00:00Z"),
            ("2026-01-02T03:00:00+02:00", "2026-01-02T01:00:00Z"),
            ("2026-01-01T22:30:00-05:30", "2026-01-02T04:00:00Z"),
            ("2026-01-01 00:30:00+01:00", "2025-12-31T23:30:00Z"),
            ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
        ] {
            assert_eq!(utc(text).as_deref(), Ok(is), "{text}");
        }
        for text in [
            "2026-01-02T25:00:00Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02T03:60:00Z",
            "2026-02-29T03:00:00Z",
            "2026-13-01T03:00:00Z",
            "2026-01-02T03:00:00",
            "2026-01-02",
            "2026-01-02T03:00:00.5Z",
            "2026-01-02T03:00:00+99:00",
            "yesterday",
            "",
        ] {
            assert!(utc(text).is_err(), "{text} was taken");
        }
    }
}
