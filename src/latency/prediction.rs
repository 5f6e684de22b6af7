//! What is predicted: the stable JSON form and the verdict.

use serde::Serialize;

use crate::plan::NodeId;

/// How long a query should take on a cluster, against a budget.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prediction {
    /// The budget for a warm run, in milliseconds.
    pub budget_ms: f64,
    /// The cluster, as `ra3.4xlarge:4`.
    pub cluster: String,
    /// Whether the cluster was not named and the default shape stands in.
    pub cluster_assumed: bool,
    /// A warm run: compiled before, blocks cached.
    pub warm: Warm,
    /// The first run of this shape of query, low and high, in milliseconds.
    pub first_run_ms: [f64; 2],
    /// The warm median against the budget.
    pub verdict: Verdict,
    /// Where the time goes; steps that take none are left out.
    pub steps: Vec<StepTime>,
    /// Waiting for other users' queries, part of the warm median, in milliseconds.
    pub queue_ms: f64,
    /// What had to be assumed.
    pub assumptions: Vec<String>,
}

/// A warm run, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Warm {
    /// The median.
    pub p50_ms: f64,
    /// The 99th percentile of repeats.
    pub p99_ms: f64,
    /// Low end of the interval of the median.
    pub low_ms: f64,
    /// High end of the interval of the median.
    pub high_ms: f64,
    /// Share of measured medians that such intervals should hold.
    pub level: f64,
}

/// The interval of the warm median against the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval lies within the budget.
    Within,
    /// The whole interval lies over it.
    Over,
    /// The budget lies inside the interval.
    CannotTell,
}

impl Verdict {
    /// `within` if `high` ≤ budget, `over` if `low` > budget, else `cannot_tell`.
    pub fn of(low_ms: f64, high_ms: f64, budget_ms: f64) -> Self {
        if high_ms <= budget_ms {
            return Verdict::Within;
        }
        if low_ms > budget_ms {
            return Verdict::Over;
        }
        Verdict::CannotTell
    }

    /// The word that JSON carries.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Within => "within",
            Verdict::Over => "over",
            Verdict::CannotTell => "cannot_tell",
        }
    }
}

/// The time of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepTime {
    /// The step's id.
    pub node: NodeId,
    /// Its share of the warm median, in milliseconds.
    pub ms: f64,
    /// What it does for that, with numbers.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_follow_from_the_interval() {
        assert_eq!(Verdict::of(100.0, 800.0, 800.0), Verdict::Within);
        assert_eq!(Verdict::of(800.0, 900.0, 800.0), Verdict::CannotTell);
        assert_eq!(Verdict::of(800.1, 900.0, 800.0), Verdict::Over);
    }
}
