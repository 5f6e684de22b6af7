//! The head of an answer: the verdict, the time and its interval, what it rests on.

use super::bar::{VerdictBar, verdict_bar};
use super::scale::{TimeBar, Times};
use crate::cluster::Cluster;
use crate::explain::ExplainedPlan;
use crate::latency::{OnShape, Prediction, Verdict};
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

/// A shape that stands in for a cluster that was not named, with what it costs.
pub(super) struct ShapeView {
    pub cluster: String,
    /// Dollars an hour; empty where no price is known.
    pub dollars: String,
    pub median: String,
    pub interval: String,
    pub class: &'static str,
    pub verdict: &'static str,
    pub bar: TimeBar,
}

/// The shapes under each other, on one scale.
fn shapes(prediction: &Prediction) -> Vec<ShapeView> {
    let shapes = &prediction.shapes;
    let times = shapes
        .iter()
        .flat_map(|shape| [shape.low_ms, shape.high_ms]);
    let times: Vec<f64> = times.collect();
    let scale = Times::holding(&times, Some(prediction.budget_ms));
    let view = |shape: &OnShape| ShapeView {
        cluster: shape.cluster.clone(),
        dollars: shape.cluster.parse::<Cluster>().map_or_else(
            |_| String::new(),
            |one| format!("${:.2}", one.dollars_per_hour()),
        ),
        median: duration(shape.p50_ms),
        interval: format!("{} to {}", duration(shape.low_ms), duration(shape.high_ms)),
        class: class(shape.verdict),
        verdict: shape.verdict.word(),
        bar: scale.bar([shape.low_ms, shape.p50_ms, shape.high_ms], None),
    };
    shapes.iter().map(view).collect()
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Within => "within",
        Verdict::Over => "over",
        Verdict::CannotTell => "cannot-tell",
    }
}

/// The verdict of a plan.
pub(super) fn verdict(explained: &ExplainedPlan) -> VerdictView {
    let prediction = &explained.prediction;
    let warm = &prediction.warm;
    let words = match prediction.verdict {
        Verdict::Within => "Within",
        Verdict::Over => "Over",
        Verdict::CannotTell => "Cannot tell whether it stays under",
    };
    let reason = prediction.why_no_verdict();
    let interval = format!("{} to {}", duration(warm.low_ms), duration(warm.high_ms));
    let level = format!("{:.0} %", warm.level * 100.0);
    VerdictView {
        class: class(prediction.verdict),
        words,
        none_because: reason.unwrap_or_default().to_owned(),
        budget: duration(prediction.budget_ms),
        cluster: prediction.cluster.clone(),
        shapes: shapes(prediction),
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
