//! Predictions held against measured timings.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cluster::Cluster;
use crate::latency::calibration::Calibration;
use crate::latency::{Coefficients, Request, Verdict, predict};
use crate::plan::{NodeId, Operator, Plan, RowRange};
use crate::planner::{Planned, plan};
use crate::work::{Context, Work, measure};

use super::workload::{Cardinality, Workload, cluster};

/// One prediction beside its measurement.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Compared {
    /// The query.
    pub query: String,
    /// Measured, in milliseconds.
    pub measured_ms: f64,
    /// Predicted median.
    pub p50_ms: f64,
    /// Low end of the interval.
    pub low_ms: f64,
    /// High end of the interval.
    pub high_ms: f64,
    /// The verdict against the budget.
    pub verdict: Verdict,
    /// Bytes that all scans read.
    #[serde(skip)]
    pub bytes: f64,
    /// The planner's cost of the root.
    #[serde(skip)]
    pub cost: f64,
}

impl Compared {
    /// The factor between predicted and measured, at least 1.
    pub fn q_error(&self) -> f64 {
        q_error(self.p50_ms, self.measured_ms)
    }

    fn covered(&self) -> bool {
        (self.low_ms..=self.high_ms).contains(&self.measured_ms)
    }
}

fn q_error(predicted: f64, measured: f64) -> f64 {
    (predicted / measured).max(measured / predicted)
}

/// How predictions did on one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ClusterScore {
    /// The cluster, as the file calls it.
    pub cluster: String,
    /// When it was measured.
    pub date: String,
    /// `given` (measured row counts), `estimated` (the planner's own) or `columns` (the planner's
    /// own from statistics of columns).
    pub cardinalities: &'static str,
    /// Queries compared.
    pub n: usize,
    /// Median factor between predicted and measured.
    pub q_error_median: f64,
    /// Its 90th percentile.
    pub q_error_p90: f64,
    /// Measurements inside the interval.
    pub covered: usize,
    /// Verdicts that are not `cannot_tell`.
    pub decided: usize,
    /// Those of them that are right.
    pub right_of_decided: usize,
    /// The same for simpler predictions, fitted on these very timings.
    pub baselines: Baselines,
    /// Share of pairs of queries that the prediction puts in the right order.
    pub pairs_in_order: f64,
    /// Every query.
    pub queries: Vec<Compared>,
}

/// Median and p90 Q-error of simpler predictions. Each gets its best single
/// factor from the timings that it is held against, which the model does not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Baselines {
    /// One time for all queries: the median.
    pub constant: [f64; 2],
    /// Bytes scanned × a factor.
    pub bytes: [f64; 2],
    /// The planner's cost × a factor.
    pub cost: [f64; 2],
}

/// All clusters of a folder.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Evaluation {
    /// Per cluster, with given and with estimated cardinalities.
    pub clusters: Vec<ClusterScore>,
    /// What was left out and why.
    pub notes: Vec<String>,
}

/// Compares predictions with every timing of a workload.
pub fn evaluate(
    workload: &Workload,
    coefficients: &Coefficients,
    calibration: Option<&Calibration>,
    budget_ms: f64,
) -> Evaluation {
    let mut shapes: Vec<(String, String)> = Vec::new();
    for run in &workload.runs {
        let shape = (run.date.clone(), run.cluster.clone());
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    let mut notes = workload.notes.clone();
    let mut clusters = Vec::new();
    for (date, name) in shapes {
        let Some(shape) = cluster(&name) else {
            notes.push(format!(
                "cluster `{name}` is not a shape that is known: its timings are left out"
            ));
            continue;
        };
        let year = date.get(..4).and_then(|year| year.parse().ok());
        let of_then = year.map(|year| coefficients.as_of(year));
        let coefficients = of_then.as_ref().unwrap_or(coefficients);
        let regimes = [Regime::Given, Regime::Estimated, Regime::Columns];
        for given in regimes.into_iter().filter(|regime| regime.is_of(workload)) {
            let target = Target {
                shape: &shape,
                given,
                request: Request {
                    coefficients,
                    calibration,
                    ..Request::new(budget_ms, &shape)
                },
            };
            let compared = compare(workload, (&date, &name), &target, &mut notes);
            if !compared.is_empty() {
                clusters.push(score(
                    name.clone(),
                    date.clone(),
                    given,
                    budget_ms,
                    compared,
                ));
            }
        }
    }
    notes.sort();
    notes.dedup();
    Evaluation { clusters, notes }
}

/// Where row counts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regime {
    /// Measured.
    Given,
    /// The planner's, from the rows of the tables.
    Estimated,
    /// The planner's, from what is known of columns too.
    Columns,
}

impl Regime {
    /// Whether a folder has what it takes.
    fn is_of(self, workload: &Workload) -> bool {
        match self {
            Regime::Given => !workload.cardinalities.is_empty(),
            Regime::Estimated => true,
            Regime::Columns => workload.column_stats.is_some(),
        }
    }

    /// The one that tells most of a folder's rows.
    pub(super) fn best(workload: &Workload) -> Self {
        let regimes = [Regime::Given, Regime::Columns];
        let best = regimes.into_iter().find(|regime| regime.is_of(workload));
        best.unwrap_or(Regime::Estimated)
    }

    fn name(self) -> &'static str {
        match self {
            Regime::Given => "given",
            Regime::Estimated => "estimated",
            Regime::Columns => "columns",
        }
    }
}

/// What timings are compared with.
struct Target<'a> {
    shape: &'a Cluster,
    given: Regime,
    request: Request<'a>,
}

fn compare(
    workload: &Workload,
    (date, name): (&str, &str),
    target: &Target<'_>,
    notes: &mut Vec<String>,
) -> Vec<Compared> {
    let mut out = Vec::new();
    for run in workload
        .runs
        .iter()
        .filter(|run| run.date == date && run.cluster == name)
    {
        let Some(measured_ms) = run.warm_ms else {
            continue;
        };
        let (planned, work) = match measured_work(workload, &run.query, target.shape, target.given)
        {
            Ok(measured) => measured,
            Err(reason) => {
                notes.push(reason);
                continue;
            }
        };
        let prediction = predict(&planned.plan, &work, &target.request);
        out.push(Compared {
            query: run.query.clone(),
            measured_ms,
            p50_ms: prediction.warm.p50_ms,
            low_ms: prediction.warm.low_ms,
            high_ms: prediction.warm.high_ms,
            verdict: prediction.verdict,
            bytes: work.scanned_bytes(),
            cost: planned
                .plan
                .nodes
                .first()
                .and_then(|node| node.cost)
                .map_or(0.0, |cost| cost.total),
        });
    }
    out
}

/// A query's plan and work on a shape.
pub(super) fn measured_work(
    workload: &Workload,
    name: &str,
    shape: &Cluster,
    regime: Regime,
) -> Result<(Planned, Work), String> {
    let query = workload.queries.iter().find(|query| query.name == name);
    let query = query.ok_or_else(|| format!("query {name} has timings and no text"))?;
    let parsed = query
        .parsed
        .as_ref()
        .map_err(|reason| format!("query {name} is left out: {reason}"))?;
    let stats = match (regime, &workload.column_stats) {
        (Regime::Columns | Regime::Given, Some(stats)) => stats,
        _ => &workload.stats,
    };
    let mut planned = plan(parsed, &workload.schema, stats, shape.shape())
        .map_err(|error| format!("query {name} is left out: {error}"))?;
    if let (Regime::Given, Some(cardinality)) = (regime, workload.cardinalities.get(name)) {
        replace_estimates(&mut planned, cardinality);
    }
    let cx = Context::new(shape.shape()).with(&workload.schema, stats);
    let work = measure(&planned.plan, &cx);
    Ok((planned, work))
}

/// Puts measured row counts in the place of the planner's.
fn replace_estimates(planned: &mut Planned, given: &Cardinality) {
    let into = given
        .rows_into_aggregate
        .max(given.rows_into_count_distinct);
    let top = planned
        .plan
        .nodes
        .iter()
        .find(|node| is_grouping(&node.operator))
        .map(|node| node.id);
    for id in 0..planned.plan.nodes.len() {
        let Some(node) = planned.plan.nodes.get(id) else {
            continue;
        };
        let scan = node.operator.is_scan();
        let rows = match top {
            _ if scan && into > 0.0 => Some(into),
            _ if scan => None,
            Some(top) if id == top || is_above(&planned.plan, id, top) => Some(given.groups),
            Some(_) => Some(given.groups),
            None => None,
        };
        let Some(node) = planned.plan.nodes.get_mut(id) else {
            continue;
        };
        if scan {
            let share = given.share_of_table_scanned.clamp(0.0, 1.0);
            node.estimate.get_or_insert_default().share_read = Some(share);
        }
        let Some(rows) = rows else { continue };
        let rows = match node.operator {
            Operator::Limit => rows.min(node.rows.unwrap_or(rows)),
            _ => rows,
        };
        node.rows = Some(rows.max(1.0));
        if let Some(known) = &mut node.estimate {
            known.rows = RowRange::EXACT;
            if let Some(grouping) = &mut known.grouping {
                grouping.made = RowRange::EXACT;
            }
        }
    }
}

fn is_grouping(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::HashAggregate | Operator::GroupAggregate | Operator::Aggregate
    )
}

fn is_above(plan: &Plan, id: NodeId, below: NodeId) -> bool {
    plan.ancestors(below).any(|node| node.id == id)
}

fn score(
    cluster: String,
    date: String,
    regime: Regime,
    budget_ms: f64,
    queries: Vec<Compared>,
) -> ClusterScore {
    let errors: Vec<f64> = queries.iter().map(Compared::q_error).collect();
    let decided: Vec<&Compared> = queries
        .iter()
        .filter(|compared| compared.verdict != Verdict::CannotTell)
        .collect();
    let right = decided.iter().filter(|compared| {
        (compared.verdict == Verdict::Within) == (compared.measured_ms <= budget_ms)
    });
    ClusterScore {
        cluster,
        date,
        cardinalities: regime.name(),
        n: queries.len(),
        q_error_median: quantile(&errors, 0.5),
        q_error_p90: quantile(&errors, 0.9),
        covered: queries.iter().filter(|compared| compared.covered()).count(),
        decided: decided.len(),
        right_of_decided: right.count(),
        baselines: Baselines {
            constant: baseline(&queries, |_| 1.0),
            bytes: baseline(&queries, |compared| compared.bytes.max(1.0)),
            cost: baseline(&queries, |compared| compared.cost.max(1.0)),
        },
        pairs_in_order: pairs_in_order(&queries),
        queries,
    }
}

/// Q-errors of a quantity times the factor that centres it on the timings.
fn baseline(queries: &[Compared], quantity: impl Fn(&Compared) -> f64) -> [f64; 2] {
    let ratios: Vec<f64> = queries
        .iter()
        .map(|compared| compared.measured_ms / quantity(compared))
        .collect();
    let factor = quantile(&ratios, 0.5);
    let errors: Vec<f64> = queries
        .iter()
        .map(|compared| q_error(quantity(compared) * factor, compared.measured_ms))
        .collect();
    [quantile(&errors, 0.5), quantile(&errors, 0.9)]
}

/// Share of pairs whose order the prediction gets right.
fn pairs_in_order(queries: &[Compared]) -> f64 {
    let (mut right, mut all) = (0.0, 0.0);
    for (i, a) in queries.iter().enumerate() {
        for b in queries
            .iter()
            .skip(i + 1)
            .filter(|b| b.measured_ms != a.measured_ms)
        {
            all += 1.0;
            let same = (a.p50_ms < b.p50_ms) == (a.measured_ms < b.measured_ms);
            right += f64::from(u8::from(same));
        }
    }
    if all > 0.0 { right / all } else { 1.0 }
}

/// A quantile, between neighbours where it falls between them.
pub(super) fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = q * last as f64;
    let low = sorted.get(at.floor() as usize).copied().unwrap_or(f64::NAN);
    let high = sorted.get(at.ceil() as usize).copied().unwrap_or(low);
    low + (high - low) * (at - at.floor())
}
