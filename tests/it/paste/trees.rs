//! Trees as assistants draw them, and trees without numbers.

use super::{Dice, Form, Paste, form, hold, same};
use distkey::plan::{Node, Plan};

/// The strokes of a drawing: a branch, the last branch, a passing line, nothing.
struct Strokes {
    branch: &'static str,
    last: &'static str,
    passing: &'static str,
    nothing: &'static str,
}

const STROKES: &[Strokes] = &[
    Strokes {
        branch: "├── ",
        last: "└── ",
        passing: "│   ",
        nothing: "    ",
    },
    Strokes {
        branch: "├─ ",
        last: "╰─ ",
        passing: "│  ",
        nothing: "   ",
    },
    Strokes {
        branch: "|-- ",
        last: "`-- ",
        passing: "|   ",
        nothing: "    ",
    },
    Strokes {
        branch: "+- ",
        last: "\\- ",
        passing: "|  ",
        nothing: "   ",
    },
    Strokes {
        branch: "┣━━ ",
        last: "┗━━ ",
        passing: "┃   ",
        nothing: "    ",
    },
    Strokes {
        branch: "├─► ",
        last: "└─► ",
        passing: "│   ",
        nothing: "    ",
    },
    Strokes {
        branch: "+--",
        last: "+--",
        passing: "|  ",
        nothing: "   ",
    },
];

/// Draws a plan; `step` writes a step, `detail` puts something before a detail.
fn drawn(plan: &Plan, strokes: &Strokes, step: fn(&Node) -> String, detail: &str) -> String {
    let mut out = String::new();
    for node in &plan.nodes {
        // Whether each step above is the last of its parent's inputs, outermost first.
        let mut path: Vec<&Node> = plan.ancestors(node.id).collect();
        path.reverse();
        path.push(node);
        let is_last = |node: &Node| match node.parent {
            Some(parent) => plan.node(parent).children.last() == Some(&node.id),
            None => true,
        };
        let mut lead = String::new();
        for above in path.iter().skip(1) {
            let own = above.id == node.id;
            lead += match (own, is_last(above)) {
                (true, true) => strokes.last,
                (true, false) => strokes.branch,
                (false, true) => strokes.nothing,
                (false, false) => strokes.passing,
            };
        }
        out += &format!("{lead}{}\n", step(node));
        let mut below = String::new();
        for above in path.iter().skip(1) {
            below += match is_last(above) {
                true => strokes.nothing,
                false => strokes.passing,
            };
        }
        below += match node.children.is_empty() {
            true => strokes.nothing,
            false => strokes.passing,
        };
        for text in &node.details {
            out += &format!("{below}{detail}{text}\n");
        }
    }
    out
}

fn strokes(dice: &mut Dice) -> &'static Strokes {
    &STROKES[dice.roll(STROKES.len())]
}

fn without_notices(plan: &Plan) -> Plan {
    Plan {
        notices: Vec::new(),
        ..plan.clone()
    }
}

/// The plan when no number was printed.
fn without_numbers(plan: &Plan) -> Plan {
    let mut plan = without_notices(plan);
    for node in &mut plan.nodes {
        (node.cost, node.rows, node.width) = (None, None, None);
    }
    plan
}

fn draw(plan: &Plan, dice: &mut Dice, step: fn(&Node) -> String, detail: &str) -> Paste {
    let plan = without_notices(plan);
    let text = drawn(&plan, strokes(dice), step, detail);
    same(&plan, text)
}

fn indented(plan: &Plan, by: usize, arrow: &str, detail: bool) -> Paste {
    let mut plan = without_numbers(plan);
    let mut text = String::new();
    for node in &mut plan.nodes {
        let indent = node.depth * by;
        let arrow = match node.depth {
            0 => "",
            _ => arrow,
        };
        text += &format!("{:indent$}{arrow}{}\n", "", node.title());
        if !detail {
            node.details.clear();
        }
        for detail in &node.details {
            text += &format!("{:1$}{detail}\n", "", indent + by);
        }
    }
    same(&plan, text)
}

const DRAWN: &[Form] = &[
    form("drawn", |plan, dice| draw(plan, dice, Node::to_string, "")),
    form("drawn, details marked", |plan, dice| {
        let mark = dice.pick(&["• ", "- ", "↳ ", "  "]);
        draw(plan, dice, Node::to_string, mark)
    }),
    form("drawn with the arrows", |plan, dice| {
        let step = |node: &Node| match node.parent {
            Some(_) => format!("->  {node}"),
            None => node.to_string(),
        };
        draw(plan, dice, step, "  ")
    }),
    form("drawn with bold steps", |plan, dice| {
        draw(
            plan,
            dice,
            |node| {
                format!(
                    "**{}**{}",
                    node.title(),
                    &node.to_string()[node.title().len()..]
                )
            },
            "",
        )
    }),
    form("drawn in a fence", |plan, dice| {
        let paste = draw(plan, dice, Node::to_string, "");
        Paste {
            text: format!(
                "The tree:\n\n```\n{}```\n\nRead it from the bottom.\n",
                paste.text
            ),
            ..paste
        }
    }),
];

fn is_named(plan: &Plan) -> bool {
    plan.nodes
        .iter()
        .all(|node| !matches!(node.operator, distkey::plan::Operator::Other(_)))
}

/// Without numbers, words that nobody knows can't be told from prose: plans that have them are
/// left as they are.
fn unnumbered(plan: &Plan, write: impl FnOnce(&Plan) -> Paste) -> Paste {
    match is_named(plan) {
        true => write(plan),
        false => same(plan, plan.to_string()),
    }
}

const UNNUMBERED: &[Form] = &[
    Form {
        name: "without numbers",
        whole: false,
        write: |plan, _| {
            unnumbered(plan, |plan| {
                let plan = without_numbers(plan);
                let text = plan.to_string();
                same(&plan, text)
            })
        },
    },
    Form {
        name: "without numbers, drawn",
        whole: false,
        write: |plan, dice| {
            unnumbered(plan, |plan| {
                let plan = without_numbers(plan);
                let text = drawn(&plan, strokes(dice), Node::title, "");
                same(&plan, text)
            })
        },
    },
    Form {
        name: "without numbers, indented by two to four",
        whole: false,
        write: |plan, dice| unnumbered(plan, |plan| indented(plan, 2 + dice.roll(3), "", true)),
    },
    Form {
        name: "without numbers, indented, steps alone",
        whole: false,
        write: |plan, dice| unnumbered(plan, |plan| indented(plan, 1 + dice.roll(4), "", false)),
    },
    Form {
        name: "without numbers, indented, arrows",
        whole: false,
        write: |plan, dice| {
            let arrow = dice.pick(&["-> ", "→ ", "=> ", "--> ", "⟶ "]);
            unnumbered(plan, |plan| indented(plan, 2 + dice.roll(5), arrow, true))
        },
    },
];

#[test]
fn drawings_give_the_tree() {
    hold(DRAWN);
}

#[test]
fn trees_without_numbers_are_one_plan_without_rows() {
    hold(UNNUMBERED);
}
