//! A plan's steps in the boxes of its drawing: a Hash is in the box of its join, a chain of steps that
//! hand their rows on is one box, and inputs that are alike are one box until it is opened. Where boxes
//! stand is the script's part, which knows how wide text is.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::plan::{Node, NodeId, Operator, Plan};

/// Steps that share a box, the first on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepBox {
    pub steps: Vec<NodeId>,
    /// The box that it feeds.
    pub parent: Option<usize>,
    /// Of a join's two inputs, which it is; empty elsewhere.
    pub side: &'static str,
}

/// Inputs of one box that are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alike {
    /// The box that they feed.
    pub parent: usize,
    /// The top box of each.
    pub boxes: Vec<usize>,
    /// What their first tables are called, with `*` for what differs; empty where they read none.
    pub tables: String,
    /// All their steps.
    pub steps: Vec<NodeId>,
}

/// The boxes of a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Boxes {
    /// Each before those that feed it.
    pub boxes: Vec<StepBox>,
    pub alike: Vec<Alike>,
}

/// Steps in one box at most: a longer chain goes on in the next.
const MOST_IN_CHAIN: usize = 6;
/// Inputs that are alike from this many on are one box.
const LEAST_ALIKE: usize = 4;

/// The boxes of a plan.
pub(super) fn boxes(plan: &Plan) -> Boxes {
    let mut all: Vec<StepBox> = Vec::new();
    let mut of_step = vec![0; plan.nodes.len()];
    for node in &plan.nodes {
        let above = node
            .parent
            .map(|parent| (plan.node(parent), of_step[parent]));
        let shared = above.filter(|(parent, at)| {
            let steps = &all[*at].steps;
            let in_join = plan.node(steps[0]).operator.is_join();
            let goes_on = !in_join && goes_on(node, parent);
            (goes_on || belongs_to_join(node, parent)) && steps.len() < MOST_IN_CHAIN
        });
        of_step[node.id] = match shared {
            Some((_, at)) => {
                all[at].steps.push(node.id);
                at
            }
            None => {
                all.push(StepBox {
                    steps: vec![node.id],
                    parent: above.map(|(_, at)| at),
                    side: side(plan, node),
                });
                all.len() - 1
            }
        };
    }
    let alike = alike(plan, &all);
    Boxes { boxes: all, alike }
}

/// A join builds its hash table of the rows of the Hash under it.
fn belongs_to_join(node: &Node, parent: &Node) -> bool {
    parent.operator.is_join()
        && node.children.len() == 1
        && matches!(node.operator, Operator::Hash | Operator::Materialize)
}

/// Whether a step only takes the rows of one other and hands them on.
fn goes_on(node: &Node, parent: &Node) -> bool {
    let hands_on = |node: &Node| {
        node.children.len() == 1 && !node.operator.is_join() && !node.operator.is_scan()
    };
    hands_on(node) && hands_on(parent)
}

/// Which input of a join a step is, or brings.
fn side(plan: &Plan, node: &Node) -> &'static str {
    let mut top = node;
    let join = loop {
        match top.parent.map(|parent| plan.node(parent)) {
            Some(parent) if parent.operator.is_join() => break parent,
            Some(parent) if belongs_above(plan, parent) => top = parent,
            _ => return "",
        }
    };
    match join.children.first() {
        Some(outer) if *outer == top.id => "outer",
        _ => "inner",
    }
}

/// Whether a step is drawn in the box of the join above it.
fn belongs_above(plan: &Plan, node: &Node) -> bool {
    let above = node.parent.map(|parent| plan.node(parent));
    above.is_some_and(|parent| belongs_to_join(node, parent))
}

/// Runs of inputs whose operators are the same all the way down.
fn alike(plan: &Plan, boxes: &[StepBox]) -> Vec<Alike> {
    let mut inputs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, one) in boxes.iter().enumerate() {
        if let Some(parent) = one.parent {
            inputs.entry(parent).or_default().push(at);
        }
    }
    inputs.retain(|_, inputs| inputs.len() >= LEAST_ALIKE);
    if inputs.is_empty() {
        return Vec::new();
    }
    let shapes = shapes(plan);
    let shape = |at: &usize| boxes[*at].steps.first().map(|step| shapes[*step]);
    let runs = inputs.iter().flat_map(|(parent, inputs)| {
        let runs = inputs.chunk_by(|a, b| shape(a) == shape(b));
        runs.map(move |run| (*parent, run))
    });
    runs.filter(|(_, run)| run.len() >= LEAST_ALIKE)
        .map(|(parent, run)| {
            let tops = run.iter().filter_map(|at| boxes[*at].steps.first());
            let steps = tops.flat_map(|top| plan.subtree(*top)).map(|node| node.id);
            Alike {
                parent,
                boxes: run.to_vec(),
                tables: tables(plan, boxes, run),
                steps: steps.collect(),
            }
        })
        .collect()
}

/// A number for each step that is the same for steps with the same operators below.
fn shapes(plan: &Plan) -> Vec<u64> {
    let mut shapes = vec![0; plan.nodes.len()];
    // Inputs come after the step that they feed.
    for node in plan.nodes.iter().rev() {
        let mut hasher = DefaultHasher::new();
        node.operator.hash(&mut hasher);
        for child in &node.children {
            shapes[*child].hash(&mut hasher);
        }
        shapes[node.id] = hasher.finish();
    }
    shapes
}

/// The first table of each input in one pattern: `part_*`.
fn tables(plan: &Plan, boxes: &[StepBox], run: &[usize]) -> String {
    let first = |at: &usize| {
        let top = boxes[*at].steps.first()?;
        let mut scans = plan.subtree(*top).filter(|node| node.operator.is_scan());
        Some(scans.find_map(Node::table_name)?.bare())
    };
    let names: Vec<String> = run.iter().filter_map(first).collect();
    let Some((one, others)) = names.split_first() else {
        return String::new();
    };
    if others.iter().all(|other| other == one) {
        return one.clone();
    }
    let start = common(one, others, |a, b| {
        a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
    });
    let end = common(one, others, |a, b| {
        let pairs = a.chars().rev().zip(b.chars().rev());
        pairs.take_while(|(a, b)| a == b).count()
    });
    let shortest = names.iter().map(|name| name.chars().count()).min();
    let end = end.min(shortest.unwrap_or(0) - start);
    let head: String = one.chars().take(start).collect();
    let tail: String = one.chars().skip(one.chars().count() - end).collect();
    format!("{head}*{tail}")
}

fn common(one: &str, others: &[String], same: impl Fn(&str, &str) -> usize) -> usize {
    let all = others.iter().map(|other| same(one, other));
    all.min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Plan, Boxes) {
        let plan = crate::plan::read(text).plans.remove(0);
        let boxes = boxes(&plan);
        (plan, boxes)
    }

    fn steps(boxes: &Boxes) -> Vec<&[NodeId]> {
        boxes.boxes.iter().map(|one| &*one.steps).collect()
    }

    const COST: &str = "(cost=0.00..1.00 rows=10 width=4)";

    #[test]
    fn a_hash_is_in_its_joins_box_and_a_chain_is_one() {
        let (_, drawn) = of(&format!(
            "XN Limit  {COST}\n  ->  XN Merge  {COST}\n        ->  XN Network  {COST}\n              ->  XN Hash Join DS_DIST_NONE  {COST}\n                    Hash Cond: (\"outer\".a = \"inner\".b)\n                    ->  XN Seq Scan on s  {COST}\n                    ->  XN Hash  {COST}\n                          ->  XN Seq Scan on t  {COST}\n"
        ));
        assert_eq!(steps(&drawn), [&[0, 1, 2][..], &[3, 5], &[4], &[6]]);
        let sides: Vec<&str> = drawn.boxes.iter().map(|one| one.side).collect();
        assert_eq!(sides, ["", "", "outer", "inner"]);
        assert_eq!(drawn.boxes[3].parent, Some(1));
    }

    fn append(tables: &[&str]) -> String {
        let scans: String = tables
            .iter()
            .map(|table| format!("  ->  XN Seq Scan on {table}  {COST}\n"))
            .collect();
        format!("XN Append  {COST}\n{scans}")
    }

    #[test]
    fn four_alike_inputs_are_one_and_three_are_not() {
        let (_, drawn) = of(&append(&["part_1", "part_2", "part_10", "part_11"]));
        assert_eq!(drawn.alike.len(), 1);
        assert_eq!(drawn.alike[0].tables, "part_*");
        assert_eq!(drawn.alike[0].boxes, [1, 2, 3, 4]);
        assert_eq!(drawn.alike[0].steps, [1, 2, 3, 4]);
        let (_, drawn) = of(&append(&["part_1", "part_2", "part_3"]));
        assert_eq!(drawn.alike, []);
    }

    #[test]
    fn a_pattern_never_repeats_a_letter_that_names_share() {
        for (tables, pattern) in [
            (["aa", "aaa", "aaaa", "aa"], "aa*"),
            (["x_2020_t", "x_2021_t", "x_2022_t", "x_2023_t"], "x_202*_t"),
            (["a", "b", "c", "d"], "*"),
            (["same", "same", "same", "same"], "same"),
        ] {
            let (_, drawn) = of(&append(&tables));
            assert_eq!(drawn.alike[0].tables, pattern);
        }
    }

    #[test]
    fn a_long_chain_goes_on_in_further_boxes_and_no_step_is_lost() {
        let mut text = format!("XN Limit  {COST}\n");
        for depth in 0..20 {
            text += &format!("{:1$}->  XN Sort  {COST}\n", "", depth * 6 + 2);
        }
        text += &format!("{:1$}->  XN Seq Scan on t  {COST}\n", "", 20 * 6 + 2);
        let (plan, drawn) = of(&text);
        let mut all: Vec<NodeId> = drawn
            .boxes
            .iter()
            .flat_map(|one| one.steps.clone())
            .collect();
        all.sort_unstable();
        assert_eq!(all, (0..plan.nodes.len()).collect::<Vec<_>>());
        assert!(
            drawn
                .boxes
                .iter()
                .all(|one| one.steps.len() <= MOST_IN_CHAIN)
        );
    }
}
