//! Step lists: each line of the plan, its details included, is an item.

use super::{Dice, Form, Paste, bare_lines, form, hold, lines, same};
use distkey::plan::{Node, Plan};

/// What stands before item `at` of `of`.
fn number(dice: usize, at: usize, of: usize) -> String {
    match dice {
        0 => format!("{at}. "),
        1 => format!("{at}) "),
        2 => format!("Step {at}: "),
        3 => format!("step {at}/{of} - "),
        4 => format!("{at}\t"),
        5 => format!("[{at}] "),
        6 => format!("#{at} "),
        7 => format!("{at:>3} | "),
        8 => format!("**{at}.** "),
        9 => format!("({at}) "),
        _ => format!("{at}: "),
    }
}

fn numbered(items: &[String], dice: &mut Dice) -> String {
    let style = dice.roll(11);
    let items = items.iter().enumerate();
    let of = items.len();
    items
        .map(|(at, item)| format!("{}{item}\n", number(style, at + 1, of)))
        .collect()
}

fn bare(plan: &Plan) -> Vec<String> {
    bare_lines(plan)
        .into_iter()
        .map(|(.., text)| text)
        .collect()
}

/// The steps in post-order, each after its inputs.
fn post_order(plan: &Plan) -> Vec<&Node> {
    fn visit<'a>(plan: &'a Plan, node: &'a Node, out: &mut Vec<&'a Node>) {
        for child in plan.children(node.id) {
            visit(plan, child, out);
        }
        out.push(node);
    }
    let mut out = Vec::new();
    for root in plan.roots() {
        visit(plan, root, &mut out);
    }
    out
}

fn post_order_lines(plan: &Plan) -> Vec<String> {
    let mut out = Vec::new();
    for node in post_order(plan) {
        out.push(node.to_string());
        out.extend(node.details.iter().map(ToString::to_string));
    }
    out
}

/// Notices are no steps; lists have none.
fn without_notices(plan: &Plan) -> Plan {
    Plan {
        notices: Vec::new(),
        ..plan.clone()
    }
}

fn list(plan: &Plan, write: impl FnOnce(&Plan) -> String) -> Paste {
    let plan = without_notices(plan);
    let text = write(&plan);
    same(&plan, text)
}

/// Words that say what a step does, as consoles and assistants put them.
fn sentence(node: &Node) -> &'static str {
    match node.children.len() {
        0 => "Read the rows of the table",
        1 => "Work on the rows of the step before",
        _ => "Bring the rows of both inputs together",
    }
}

const FORMS: &[Form] = &[
    form("root first", |plan, dice| {
        list(plan, |plan| numbered(&bare(plan), dice))
    }),
    form("root first, indentation kept", |plan, dice| {
        list(plan, |plan| numbered(&lines(plan), dice))
    }),
    form("root first, arrows kept", |plan, dice| {
        list(plan, |plan| {
            let lines: Vec<String> = lines(plan).iter().map(|l| l.trim().to_owned()).collect();
            numbered(&lines, dice)
        })
    }),
    form("leaf first", |plan, dice| {
        list(plan, |plan| numbered(&post_order_lines(plan), dice))
    }),
    form("leaf first with a sentence before", |plan, dice| {
        list(plan, |plan| {
            let mut items = Vec::new();
            for node in post_order(plan) {
                items.push(format!("{}: {node}", sentence(node)));
                items.extend(node.details.iter().map(ToString::to_string));
            }
            numbered(&items, dice)
        })
    }),
    form("leaf first with a sentence after", |plan, dice| {
        list(plan, |plan| {
            let mut items = Vec::new();
            for node in post_order(plan) {
                items.push(format!("{node} - {}", sentence(node)));
                items.extend(node.details.iter().map(ToString::to_string));
            }
            numbered(&items, dice)
        })
    }),
    form(
        "leaf first with a sentence on a line of its own",
        |plan, dice| {
            list(plan, |plan| {
                let mut items = Vec::new();
                for node in post_order(plan) {
                    items.push(format!("{node}\n   {}.", sentence(node)));
                    items.extend(node.details.iter().map(ToString::to_string));
                }
                numbered(&items, dice)
            })
        },
    ),
    form("the print upside down", |plan, dice| {
        list(plan, |plan| {
            let mut lines = bare(plan);
            lines.reverse();
            numbered(&lines, dice)
        })
    }),
    form("the print upside down, indentation kept", |plan, dice| {
        list(plan, |plan| {
            let mut lines = lines(plan);
            lines.reverse();
            numbered(&lines, dice)
        })
    }),
    form(
        "numbered from the leaf, printed from the root",
        |plan, _| {
            list(plan, |plan| {
                let lines = bare(plan);
                let of = lines.len();
                let lines = lines.iter().enumerate();
                lines
                    .map(|(at, line)| format!("{}. {line}\n", of - at))
                    .collect()
            })
        },
    ),
    form("a markdown table of steps, root first", |plan, _| {
        list(plan, |plan| {
            let lines = bare(plan);
            let lines = lines.iter().enumerate();
            let rows = lines.map(|(at, line)| format!("| {} | {line} |\n", at + 1));
            format!(
                "| Step | Operation |\n|---|---|\n{}",
                rows.collect::<String>()
            )
        })
    }),
    form("a markdown table of steps, leaf first", |plan, _| {
        list(plan, |plan| {
            let lines = post_order_lines(plan);
            let lines = lines.iter().enumerate();
            let rows = lines.map(|(at, line)| format!("| {} | {line} |\n", at + 1));
            format!("| # | Step |\n|---|---|\n{}", rows.collect::<String>())
        })
    }),
    form("bullets", |plan, dice| {
        let mark = dice.pick(&["- ", "* ", "• ", "+ "]);
        list(plan, |plan| {
            let lines = bare(plan);
            lines.iter().map(|line| format!("{mark}{line}\n")).collect()
        })
    }),
];

#[test]
fn lists_give_the_tree() {
    hold(FORMS);
}
