//! From steps to a [`Plan`], with Redshift's own notices.

use crate::plan::{JoinMethod, Operator, Plan};
use crate::planner::Planned;
use crate::work::{Compute, Known};

use super::Beside;
use super::rel::{Rel, Step};

/// Turns the tree of steps into a plan.
pub(super) fn finish(root: Rel, beside: Beside, assumptions: Vec<String>) -> Planned {
    let mut root = root.step;
    for (i, parameter) in beside.parameters.into_iter().enumerate() {
        root.children
            .push(apart(format!("InitPlan {}", i + 1), parameter));
    }
    for spool in beside.spools.into_iter().flatten() {
        root.children
            .push(apart(format!("SubPlan {}", spool.table), spool.rel));
    }
    let mut planned = numbered(root);
    if !beside.missing.is_empty() {
        let tables: Vec<&str> = beside.missing.iter().map(String::as_str).collect();
        planned
            .plan
            .notices
            .push(format!("Tables missing statistics: {}", tables.join(", ")));
        planned
            .plan
            .notices
            .push("Update statistics by running the ANALYZE command on these tables".to_owned());
    }
    let nested =
        |operator: &Operator| matches!(operator, Operator::Join(JoinMethod::NestedLoop, _));
    if planned.plan.nodes.iter().any(|node| nested(&node.operator)) {
        planned.plan.notices.push(
            "Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products".to_owned(),
        );
    }
    planned.assumptions = assumptions;
    planned
}

/// A plan that runs before the query: it follows the root's inputs as a step of its own.
fn apart(name: String, rel: Rel) -> Step {
    let mut step = Step::new(Operator::Other(name), Vec::new());
    step.numbers(rel.cost, rel.rows, rel.width());
    step.children = vec![rel.step];
    step
}

/// Numbers the steps in print order.
fn numbered(root: Step) -> Planned {
    let mut plan = Plan::default();
    let mut known = Known::default();
    let mut pending = vec![(None, root)];
    while let Some((parent, step)) = pending.pop() {
        let id = plan.push(parent, step.node);
        if !step.reads.is_empty() || !step.passes.is_empty() {
            known.reads.insert(id, step.reads);
            known.passes.insert(id, step.passes);
        }
        if step.compute != Compute::default() {
            known.compute.insert(id, step.compute);
        }
        if let Some(range) = step.table_rows {
            known.table_rows.insert(id, range);
        }
        if let Some(range) = step.range.filter(|range| !range.is_exact()) {
            known.ranges.insert(id, range);
        }
        pending.extend(
            step.children
                .into_iter()
                .rev()
                .map(|child| (Some(id), child)),
        );
    }
    Planned {
        plan,
        known,
        assumptions: Vec::new(),
    }
}
