//! The tree of a plan whose indentation was lost, from what each operator
//! takes as input and from cumulative cost.
//!
//! `EXPLAIN` prints parents before children, so a step's parent is the last
//! step that still takes an input, or one above it where that one may also do
//! without. All such trees are followed side by side; what is left at the end
//! and fits decides.

use super::{Engine, Indentation, JoinKind, JoinMethod, Node, NodeId, Operator, Plan};

/// Trees followed at once. More would only confirm that the plan is ambiguous.
const MAX_TREES: usize = 32;

/// Above this many steps only the first fitting tree is followed, so that the
/// time stays linear.
const MANY_STEPS: usize = 2_000;

/// Rebuilds the tree of steps in print order.
pub(super) fn rebuild(nodes: Vec<Node>) -> Plan {
    let (parents, indentation) = best(&nodes, false);
    let mut plan = Plan {
        indentation,
        ..Plan::default()
    };
    for (node, parent) in nodes.into_iter().zip(parents) {
        plan.push(parent, node);
    }
    plan
}

/// Rebuilds the tree of steps of which each follows its inputs.
///
/// From the last to the first they are in print order, but for the inputs of each step, which come
/// from the last to the first.
pub(super) fn from_leaves(mut nodes: Vec<Node>) -> Plan {
    nodes.reverse();
    let (parents, indentation) = best(&nodes, true);
    let mut inputs = vec![Vec::new(); nodes.len()];
    let mut todo: Vec<(NodeId, Option<NodeId>)> = Vec::new();
    for (id, parent) in parents.iter().enumerate() {
        match parent {
            Some(parent) => inputs[*parent].push(id),
            None => todo.push((id, None)),
        }
    }
    let mut plan = Plan {
        indentation,
        ..Plan::default()
    };
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    // The last pushed comes first: what stood first among the roots and inputs is the last here.
    while let Some((id, parent)) = todo.pop() {
        let Some(node) = nodes[id].take() else {
            continue;
        };
        let placed = plan.push(parent, node);
        todo.extend(inputs[id].iter().map(|&input| (input, Some(placed))));
    }
    plan
}

fn best(nodes: &[Node], mirrored: bool) -> (Vec<Option<NodeId>>, Indentation) {
    let by = |cost| search(nodes, Rules { cost, mirrored });
    by(true)
        .or_else(|| by(false))
        .unwrap_or_else(|| chain(nodes))
}

/// What a step's inputs are held to.
#[derive(Debug, Clone, Copy)]
struct Rules {
    /// Whether cumulative costs must fit.
    cost: bool,
    /// Whether inputs come from the last to the first.
    mirrored: bool,
}

/// When nothing fits: every step under the one before it.
fn chain(nodes: &[Node]) -> (Vec<Option<NodeId>>, Indentation) {
    let parents = (0..nodes.len()).map(|id| id.checked_sub(1)).collect();
    (parents, Indentation::Ambiguous)
}

/// One tree so far.
#[derive(Clone)]
struct Tree {
    parents: Vec<Option<NodeId>>,
    /// Steps that may still take an input, outermost first.
    open: Vec<Open>,
    /// Inputs that were missing when a step had to be closed, and roots beyond the first.
    faults: usize,
    /// Inputs of steps that mostly have none.
    unlikely: usize,
}

#[derive(Clone, Copy)]
struct Open {
    id: NodeId,
    inputs: usize,
    /// Sum of the inputs' total costs.
    cost: f64,
}

fn search(nodes: &[Node], rules: Rules) -> Option<(Vec<Option<NodeId>>, Indentation)> {
    let max_trees = if nodes.len() > MANY_STEPS {
        1
    } else {
        MAX_TREES
    };
    let mut trees = vec![Tree {
        parents: Vec::with_capacity(nodes.len()),
        open: Vec::new(),
        faults: 0,
        unlikely: 0,
    }];
    for id in 0..nodes.len() {
        let mut next = Vec::with_capacity(trees.len());
        for tree in trees {
            extend(tree, nodes, id, rules, max_trees, &mut next);
        }
        next.sort_by_key(|tree| (tree.faults, tree.unlikely));
        next.truncate(max_trees);
        if next.is_empty() {
            return None;
        }
        trees = next;
    }
    for tree in &mut trees {
        close_all(tree, nodes, rules);
    }
    trees.sort_by_key(|tree| (tree.faults, tree.unlikely));
    let best = trees.first()?.faults;
    let fitting = trees.iter().filter(|tree| tree.faults == best).count();
    let indentation = match fitting {
        1 if max_trees > 1 => Indentation::Reconstructed,
        _ => Indentation::Ambiguous,
    };
    Some((trees.swap_remove(0).parents, indentation))
}

/// Adds the next step under every open step that may be its parent.
fn extend(
    tree: Tree,
    nodes: &[Node],
    id: NodeId,
    rules: Rules,
    max_trees: usize,
    out: &mut Vec<Tree>,
) {
    let mut candidates = Vec::new();
    for (closed, open) in tree.open.iter().rev().enumerate() {
        let node = &nodes[open.id];
        let (least, most) = node.operator.arity();
        if open.inputs < most && accepts(node, open, &nodes[id], rules) {
            candidates.push(closed);
        }
        if candidates.len() >= max_trees {
            break;
        }
        if open.inputs < least || (rules.cost && !closes(node, open)) {
            break;
        }
    }
    if candidates.is_empty() {
        out.push(new_root(tree, id));
        return;
    }
    let last = candidates.len() - 1;
    let mut tree = Some(tree);
    for (index, closed) in candidates.into_iter().enumerate() {
        let copy = match index == last {
            true => tree.take(),
            false => tree.clone(),
        };
        let Some(mut next) = copy else { break };
        next.open.truncate(next.open.len() - closed);
        attach(&mut next, nodes, id);
        out.push(next);
    }
}

fn attach(tree: &mut Tree, nodes: &[Node], id: NodeId) {
    let parent = tree.open.last_mut().map(|open| {
        open.inputs += 1;
        open.cost += total(&nodes[id]).unwrap_or(f64::NAN);
        open.id
    });
    if let Some(parent) = parent
        && matches!(
            nodes[parent].operator,
            Operator::Result | Operator::RlsSecureScan | Operator::LfSecureScan
        )
    {
        tree.unlikely += 1;
    }
    if let Some(open) = tree.open.last()
        && open.inputs >= nodes[open.id].operator.arity().1
    {
        tree.open.pop();
    }
    tree.parents.push(parent);
    if nodes[id].operator.arity().1 > 0 {
        tree.open.push(Open {
            id,
            inputs: 0,
            cost: 0.0,
        });
    }
}

fn new_root(mut tree: Tree, id: NodeId) -> Tree {
    if id > 0 {
        tree.faults += 1;
    }
    tree.open.clear();
    tree.parents.push(None);
    tree.open.push(Open {
        id,
        inputs: 0,
        cost: 0.0,
    });
    tree
}

fn close_all(tree: &mut Tree, nodes: &[Node], rules: Rules) {
    for open in &tree.open {
        let node = &nodes[open.id];
        let missing = node.operator.arity().0.saturating_sub(open.inputs);
        tree.faults += missing;
        if missing == 0 && rules.cost && !closes(node, open) {
            tree.faults += 1;
        }
    }
}

fn total(node: &Node) -> Option<f64> {
    node.cost.map(|cost| cost.total)
}

/// Whether `child` can be the next input of `parent`.
fn accepts(parent: &Node, open: &Open, child: &Node, rules: Rules) -> bool {
    let index = match (rules.mirrored, &parent.operator) {
        (true, Operator::Join(..) | Operator::PartitionLoop) => 1usize.saturating_sub(open.inputs),
        _ => open.inputs,
    };
    fits_operator(parent, index, child) && (!rules.cost || fits_cost(parent, open, child))
}

fn fits_operator(parent: &Node, index: usize, child: &Node) -> bool {
    let is_hash = child.operator == Operator::Hash;
    match parent.operator {
        Operator::Join(JoinMethod::Hash, _) => is_hash == (index == 1),
        Operator::PartitionLoop if index == 0 => child.operator == Operator::PartitionInfoScan,
        Operator::PartitionLoop => child.operator != Operator::PartitionInfoScan,
        Operator::S3QueryScan => child.engine == Engine::S3,
        _ if is_hash => false,
        _ if child.operator == Operator::PartitionInfoScan => false,
        _ => (parent.engine == Engine::S3) == (child.engine == Engine::S3),
    }
}

/// Cost is cumulative, so an input costs no more than the step that reads it,
/// except under a Limit, which prorates, and where the print is known to be 0.
fn fits_cost(parent: &Node, open: &Open, child: &Node) -> bool {
    let (Some(above), Some(below)) = (total(parent), total(child)) else {
        return true;
    };
    match parent.operator {
        Operator::Limit | Operator::S3QueryScan => true,
        Operator::Join(_, JoinKind::IntersectDistinct | JoinKind::IntersectAll) => true,
        // A Partition Loop runs its second input once per partition.
        Operator::PartitionLoop => below <= slack(above),
        Operator::Append => open.cost + below <= slack(above),
        _ => below <= slack(above),
    }
}

/// Whether a step may be left with the inputs it has: an Append's cost is the
/// sum of its inputs'.
fn closes(node: &Node, open: &Open) -> bool {
    match (&node.operator, total(node)) {
        (Operator::Append, Some(above)) if open.cost.is_finite() => slack(open.cost) >= above,
        _ => true,
    }
}

/// Room for rounding to two decimals, once per input.
fn slack(cost: f64) -> f64 {
    cost * (1.0 + 1e-9) + 0.05
}
