//! The node dump of `EXPLAIN VERBOSE`: `{HASHJOIN :startup_cost … :lefttree {…}}`.

use crate::plan::{
    Cost, Distribution, Engine, Indentation, JoinKind, JoinMethod, Node, NodeId, Operator, Plan,
};

/// Whether an input holds such a dump.
pub(super) fn is_dump(text: &str) -> bool {
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    has(":startup_cost") || (has(":plan_rows") && has("{"))
}

/// Whether a line is one of a dump: braces, `:fields`, bare node names.
pub(super) fn is_dump_line(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'{' | b'}' | b'(' | b')' | b':' | b'<' | b'.') => true,
        Some(_) => {
            text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
                || text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b == b' ' || b == b']')
        }
        None => false,
    }
}

/// An open brace.
struct Object {
    name: String,
    /// Its step, once it has shown a cost.
    step: Option<NodeId>,
    line: usize,
}

/// The plans of a dump; no relation names, since the dump has only numbers.
pub(super) fn read(text: &str) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut stack: Vec<Object> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut words = line
            .split_inclusive(['{', '}'])
            .flat_map(split_brace)
            .flat_map(str::split_whitespace)
            .peekable();
        while let Some(word) = words.next() {
            match word {
                "{" => stack.push(Object {
                    name: String::new(),
                    step: None,
                    line: index + 1,
                }),
                "}" => {
                    stack.pop();
                }
                key if key.starts_with(':') => {
                    let value = words.next_if(|next| !next.starts_with([':', '{', '}']));
                    set_field(&mut plans, &mut stack, key, value.unwrap_or(""));
                }
                name => {
                    if let Some(object) = stack.last_mut().filter(|o| o.name.is_empty()) {
                        name.clone_into(&mut object.name);
                    }
                }
            }
        }
    }
    plans
}

/// Gives joins that are printed without a label the one of the dump's join with the same numbers.
pub(super) fn label(plans: &mut [Plan], text: &str) {
    let unlabelled = |node: &Node| node.operator.is_join() && node.distribution.is_none();
    let mut nodes = plans.iter().flat_map(|plan| &plan.nodes);
    if !nodes.any(unlabelled) {
        return;
    }
    let dumped: Vec<Node> = read(text).into_iter().flat_map(|plan| plan.nodes).collect();
    let numbers = |node: &Node| (node.cost, node.rows, node.width);
    for node in plans.iter_mut().flat_map(|plan| &mut plan.nodes) {
        if !unlabelled(node) || node.cost.is_none() {
            continue;
        }
        let same = dumped
            .iter()
            .filter(|other| numbers(other) == numbers(node));
        let labels: Vec<Distribution> = same.filter_map(|other| other.distribution).collect();
        // Of two labels neither is known to be its own.
        if let [first, rest @ ..] = labels.as_slice()
            && rest.iter().all(|label| label == first)
        {
            node.distribution = Some(*first);
        }
    }
}

fn split_brace(part: &str) -> [&str; 2] {
    match part.as_bytes().last() {
        Some(b'{' | b'}') => [&part[..part.len() - 1], &part[part.len() - 1..]],
        _ => [part, ""],
    }
}

fn set_field(plans: &mut Vec<Plan>, stack: &mut [Object], key: &str, value: &str) {
    let Some((object, above)) = stack.split_last_mut() else {
        return;
    };
    if key == ":startup_cost" && object.step.is_none() {
        let parent = above.iter().rev().find_map(|object| object.step);
        if parent.is_none() {
            plans.push(Plan {
                indentation: Indentation::Ids,
                ..Plan::default()
            });
        }
        let node = Node {
            engine: Engine::Xn,
            operator: operator(&object.name),
            line: object.line,
            ..Node::default()
        };
        object.step = plans.last_mut().map(|plan| plan.push(parent, node));
    }
    let (Some(step), Some(plan)) = (object.step, plans.last_mut()) else {
        return;
    };
    let node = &mut plan.nodes[step];
    let number = || {
        value
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite() && *n >= 0.0)
    };
    match key {
        ":startup_cost" => {
            let startup = number().unwrap_or(0.0);
            node.cost = Some(Cost {
                startup,
                total: startup,
            });
        }
        ":total_cost" => {
            if let (Some(cost), Some(total)) = (node.cost.as_mut(), number()) {
                cost.total = total;
            }
        }
        ":plan_rows" => node.rows = number(),
        ":plan_width" => node.width = number(),
        ":dist_info" | ":dist_info.dist_strategy" if node.operator.is_join() => {
            node.distribution = Distribution::parse(value);
        }
        ":aggstrategy" => {
            node.operator = match value {
                "0" => Operator::Aggregate,
                "1" => Operator::GroupAggregate,
                _ => Operator::HashAggregate,
            }
        }
        _ => {}
    }
}

/// The step that a dump's node name stands for.
fn operator(name: &str) -> Operator {
    match name {
        "HASHJOIN" => Operator::Join(JoinMethod::Hash, JoinKind::Inner),
        "MERGEJOIN" => Operator::Join(JoinMethod::Merge, JoinKind::Inner),
        "NESTLOOP" => Operator::Join(JoinMethod::NestedLoop, JoinKind::Inner),
        "SEQSCAN" => Operator::SeqScan,
        "SUBQUERYSCAN" => Operator::SubqueryScan,
        "FUNCTIONSCAN" => Operator::FunctionScan,
        "HASH" => Operator::Hash,
        "AGG" => Operator::HashAggregate,
        "SORT" => Operator::Sort,
        "MERGE" => Operator::Merge,
        "NETWORK" => Operator::Network,
        "LIMIT" => Operator::Limit,
        "UNIQUE" => Operator::Unique,
        "APPEND" => Operator::Append,
        "WINDOW" | "WINDOWAGG" => Operator::Window,
        "RESULT" => Operator::Result,
        "MATERIAL" => Operator::Materialize,
        other => Operator::Other(other.to_owned()),
    }
}
