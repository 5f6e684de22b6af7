//! Plans whose lines were joined: by page readers, chats, logs and JSON.

use super::{Dice, Form, Paste, form, hold, lines, same};
use distkey::plan::Plan;

fn blanks_collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Some neighbours on one line, the others on lines of their own.
fn some_joined(plan: &Plan, dice: &mut Dice) -> Paste {
    let mut text = String::new();
    for line in lines(plan) {
        if !text.is_empty() {
            text += match dice.roll(3) {
                0 => "   ",
                _ => "\n",
            };
        }
        text += &line;
    }
    same(plan, text)
}

fn quoted(plan: &Plan) -> String {
    serde_json::to_string(&plan.to_string()).expect("JSON")
}

const FORMS: &[Form] = &[
    form("one line, blanks kept", |plan, _| {
        same(plan, plan.to_string().replace('\n', " "))
    }),
    form("one line, line ends dropped", |plan, _| {
        same(plan, plan.to_string().replace('\n', ""))
    }),
    form("one line, single blanks", |plan, _| {
        same(plan, blanks_collapsed(&plan.to_string()))
    }),
    form("one line in a sentence", |plan, _| {
        let line = blanks_collapsed(&plan.to_string());
        same(plan, format!("My query is slow, the plan is: {line}"))
    }),
    form("one line behind a log prefix", |plan, _| {
        let line = blanks_collapsed(&plan.to_string());
        same(
            plan,
            format!("2026-01-01 10:00:00 INFO QUERY PLAN {line}\n"),
        )
    }),
    form("a break before each arrow", |plan, _| {
        let line = blanks_collapsed(&plan.to_string());
        same(plan, line.replace(" -> ", "\n-> "))
    }),
    form("a break before each arrow, TABs", |plan, _| {
        let line = blanks_collapsed(&plan.to_string());
        same(plan, line.replace(" -> ", "\n\t->  "))
    }),
    form("some lines joined", some_joined),
    form("JSON string", |plan, _| same(plan, quoted(plan))),
    form("JSON string within an object", |plan, dice| {
        let key = dice.pick(&["plan", "explain", "query_plan", "output"]);
        same(
            plan,
            format!(
                "{{\n  \"query\": \"select 1\",\n  \"{key}\": {},\n  \"ms\": 12\n}}\n",
                quoted(plan)
            ),
        )
    }),
    form("JSON string after a word", |plan, dice| {
        let word = dice.pick(&["plan = ", "logger: ", "2026-01-01 INFO plan="]);
        same(plan, format!("{word}{}\n", quoted(plan)))
    }),
    form("escaped line ends without quotes", |plan, _| {
        let text = quoted(plan);
        same(plan, text[1..text.len() - 1].to_owned())
    }),
    form("JSON twice", |plan, _| {
        let twice = serde_json::to_string(&quoted(plan)).expect("JSON");
        same(plan, format!("{{\"message\": {twice}}}"))
    }),
    form("JSON list of lines in an object", |plan, _| {
        let lines = serde_json::json!({"rows": lines(plan), "count": 3});
        same(plan, lines.to_string())
    }),
    form("YAML list", |plan, _| {
        let lines = lines(plan);
        let lines = lines
            .iter()
            .map(|line| format!("  - '{}'\n", line.replace('\'', "''")));
        same(plan, format!("plan:\n{}", lines.collect::<String>()))
    }),
    form("YAML block", |plan, _| {
        let lines = lines(plan);
        let lines = lines.iter().map(|line| format!("    {line}\n"));
        same(plan, format!("plan: |\n{}", lines.collect::<String>()))
    }),
    form("SQL string", |plan, _| {
        let lines = lines(plan).join("\\n' ||\n'").replace("\\n", "\n");
        same(plan, lines.replace("' ||\n'", ""))
    }),
    form("slashes between lines", |plan, dice| {
        let between = dice.pick(&[" / ", " | ", " ⏎ ", " ↵ ", "; "]);
        let bare: Vec<String> = lines(plan)
            .iter()
            .map(|line| line.trim().to_owned())
            .collect();
        same(plan, bare.join(between))
    }),
];

#[test]
fn joined_lines_are_parted() {
    hold(FORMS);
}
