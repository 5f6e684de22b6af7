//! Work × coefficients ÷ slices: the time of each step and the interval around
//! the sum. Cost never enters.

use crate::plan::{Operator, Plan};
use crate::work::{StepWork, Work};

use super::prediction::{Prediction, StepTime, Verdict, Warm};
use super::{Cluster, Coefficients, wording};

/// A standard normal variate exceeds this in 5 % of cases: the two-sided 90 % interval.
const Z_90: f64 = 1.645;
/// A standard normal variate exceeds this in 1 % of cases.
const Z_99: f64 = 2.326;
/// Steps below this share of the warm median are not listed.
const LEAST_SHARE: f64 = 0.002;
/// Units that coefficients are per.
const MILLION: f64 = 1e6;
/// Times are clipped here, so that absurd row counts still serialize.
const LONGEST_MS: f64 = 1e15;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The budget for a warm run, in milliseconds.
    pub budget_ms: f64,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Whether the user did not name it.
    pub cluster_assumed: bool,
    /// Users that send queries at the same time; 1 for a quiet cluster.
    pub users: u32,
    /// The numbers of the model.
    pub coefficients: &'a Coefficients,
}

impl<'a> Request<'a> {
    /// A request on a quiet cluster with the shipped coefficients.
    pub fn new(budget_ms: f64, cluster: &'a Cluster) -> Self {
        Self {
            budget_ms,
            cluster,
            cluster_assumed: false,
            users: 1,
            coefficients: Coefficients::shipped(),
        }
    }
}

/// Predicts how long a plan takes.
pub fn predict(plan: &Plan, work: &Work, request: &Request<'_>) -> Prediction {
    let terms = request.coefficients.platform(request.cluster.platform());
    let mut steps: Vec<StepTime> = Vec::new();
    let mut total = terms.floor_ms;
    for step in &work.steps {
        let ms = step_ms(step, request).min(LONGEST_MS);
        total += ms;
        steps.push(StepTime {
            node: step.node,
            ms,
            why: wording::why(plan, step),
        });
    }
    let p50 = total.min(LONGEST_MS);
    steps.retain(|step| step.ms >= p50 * LEAST_SHARE);
    let interval = &request.coefficients.interval;
    let spread = (Z_90 * sigma(plan, work, request)).exp();
    let (low, high) = (p50 / spread, p50 * spread);
    let first = &request.coefficients.first_run;
    let mut assumptions = request.cluster.assumptions();
    assumptions.extend(work.assumptions.iter().cloned());
    Prediction {
        budget_ms: request.budget_ms,
        cluster: request.cluster.to_string(),
        cluster_assumed: request.cluster_assumed,
        warm: Warm {
            p50_ms: round(p50),
            p99_ms: round(p50 * (Z_99 * interval.repeat).exp()),
            low_ms: round(low),
            high_ms: round(high),
            level: interval.level,
        },
        first_run_ms: [round(low + first.low_ms), round(high + first.high_ms)],
        verdict: Verdict::of(low, high, request.budget_ms),
        steps,
        assumptions,
    }
}

/// The time of one step on the requested cluster, in milliseconds.
fn step_ms(step: &StepWork, request: &Request<'_>) -> f64 {
    let coefficients = request.coefficients;
    let at_reference = reference_ms(step, coefficients);
    let terms = coefficients.platform(request.cluster.platform());
    let slices = if step.serial {
        1.0
    } else {
        request.cluster.slices()
    };
    let fit = &coefficients.fit;
    let faster = (slices / fit.slices)
        .max(f64::MIN_POSITIVE)
        .powf(fit.slice_exponent);
    at_reference / (faster * terms.speed)
}

/// The time of one step on the shape of the fit, in milliseconds.
fn reference_ms(step: &StepWork, coefficients: &Coefficients) -> f64 {
    let c = &coefficients.work_ms;
    let (fixed, text) = step
        .scan
        .as_ref()
        .map_or((0.0, 0.0), |scan| (scan.fixed_bytes, scan.text_bytes));
    let units = [
        (fixed, c.fixed_megabyte),
        (text, c.text_megabyte),
        (step.like_bytes, c.like_megabyte),
        (step.regex_bytes, c.regex_megabyte),
        (step.function_bytes, c.function_megabyte),
        (step.comparisons, c.comparisons),
        (step.operations, c.operations),
        (step.rows_hashed, c.rows_hashed),
        (step.groups, c.groups),
        (step.distinct_rows, c.distinct_rows),
        (step.sort_rows, c.sort_rows),
        (step.build_rows, c.build_rows),
        (step.probe_rows, c.probe_rows),
        (step.pairs, c.pairs),
        (step.network_bytes, c.network_megabyte),
        (step.leader_rows, c.leader_rows),
        (step.spill_bytes, c.spill_megabyte),
    ];
    units.iter().map(|(n, ms)| n / MILLION * ms).sum()
}

/// The standard deviation of ln(measured ÷ predicted) for this plan.
fn sigma(plan: &Plan, work: &Work, request: &Request<'_>) -> f64 {
    let interval = &request.coefficients.interval;
    let unseen = request
        .coefficients
        .platform(request.cluster.platform())
        .unseen;
    let columns_known = work.scans().all(|scan| scan.known);
    let joins = join_depth(plan);
    let parts = [
        interval.residual,
        interval.repeat,
        unseen,
        interval.per_join * joins,
        if columns_known {
            0.0
        } else {
            interval.columns_unknown
        },
    ];
    parts.iter().map(|part| part * part).sum::<f64>().sqrt()
}

/// Joins on the path that holds most of them.
fn join_depth(plan: &Plan) -> f64 {
    let mut depth = vec![0u32; plan.nodes.len()];
    let mut most = 0;
    for node in &plan.nodes {
        let above = node.parent.and_then(|p| depth.get(p)).copied().unwrap_or(0);
        let here = above + u32::from(matches!(node.operator, Operator::Join(..)));
        if let Some(slot) = depth.get_mut(node.id) {
            *slot = here;
        }
        most = most.max(here);
    }
    f64::from(most)
}

/// To a tenth of a millisecond.
fn round(ms: f64) -> f64 {
    (ms.min(LONGEST_MS) * 10.0).round() / 10.0
}
