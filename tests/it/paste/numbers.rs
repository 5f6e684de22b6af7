//! Numbers as people and clients write them.

use super::{Dice, Form, Paste, bare_lines, form, hold, lines, same};
use distkey::plan::Plan;

/// The lines with every number of a step written anew.
fn rewritten(plan: &Plan, cost: impl Fn(f64) -> String, count: impl Fn(f64) -> String) -> String {
    let mut out = String::new();
    let mut nodes = plan.nodes.iter();
    for line in lines(plan) {
        let Some(at) = line.find("  (cost=") else {
            out += &format!("{line}\n");
            continue;
        };
        let node = nodes.next().expect("a step");
        let (of, rows, width) = (
            node.cost.expect("a cost"),
            node.rows.expect("rows"),
            node.width.expect("a width"),
        );
        out += &format!(
            "{}  (cost={}..{} rows={} width={})\n",
            &line[..at],
            cost(of.startup),
            cost(of.total),
            count(rows),
            count(width)
        );
    }
    out
}

/// An integer with something between its groups of three.
fn grouped(value: f64, between: &str) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out += between;
        }
        out.push(digit);
    }
    out
}

/// A cost with two decimals.
fn money(value: f64, between: &str, point: &str) -> String {
    let text = format!("{value:.2}");
    let (whole, decimals) = text.split_once('.').expect("two decimals");
    let whole = grouped(whole.parse().expect("a number"), between);
    format!("{whole}{point}{decimals}")
}

/// Above this, a print of the whole part is no longer that of the number.
fn is_plain(plan: &Plan) -> bool {
    let plain = |value: Option<f64>| value.is_none_or(|value| value < 1e14);
    let costs = plan
        .nodes
        .iter()
        .map(|node| node.cost.map(|cost| cost.total));
    costs
        .chain(plan.nodes.iter().map(|node| node.rows))
        .all(plain)
}

fn plain(plan: &Plan, write: impl FnOnce(&Plan) -> String) -> Paste {
    match is_plain(plan) {
        true => same(plan, write(plan)),
        false => same(plan, plan.to_string()),
    }
}

/// Three digits and a power of ten, or a letter for it; what it then says.
fn short(value: f64, letters: bool) -> String {
    if value < 1e4 {
        return format!("{value:.0}");
    }
    if !letters {
        let text = format!("{value:.2e}");
        let (digits, power) = text.split_once('e').expect("a power");
        return format!("{digits}e+{power:0>2}");
    }
    for (letter, unit) in [("B", 1e9), ("M", 1e6), ("K", 1e3)] {
        if value >= unit {
            return format!("{}{letter}", (value / unit * 10.0).round() / 10.0);
        }
    }
    format!("{value:.0}")
}

fn shortened(plan: &Plan, letters: bool) -> Paste {
    let said = |value: f64| {
        if value < 1e4 {
            return value.round();
        }
        let unit = match () {
            () if !letters => 10f64.powf(value.log10().floor() - 2.0),
            () if value >= 1e9 => 1e8,
            () if value >= 1e6 => 1e5,
            () => 1e2,
        };
        (value / unit).round() * unit
    };
    let mut expected = plan.clone();
    for node in &mut expected.nodes {
        node.rows = node.rows.map(said);
        node.width = node.width.map(said);
    }
    Paste {
        text: rewritten(
            plan,
            |cost| format!("{cost:.2}"),
            |count| short(count, letters),
        ),
        expected,
    }
}

/// Lines broken at random places within the numbers.
fn torn(plan: &Plan, dice: &mut Dice) -> Paste {
    let mut text = String::new();
    for line in lines(plan) {
        let Some(at) = line.find("(cost=").filter(|_| dice.roll(2) == 0) else {
            text += &format!("{line}\n");
            continue;
        };
        let place = at + 1 + dice.roll(line.len() - at - 2);
        text += &format!("{}\n{}\n", &line[..place], &line[place..]);
    }
    same(plan, text)
}

const FORMS: &[Form] = &[
    form("thousands by commas", |plan, _| {
        plain(plan, |plan| {
            rewritten(plan, |c| money(c, ",", "."), |n| grouped(n, ","))
        })
    }),
    form("thousands by commas, costs without decimals", |plan, _| {
        let mut expected = plan.clone();
        for node in &mut expected.nodes {
            let cost = node.cost.as_mut().expect("a cost");
            (cost.startup, cost.total) = (cost.startup.round(), cost.total.round());
        }
        match is_plain(plan) {
            true => Paste {
                text: rewritten(plan, |c| grouped(c.round(), ","), |n| grouped(n, ",")),
                expected,
            },
            false => same(plan, plan.to_string()),
        }
    }),
    form("thousands by points, decimal comma", |plan, _| {
        plain(plan, |plan| {
            rewritten(plan, |c| money(c, ".", ","), |n| grouped(n, "."))
        })
    }),
    form("decimal comma", |plan, _| {
        plain(plan, |plan| {
            rewritten(plan, |c| money(c, "", ","), |n| format!("{n:.0}"))
        })
    }),
    form("thousands by blanks", |plan, dice| {
        let blank = dice.pick(&[" ", "\u{a0}", "\u{202f}", "\u{2009}"]);
        let point = dice.pick(&[".", ","]);
        plain(plan, |plan| {
            rewritten(plan, |c| money(c, blank, point), |n| grouped(n, blank))
        })
    }),
    form("thousands by apostrophes or underscores", |plan, dice| {
        let between = dice.pick(&["'", "_", "’"]);
        plain(plan, |plan| {
            rewritten(plan, |c| money(c, between, "."), |n| grouped(n, between))
        })
    }),
    form("counts in millions", |plan, _| shortened(plan, true)),
    form("counts with powers of ten", |plan, _| {
        shortened(plan, false)
    }),
    form("numbers apart", |plan, _| {
        same(
            plan,
            plan.to_string()
                .replace("cost=", "cost = ")
                .replace(" rows=", ", rows = ")
                .replace(" width=", ", width = "),
        )
    }),
    form("numbers with colons", |plan, _| {
        same(
            plan,
            plan.to_string()
                .replace("(cost=", "(cost: ")
                .replace(" rows=", ", rows: ")
                .replace(" width=", ", width: "),
        )
    }),
    form("torn numbers", torn),
    form("steps and numbers on lines of their own", |plan, _| {
        same(plan, plan.to_string().replace("  (cost=", "\n(cost="))
    }),
];

#[test]
fn numbers_mean_what_was_meant() {
    hold(FORMS);
}

/// What can't be read is not known: neither dropped nor zero.
#[test]
fn a_number_that_cannot_be_read_is_unknown() {
    for (numbers, known) in [
        ("cost=0.00..9.00 rows=many width=8", (true, false, true)),
        ("cost=0.00..?? rows=7 width=8", (false, true, true)),
        ("cost=0.00..9.00 rows=-1 width=8", (true, false, true)),
        ("cost=0.00..9.00 rows=7 width=NaN", (true, true, false)),
        ("cost=0.00..9.00 rows=1,23,4 width=8", (true, false, true)),
        ("cost=0.00..9.00 rows=5-10M width=8", (true, false, true)),
    ] {
        let text = format!("XN Seq Scan on t  ({numbers})\n  Filter: (a > 3)\n");
        let read = distkey::plan::read(&text);
        let node = &read.plans[0].nodes[0];
        assert_eq!(
            (
                node.cost.is_some(),
                node.rows.is_some(),
                node.width.is_some()
            ),
            known,
            "{numbers}"
        );
        assert!(
            !read.plans[0].gaps.is_empty() || known == (false, true, true),
            "{numbers}"
        );
        assert_eq!(bare_lines(&read.plans[0]).len(), 2, "{numbers}");
    }
}
