//! One plan, pasted in many forms: the same steps, and the same tree wherever
//! the form keeps or determines it.

use distkey::plan::{self, Plan};

type Form = fn(&[&str]) -> String;

fn each(lines: &[&str], form: impl Fn(&str) -> String) -> String {
    lines.iter().map(|line| form(line) + "\n").collect()
}

fn doubled(line: &str) -> String {
    line.replace('"', "\"\"")
}

fn boxed(lines: &[&str]) -> String {
    let width = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    let border = format!("+{}+\n", "-".repeat(width + 2));
    format!(
        "{border}{}{border}",
        each(lines, |line| format!("| {line:width$} |"))
    )
}

fn escaped(line: &str) -> String {
    line.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn wrapped(lines: &[&str], width: usize) -> String {
    let mut out = String::new();
    for line in lines {
        for part in line.as_bytes().chunks(width) {
            out.push_str(&String::from_utf8_lossy(part));
            out.push('\n');
        }
    }
    out
}

const FORMS: &[(&str, Form)] = &[
    ("psql", |l| {
        format!(
            "  QUERY PLAN\n-----\n{}({} rows)\n",
            each(l, |x| format!(" {x}")),
            l.len()
        )
    }),
    ("CSV", |l| {
        format!(
            "\"QUERY PLAN\"\n{}",
            each(l, |x| format!("\"{}\"", doubled(x)))
        )
    }),
    ("doubled quotes", |l| each(l, doubled)),
    ("trailing TABs", |l| each(l, |x| format!("{x}\t"))),
    ("flattened", |l| each(l, |x| x.trim().to_owned())),
    ("single blanks", |l| {
        each(l, |x| x.split_whitespace().collect::<Vec<_>>().join(" "))
    }),
    ("wrapped at 80", |l| wrapped(l, 80)),
    ("wrapped in the cost", |l| {
        each(l, |x| x.replace(" width=", "\nwidth="))
    }),
    ("tuples", |l| {
        format!(
            "[{}]",
            each(l, |x| format!("('{}',),", x.replace('\'', "\\'")))
        )
    }),
    ("Data API", |l| {
        serde_json::to_string(
            &l.iter()
                .map(|x| [serde_json::json!({"stringValue": x})])
                .collect::<Vec<_>>(),
        )
        .expect("JSON")
    }),
    ("JSON rows", |l| {
        serde_json::to_string_pretty(
            &l.iter()
                .map(|x| serde_json::json!({"QUERY PLAN": x}))
                .collect::<Vec<_>>(),
        )
        .expect("JSON")
    }),
    ("expanded", |l| {
        each(l, |x| format!("-[ RECORD 1 ]\nQUERY PLAN | {x}"))
    }),
    ("box", boxed),
    ("table cells", |l| {
        each(l, |x| format!("<tr><td>{}</td></tr>", escaped(x)))
    }),
    ("cells on one line", |l| {
        each(l, |x| format!("<tr><td>{}</td></tr>", escaped(x))).replace('\n', "")
    }),
    ("breaks", |l| {
        each(l, |x| format!("{}<br/>", escaped(x).replace(' ', "&nbsp;")))
    }),
    ("list", |l| each(l, |x| format!("- {x}"))),
    ("emphasis", |l| {
        each(l, |x| x.replace("XN Hash ", "*XN* **Hash** "))
    }),
    ("inline code", |l| each(l, |x| format!("`{x}`"))),
    ("fence", |l| {
        format!("My plan:\n```\n{}```\nWhy?\n", each(l, str::to_owned))
    }),
    ("quotation", |l| each(l, |x| format!("> {x}"))),
    ("comments", |l| each(l, |x| format!("-- {x}"))),
    ("block comment", |l| {
        format!("/* {} */", each(l, str::to_owned).trim_end())
    }),
    ("numbers", |l| {
        l.iter()
            .enumerate()
            .map(|(n, x)| format!("{}\t{x}\n", n + 1))
            .collect()
    }),
    ("arrow at the root", |l| {
        format!("->  {}", each(l, str::to_owned))
    }),
    ("double spaced", |l| each(l, |x| format!("{x}\n"))),
    ("query before", |l| {
        format!(
            "dev=# EXPLAIN SELECT a\ndev-# FROM t;\n{}",
            each(l, str::to_owned)
        )
    }),
    ("TABs", |l| each(l, |x| x.replace("        ", "\t"))),
    ("half indented", |l| {
        each(l, |x| {
            format!(
                "{}{}",
                " ".repeat((x.len() - x.trim_start().len()) / 2),
                x.trim_start()
            )
        })
    }),
];

/// The tree: each step's words and its parent.
fn tree(plan: &Plan) -> Vec<(String, Option<usize>)> {
    plan.nodes
        .iter()
        .map(|node| (node.title(), node.parent))
        .collect()
}

#[test]
fn every_form_gives_the_same_tree() {
    let samples = [
        include_str!("../../sample_plans/redistribute_both.txt"),
        include_str!("../../sample_plans/window_one_slice.txt"),
        include_str!("../../sample_plans/spectrum_unpruned.txt"),
        include_str!("../../sample_plans/merge_join.txt"),
        include_str!("../../sample_plans/opaque_filter.txt"),
    ];
    let mut wrong = Vec::new();
    for sample in samples {
        let expected = plan::read(sample).plans;
        let lines: Vec<&str> = sample.lines().collect();
        for (name, form) in FORMS {
            let reading = plan::read(&form(&lines));
            let trees: Vec<_> = reading.plans.iter().map(tree).collect();
            if trees != expected.iter().map(tree).collect::<Vec<_>>() {
                wrong.push(format!(
                    "{name}: {:?}\n{trees:?}\n{}",
                    reading.error,
                    form(&lines)
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_cut_edge_loses_no_step() {
    let sample = include_str!("../../sample_plans/redistribute_both.txt");
    let steps = plan::read(sample).plans[0].nodes.len();
    for width in [60, 70, 90, 110] {
        let cut: String = sample
            .lines()
            .map(|line| format!("{}\n", &line[..line.len().min(width)]))
            .collect();
        assert_eq!(
            plan::read(&cut).plans[0].nodes.len(),
            steps,
            "cut at {width}"
        );
    }
}

#[test]
fn rows_sorted_by_depth_are_refused() {
    let sample = include_str!("../../sample_plans/search_by_category_normalized.txt");
    let mut lines: Vec<&str> = sample.lines().collect();
    lines.sort_by_key(|line| line.len() - line.trim_start().len());
    // Without the header, as a client shows it.
    let by_depth = lines[14..].join("\n");
    let reading = plan::read(&by_depth);
    assert!(reading.plans.is_empty(), "{by_depth}\n{:?}", reading.plans);
}
