//! What people write into a plan.

use super::{Dice, Form, Paste, form, hold, lines, same};
use distkey::plan::{Detail, DetailKind, Operator, Plan};

const REMARKS: &[&str] = &[
    "this one is slow",
    "why?",
    "12 s here",
    "NOT co-located: see DISTKEY",
    "see (1) and (2)",
    "takes forever, 80% of it",
    "XN means the compute nodes",
    "50M rows in fact",
];

const MARKS: &[&str] = &[
    "  <- ",
    "   <-- ",
    " <--- ",
    "  <== ",
    " ← ",
    "  ⬅ ",
    " <<< ",
    "  -- ",
    " — ",
    " – ",
    "  # ",
    " // ",
    "   *** ",
    "  !! ",
    " 👈 ",
    "  ⇐ ",
    "  ⟵ ",
    " /* ",
    "  ← ← ← ",
    "  ; ",
];

fn is_step(line: &str) -> bool {
    line.contains("(cost=")
}

fn remark(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(MARKS), dice.pick(REMARKS))
}

/// Every line changed at random.
fn changed(plan: &Plan, mut change: impl FnMut(&str) -> String) -> Paste {
    let lines: Vec<String> = lines(plan).iter().map(|line| change(line)).collect();
    same(plan, lines.join("\n"))
}

const FORMS: &[Form] = &[
    form("after steps", |plan, dice| {
        changed(plan, |line| match is_step(line) && dice.roll(2) == 0 {
            true => format!("{line}{}", remark(dice)),
            false => line.to_owned(),
        })
    }),
    form("after steps, without a mark", |plan, dice| {
        changed(plan, |line| match is_step(line) && dice.roll(2) == 0 {
            true => format!("{line}   {}", dice.pick(REMARKS)),
            false => line.to_owned(),
        })
    }),
    form("after conditions", |plan, dice| {
        changed(plan, |line| {
            let is_notice = line.starts_with("-----");
            match is_step(line) || is_notice || dice.roll(2) == 0 {
                true => line.to_owned(),
                false => format!("{line}{}", remark(dice)),
            }
        })
    }),
    form("in brackets before the numbers", |plan, dice| {
        changed(plan, |line| {
            let words = dice.pick(&[
                "(the big one!)",
                "(slow)",
                "[2]",
                "(50M rows)",
                "*here*",
                "<<<here>>>",
            ]);
            match dice.roll(2) {
                0 => line.replacen("  (cost=", &format!(" {words}  (cost="), 1),
                _ => line.to_owned(),
            }
        })
    }),
    form("before the arrow", |plan, dice| {
        changed(plan, |line| {
            let Some(at) = line.find("->  ").filter(|at| *at >= 4 && is_step(line)) else {
                return line.to_owned();
            };
            let mark = dice.pick(&["!!", "**", ">>", "(1)", "2.", "??", "🔥"]);
            let width = mark.chars().count();
            match dice.roll(3) {
                0 => format!("{mark}{}{}", " ".repeat(at - width.min(at)), &line[at..]),
                _ => line.to_owned(),
            }
        })
    }),
    form("between lines", |plan, dice| {
        changed(plan, |line| {
            let start = dice.pick(&[
                "",
                "^ ",
                "-- ",
                "# ",
                "// ",
                "      ^^^ ",
                "<-- ",
                "(",
                "↑ ",
                "          ",
            ]);
            match dice.roll(3) {
                0 if !line.starts_with("-----") => format!("{line}\n{start}{}", dice.pick(REMARKS)),
                _ => line.to_owned(),
            }
        })
    }),
    form("between lines, as sentences", |plan, dice| {
        changed(plan, |line| {
            let words = dice.pick(&[
                "with this join it takes 12 s",
                "Select of the month. Why is it a broadcast",
                "update: now it is a merge join",
                "I think the Hash Join above is bad (cost is huge)",
                "the table has 3 columns",
                "Set the key here?",
                "create an index?",
                "delete this?",
            ]);
            match dice.roll(3) {
                0 if !line.starts_with("-----") => format!("{line}\n{words}"),
                _ => line.to_owned(),
            }
        })
    }),
    form("bold, struck and coloured", |plan, dice| {
        changed(plan, |line| {
            let Some(at) = line.find("XN ").filter(|_| dice.roll(2) == 0) else {
                return line.to_owned();
            };
            let (open, close) = match dice.roll(5) {
                0 => ("**", "**"),
                1 => ("__", "__"),
                2 => ("\u{1b}[31m", "\u{1b}[0m"),
                3 => ("<b>", "</b>"),
                _ => ("~~", "~~"),
            };
            format!("{}{open}{}{close}", &line[..at], &line[at..])
        })
    }),
    form("labels that nobody knows", |plan, _| {
        let mut plan = plan.clone();
        for node in &mut plan.nodes {
            let detail = match node.operator {
                Operator::SeqScan => "Zone Map Skip: (d > '2020-01-01'::date)",
                Operator::Join(..) => "Hash Prefetch Cond: (\"outer\".k = \"inner\".k)",
                _ => continue,
            };
            node.details
                .insert(0, Detail::new(DetailKind::Other, detail));
        }
        let text = plan.to_string();
        same(&plan, text)
    }),
    form("a lake read by its nodes", |plan, dice| {
        let mut plan = plan.clone();
        for node in &mut plan.nodes {
            if node.operator == Operator::SeqScan && node.s3_location.is_none() {
                node.s3_location = Some("\"s3://lake/visits/\"".to_owned());
                node.s3_format = Some(dice.pick(&["ORC", "PARQUET", "TEXT"]).to_owned());
            }
        }
        let text = plan.to_string().replace("XN Seq Scan on ", "XN Seq Scan ");
        same(&plan, text)
    }),
];

#[test]
fn remarks_change_no_step() {
    hold(FORMS);
}
