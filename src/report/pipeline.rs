//! The reports of `distkey pipeline`.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use super::terminal::{BOLD, DIM, wrap};
use super::text::render_finding;
use crate::graph::quote;
use crate::pipeline::lineage::{Lineage, Node};
use crate::pipeline::{Pipeline, Unrecognized};
use crate::rules::{Finding, Severity};
use crate::text::units::counted;

/// The JSON of `review`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Review<'a> {
    /// What is worth changing.
    pub findings: &'a [Finding],
    /// The files that were read.
    pub read: Vec<&'a str>,
    /// What was not, with its place.
    pub not_read: Vec<NotRead<'a>>,
    /// The same, as 0.1 has it.
    pub unrecognized: &'a [Unrecognized],
}

/// A file or a part of one that was not read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotRead<'a> {
    path: &'a str,
    /// 1-based; `None` where it is all of the file.
    line: Option<usize>,
    reason: &'a str,
}

impl<'a> Review<'a> {
    /// Of what was read and found.
    pub fn new(pipeline: &'a Pipeline, findings: &'a [Finding]) -> Self {
        let not_read = pipeline.unrecognized.iter().map(|one| NotRead {
            path: &one.path,
            line: one.line,
            reason: &one.what,
        });
        Self {
            findings,
            read: pipeline.read.iter().map(String::as_str).collect(),
            not_read: not_read.collect(),
            unrecognized: &pipeline.unrecognized,
        }
    }
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

/// What was read that codes with this beginning ask about: nothing found there is nothing said of
/// other files.
fn looked_into(pipeline: &Pipeline, prefix: &str) -> Vec<(usize, &'static str)> {
    let jobs = (pipeline.jobs.len(), "job");
    let scripts = (pipeline.scripts.len(), "script");
    let sql = (pipeline.sql.len(), "SQL file");
    let machines = (pipeline.machines.len(), "state machine");
    let buckets = (pipeline.buckets.len(), "bucket");
    let all = match prefix {
        "DK40" | "DK41" => vec![jobs, scripts, sql],
        "DK42" => vec![
            jobs,
            scripts,
            machines,
            buckets,
            (pipeline.policies.len(), "policy statement"),
        ],
        "DK43" => vec![
            jobs,
            machines,
            (pipeline.manifests.len(), "manifest"),
            (pipeline.queues.len(), "queue"),
        ],
        "DK44" => vec![
            jobs,
            scripts,
            machines,
            (pipeline.triggers.len(), "trigger"),
        ],
        _ => vec![sql],
    };
    all.into_iter().filter(|(count, _)| *count > 0).collect()
}

/// `3 jobs, 2 scripts`.
fn listed(all: &[(usize, &'static str)]) -> String {
    let words = all.iter().map(|(count, noun)| counted(*count as f64, noun));
    words.collect::<Vec<_>>().join(", ")
}

/// Files that are named beside each heading; the others are at the end.
const NAMED: usize = 3;

/// `; not read: template.yaml (line 8)`.
fn not_read(pipeline: &Pipeline) -> String {
    let broken = pipeline.unrecognized.iter().filter(|one| one.is_broken());
    let named = broken.clone().take(NAMED).map(|one| match one.line {
        Some(line) => format!("{} (line {line})", one.path),
        None => one.path.clone(),
    });
    let named = named.collect::<Vec<_>>().join(", ");
    match broken.count() {
        0 => String::new(),
        count if count > NAMED => format!("; not read: {named} and {} more", count - NAMED),
        _ => format!("; not read: {named}"),
    }
}

/// The findings by what they ask, then what was not understood.
pub fn review(pipeline: &Pipeline, findings: &[Finding]) -> String {
    let mut out = String::new();
    let many = |n: usize, noun: &str| counted(n as f64, noun);
    let not_read = not_read(pipeline);
    let head = format!(
        "{BOLD}{}, {}, {}, {}: {}{BOLD:#}{not_read}",
        many(pipeline.jobs.len(), "job"),
        many(pipeline.scripts.len(), "script"),
        many(pipeline.sql.len(), "SQL file"),
        many(pipeline.buckets.len(), "bucket"),
        many(findings.len(), "finding")
    );
    wrap(&mut out, &head, "", "  ");
    for (prefix, heading) in SECTIONS {
        let of = findings
            .iter()
            .filter(|finding| finding.code.starts_with(prefix));
        let of: Vec<&Finding> = of.collect();
        if of.is_empty() {
            let looked = looked_into(pipeline, prefix);
            let said = match looked.as_slice() {
                [] => "nothing was read that tells".to_owned(),
                some => format!("nothing found in {}", listed(some)),
            };
            wrap(
                &mut out,
                &format!("{BOLD}{heading}{BOLD:#}: {said}{not_read}"),
                "\n",
                "  ",
            );
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
            let place = match one.line {
                Some(line) => format!("{}:{line}", one.path),
                None => one.path.clone(),
            };
            wrap(&mut out, &format!("{place}: {}", one.what), "  ", "    ");
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

/// The same as a Graphviz drawing; of one thing, what it feeds or comes from.
pub fn lineage_dot(lineage: &Lineage, asked: Option<(&str, bool)>) -> String {
    let found = asked.map(|(name, feeds)| lineage.reach(name, feeds));
    let is_asked = |node: &Node| {
        let found = found.as_ref();
        found.is_none_or(|found| found.iter().any(|(_, one)| *one == node))
    };
    let mut out = String::from(
        "digraph lineage {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
    );
    let quoted = |node: &Node| quote(&format!("{} {}", node.kind.as_str(), node.name));
    let edges = lineage.edges().into_iter();
    for (from, to) in edges.filter(|(from, to)| is_asked(from) && is_asked(to)) {
        let _ = writeln!(out, "  {} -> {};", quoted(from), quoted(to));
    }
    out + "}\n"
}
