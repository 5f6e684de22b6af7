//! Whether a paste holds its plan whole. What is missing takes time too, so that a fragment
//! gets no verdict.

use crate::text::units::counted;

use super::{Engine, JoinMethod, Node, Operator, Plan};

/// A line with the numbers of a step that is none of the plan's steps.
pub(super) fn not_understood(line: usize) -> String {
    format!("line {line} has a cost and was not understood")
}

/// A scan right before or after another root, as nothing joins the two.
pub(super) fn alone(plan: &Plan) -> Option<String> {
    let [only] = plan.nodes.as_slice() else {
        return None;
    };
    (only.operator == Operator::SeqScan).then(|| {
        format!(
            "the scan at line {} stands beside other steps: what joins them is missing",
            only.line
        )
    })
}

/// The id of the step above a root, which is not among the rows of an export.
pub(super) fn not_among_rows(line: usize, parent: u64) -> String {
    format!("the step at line {line} feeds step {parent}, which is not among the rows")
}

/// Whether the first step's rows go to a step that is missing.
pub(super) fn is_headless(plan: &Plan, starts_with_arrow: bool) -> bool {
    let mut roots = plan.roots();
    let alone = roots.next().is_none_or(can_be_root) && roots.next().is_none();
    starts_with_arrow || !alone
}

/// EXPLAIN prints a MERGE as several plans, the last of which scans what the others found
/// (`merge_tt_…`). None of them returns rows, and what is written is in none of them.
pub(super) fn mark_merge(plans: &mut [Plan]) {
    let is_found = |node: &Node| {
        let name = node.table_name();
        name.is_some_and(|name| name.name.starts_with("merge_tt_"))
    };
    if !plans.iter().any(|plan| plan.nodes.iter().any(is_found)) {
        return;
    }
    let count = plans.len();
    for (index, plan) in plans.iter_mut().enumerate() {
        plan.headless = true;
        plan.merge_part = Some((index + 1, count));
    }
}

/// Why the tree is not all that was explained; empty where nothing tells so. An arrow before
/// the first step stands only below another one.
pub(super) fn gaps(plan: &Plan, starts_with_arrow: bool) -> Vec<String> {
    let mut gaps: Vec<String> = Vec::new();
    let roots: Vec<&Node> = plan.roots().collect();
    if let [first, second, ..] = roots.as_slice() {
        gaps.push(format!(
            "the steps at line {} and line {} belong together, and the one above them is missing",
            first.line, second.line
        ));
    } else if starts_with_arrow {
        let line = roots.first().map_or(0, |root| root.line);
        gaps.push(format!(
            "the first step, at line {line}, has an arrow before it: the steps above it are missing"
        ));
    }
    for root in roots {
        if !can_be_root(root) {
            gaps.push(format!(
                "the {} at line {} cannot be the root of a plan: the step above it is missing",
                name(root),
                root.line
            ));
        }
    }
    gaps.extend(plan.nodes.iter().filter_map(|node| of_inputs(plan, node)));
    gaps.extend(without_numbers(plan));
    gaps
}

/// Steps whose numbers were cut off: what nobody counted takes time all the same.
pub(super) fn without_numbers(plan: &Plan) -> Vec<String> {
    let told = |what: &str, lacks: fn(&Node) -> bool| {
        let cut: Vec<&Node> = plan.nodes.iter().filter(|node| lacks(node)).collect();
        match cut.as_slice() {
            [] => None,
            [only] => Some(format!(
                "the {what} of the {} at line {} is missing",
                name(only),
                only.line
            )),
            [first, ..] => Some(format!(
                "the {what} of {} is missing, the first of them at line {}",
                counted(cut.len() as f64, "step"),
                first.line
            )),
        }
    };
    let rows = told("number of rows", |node| node.rows.is_none());
    let width = told("width", |node| node.width.is_none() && node.rows.is_some());
    rows.into_iter().chain(width).collect()
}

/// Steps that only ever feed another one.
fn can_be_root(node: &Node) -> bool {
    let only_below = matches!(node.operator, Operator::Hash | Operator::PartitionInfoScan);
    !only_below && node.engine != Engine::S3
}

/// What is wrong with the inputs of a step.
fn of_inputs(plan: &Plan, node: &Node) -> Option<String> {
    let (least, most) = node.operator.arity();
    let has = node.children.len();
    let (what, line) = (name(node), node.line);
    if has < least {
        return Some(match has {
            0 => format!("the {what} at line {line} has no input"),
            _ => format!("the {what} at line {line} has {has} of {least} inputs"),
        });
    }
    if has > most && !has_subplans(plan) {
        return Some(format!(
            "the {what} at line {line} takes {} and has {has}: a step between them is missing",
            counted(most as f64, "input")
        ));
    }
    let mut inputs = plan.children(node.id);
    let misplaced = match node.operator {
        Operator::Join(JoinMethod::Hash, _) => {
            inputs.next().is_some_and(is_hash) || !inputs.next().is_some_and(is_hash)
        }
        _ => inputs.any(is_hash),
    };
    if misplaced {
        return Some(format!(
            "the {what} at line {line} is not fed as its kind is: a step below it is missing"
        ));
    }
    lacks_sibling(plan, node).then(|| {
        format!("the {what} at line {line} costs more than its inputs: one of them is missing")
    })
}

/// The plans of scalar subqueries hang beside a step's inputs, under any step.
fn has_subplans(plan: &Plan) -> bool {
    let begins = |text: &str| {
        ["InitPlan", "SubPlan"]
            .iter()
            .any(|word| text.starts_with(word))
    };
    plan.nodes
        .iter()
        .any(|node| matches!(&node.operator, Operator::Other(words) if begins(words)))
}

fn is_hash(node: &Node) -> bool {
    node.operator == Operator::Hash
}

/// An Append's cost is the sum of its inputs'.
fn lacks_sibling(plan: &Plan, node: &Node) -> bool {
    if node.operator != Operator::Append {
        return false;
    }
    let costs = plan.children(node.id).map(|input| Some(input.cost?.total));
    let sum: Option<f64> = costs.sum();
    // Costs are printed with two decimals.
    sum.zip(node.cost)
        .is_some_and(|(sum, cost)| cost.total > sum * (1.0 + 1e-9) + 0.05)
}

/// The operator; words that nobody knows may hold names and are left out.
fn name(node: &Node) -> String {
    match &node.operator {
        Operator::Other(_) => "step".to_owned(),
        Operator::SetOp(_) => "SetOp".to_owned(),
        known => known.name().into_owned(),
    }
}
