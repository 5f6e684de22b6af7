//! Work × coefficients ÷ slices: the time of each step and the interval around
//! the sum. Cost never enters.

use crate::plan::{Operator, Plan};
use crate::work::{StepWork, Work};

use super::prediction::{Prediction, StepTime, Verdict, Warm};
use super::terms::TERMS;
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
    let coefficients = request.coefficients;
    let floor = coefficients.floor_ms(request.cluster);
    let mut steps: Vec<StepTime> = Vec::with_capacity(work.steps.len());
    for step in &work.steps {
        let ms = step_ms(step, request).min(LONGEST_MS);
        let why = String::new();
        steps.push(StepTime {
            node: step.node,
            ms,
            why,
        });
    }
    let p50 = (floor + steps.iter().map(|step| step.ms).sum::<f64>()).min(LONGEST_MS);
    steps.retain(|step| step.ms >= p50 * LEAST_SHARE);
    for time in &mut steps {
        if let Some(step) = work.step(time.node) {
            time.why = wording::why(plan, step);
        }
        time.ms = round(time.ms);
    }
    let interval = &coefficients.interval;
    let (low, high) = ends(plan, work, request, floor, p50);
    let first = &coefficients.first_run;
    let mut assumptions = request.cluster.assumptions();
    assumptions.extend(work.assumptions.iter().cloned());
    Prediction {
        budget_ms: request.budget_ms,
        cluster: request.cluster.to_string(),
        cluster_assumed: request.cluster_assumed,
        warm: Warm {
            p50_ms: round(p50),
            p99_ms: round(p50 * (Z_99 * interval.repeat_tail).exp()),
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
    let prices = coefficients.prices();
    let slices = if step.serial {
        1.0
    } else {
        request.cluster.slices()
    };
    let speed = coefficients.speed(request.cluster, slices);
    TERMS
        .iter()
        .zip(prices)
        .map(|(term, price)| {
            let ms = (term.of)(step) / MILLION * price;
            // Rows reach the client through the one leader node.
            if term.name == "leader_rows" {
                ms
            } else {
                ms / speed
            }
        })
        .sum()
}

/// Both ends of the interval of the warm median.
///
/// The spread is in ln: what the model does not explain, repeats, a shape that was
/// not fitted, errors of estimated rows that grow with each join. Where rows are
/// defaults, the time at the low and at the high end of their range widens the
/// side that it lies on.
fn ends(plan: &Plan, work: &Work, request: &Request<'_>, floor: f64, p50: f64) -> (f64, f64) {
    let coefficients = request.coefficients;
    let interval = &coefficients.interval;
    let columns_known = work.scans().all(|scan| scan.known);
    let parts = [
        // What was left out of the fit was a single measurement, repeats included.
        interval.residual.max(interval.repeat),
        coefficients.unseen(request.cluster),
        interval.per_join * join_depth(plan).sqrt(),
        if columns_known {
            0.0
        } else {
            interval.columns_unknown
        },
    ];
    let common: f64 = parts.iter().map(|part| part * part).sum();
    let at = |steps: &[StepWork]| -> f64 {
        let work: f64 = steps.iter().map(|step| step_ms(step, request)).sum();
        (floor + work).clamp(1e-3, LONGEST_MS)
    };
    let away = |steps: &[StepWork]| match steps.is_empty() {
        true => 0.0,
        false => (at(steps) / p50.max(1e-3)).ln() / Z_90,
    };
    let down = away(&work.low).min(0.0);
    let up = away(&work.high).max(0.0);
    let low = p50 * (-Z_90 * (common + down * down).sqrt()).exp();
    let high = p50 * (Z_90 * (common + up * up).sqrt()).exp();
    (low, high.min(LONGEST_MS))
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
