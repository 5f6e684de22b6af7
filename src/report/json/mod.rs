//! The JSON of `distkey explain`, with stable keys.

mod spool;
mod stream;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

pub use stream::{Streamed, StreamedDocument};

use crate::actuals::Actuals;
use crate::explain::{ExplainedPlan, Explanation, Summary};
use crate::graph::{JoinEdge, JoinGraph};
use crate::latency::Prediction;
use crate::name::{Ident, TableName};
use crate::plan::{Indentation, Node, Unrecognized};
use crate::report::writes::{self, WritesView};
use crate::rules::Finding;
use crate::whatif::{Comparison, Growing};

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// One entry per input.
    pub inputs: Vec<Input<'a>>,
}

/// One input. What is known only once all plans have been read stands behind them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Input<'a> {
    name: &'a str,
    plans: Vec<PlanView<'a>>,
    #[serde(flatten)]
    rest: Rest<'a, Vec<&'a JoinEdge>, &'a [Finding]>,
}

/// All of an input but its plans; `J` are the joins, `F` the findings.
#[derive(Debug, Serialize, JsonSchema)]
struct Rest<'a, J, F> {
    error: Option<&'a str>,
    notes: &'a [String],
    graph: GraphView<'a, J>,
    unrecognized: &'a [Unrecognized],
    /// Whether a plan is not whole, so that it gets no verdict.
    fragment: bool,
    findings: F,
    /// What to do about the plan that takes longest.
    summary: Option<&'a Summary>,
    /// Of the plan that takes longest.
    prediction: Option<&'a Prediction>,
    /// Before and after the changes that were asked about, by plan.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    what_if: &'a [Comparison],
    /// When a growing table loses the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    growing: Option<&'a Growing>,
    /// What really happened in the first plan, if an export was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    actuals: Option<&'a Actuals>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PlanView<'a> {
    indentation: Indentation,
    query: Option<&'a str>,
    nodes: Vec<NodeView<'a>>,
    notices: &'a [String],
    /// What the statement writes; null for a query and for a pasted plan.
    writes: Option<WritesView<'a>>,
    prediction: &'a Prediction,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NodeView<'a> {
    id: usize,
    parent: Option<usize>,
    operator: String,
    engine: Option<&'static str>,
    distribution: Option<&'static str>,
    relation: Option<String>,
    alias: Option<Ident>,
    startup_cost: Option<f64>,
    total_cost: Option<f64>,
    rows: Option<Value>,
    width: Option<Value>,
    details: Map<String, Value>,
    line: usize,
    cut: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct GraphView<'a, J> {
    tables: BTreeSet<&'a TableName>,
    joins: J,
}

/// The document for these inputs.
pub fn document(explanations: &[Explanation]) -> Document<'_> {
    Document {
        inputs: explanations.iter().map(input).collect(),
    }
}

fn input(explanation: &Explanation) -> Input<'_> {
    let graphs = || explanation.plans.iter().map(|plan| &plan.graph);
    let is_fragment = |explained: &ExplainedPlan| !explained.plan.gaps.is_empty();
    Input {
        name: &explanation.name,
        plans: explanation.plans.iter().map(plan).collect(),
        rest: Rest {
            error: explanation.error.as_deref(),
            notes: &explanation.notes,
            graph: GraphView {
                tables: graphs()
                    .flat_map(JoinGraph::tables)
                    .map(|t| &t.table)
                    .collect(),
                joins: graphs().flat_map(JoinGraph::joins).collect(),
            },
            unrecognized: &explanation.unrecognized,
            fragment: explanation.plans.iter().any(is_fragment),
            findings: &explanation.findings,
            summary: explanation.summary(),
            prediction: explanation.prediction(),
            what_if: &explanation.what_if,
            growing: explanation.growing.as_ref(),
            actuals: explanation.actuals.as_ref().map(|(actuals, _)| actuals),
        },
    }
}

fn plan(explained: &ExplainedPlan) -> PlanView<'_> {
    let first = explained.first_node;
    PlanView {
        indentation: explained.plan.indentation,
        query: explained.plan.query.as_deref(),
        nodes: explained
            .plan
            .nodes
            .iter()
            .map(|n| node(n, first))
            .collect(),
        notices: &explained.plan.notices,
        writes: {
            let writes = explained.plan.writes.as_ref();
            writes.map(|writes| writes::view(writes, explained.work.placed_bytes()))
        },
        prediction: &explained.prediction,
    }
}

fn node(node: &Node, first: usize) -> NodeView<'_> {
    let engine = node.engine.as_str();
    NodeView {
        id: node.id + first,
        parent: node.parent.map(|parent| parent + first),
        operator: node.operator.name().into_owned(),
        engine: (!engine.is_empty()).then_some(engine),
        distribution: node.distribution.map(|label| label.as_str()),
        relation: node
            .relation
            .as_deref()
            .map(|printed| TableName::printed(printed).bare()),
        alias: node.alias.as_deref().map(Ident::printed),
        startup_cost: node.cost.map(|cost| cost.startup),
        total_cost: node.cost.map(|cost| cost.total),
        rows: node.rows.map(whole),
        width: node.width.map(whole),
        details: details(node),
        line: node.line,
        cut: node.cut,
        location: node.s3_location.as_deref().map(|l| l.trim_matches('"')),
        format: node.s3_format.as_deref(),
    }
}

/// Labels to values; a label that repeats gets a number.
fn details(node: &Node) -> Map<String, Value> {
    let mut map = Map::new();
    for detail in &node.details {
        let (label, value) = match detail.kind.label() {
            "" => detail
                .text()
                .split_once(": ")
                .unwrap_or((detail.text(), "")),
            label => (label, detail.text()),
        };
        let mut key = label.to_owned();
        let mut count = 1;
        while map.contains_key(&key) {
            count += 1;
            key = format!("{label} ({count})");
        }
        map.insert(key, Value::from(value));
    }
    map
}

/// Counts without a decimal point.
fn whole(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 9e15 {
        true => Value::from(number as i64),
        false => Value::from(number),
    }
}
