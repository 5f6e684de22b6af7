//! What is predicted: the stable JSON form and the verdict.

use schemars::JsonSchema;
use serde::Serialize;

use super::rounding::{Z_99, round};
use super::terms::Kind;
use crate::plan::NodeId;

/// How long a query should take on a cluster, against a budget.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Prediction {
    /// The budget for a warm run, in milliseconds.
    pub budget_ms: f64,
    /// Whether nobody named the budget, and the default stands in.
    #[serde(skip)]
    pub budget_assumed: bool,
    /// The cluster, as `ra3.4xlarge:4`.
    pub cluster: String,
    /// Whether the cluster was not named and the default shape stands in.
    pub cluster_assumed: bool,
    /// The shapes that stand in for a cluster that was not named, the smallest first; empty
    /// where it was. The interval holds those of all.
    pub shapes: Vec<OnShape>,
    /// A warm run: compiled before, blocks cached.
    pub warm: Warm,
    /// The first run of this shape of query, low and high, in milliseconds.
    pub first_run_ms: [f64; 2],
    /// The warm median against the budget.
    pub verdict: Verdict,
    /// Why no verdict can be given, whatever the interval is.
    #[serde(skip)]
    pub no_verdict: Option<String>,
    /// Whether the statement writes, which takes a time that is not known: then the budget is
    /// never said to be kept.
    #[serde(skip)]
    pub writes: bool,
    /// The mean and the 99th percentile against the workload's targets; empty for
    /// queries that do not search by its columns.
    pub targets: Vec<Target>,
    /// Where the time goes; steps that take none are left out.
    pub steps: Vec<StepTime>,
    /// The same by what it goes into, in the order of [`Kind::ALL`], without what takes none:
    /// together the warm median.
    #[serde(skip)]
    pub parts: Vec<(Kind, f64)>,
    /// Waiting for other users' queries, part of the warm median, in milliseconds.
    pub queue_ms: f64,
    /// What had to be assumed.
    pub assumptions: Vec<String>,
}

/// A plan's time on one of the shapes that stand in for a cluster that was not named.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OnShape {
    /// The shape, as `ra3.large:2`.
    pub cluster: String,
    /// The median of warm runs, in milliseconds.
    pub p50_ms: f64,
    /// Low end of its interval, in milliseconds.
    pub low_ms: f64,
    /// High end, in milliseconds.
    pub high_ms: f64,
    /// The interval against the budget.
    pub verdict: Verdict,
}

impl OnShape {
    /// What was predicted on it.
    pub(super) fn of(prediction: &Prediction) -> Self {
        Self {
            cluster: prediction.cluster.clone(),
            p50_ms: prediction.warm.p50_ms,
            low_ms: prediction.warm.low_ms,
            high_ms: prediction.warm.high_ms,
            verdict: prediction.verdict,
        }
    }
}

/// A figure that the workload has a target for, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Target {
    /// `average` or `p99`.
    pub figure: &'static str,
    /// What it should keep.
    pub target_ms: f64,
    /// What is predicted.
    pub ms: f64,
    /// Low end of the interval.
    pub low_ms: f64,
    /// High end of the interval.
    pub high_ms: f64,
    /// The interval against the target.
    pub verdict: Verdict,
}

impl Prediction {
    /// Why there is no verdict, where the plan does not tell what it takes or the time to write
    /// is not known.
    pub fn why_no_verdict(&self) -> Option<&str> {
        let first = self.assumptions.first();
        let writing = first.filter(|_| self.writes && self.verdict == Verdict::CannotTell);
        self.no_verdict.as_ref().or(writing).map(String::as_str)
    }

    /// Takes in the interval of another: of the same plan, where less is known. The median stays.
    pub fn widen(&mut self, other: &Prediction) {
        self.warm.low_ms = self.warm.low_ms.min(other.warm.low_ms);
        self.warm.high_ms = self.warm.high_ms.max(other.warm.high_ms);
        let [low, high] = &mut self.first_run_ms;
        *low = low.min(other.first_run_ms[0]);
        *high = high.max(other.first_run_ms[1]);
        if self.no_verdict.is_none() {
            self.no_verdict.clone_from(&other.no_verdict);
        }
        let decided = Verdict::with(
            self.writes,
            self.warm.low_ms,
            self.warm.high_ms,
            self.budget_ms,
        );
        self.verdict = match (&self.no_verdict, self.verdict) {
            (Some(_), _) | (None, Verdict::CannotTell) => Verdict::CannotTell,
            (None, _) => decided,
        };
        let targets = self.targets.iter().zip(&other.targets);
        let widened = targets.map(|(target, other)| {
            let (low_ms, high_ms) = (
                target.low_ms.min(other.low_ms),
                target.high_ms.max(other.high_ms),
            );
            Target {
                low_ms,
                high_ms,
                verdict: match self.no_verdict {
                    Some(_) => Verdict::CannotTell,
                    None => Verdict::with(self.writes, low_ms, high_ms, target.target_ms),
                },
                ..target.clone()
            }
        });
        self.targets = widened.collect();
    }

    /// Sets the workload's targets against what is predicted. Repeats of one query
    /// spread log-normally, so that their mean is e^(σ²/2) times the median, where
    /// ln(p99 ÷ p50) = 2.326 σ.
    pub fn set_targets(&mut self, average_ms: f64, p99_ms: f64) {
        let warm = self.warm;
        let tail = match warm.p50_ms > 0.0 {
            true => (warm.p99_ms / warm.p50_ms).max(1.0),
            false => 1.0,
        };
        let spread = tail.ln() / Z_99;
        let target = |figure, target_ms: f64, factor: f64| {
            let (low_ms, high_ms) = (warm.low_ms * factor, warm.high_ms * factor);
            Target {
                figure,
                target_ms,
                ms: round(warm.p50_ms * factor),
                low_ms: round(low_ms),
                high_ms: round(high_ms),
                verdict: match self.no_verdict {
                    Some(_) => Verdict::CannotTell,
                    None => Verdict::with(self.writes, low_ms, high_ms, target_ms),
                },
            }
        };
        self.targets = vec![
            target("average", average_ms, (spread * spread / 2.0).exp()),
            target("p99", p99_ms, tail),
        ];
    }
}

/// A warm run, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
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

    /// The same, where a time to write that is not known may come on top.
    pub fn with(writes: bool, low_ms: f64, high_ms: f64, budget_ms: f64) -> Self {
        match Self::of(low_ms, high_ms, budget_ms) {
            Verdict::Within if writes => Verdict::CannotTell,
            verdict => verdict,
        }
    }

    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Within => "within",
            Verdict::Over => "over",
            Verdict::CannotTell => "undecided",
        }
    }

    /// The same before the budget: `undecided against 800 ms`.
    pub fn before_budget(self) -> &'static str {
        match self {
            Verdict::CannotTell => "undecided against",
            decided => decided.word(),
        }
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StepTime {
    /// The step's id.
    pub node: NodeId,
    /// Its share of the warm median, in milliseconds.
    pub ms: f64,
    /// What it does for that, with numbers.
    pub why: String,
    /// Its time by what it goes into, in milliseconds, without what takes none.
    #[serde(skip)]
    pub parts: Vec<(Kind, f64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_scale_the_interval() {
        let mut prediction = Prediction {
            budget_ms: 800.0,
            budget_assumed: true,
            cluster: String::new(),
            cluster_assumed: true,
            shapes: Vec::new(),
            warm: Warm {
                p50_ms: 500.0,
                p99_ms: 1000.0,
                low_ms: 300.0,
                high_ms: 620.0,
                level: 0.9,
            },
            first_run_ms: [0.0, 0.0],
            verdict: Verdict::Within,
            no_verdict: None,
            writes: false,
            targets: Vec::new(),
            steps: Vec::new(),
            parts: Vec::new(),
            queue_ms: 0.0,
            assumptions: Vec::new(),
        };
        prediction.set_targets(650.0, 1200.0);
        let [average, p99] = prediction.targets.as_slice() else {
            panic!("two targets");
        };
        // σ = ln 2 ÷ 2.326 = 0.298; e^(σ²÷2) = 1.045.
        assert_eq!((average.ms, average.verdict), (522.7, Verdict::Within));
        assert_eq!((p99.ms, p99.high_ms), (1000.0, 1240.0));
        assert_eq!(p99.verdict, Verdict::CannotTell);
        prediction.no_verdict = Some(String::new());
        prediction.set_targets(650.0, 12.0);
        for target in prediction.targets {
            assert_eq!(target.verdict, Verdict::CannotTell, "{}", target.figure);
        }
    }

    #[test]
    fn verdicts_follow_from_the_interval() {
        assert_eq!(Verdict::of(100.0, 800.0, 800.0), Verdict::Within);
        assert_eq!(Verdict::of(800.0, 900.0, 800.0), Verdict::CannotTell);
        assert_eq!(Verdict::of(800.1, 900.0, 800.0), Verdict::Over);
    }
}
