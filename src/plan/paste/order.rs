//! The order in which steps were listed: the root first, as `EXPLAIN` prints them, or the leaves.

use super::classify::belongs;
use crate::plan::tree::{self, Step};
use crate::plan::{Detail, Indentation, Node, Plan, rebuild, whole};

/// A step of a paste.
#[derive(Debug)]
pub(super) struct Listed {
    pub step: Step,
    /// Whether it is a numbered item.
    pub item: bool,
    /// How its column is known.
    pub place: Place,
}

/// How the column of a step is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It stands at the start of its line.
    Given,
    /// From the blanks between it and what stands before it on its line.
    FromBlanks,
    /// It stands behind something else, and no blanks tell.
    Unknown,
}

/// Whether a step stands in the column of the first one; the numbers of a list may shift its items.
pub(super) fn in_column(first: &Listed, column: usize, item: bool) -> bool {
    let shift = usize::from(item && first.item);
    first.step.column.abs_diff(column) <= shift
}

/// Whether all steps stand in one column without an arrow.
fn is_run(steps: &[Listed]) -> bool {
    let Some(first) = steps.first() else {
        return false;
    };
    steps
        .iter()
        .all(|one| !one.step.arrow && in_column(first, one.step.column, one.item))
}

/// Where the steps of a list stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As printed.
    RootFirst,
    /// Each after its inputs, its details behind it.
    InputsFirst,
    /// The print from its last line to its first.
    UpsideDown,
    /// Each after its inputs, its details before it.
    InputsFirstDetailsBefore,
}

const ORDERS: [Order; 4] = [
    Order::RootFirst,
    Order::InputsFirst,
    Order::UpsideDown,
    Order::InputsFirstDetailsBefore,
];

/// The plans of some steps that stood together; `leading` are the details before the first.
pub(super) fn build(steps: Vec<Listed>, leading: Vec<Detail>) -> Vec<Plan> {
    let starts_with_arrow = steps.first().is_some_and(|listed| listed.step.arrow);
    let guessed = steps.iter().any(|listed| listed.place != Place::Given);
    let unplaced = steps
        .iter()
        .skip(1)
        .all(|listed| listed.place == Place::Unknown);
    let ends_in_root = starts_with_arrow && steps.last().is_some_and(|last| !last.step.arrow);
    if steps.len() > 1 && (is_run(&steps) || ends_in_root) {
        return of_list(steps, leading);
    }
    let mut steps = steps;
    if let [only] = steps.as_mut_slice() {
        // The details of a list's only step may stand before it.
        let node = &only.step.node;
        let (fitting, _): (Vec<Detail>, Vec<Detail>) = leading
            .into_iter()
            .partition(|detail| belongs(detail.kind, node));
        only.step.node.details.splice(0..0, fitting);
    }
    let nodes = guessed.then(|| nodes(&steps));
    let mut plan = finished(tree::build(bare(steps)), starts_with_arrow);
    if let Some(nodes) = nodes.filter(|_| unplaced || !plan.gaps.is_empty()) {
        let rebuilt = finished(rebuild::rebuild(nodes), starts_with_arrow);
        let fewer = rebuilt.gaps.len() < plan.gaps.len();
        if fewer || unplaced && rebuilt.gaps.len() == plan.gaps.len() {
            plan = rebuilt;
        }
    }
    vec![plan]
}

fn bare(steps: Vec<Listed>) -> Vec<Step> {
    steps.into_iter().map(|listed| listed.step).collect()
}

fn nodes(steps: &[Listed]) -> Vec<Node> {
    steps
        .iter()
        .map(|listed| listed.step.node.clone())
        .collect()
}

fn finished(mut plan: Plan, starts_with_arrow: bool) -> Plan {
    plan.gaps = whole::gaps(&plan, starts_with_arrow);
    plan.headless = whole::is_headless(&plan, starts_with_arrow);
    plan
}

/// A list's one plan, in the order that leaves the fewest steps without what they take. Steps that
/// fit in no order and have no numbers are so many plans.
fn of_list(steps: Vec<Listed>, leading: Vec<Detail>) -> Vec<Plan> {
    let is_numbered = steps.iter().any(|listed| listed.item);
    let is_run = is_run(&steps);
    let mut best: Option<(usize, Plan)> = None;
    for order in ORDERS {
        if !is_run && order != Order::UpsideDown {
            continue;
        }
        let (plan, misplaced) = in_order(&steps, &leading, order);
        let faults = plan.gaps.len() + misplaced;
        match &mut best {
            Some((least, same)) if *least == faults && faults == 0 => {
                if !same_tree(same, &plan) {
                    same.indentation = Indentation::Ambiguous;
                }
            }
            Some((least, _)) if *least <= faults => {}
            _ => best = Some((faults, plan)),
        }
    }
    match best {
        Some((faults, plan)) if faults == 0 || is_numbered => vec![plan],
        _ if !is_run => {
            let arrow = steps.first().is_some_and(|listed| listed.step.arrow);
            vec![finished(tree::build(bare(steps)), arrow)]
        }
        _ => {
            let each = steps.into_iter();
            each.map(|one| finished(tree::build(vec![one.step]), false))
                .collect()
        }
    }
}

fn same_tree(a: &Plan, b: &Plan) -> bool {
    let shape = |plan: &Plan| -> Vec<(usize, Option<usize>)> {
        let line = |id: usize| plan.nodes[id].line;
        let nodes = plan.nodes.iter();
        nodes
            .map(|node| (node.line, node.parent.map(line)))
            .collect()
    };
    shape(a) == shape(b)
}

/// The plan that a list gives in one order, and how many details fit no step.
fn in_order(steps: &[Listed], leading: &[Detail], order: Order) -> (Plan, usize) {
    let mut nodes = nodes(steps);
    let mut misplaced = 0;
    match order {
        Order::RootFirst | Order::InputsFirst => misplaced += leading.len(),
        Order::UpsideDown | Order::InputsFirstDetailsBefore => {
            // Details stand before their step: those behind one belong to the next.
            let mut before = leading.to_vec();
            for node in &mut nodes {
                std::mem::swap(&mut node.details, &mut before);
                if order == Order::UpsideDown {
                    node.details.reverse();
                }
            }
            misplaced += before.len();
        }
    }
    for node in &nodes {
        let details = node.details.iter();
        misplaced += details.filter(|detail| !belongs(detail.kind, node)).count();
    }
    let indented = !is_run(steps);
    let plan = match order {
        Order::RootFirst => rebuild::rebuild(nodes),
        Order::UpsideDown if indented => {
            let columns = steps
                .iter()
                .map(|listed| (listed.step.column, listed.step.arrow));
            let steps = columns.zip(nodes).map(|((column, arrow), node)| Step {
                node,
                column,
                arrow,
            });
            let mut steps: Vec<Step> = steps.collect();
            steps.reverse();
            tree::build(steps)
        }
        Order::UpsideDown => {
            nodes.reverse();
            rebuild::rebuild(nodes)
        }
        Order::InputsFirst | Order::InputsFirstDetailsBefore => rebuild::from_leaves(nodes),
    };
    (finished(plan, false), misplaced)
}
