//! A quantity that may be known only as a range.

use schemars::JsonSchema;
use serde::Serialize;

/// A quantity that may be known only as a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Range {
    /// Nothing.
    pub const ZERO: Self = Self {
        low: 0.0,
        high: 0.0,
    };

    /// Something that is known.
    pub fn of(value: f64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// Both ends, mapped.
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            low: f(self.low),
            high: f(self.high),
        }
    }

    /// The sum of both ends.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            high: self.high + other.high,
        }
    }

    /// Whether both ends are one.
    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }

    /// Both ends as a pair.
    pub fn ends(self) -> [f64; 2] {
        [self.low, self.high]
    }
}

impl std::str::FromStr for Range {
    type Err = String;

    /// `45` or `30..60`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.trim().parse::<f64>().ok();
            number.filter(|n| n.is_finite() && *n >= 0.0)
        };
        let range = match text.split_once("..") {
            Some((low, high)) => number(low).zip(number(high)),
            None => number(text).map(|n| (n, n)),
        };
        match range {
            Some((low, high)) if low <= high => Ok(Self { low, high }),
            _ => Err("write a number from zero up, or a range as `30..60`".to_owned()),
        }
    }
}
