//! The head of an answer: the verdict, the time and its interval, what it rests on.

use super::bar::{VerdictBar, verdict_bar};
use crate::explain::ExplainedPlan;
use crate::latency::{OnShape, Verdict};
use crate::text::units::duration;

/// The verdict as the page shows it.
pub(super) struct VerdictView {
    pub class: &'static str,
    pub words: &'static str,
    /// Why there is none; empty where there is one.
    pub none_because: String,
    pub budget: String,
    pub cluster: String,
    /// What stands in for a cluster that was not named.
    pub shapes: Vec<ShapeView>,
    pub warm: String,
    pub interval: String,
    pub level: String,
    pub p99: String,
    pub first_run: String,
    pub bar: VerdictBar,
    pub alt: String,
    pub assumptions: Vec<String>,
}

/// A shape that stands in for a cluster that was not named.
pub(super) struct ShapeView {
    pub cluster: String,
    pub median: String,
    pub interval: String,
    pub verdict: &'static str,
}

impl ShapeView {
    fn of(shape: &OnShape) -> Self {
        Self {
            cluster: shape.cluster.clone(),
            median: duration(shape.p50_ms),
            interval: format!("{} to {}", duration(shape.low_ms), duration(shape.high_ms)),
            verdict: shape.verdict.word(),
        }
    }
}

/// The verdict of a plan.
pub(super) fn verdict(explained: &ExplainedPlan) -> VerdictView {
    let prediction = &explained.prediction;
    let warm = &prediction.warm;
    let (class, words) = match prediction.verdict {
        Verdict::Within => ("within", "Within"),
        Verdict::Over => ("over", "Over"),
        Verdict::CannotTell => ("cannot-tell", "Cannot tell whether it stays under"),
    };
    let reason = prediction.why_no_verdict();
    let interval = format!("{} to {}", duration(warm.low_ms), duration(warm.high_ms));
    let level = format!("{:.0} %", warm.level * 100.0);
    VerdictView {
        class,
        words,
        none_because: reason.unwrap_or_default().to_owned(),
        budget: duration(prediction.budget_ms),
        cluster: prediction.cluster.clone(),
        shapes: prediction.shapes.iter().map(ShapeView::of).collect(),
        warm: duration(warm.p50_ms),
        alt: format!(
            "A warm run takes {}, between {interval} at {level}, against a budget of {}",
            duration(warm.p50_ms),
            duration(prediction.budget_ms)
        ),
        interval,
        level,
        p99: duration(warm.p99_ms),
        first_run: format!(
            "{} to {}",
            duration(prediction.first_run_ms[0]),
            duration(prediction.first_run_ms[1])
        ),
        bar: verdict_bar(prediction, &[prediction]),
        assumptions: prediction
            .assumptions
            .iter()
            .filter(|assumption| Some(assumption.as_str()) != reason)
            .cloned()
            .collect(),
    }
}
