//! Before and after, side by side.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::cluster::Cluster;
use crate::latency::{Prediction, Request, predict_anywhere};
use crate::name::{Ident, TableName};
use crate::plan::{NodeId, Operator, Plan};
use crate::planner::{PlannerError, plan};
use crate::schema::Schema;
use crate::sql::QueryStatement;
use crate::stats::Stats;
use crate::work::{Context, Work, measure};

use super::change::{ChangeError, Changes};
use super::replay::{Played, replay, replayed_plan};

/// What the change starts from and what it changes.
#[derive(Debug, Clone, Copy)]
pub struct Scenario<'a> {
    /// The tables now.
    pub schema: &'a Schema,
    /// Their data now.
    pub stats: &'a Stats,
    /// Changes to tables and data.
    pub changes: &'a Changes,
    /// How predictions are asked for; its cluster is the one now.
    pub request: Request<'a>,
    /// The cluster afterwards, if it is another one.
    pub cluster_after: Option<&'a Cluster>,
}

impl<'a> Scenario<'a> {
    /// How the prediction afterwards is asked for.
    fn request_after(&self) -> Request<'a> {
        match self.cluster_after {
            Some(cluster) => Request {
                cluster,
                cluster_assumed: false,
                ..self.request
            },
            None => self.request,
        }
    }
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Outcome {
    /// The joins, in print order.
    pub joins: Vec<JoinLabel>,
    /// Bytes that move between nodes.
    pub bytes_moved: f64,
    /// Blocks that scans read.
    pub blocks_scanned: f64,
    /// Bytes that scans read, before compression.
    pub bytes_scanned: f64,
    /// How long it takes.
    pub prediction: Prediction,
    /// Dollars for a thousand runs that have the cluster to themselves.
    pub dollars_per_thousand: f64,
    /// The plan.
    #[serde(skip)]
    pub plan: Plan,
}

/// How a join is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JoinLabel {
    /// The step.
    pub node: NodeId,
    /// The step's line: `Hash Join DS_DIST_NONE`.
    pub title: String,
    /// The tables on its inner side.
    pub inner: Vec<Ident>,
}

/// Before and after.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// As things are.
    pub before: Outcome,
    /// As they would be.
    pub after: Outcome,
    /// What the comparison rests on, beside what the predictions name.
    pub assumptions: Vec<String>,
}

/// Why there is no comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhatIfError {
    /// The query can't be planned.
    #[error(transparent)]
    Plan(#[from] PlannerError),
    /// The change does not fit the tables.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Plans a query as things are and as they would be.
///
/// # Errors
/// A query that can't be planned, a change that does not fit the tables, a volume that is scaled
/// and not known.
pub fn replan(query: &QueryStatement, scenario: &Scenario<'_>) -> Result<Comparison, WhatIfError> {
    let before = planned(query, scenario.schema, scenario.stats, &scenario.request)?;
    Ok(Comparison {
        before,
        after: replan_changed(query, scenario)?.outcome(),
        assumptions: Vec::new(),
    })
}

/// Plans a query as things would be.
///
/// # Errors
/// As [`replan`].
pub fn replan_changed<'a>(
    query: &QueryStatement,
    scenario: &Scenario<'a>,
) -> Result<Tried<'a>, WhatIfError> {
    let schema = scenario.changes.apply(scenario.schema)?;
    let mut scaled = scenario.changes.scales.iter();
    let unknown = scaled.find_map(|scale| {
        let table = scale.table.as_ref()?;
        let rows = scenario.stats.table(table).and_then(|stats| stats.rows);
        rows.is_none().then(|| ChangeError::Rows(table.clone()))
    });
    if let Some(error) = unknown {
        return Err(error.into());
    }
    let stats = scenario.changes.apply_stats(scenario.stats);
    Ok(tried(query, &schema, &stats, scenario.request_after())?)
}

/// One side: planned, measured, predicted.
pub(super) fn planned(
    query: &QueryStatement,
    schema: &Schema,
    stats: &Stats,
    request: &Request<'_>,
) -> Result<Outcome, PlannerError> {
    Ok(tried(query, schema, stats, *request)?.outcome())
}

fn tried<'a>(
    query: &QueryStatement,
    schema: &Schema,
    stats: &Stats,
    request: Request<'a>,
) -> Result<Tried<'a>, PlannerError> {
    let on = |cluster: &Cluster| {
        let planned = plan(query, schema, stats, cluster.shape())?;
        let cx = Context::new(cluster.shape()).with(schema, stats);
        let mut work = measure(&planned.plan, &cx);
        work.assumptions.extend(planned.assumptions);
        Ok((planned.plan, work))
    };
    let (plan, work) = on(request.cluster)?;
    let elsewhere = |cluster: &Cluster| match on(cluster) {
        Ok((plan, work)) => (Some(plan), work),
        Err(_) => (None, work.clone()),
    };
    let prediction = predict_anywhere(&plan, &work, &request, elsewhere);
    Ok(Tried {
        plan,
        work,
        prediction,
        cluster: request.cluster,
    })
}

/// Plays a pasted plan's joins through as things are and as they would be. Its
/// rows are taken as they stand, scaled where tables are; of tables that no DDL defines, what
/// its joins tell: `told` has them beside those of the scenario, see [`super::with_tables_of`].
///
/// # Errors
/// A change that does not fit the tables.
pub fn replay_plan(
    plan: &Plan,
    told: &Schema,
    scenario: &Scenario<'_>,
) -> Result<Comparison, WhatIfError> {
    let mut assumptions = Vec::new();
    if told.tables.len() > scenario.schema.tables.len() {
        assumptions.push("Where rows of tables lie that no DDL defines is taken from the labels of the plan's joins; what these don't tell is taken as spread evenly.".to_owned());
    }
    assumptions.push("The joins keep the order and the rows of the pasted plan.".to_owned());
    let as_is = replay(plan, told, scenario.request.cluster.shape());
    let after = replay_changed(plan, (told, &as_is), scenario)?.outcome();
    let before = Tried::on(
        plan.clone(),
        scenario.schema,
        scenario.stats,
        scenario.request,
    );
    let before = before.outcome();
    Ok(Comparison {
        before,
        after,
        assumptions,
    })
}

/// A plan that was tried, with what it does and how long that takes.
#[derive(Debug)]
pub struct Tried<'a> {
    /// The plan.
    pub plan: Plan,
    /// What its steps do.
    pub work: Work,
    /// How long it takes.
    pub prediction: Prediction,
    cluster: &'a Cluster,
}

impl<'a> Tried<'a> {
    fn on(plan: Plan, schema: &Schema, stats: &Stats, request: Request<'a>) -> Self {
        let on = |cluster: &Cluster| {
            let mut cx = Context::new(cluster.shape());
            if !schema.tables.is_empty() {
                cx = cx.with(schema, stats);
            }
            measure(&plan, &cx)
        };
        let work = on(request.cluster);
        let prediction = predict_anywhere(&plan, &work, &request, |cluster| (None, on(cluster)));
        Self {
            plan,
            work,
            prediction,
            cluster: request.cluster,
        }
    }

    /// It with its joins, as a comparison shows them.
    pub fn outcome(self) -> Outcome {
        Outcome::new(self.plan, &self.work, self.prediction, self.cluster)
    }
}

/// A pasted plan as things would be. `as_is`: its joins as they are, played through under the tables
/// that it tells of.
///
/// # Errors
/// As [`replay_plan`].
pub fn replay_changed<'a>(
    plan: &Plan,
    (told, as_is): (&Schema, &Played),
    scenario: &Scenario<'a>,
) -> Result<Tried<'a>, WhatIfError> {
    let mut schema = scenario.changes.apply(told)?;
    let request = scenario.request_after();
    let scaled = scaled(plan, scenario.changes, scenario.schema);
    let as_changed = replay(&scaled, &schema, request.cluster.shape());
    let changed = replayed_plan(&scaled, as_is, &as_changed);
    // Of the tables that no DDL defines, the change tells the keys and nothing else.
    let altered = scenario.changes.tables();
    schema
        .tables
        .retain(|name, _| scenario.schema.tables.contains_key(name) || altered.contains(name));
    let stats = scenario.changes.apply_stats(scenario.stats);
    Ok(Tried::on(changed, &schema, &stats, request))
}

/// A plan with more rows: every step above a scaled table has as many times the
/// rows; groups stay as many.
fn scaled<'a>(plan: &'a Plan, changes: &Changes, schema: &Schema) -> Cow<'a, Plan> {
    if changes.scales.is_empty() {
        return Cow::Borrowed(plan);
    }
    let mut scaled = plan.clone();
    let mut factors = vec![1.0f64; plan.nodes.len()];
    for node in plan.nodes.iter().rev() {
        let below = node
            .children
            .iter()
            .filter_map(|child| factors.get(*child))
            .fold(1.0f64, |a, b| a.max(*b));
        let own = match node.operator.is_scan() {
            true => node.table_name().map_or(1.0, |table| {
                let is_it = |name: &TableName| match (schema.resolve(name), schema.resolve(&table))
                {
                    (Some(changed), Some(scanned)) => changed.name == scanned.name,
                    (None, None) => name.matches(&table),
                    _ => false,
                };
                changes.factor(is_it)
            }),
            false if is_grouping(&node.operator) => 1.0,
            false => below,
        };
        if let Some(slot) = factors.get_mut(node.id) {
            *slot = own;
        }
    }
    for (node, factor) in scaled.nodes.iter_mut().zip(factors) {
        let limited = node.operator == Operator::Limit;
        node.rows = node
            .rows
            .map(|rows| if limited { rows } else { rows * factor });
        if let (Some(cost), true) = (&mut node.cost, node.operator == Operator::SeqScan) {
            cost.total *= factor;
        }
    }
    Cow::Owned(scaled)
}

fn is_grouping(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::HashAggregate | Operator::GroupAggregate | Operator::Aggregate | Operator::Unique
    )
}

impl Outcome {
    /// What a plan comes to that was measured on this cluster.
    pub fn new(plan: Plan, work: &Work, prediction: Prediction, cluster: &Cluster) -> Self {
        let seconds = prediction.warm.p50_ms / 1000.0;
        Self {
            joins: joins(&plan),
            bytes_moved: work.network_bytes(),
            blocks_scanned: work.scanned_blocks(),
            bytes_scanned: work.scanned_bytes(),
            dollars_per_thousand: seconds * 1000.0 * cluster.dollars_per_hour() / 3600.0,
            prediction,
            plan,
        }
    }
}

fn joins(plan: &Plan) -> Vec<JoinLabel> {
    let joins = plan.nodes.iter().filter(|node| node.operator.is_join());
    joins
        .map(|node| JoinLabel {
            node: node.id,
            title: node.title(),
            inner: plan
                .inner(node.id)
                .into_iter()
                .flat_map(|inner| plan.subtree(inner.id))
                .filter(|below| below.operator.is_scan())
                .filter_map(|below| below.reference_name())
                .collect(),
        })
        .collect()
}
