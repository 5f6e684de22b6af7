//! A cluster that nobody named: three shapes stand in for it, and only what holds on all of
//! them is said.

use std::sync::LazyLock;

use super::model::{Request, predict};
use super::prediction::{OnShape, Prediction, Verdict};
use crate::cluster::Cluster;
use crate::plan::Plan;
use crate::work::Work;

/// The smaller and the larger shape that stand in beside [`Cluster::default`]: the least RA3
/// cluster of more than one node, and the largest one that a public benchmark has timed.
static BESIDE: LazyLock<Vec<Cluster>> = LazyLock::new(|| {
    let names = ["ra3.large:2", "ra3.16xlarge:4"];
    names.iter().filter_map(|name| name.parse().ok()).collect()
});

/// Predicts how long a plan takes on the cluster of the request; where that one only stands in
/// for a cluster that was not named, on two more shapes.
///
/// `elsewhere` measures the plan's work on another cluster, planned anew where that can be done.
/// The interval then holds those of all shapes, and the verdict is decided where theirs agree;
/// median, steps and waiting are those of the shape in the middle.
pub fn predict_anywhere(
    plan: &Plan,
    work: &Work,
    request: &Request<'_>,
    elsewhere: impl Fn(&Cluster) -> (Plan, Work),
) -> Prediction {
    let mut prediction = predict(plan, work, request);
    if !request.cluster_assumed {
        return prediction;
    }
    let others = BESIDE.iter().map(|cluster| {
        let (plan, work) = elsewhere(cluster);
        predict(
            &plan,
            &work,
            &Request {
                cluster,
                ..*request
            },
        )
    });
    let others: Vec<Prediction> = others.collect();
    let mut shapes: Vec<OnShape> = others.iter().map(OnShape::of).collect();
    shapes.insert(shapes.len() / 2, OnShape::of(&prediction));
    for other in &others {
        let (warm, more) = (&mut prediction.warm, &other.warm);
        warm.low_ms = warm.low_ms.min(more.low_ms);
        warm.high_ms = warm.high_ms.max(more.high_ms);
        let [low, high] = &mut prediction.first_run_ms;
        *low = low.min(other.first_run_ms[0]);
        *high = high.max(other.first_run_ms[1]);
        if other.verdict != prediction.verdict {
            prediction.verdict = Verdict::CannotTell;
        }
    }
    prediction.shapes = shapes;
    prediction
}
