//! Work × coefficients ÷ slices: the time of each step and the interval around
//! the sum. Cost never enters.

use crate::plan::{NodeId, Plan};
use crate::text::units::count;
use crate::work::{StepWork, Work};

use super::doubts::{from_s3, no_verdict, writing};
use super::prediction::{OnShape, Prediction, StepTime, Verdict, Warm};
use super::queueing::response_ms;
use super::rates::Rates;
use super::request::Request;
use super::rounding::{LONGEST_MS, Z_90, Z_99, round};
use super::terms::{Kind, TERM_COUNT};
use super::{Coefficients, wording};
use crate::cluster::Cluster;

/// Steps below this share of the warm median are not listed.
const LEAST_SHARE: f64 = 0.002;
/// How many times longer fetching the result makes the high end before that is told and
/// reckoned with.
const FETCHING_MATTERS: f64 = 1.1;

/// The times of a plan on one cluster, in milliseconds, before they are put into words.
pub(super) struct Times {
    /// Of each step, on a quiet cluster.
    steps: Vec<(NodeId, f64)>,
    /// The median on a quiet cluster.
    alone: f64,
    /// The median, with what other users' queries add.
    p50: f64,
    low: f64,
    high: f64,
    /// Both ends of the first run.
    first_run: [f64; 2],
    level: f64,
    verdict: Verdict,
    no_verdict: Option<String>,
    /// What the interval rests on beside the work.
    told: Vec<String>,
    rates: Rates,
}

impl Times {
    /// Times a plan.
    pub(super) fn of(plan: &Plan, work: &Work, request: &Request<'_>) -> Self {
        let coefficients = request.coefficients;
        let rates = Rates::of(request);
        let each = rates.each_ms(work);
        let timed = work.steps.iter().zip(&each);
        let steps: Vec<(NodeId, f64)> = timed
            .map(|(step, ms)| (step.node, ms.min(LONGEST_MS)))
            .collect();
        let busy: f64 = steps.iter().map(|(_, ms)| ms).sum();
        let alone = (rates.floor_ms + busy).min(LONGEST_MS);
        let (low, high) = ends(plan, (work, &each), request, &rates, alone);
        let no_verdict = no_verdict(plan);
        // What follows a fragment is as little known as what is missing of it; of a query that
        // was planned here the budget is for the cluster's part.
        let fetching = match no_verdict.is_none() && !plan.made_here {
            true => with_fetching(plan, work, coefficients, high),
            false => None,
        };
        let (high, fetched) = match fetching {
            Some((high, told)) => (high, Some(told)),
            None => (high, None),
        };
        // Under load every time is longer by what the query waits.
        let loaded = |ms: f64| {
            let busy = (ms - rates.floor_ms).max(0.0);
            response_ms(ms, busy, request.users, coefficients.queue.most_per_second).min(LONGEST_MS)
        };
        let (p50, low, high) = (loaded(alone), loaded(low), loaded(high));
        let [least, most] = coefficients.first_run_ms();
        let over = Verdict::of(low, high, request.budget_ms) == Verdict::Over;
        let unmeasured = from_s3(plan);
        let no_verdict = no_verdict.or_else(|| unmeasured.clone().filter(|_| !over));
        let mut told: Vec<String> = no_verdict.iter().cloned().collect();
        told.extend(writing(plan));
        if let Some(text) = unmeasured.filter(|text| !told.contains(text)) {
            told.push(text);
        }
        told.extend(request.cluster.assumptions());
        told.extend(request.assumptions());
        told.extend(fetched);
        Self {
            steps,
            alone,
            p50,
            low,
            high,
            first_run: [low + least, high + most],
            level: rates.level,
            verdict: match no_verdict {
                None => Verdict::with(plan.writes.is_some(), low, high, request.budget_ms),
                Some(_) => Verdict::CannotTell,
            },
            no_verdict,
            told,
            rates,
        }
    }

    /// Both ends of the first run.
    pub(super) fn first_run(&self) -> [f64; 2] {
        self.first_run.map(round)
    }

    /// What is shown of a shape beside others.
    pub(super) fn on(&self, cluster: &Cluster) -> OnShape {
        OnShape {
            cluster: cluster.to_string(),
            p50_ms: round(self.p50),
            low_ms: round(self.low),
            high_ms: round(self.high),
            verdict: self.verdict,
        }
    }
}

/// Predicts how long a plan takes.
pub fn predict(plan: &Plan, work: &Work, request: &Request<'_>) -> Prediction {
    let coefficients = request.coefficients;
    let times = Times::of(plan, work, request);
    let worth_telling = times
        .steps
        .iter()
        .filter(|(_, ms)| request.tells_steps && *ms >= times.alone * LEAST_SHARE);
    let steps = worth_telling.map(|(node, ms)| StepTime {
        node: *node,
        ms: round(*ms),
        why: work
            .step(*node)
            .map_or_else(String::new, |step| wording::why(plan, step)),
        parts: work
            .step(*node)
            .map_or_else(Vec::new, |step| listed(times.rates.kinds(step))),
    });
    let mut parts = times.rates.kinds_of_all(work);
    parts[Kind::Fixed as usize] = times.rates.floor_ms;
    parts[Kind::Queue as usize] = times.p50 - times.alone;
    let repeat = match request.users {
        0 | 1 => coefficients.interval.repeat_tail,
        _ => coefficients
            .queue
            .spread
            .max(coefficients.interval.repeat_tail),
    };
    Prediction {
        budget_ms: request.budget_ms,
        budget_assumed: false,
        cluster: request.cluster.to_string(),
        cluster_assumed: request.cluster_assumed,
        shapes: Vec::new(),
        warm: Warm {
            p50_ms: round(times.p50),
            p99_ms: round(times.p50 * (Z_99 * repeat).exp()),
            low_ms: round(times.low),
            high_ms: round(times.high),
            level: times.level,
        },
        first_run_ms: times.first_run(),
        verdict: times.verdict,
        writes: plan.writes.is_some(),
        targets: Vec::new(),
        steps: steps.collect(),
        parts: listed(parts),
        queue_ms: round(times.p50 - times.alone),
        assumptions: times
            .told
            .into_iter()
            .chain(work.assumptions.iter().cloned())
            .collect(),
        no_verdict: times.no_verdict,
    }
}

/// Times by kind, without the kinds that take none.
fn listed(parts: [f64; Kind::ALL.len()]) -> Vec<(Kind, f64)> {
    let of = |kind: Kind| (kind, round(parts[kind as usize]));
    let all = Kind::ALL.into_iter().map(of);
    all.filter(|(_, ms)| *ms > 0.0).collect()
}

/// The part of a plan's warm median that goes into handing the result to the client, in
/// milliseconds: no key changes it.
pub fn returning_ms(work: &Work, request: &Request<'_>) -> f64 {
    let rates = Rates::of(request);
    let returning = work.steps.iter().map(|step| StepWork {
        node: step.node,
        leader_rows: step.leader_rows,
        ..StepWork::default()
    });
    returning.map(|step| rates.step_ms(&step)).sum()
}

/// How much of each kind of work a plan would do in the same time on the shape of the fit.
pub(super) fn amounts(work: &Work, request: &Request<'_>) -> [f64; TERM_COUNT] {
    let rates = Rates::of(request);
    let mut out = [0.0; TERM_COUNT];
    for step in &work.steps {
        for (slot, amount) in out.iter_mut().zip(rates.amounts(step)) {
            *slot += amount;
        }
    }
    out
}

/// The time of a plan's work on a cluster, without the floor, in milliseconds.
pub fn work_ms(work: &Work, request: &Request<'_>) -> f64 {
    let rates = Rates::of(request);
    work.steps.iter().map(|step| rates.step_ms(step)).sum()
}

/// Both ends of the interval of the warm median.
///
/// The spread is in ln: what the model does not explain, repeats, a shape that was
/// not fitted, errors of estimated rows that grow with each join whose rows take time. Where rows are
/// defaults, the time at the low and at the high end of their range widens the
/// side that it lies on.
/// How many blocks are skipped is no error that others offset: where that is not known,
/// the low end is that of the least work, with the spread of its own.
fn ends(
    plan: &Plan,
    (work, each): (&Work, &[f64]),
    request: &Request<'_>,
    rates: &Rates,
    p50: f64,
) -> (f64, f64) {
    let coefficients = request.coefficients;
    let interval = &coefficients.interval;
    let columns_known = work.scans().all(|scan| scan.known);
    let per_join = match plan.made_here {
        true => interval.per_join,
        false => interval.per_join_printed,
    };
    let parts = [
        // What was left out of the fit was a single measurement, repeats included.
        interval.residual.max(interval.repeat),
        coefficients.unseen(request.cluster),
        per_join * rates.joins_felt(plan, each).sqrt(),
        if columns_known {
            0.0
        } else {
            interval.columns_unknown
        },
    ];
    let own = request.own().and_then(|own| own.interval);
    let common: f64 = match own {
        // Own timings hold all of that, for queries like those that were timed.
        Some(own) => (own.half_width / Z_90).max(interval.repeat).powi(2),
        None => parts.iter().map(|part| part * part).sum(),
    };
    let at = |steps: &[StepWork]| -> f64 {
        let work: f64 = steps.iter().map(|step| rates.step_ms(step)).sum();
        (rates.floor_ms + work).clamp(1e-3, LONGEST_MS)
    };
    let away = |steps: &[StepWork]| match steps.is_empty() {
        true => 0.0,
        false => (at(steps) / p50.max(1e-3)).ln() / Z_90,
    };
    let down = away(&work.low).min(0.0);
    let up = away(&work.high).max(0.0);
    let low = match work.scans().any(|scan| scan.uncertain) {
        true => p50 * (Z_90 * (down - common.sqrt())).exp(),
        false => p50 * (-Z_90 * (common + down * down).sqrt()).exp(),
    };
    let high = p50 * (Z_90 * (common + up * up).sqrt()).exp();
    (low, high.min(LONGEST_MS))
}

/// The high end with a slow client, and the sentence for it; `None` where that makes no
/// difference.
///
/// A warm run ends when the leader node has the rows. What a user sees ends when the client has
/// them; a pasted plan does not even say whether they go to a client or into a table.
fn with_fetching(
    plan: &Plan,
    work: &Work,
    coefficients: &Coefficients,
    high: f64,
) -> Option<(f64, String)> {
    let steps = match work.high.is_empty() {
        true => &work.steps,
        false => &work.high,
    };
    let sent = steps.iter().any(|step| step.leader_rows > 0.0);
    let returned = plan.roots().filter_map(|root| steps.get(root.id));
    let rows: f64 = returned.map(|root| root.rows_out).sum();
    let slowest = coefficients.fetch.slowest_rows_per_second;
    let with = (high + rows / slowest * 1000.0).min(LONGEST_MS);
    (sent && with > high * FETCHING_MATTERS).then(|| {
        let told = format!(
            "{} rows are returned: how fast the client fetches them, or whether they are written \
             to a table, is not known. The high end has them fetched at {} rows a second, the \
             slowest rate that a public plan tells of.",
            count(rows),
            count(slowest)
        );
        (with, told)
    })
}

/// Both ends of the interval of a plan's warm median, as factors of it.
pub(super) fn interval(plan: &Plan, work: &Work, request: &Request<'_>) -> [f64; 2] {
    let rates = Rates::of(request);
    let each = rates.each_ms(work);
    let busy: f64 = each.iter().sum();
    let p50 = (rates.floor_ms + busy).clamp(1e-3, LONGEST_MS);
    let (low, high) = ends(plan, (work, &each), request, &rates, p50);
    [low / p50, high / p50]
}

/// How many joins a plan's time feels the estimates of.
pub(super) fn joins_felt(plan: &Plan, work: &Work, request: &Request<'_>) -> f64 {
    let rates = Rates::of(request);
    rates.joins_felt(plan, &rates.each_ms(work))
}
