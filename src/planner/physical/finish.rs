//! From steps to a [`Plan`], with Redshift's own notices.

use crate::plan::{JoinMethod, Operator, Plan};
use crate::planner::Planned;

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
    let mut plan = numbered(root);
    if !beside.missing.is_empty() {
        let tables: Vec<&str> = beside.missing.iter().map(String::as_str).collect();
        plan.notices
            .push(format!("Tables missing statistics: {}", tables.join(", ")));
        plan.notices
            .push("Update statistics by running the ANALYZE command on these tables".to_owned());
    }
    let nested =
        |operator: &Operator| matches!(operator, Operator::Join(JoinMethod::NestedLoop, _));
    if plan.nodes.iter().any(|node| nested(&node.operator)) {
        plan.notices.push(
            "Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products".to_owned(),
        );
    }
    Planned { plan, assumptions }
}

/// A plan that runs before the query: it follows the root's inputs as a step of its own.
fn apart(name: String, rel: Rel) -> Step {
    let mut step = Step::new(Operator::Other(name), Vec::new());
    step.numbers(rel.cost, rel.rows, rel.width());
    step.children = vec![rel.step];
    step
}

/// Numbers the steps in print order.
fn numbered(root: Step) -> Plan {
    let mut plan = Plan {
        made_here: true,
        ..Plan::default()
    };
    let mut pending = vec![(None, root)];
    while let Some((parent, step)) = pending.pop() {
        let (node, children) = step.into_node();
        let id = plan.push(parent, node);
        pending.extend(children.into_iter().rev().map(|child| (Some(id), child)));
    }
    plan
}
