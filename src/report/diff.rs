//! The report of `distkey diff`.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use super::failed::Failed;
use super::terminal::{BOLD, DIM, wrap};
use super::whatif::side_by_side;
use crate::diff::{Kind, PlanDiff, StepChange, StepView};
use crate::text::units::{counted, size};

/// Steps that differ, then the totals side by side.
pub fn render(before: &str, after: &str, diff: &PlanDiff) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{BOLD}{before} → {after}{BOLD:#}");
    let of = |kind: Kind| diff.steps.iter().filter(|step| step.kind == kind).count();
    let _ = writeln!(
        out,
        "  {} changed, {} added, {} removed, {} the same",
        counted(of(Kind::Changed) as f64, "step"),
        of(Kind::Added),
        of(Kind::Removed),
        of(Kind::Same)
    );
    for change in &diff.steps {
        step(&mut out, change);
    }
    let headings = ["Summary", "before", "after"];
    out + &side_by_side(&diff.totals, headings)
}

fn step(out: &mut String, change: &StepChange) {
    let (mark, word, view) = match (change.kind, &change.before, &change.after) {
        (Kind::Changed, Some(_), Some(after)) => ("~", "changed", after),
        (Kind::Added, _, Some(after)) => ("+", "added", after),
        (Kind::Removed, Some(before), _) => ("-", "removed", before),
        _ => return,
    };
    let id = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{} → {}", before.node, after.node),
        _ => view.node.to_string(),
    };
    let first = format!("{mark} {word:<8} {id:<8} ");
    let heading = match &change.before {
        Some(before) if before.title != view.title => {
            format!("{} → {}", title(before), title(view))
        }
        _ => title(view),
    };
    wrap(out, &heading, &first, "                    ");
    for what in &change.changes {
        wrap(out, what, "                    ", "                      ");
    }
    if change.kind != Kind::Changed {
        let rows = view
            .rows
            .map_or("rows not known".to_owned(), |rows| counted(rows, "row"));
        let _ = writeln!(
            out,
            "{DIM}                    {rows}, moves {}{DIM:#}",
            size(view.bytes_moved)
        );
    }
}

fn title(view: &StepView) -> String {
    view.title
        .strip_prefix("XN ")
        .unwrap_or(&view.title)
        .to_owned()
}

/// The JSON document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    before: &'a str,
    after: &'a str,
    #[serde(flatten)]
    diff: &'a PlanDiff,
    /// DDL that could not be read.
    not_read: Vec<NotRead<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NotRead<'a> {
    path: &'a str,
    reason: &'a str,
}

/// The document for two plans of these names.
pub fn document<'a>(
    [before, after]: [&'a str; 2],
    diff: &'a PlanDiff,
    failed: &'a [Failed],
) -> Document<'a> {
    let not_read = failed.iter().map(|one| NotRead {
        path: &one.path,
        reason: &one.reason,
    });
    Document {
        before,
        after,
        diff,
        not_read: not_read.collect(),
    }
}
