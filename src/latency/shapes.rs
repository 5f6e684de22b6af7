//! A cluster that nobody named: three shapes stand in for it, and only what holds on all of
//! them is said.

use std::sync::LazyLock;

use super::doubts::from_s3;
use super::model::{Times, predict};
use super::prediction::{OnShape, Prediction, Verdict};
use super::request::Request;
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
/// `elsewhere` measures the plan's work on another cluster; it hands a plan back where it was
/// planned anew. The interval then holds those of all shapes, and the verdict is decided where
/// theirs agree; median, steps and waiting are those of the shape in the middle.
pub fn predict_anywhere(
    plan: &Plan,
    work: &Work,
    request: &Request<'_>,
    elsewhere: impl Fn(&Cluster) -> (Option<Plan>, Work),
) -> Prediction {
    let mut prediction = predict(plan, work, request);
    if !request.cluster_assumed {
        return prediction;
    }
    let middle = OnShape::of(&prediction);
    let mut shapes = Vec::with_capacity(BESIDE.len() + 1);
    for cluster in BESIDE.iter() {
        let (replanned, work) = elsewhere(cluster);
        let request = Request {
            cluster,
            ..*request
        };
        let times = Times::of(replanned.as_ref().unwrap_or(plan), &work, &request);
        let (warm, shape) = (&mut prediction.warm, times.on(cluster));
        warm.low_ms = warm.low_ms.min(shape.low_ms);
        warm.high_ms = warm.high_ms.max(shape.high_ms);
        let ([low, high], of_shape) = (&mut prediction.first_run_ms, times.first_run());
        *low = low.min(of_shape[0]);
        *high = high.max(of_shape[1]);
        shapes.push(shape);
    }
    shapes.insert(shapes.len() / 2, middle);
    if shapes
        .iter()
        .any(|shape| shape.verdict != prediction.verdict)
    {
        prediction.verdict = Verdict::CannotTell;
    }
    if prediction.verdict == Verdict::CannotTell && prediction.no_verdict.is_none() {
        prediction.no_verdict = from_s3(plan);
    }
    prediction.shapes = shapes;
    prediction
}
