//! `--why`: every number of one step, with where it comes from.

use std::fmt::Write;

use super::terminal::{BOLD, wrap};
use super::text::step_words;
use crate::explain::{ExplainedPlan, Explanation};
use crate::plan::{Node, cost};
use crate::rules::Finding;
use crate::stats::Basis;
use crate::text::units::{count, duration, size, thousands};

/// The explanation of a step of an input; `None` if there is no such step.
pub fn render(explanation: &Explanation, node: usize) -> Option<String> {
    let (explained, id) = explanation.locate(node)?;
    let step = explained.plan.node(id);
    let mut out = String::new();
    let _ = writeln!(out, "{BOLD}step {node}: {}{BOLD:#}", step_words(step));
    if step.line > 0 {
        let _ = writeln!(out, "  line {} of {}", step.line, explanation.name);
    }
    for detail in &step.details {
        wrap(&mut out, &detail.to_string(), "  ", "    ");
    }
    for (label, text) in rows(explained, step) {
        wrap(
            &mut out,
            &text,
            &format!("  {label:<16}"),
            "                  ",
        );
    }
    for finding in explanation.findings.iter().filter(|f| f.node == Some(node)) {
        evidence(&mut out, finding);
    }
    Some(out)
}

/// Labels and values: what the paste says, what follows from it, what the step does.
type Rows = Vec<(String, String)>;

/// Every number of a step with its label.
pub(super) fn rows(explained: &ExplainedPlan, step: &Node) -> Rows {
    let mut out = Rows::new();
    printed(&mut out, step);
    derived(&mut out, explained, step);
    worked(&mut out, explained, step);
    out
}

fn line(out: &mut Rows, label: &str, text: &str) {
    out.push((label.to_owned(), text.to_owned()));
}

/// What the paste says.
fn printed(out: &mut Rows, step: &Node) {
    let lost = || "not in the paste".to_owned();
    let rows = step.rows.map_or_else(lost, |rows| {
        format!("{} estimated to leave the step", thousands(rows))
    });
    line(out, "rows", &rows);
    let width = step
        .width
        .map_or_else(lost, |width| format!("{width:.0} bytes a row, average"));
    line(out, "width", &width);
    let cost = step.cost.map_or_else(lost, |cost| {
        format!(
            "{:.2} until the first row, {:.2} until the last; relative, never a time",
            cost.startup, cost.total
        )
    });
    line(out, "cost", &cost);
}

/// What follows from the cost.
fn derived(out: &mut Rows, explained: &ExplainedPlan, step: &Node) {
    let plan = &explained.plan;
    if let Some(own) = cost::self_cost(plan, step.id) {
        line(
            out,
            "own cost",
            &format!("{own:.2}: its inputs' cost and a Sort's fixed 1e12 taken off"),
        );
    }
    if let Some(rule) = cost::arithmetic(plan, step.id) {
        let fits = if rule.holds() {
            "as printed"
        } else {
            "the print differs"
        };
        line(
            out,
            "arithmetic",
            &format!(
                "{} = {:.2}, {fits} ({:.2}) [inferred from public plans]",
                rule.formula, rule.expected, rule.printed
            ),
        );
    }
    if let Some(basis) = step.estimate.as_ref().and_then(|known| known.basis) {
        line(out, "rests on", &rests_on(step, basis));
    }
    let Some(charged) = cost::charged(step).filter(|_| cost::is_table_scan(step)) else {
        return;
    };
    let share = charged.selectivity() * 100.0;
    let reading = match charged.suggests_skipping() {
        true => {
            "the planner charges only the rows it expects: block skipping is likely, or the filter \
             passes nearly every row; the plan does not tell which"
        }
        false => "every row read is charged: no sign of block skipping",
    };
    line(
        out,
        "filter",
        &format!(
            "{} rows charged, {share:.2} % pass; {reading}",
            count(charged.rows_scanned)
        ),
    );
}

/// What the rows that a filter passes rest on, and how many others they may be.
fn rests_on(step: &Node, basis: Basis) -> String {
    let range = step.row_range();
    let rows = step.rows.unwrap_or(0.0);
    match range.is_exact() {
        true => basis.words().to_owned(),
        false => format!(
            "{}; {} to {} rows pass in nine of ten cases",
            basis.words(),
            count((rows * range.low).floor()),
            count((rows * range.high).ceil())
        ),
    }
}

/// What the step does, and the time that makes.
fn worked(out: &mut Rows, explained: &ExplainedPlan, step: &Node) {
    let work = &explained.work.steps[step.id];
    let quantities = [
        ("rows in", work.rows_in, false),
        ("moved", work.network_bytes, true),
        ("build rows", work.build_rows, false),
        ("probe rows", work.probe_rows, false),
        ("pairs", work.pairs, false),
        ("rows hashed", work.rows_hashed, false),
        ("groups", work.groups, false),
        ("rows sorted", work.sort_rows, false),
        ("to the leader", work.leader_rows, false),
        ("spilled", work.spill_bytes, true),
    ];
    for (label, quantity, bytes) in quantities {
        if quantity >= 1.0 {
            let text = if bytes {
                size(quantity)
            } else {
                count(quantity)
            };
            line(out, label, &text);
        }
    }
    if let Some(scan) = &work.scan {
        let bytes = scan.fixed_bytes + scan.text_bytes;
        let text = format!(
            "{} of {} rows, {}",
            count(scan.rows_read),
            count(scan.table_rows),
            size(bytes)
        );
        line(out, "scan", &text);
        if !scan.pruning.is_empty() {
            let label = match cost::is_external_scan(step) {
                true => "partitions",
                false => "zone maps",
            };
            line(out, label, &scan.pruning);
        }
    }
    let time = explained
        .prediction
        .steps
        .iter()
        .find(|s| s.node == step.id);
    match time {
        Some(time) => line(
            out,
            "time",
            &format!("{} of the warm run: {}", duration(time.ms), time.why),
        ),
        None => line(out, "time", "too little to list"),
    }
}

fn evidence(out: &mut String, finding: &Finding) {
    super::text::render_finding(out, finding, None);
    for (key, value) in finding.evidence.map() {
        wrap(out, &format!("{key}: {value}"), "      ", "        ");
    }
    for source in finding.sources {
        wrap(out, &format!("source: {source}"), "      ", "        ");
    }
}
