//! What a change gains, and whether that is worth a change.

use schemars::JsonSchema;
use serde::Serialize;

use crate::latency::Prediction;
use crate::work::Work;

/// What a change gains: the warm run's median and the bytes, before and after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Gain {
    /// Milliseconds as things are.
    pub before_ms: f64,
    /// As they would be.
    pub after_ms: f64,
    /// The low end of the interval as they would be.
    pub low_ms: f64,
    /// Its high end.
    pub high_ms: f64,
    /// Bytes read and moved as things are.
    pub bytes_before: f64,
    /// As they would be.
    pub bytes_after: f64,
    /// Those of them that move between nodes.
    pub moved_before: f64,
    /// As they would be.
    pub moved_after: f64,
    /// Milliseconds of both that hand the result to the client, whatever the keys are.
    #[serde(skip)]
    pub returning_ms: f64,
}

/// Share of the time below which a gain is none.
const LEAST_SHARE: f64 = 0.01;

impl Gain {
    /// What a plan gains over another, each with its work and its prediction. `returning_ms`: what
    /// handing the result to the client takes of either.
    pub fn over(
        (work, prediction): (&Work, &Prediction),
        after: (&Work, &Prediction),
        returning_ms: f64,
    ) -> Self {
        let bytes = |work: &Work| work.network_bytes() + work.scanned_bytes();
        Self {
            before_ms: prediction.warm.p50_ms,
            after_ms: after.1.warm.p50_ms,
            low_ms: after.1.warm.low_ms,
            high_ms: after.1.warm.high_ms,
            bytes_before: bytes(work),
            bytes_after: bytes(after.0),
            moved_before: work.network_bytes(),
            moved_after: after.0.network_bytes(),
            returning_ms,
        }
    }

    /// What it gains on top of another.
    #[must_use]
    pub fn on_top_of(&self, other: &Self) -> Self {
        Self {
            before_ms: other.after_ms,
            bytes_before: other.bytes_after,
            moved_before: other.moved_after,
            ..*self
        }
    }

    /// Milliseconds that it saves.
    pub fn saved_ms(&self) -> f64 {
        self.before_ms - self.after_ms
    }

    /// Bytes that it saves.
    pub fn saved_bytes(&self) -> f64 {
        self.bytes_before - self.bytes_after
    }

    /// Whether anything gets worse: time, bytes read, bytes moved. What differs by rounding does
    /// not.
    pub fn harms(&self) -> bool {
        let more = |before: f64, after: f64| after > before * (1.0 + 1e-9) + 1e-6;
        more(self.before_ms, self.after_ms)
            || more(self.bytes_before, self.bytes_after)
            || more(self.moved_before, self.moved_after)
    }

    /// Milliseconds that are one hundredth of what keys can change.
    pub fn hundredth_ms(&self) -> f64 {
        LEAST_SHARE * (self.before_ms - self.returning_ms).max(0.0)
    }

    /// Whether it is worth a change: 1 % of the time that the cluster works, and nothing worse.
    pub fn is_worth_it(&self) -> bool {
        !self.harms() && self.saved_ms() > 0.0 && self.saved_ms() >= self.hundredth_ms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gain(after_ms: f64, bytes_after: f64, moved_after: f64) -> Gain {
        Gain {
            before_ms: 100.0,
            after_ms,
            low_ms: after_ms / 2.0,
            high_ms: after_ms * 2.0,
            bytes_before: 1e7,
            bytes_after,
            moved_before: 1e6,
            moved_after,
            returning_ms: 0.0,
        }
    }

    #[test]
    fn a_hundredth_of_the_time_is_worth_a_change_and_less_is_not() {
        assert!(gain(99.0, 1e7, 1e6).is_worth_it());
        assert!(!gain(99.1, 1e7, 1e6).is_worth_it());
        assert!(!gain(99.1, 0.0, 0.0).is_worth_it());
        let returned = Gain {
            returning_ms: 90.0,
            ..gain(99.1, 1e7, 1e6)
        };
        assert!(returned.is_worth_it());
    }

    #[test]
    fn what_makes_one_figure_worse_is_not_worth_what_it_does_to_the_others() {
        assert!(!gain(50.0, 1.1e7, 1e6).is_worth_it());
        assert!(!gain(50.0, 1e7, 1.1e6).is_worth_it());
        assert!(!gain(100.1, 1e3, 1e3).is_worth_it());
    }
}
