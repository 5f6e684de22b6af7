//! What each kind of work costs on a cluster: work × coefficients ÷ slices.

use crate::plan::{NodeId, Operator, Plan};
use crate::work::{StepWork, Work};

use super::request::Request;
use super::rounding::LONGEST_MS;
use super::terms::{Kind, MILLION, TERM_COUNT, TERMS};

/// The kind of work that is not done by the slices.
const LEADER_TERM: &str = "leader_rows";

/// What a million units of each kind of work cost on the requested cluster.
pub(super) struct Rates {
    pub floor_ms: f64,
    prices: [f64; TERM_COUNT],
    /// Which of them is the work of the leader node.
    leader: usize,
    /// How many times faster than the shape of the fit all slices are, and one is.
    speed: f64,
    serial_speed: f64,
    slices: f64,
    exponent: f64,
    /// How many times longer work takes on the user's cluster than predicted.
    slowness: f64,
    pub level: f64,
}

impl Rates {
    pub fn of(request: &Request<'_>) -> Self {
        let coefficients = request.coefficients;
        let cluster = request.cluster;
        let own = request.own();
        Self {
            floor_ms: own.map_or_else(|| coefficients.floor_ms(cluster), |own| own.floor_ms),
            prices: coefficients.prices(),
            leader: TERMS
                .iter()
                .position(|term| term.name == LEADER_TERM)
                .unwrap_or(TERM_COUNT),
            speed: coefficients.speed(cluster, cluster.slices()),
            serial_speed: coefficients.speed(cluster, 1.0),
            slices: cluster.slices(),
            exponent: coefficients.slice_exponent(cluster.platform()),
            slowness: own.map_or(1.0, |own| own.slowness),
            level: own
                .and_then(|own| own.interval)
                .map_or(coefficients.interval.level, |interval| interval.level),
        }
    }

    /// How much of each kind of work a step would do in the same time on the shape of the fit.
    pub fn amounts(&self, step: &StepWork) -> [f64; TERM_COUNT] {
        let speed = match (step.serial, step.slices) {
            (true, _) => self.serial_speed,
            // As one slice among all, times those that share the work.
            (false, Some(slices)) => self.speed * (slices / self.slices).powf(self.exponent),
            (false, None) => self.speed,
        };
        std::array::from_fn(|at| match at == self.leader {
            // Rows reach the client through the one leader node.
            true => (TERMS[at].of)(step),
            false => (TERMS[at].of)(step) / speed,
        })
    }

    /// How many joins a plan's time feels the estimates of: each by the square of the share of the
    /// time that is spent in it and in the steps that its rows go to, as errors that are made
    /// independently add up. What a scan reads is no less certain for the joins above it.
    /// `each`: the milliseconds of each step.
    pub fn joins_felt(&self, plan: &Plan, each: &[f64]) -> f64 {
        let ms = |id: NodeId| each.get(id).copied().unwrap_or(0.0);
        let busy: f64 = plan.nodes.iter().map(|node| ms(node.id)).sum();
        let total = (self.floor_ms + busy).max(f64::MIN_POSITIVE);
        // From the root down: the time of a step and of all those above it.
        let mut times = vec![0.0; plan.nodes.len()];
        let mut felt = 0.0;
        for node in &plan.nodes {
            let above = node.parent.and_then(|parent| times.get(parent)).copied();
            let here = above.unwrap_or(0.0) + ms(node.id);
            if let Some(slot) = times.get_mut(node.id) {
                *slot = here;
            }
            if matches!(node.operator, Operator::Join(..)) {
                felt += (here / total).powi(2);
            }
        }
        felt
    }

    /// The time of each step, in milliseconds.
    pub fn each_ms(&self, work: &Work) -> Vec<f64> {
        work.steps.iter().map(|step| self.step_ms(step)).collect()
    }

    /// The time of a step by what it goes into, in milliseconds.
    pub fn kinds(&self, step: &StepWork) -> [f64; Kind::ALL.len()] {
        let mut out = [0.0; Kind::ALL.len()];
        let amounts = self.amounts(step);
        for ((term, amount), price) in TERMS.iter().zip(amounts).zip(&self.prices) {
            out[term.kind as usize] += amount / MILLION * price * self.slowness;
        }
        out
    }

    /// The time of all steps by what it goes into, in milliseconds.
    pub fn kinds_of_all(&self, work: &Work) -> [f64; Kind::ALL.len()] {
        let mut out = [0.0; Kind::ALL.len()];
        for step in &work.steps {
            for (slot, ms) in out.iter_mut().zip(self.kinds(step)) {
                *slot = (*slot + ms).min(LONGEST_MS);
            }
        }
        out
    }

    /// The time of one step, in milliseconds.
    pub fn step_ms(&self, step: &StepWork) -> f64 {
        let amounts = self.amounts(step);
        let each = amounts.iter().zip(&self.prices);
        let ms: f64 = each.map(|(amount, price)| amount / MILLION * price).sum();
        ms * self.slowness
    }
}
