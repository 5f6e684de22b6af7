//! The reports of `distkey pipeline`.

use std::fmt::Write;

use serde::Serialize;

use super::terminal::{BOLD, DIM, wrap};
use super::text::render_finding;
use crate::graph::quote;
use crate::pipeline::cost::{Cost, JobCost, Range};
use crate::pipeline::lineage::{Lineage, Node};
use crate::pipeline::{Pipeline, Unrecognized};
use crate::rules::{Finding, Severity};
use crate::text::units::{count, counted, duration};

/// The JSON of `review`.
#[derive(Debug, Serialize)]
pub struct Review<'a> {
    /// What is worth changing.
    pub findings: &'a [Finding],
    /// What was not understood.
    pub unrecognized: &'a [Unrecognized],
}

/// What codes with this beginning ask; the last are the linter's, of COPY and INSERT.
pub(super) const SECTIONS: [(&str, &str); 6] = [
    ("DK40", "Scope: what each run reads and loads"),
    ("DK41", "State: what a rerun would do"),
    ("DK42", "Safety: what happens when it goes wrong"),
    ("DK43", "Scaling: what happens at three times the volume"),
    ("DK44", "Wiring: whether the parts find each other"),
    (
        "DK2",
        "Loads: what COPY and INSERT do, as `distkey lint` says",
    ),
];

/// The linter's rules on loads.
const LOADS: [&str; 6] = [
    "copy-maxerror",
    "copy-credentials",
    "copy-without-manifest",
    "copy-one-file",
    "copy-compupdate",
    "single-row-inserts",
];

/// Whether a finding of the linter is about how a table is loaded.
pub fn is_of_loads(finding: &Finding) -> bool {
    LOADS.contains(&finding.name)
}

/// The findings by what they ask, then what was not understood.
pub fn review(pipeline: &Pipeline, findings: &[Finding]) -> String {
    let mut out = String::new();
    let many = |n: usize, noun: &str| counted(n as f64, noun);
    let _ = writeln!(
        out,
        "{BOLD}{}, {}, {}, {}: {}{BOLD:#}",
        many(pipeline.jobs.len(), "job"),
        many(pipeline.scripts.len(), "script"),
        many(pipeline.sql.len(), "SQL file"),
        many(pipeline.buckets.len(), "bucket"),
        many(findings.len(), "finding")
    );
    for (prefix, heading) in SECTIONS {
        let of = findings
            .iter()
            .filter(|finding| finding.code.starts_with(prefix));
        let of: Vec<&Finding> = of.collect();
        if of.is_empty() {
            let _ = writeln!(out, "\n{BOLD}{heading}{BOLD:#}: nothing to change");
            continue;
        }
        let _ = writeln!(out, "\n{BOLD}{heading}{BOLD:#}");
        for finding in of {
            let place = finding.location.as_ref();
            let place = place.map(|place| format!("{}:{}", place.path, place.line));
            render_finding(&mut out, finding, place);
        }
    }
    if !pipeline.unrecognized.is_empty() {
        let _ = writeln!(out, "\n{BOLD}Not looked at{BOLD:#}");
        for one in &pipeline.unrecognized {
            wrap(
                &mut out,
                &format!("{}: {}", one.path, one.what),
                "  ",
                "    ",
            );
        }
    }
    let worst = findings
        .iter()
        .filter(|finding| finding.severity > Severity::Hint);
    let _ = writeln!(
        out,
        "\n{}, {} above a hint",
        many(findings.len(), "finding"),
        worst.count()
    );
    out
}

/// Dollars, with the cents of small sums.
fn dollars(range: Range) -> String {
    let one = |value: f64| match value {
        value if value >= 1_000.0 => format!("${}", crate::text::units::thousands(value)),
        value if value >= 0.1 => format!("${value:.2}"),
        value => format!("${value:.4}"),
    };
    match one(range.low) == one(range.high) {
        true => one(range.low),
        false => format!("{} to {}", one(range.low), one(range.high)),
    }
}

fn minutes(range: Range) -> String {
    let one = |value: f64| duration(value * 60e3);
    match range.is_exact() {
        true => one(range.low),
        false => format!("{} to {}", one(range.low), one(range.high)),
    }
}

/// Whether a range keeps a target: surely, surely not, or perhaps.
fn against(range: Range, target: f64, unit: &str) -> String {
    let word = match (range.high <= target, range.low > target) {
        (true, _) => "within",
        (_, true) => "over",
        _ => "undecided against",
    };
    format!("{word} the target of ${target}{unit}")
}

/// Every job's cost, then all against the targets.
pub fn cost(cost: &Cost) -> String {
    let mut out = String::new();
    for job in &cost.jobs {
        one_job(&mut out, job, cost.target_a_gigabyte);
    }
    for (what, range) in &cost.others {
        let _ = writeln!(out, "{BOLD}{what}{BOLD:#}: {} a week", dollars(*range));
    }
    let _ = writeln!(
        out,
        "{BOLD}Summary{BOLD:#}: {} a week, {}",
        dollars(cost.a_week),
        against(cost.a_week, cost.target_a_week, " a week")
    );
    for assumption in &cost.assumptions {
        wrap(&mut out, assumption, "  assumed   ", "            ");
    }
    out
}

fn one_job(out: &mut String, job: &JobCost, target: f64) {
    let _ = writeln!(
        out,
        "{BOLD}{}{BOLD:#} {DIM}{} DPU for {}, {} runs a day, ${} a DPU-hour{DIM:#}",
        job.job,
        job.dpu,
        minutes(job.minutes),
        count(job.runs_a_day),
        job.price
    );
    for (what, range) in [
        ("a run", job.a_run),
        ("a day", job.a_day),
        ("a week", job.a_week),
        ("a month", job.a_month),
    ] {
        let _ = writeln!(out, "  {what:<10}{}", dollars(range));
    }
    if let Some(range) = job.a_gigabyte {
        let _ = writeln!(
            out,
            "  {:<10}{}, {} a TB: {}",
            "a GB",
            dollars(range),
            dollars(range.map(|dollars| dollars * 1_000.0)),
            against(range, target, " a GB")
        );
    }
    if let Some(scaled) = &job.scaled {
        let _ = writeln!(out, "  at {} times the volume", scaled.scale);
        let _ = writeln!(
            out,
            "    fixed     {} a run, data up to {} old; {}",
            minutes(scaled.minutes_fixed),
            minutes(scaled.freshness_minutes),
            scaled.bottleneck
        );
        let _ = writeln!(
            out,
            "    scaling   {} a run with up to {} DPU",
            minutes(scaled.minutes_scaling),
            scaled.dpu_scaling
        );
        let _ = writeln!(out, "    a week    {} either way", dollars(scaled.a_week));
    }
    out.push('\n');
}

/// What feeds what, line by line; or, of one thing, all that it feeds or comes from.
pub fn lineage(lineage: &Lineage, asked: Option<(&str, bool)>) -> String {
    let mut out = String::new();
    let Some((name, feeds)) = asked else {
        for (from, to) in lineage.edges() {
            let _ = writeln!(
                out,
                "{DIM}{:<6}{DIM:#} {} → {DIM}{}{DIM:#} {}",
                from.kind.as_str(),
                from.name,
                to.kind.as_str(),
                to.name
            );
        }
        return out;
    };
    let found = lineage.reach(name, feeds);
    if found.is_empty() {
        let _ = writeln!(out, "nothing is called `{name}` in these files");
    }
    for (steps, node) in found {
        let _ = writeln!(
            out,
            "{}{DIM}{}{DIM:#} {}",
            "  ".repeat(steps),
            node.kind.as_str(),
            node.name
        );
    }
    out
}

/// The same as a Graphviz drawing.
pub fn lineage_dot(lineage: &Lineage) -> String {
    let mut out = String::from(
        "digraph lineage {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
    );
    let quoted = |node: &Node| quote(&format!("{} {}", node.kind.as_str(), node.name));
    for (from, to) in lineage.edges() {
        let _ = writeln!(out, "  {} -> {};", quoted(from), quoted(to));
    }
    out + "}\n"
}
