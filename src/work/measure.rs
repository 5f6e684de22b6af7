//! Walks a plan and measures every step.

use crate::plan::{DetailKind, Distribution, JoinMethod, Node, Operator, Plan};

use super::{Compute, Context, Predicate, StepWork, Work, sane, scan};

/// Share of the memory that a query's operators may use, after the leader,
/// the caches and other queries: automatic WLM gives it out in parts, the size of
/// which AWS does not publish.
const MEMORY_SHARE: f64 = 0.1;

/// Measures every step of a plan. Missing, absurd or infinite numbers count as
/// nothing or are clipped; [`Work::assumptions`] says so.
pub fn measure(plan: &Plan, cx: &Context<'_>) -> Work {
    let mut work = Work::default();
    for node in &plan.nodes {
        let step = step(plan, node, cx, &mut work);
        work.steps.push(step);
    }
    work
}

fn step(plan: &Plan, node: &Node, cx: &Context<'_>, work: &mut Work) -> StepWork {
    let mut step = StepWork {
        node: node.id,
        rows_out: rows(node),
        rows_in: plan.children(node.id).map(rows).sum(),
        serial: node
            .details
            .iter()
            .any(|d| d.kind == DetailKind::SendToSlice0),
        ..StepWork::default()
    };
    if node.operator.is_scan() {
        let scan = scan::scan(node, cx, work);
        step.rows_in = scan.rows_read;
        step.scan = Some(scan);
    }
    match &node.operator {
        Operator::Join(method, _) => join(plan, node, *method, cx, &mut step),
        Operator::HashAggregate
        | Operator::GroupAggregate
        | Operator::Aggregate
        | Operator::Unique => {
            step.rows_hashed = step.rows_in;
            step.groups = step.rows_out;
        }
        Operator::Sort => step.sort_rows = step.rows_in,
        Operator::Window => step.sort_rows = step.rows_in,
        Operator::SetOp(_) => step.rows_hashed = step.rows_in,
        Operator::Network => network(node, cx, &mut step),
        _ => {}
    }
    predicates(node, &mut step);
    if let Some(compute) = cx.known.and_then(|known| known.compute.get(&node.id)) {
        compute_work(compute, &mut step);
    }
    step
}

fn rows(node: &Node) -> f64 {
    sane(node.rows).unwrap_or(0.0)
}

fn bytes(node: &Node) -> f64 {
    rows(node) * sane(node.width).unwrap_or(0.0)
}

/// Rows that meet in a join, and what it takes to bring them together.
fn join(plan: &Plan, node: &Node, method: JoinMethod, cx: &Context<'_>, step: &mut StepWork) {
    let (Some(outer), Some(inner)) = (plan.outer(node.id), plan.inner(node.id)) else {
        return;
    };
    step.rows_in = rows(outer) + rows(inner);
    let shape = cx.shape;
    let leaves = share_that_leaves(shape.nodes);
    let label = node.distribution.unwrap_or(Distribution::None);
    step.network_bytes = match label {
        Distribution::BroadcastInner => bytes(inner) * shape.nodes,
        Distribution::Inner => bytes(inner) * leaves,
        Distribution::Outer => bytes(outer) * leaves,
        Distribution::Both => (bytes(inner) + bytes(outer)) * leaves,
        Distribution::AllInner => bytes(inner) * leaves,
        Distribution::None | Distribution::AllNone | Distribution::Err => 0.0,
    };
    step.serial |= label == Distribution::AllInner;
    match method {
        JoinMethod::Hash => hash_join(inner, outer, label, cx, step),
        JoinMethod::Merge => step.probe_rows = rows(outer) + rows(inner),
        JoinMethod::NestedLoop => step.pairs = (rows(outer) * rows(inner)).min(super::LARGEST),
    }
}

fn hash_join(
    inner: &Node,
    outer: &Node,
    label: Distribution,
    cx: &Context<'_>,
    step: &mut StepWork,
) {
    let shape = cx.shape;
    let copies = match label {
        Distribution::BroadcastInner | Distribution::AllNone => shape.nodes,
        _ => 1.0,
    };
    step.build_rows = rows(inner) * copies;
    step.probe_rows = rows(outer);
    step.build_bytes_per_slice = match label {
        Distribution::AllInner => bytes(inner),
        _ => bytes(inner) * copies / shape.slices.max(1.0),
    };
    let memory = shape.memory_bytes * MEMORY_SHARE / shape.slices.max(1.0);
    if step.build_bytes_per_slice > memory {
        step.spill_bytes = (step.build_bytes_per_slice - memory) * shape.slices;
    }
}

/// The share of redistributed rows that another node receives.
fn share_that_leaves(nodes: f64) -> f64 {
    ((nodes - 1.0) / nodes.max(1.0)).max(0.0)
}

fn network(node: &Node, cx: &Context<'_>, step: &mut StepWork) {
    let has = |kind| node.details.iter().any(|detail| detail.kind == kind);
    if has(DetailKind::SendToLeader) {
        step.leader_rows = rows(node);
        step.leader_bytes = bytes(node);
        return;
    }
    step.network_bytes = bytes(node) * share_that_leaves(cx.shape.nodes);
}

/// What filters and conditions ask of every row.
fn predicates(node: &Node, step: &mut StepWork) {
    let (read, text) = match &step.scan {
        Some(scan) => (scan.rows_read, scan.text_bytes),
        None => (step.rows_in, 0.0),
    };
    for detail in &node.details {
        let asked = matches!(
            detail.kind,
            DetailKind::Filter
                | DetailKind::JoinFilter
                | DetailKind::HashCond
                | DetailKind::MergeCond
        );
        if !asked {
            continue;
        }
        let predicate = Predicate::read(&detail.text);
        step.comparisons += predicate.comparisons * read;
        step.like_bytes += predicate.likes * text;
        step.regex_bytes += predicate.regexes * text;
    }
}

fn compute_work(compute: &Compute, step: &mut StepWork) {
    let rows = step.rows_in;
    step.operations += rows * (compute.operations + compute.aggregates);
    step.regex_bytes += rows * compute.regex_bytes;
    step.function_bytes += rows * compute.text_bytes;
    step.distinct_rows += rows * compute.distinct_values;
}
