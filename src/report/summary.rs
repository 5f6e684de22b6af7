//! The summary of a plan: the verdict, the changes worth making with their joint effect, what is not
//! worth it, what is not known. In text and in Markdown.

use std::fmt::Write;

use super::terminal::{BOLD, wrap};
use crate::explain::{ExplainedPlan, Explanation, Summary};
use crate::latency::Prediction;
use crate::rules::Finding;
use crate::text::units::{counted, duration, size};
use crate::whatif::Gain;

/// The budget, and that it is the default where nobody named one.
fn budget(prediction: &Prediction) -> String {
    let budget = duration(prediction.budget_ms);
    match prediction.budget_assumed {
        true => format!("{budget} (the default budget)"),
        false => budget,
    }
}

/// The verdict in a line: `over 800 ms on ra3.4xlarge:4: 1.9 s, 0.5 to 7 s`.
pub fn verdict_line(prediction: &Prediction) -> String {
    let word = prediction.verdict.before_budget();
    let warm = &prediction.warm;
    let on = match prediction.shapes.is_empty() {
        true => format!("on {}", prediction.cluster),
        false => "on a cluster that was not named".to_owned(),
    };
    let typical = match prediction.shapes.is_empty() {
        true => String::new(),
        false => format!(" on {}", prediction.cluster),
    };
    match prediction.why_no_verdict() {
        Some(why) => format!("No verdict against {}: {why}", budget(prediction)),
        None => format!(
            "{word} {} {on}: {}{typical}, between {} and {}",
            budget(prediction),
            duration(warm.p50_ms),
            duration(warm.low_ms),
            duration(warm.high_ms)
        ),
    }
}

/// What the run that was measured says of the budget: it goes before any model.
fn measured(explained: &ExplainedPlan) -> Option<String> {
    let ms = explained.summary.measured_ms?;
    let prediction = &explained.prediction;
    let word = match ms <= prediction.budget_ms {
        true => "within",
        false => "over",
    };
    Some(format!(
        "measured: this run took {}, {word} {}. The model, without it:",
        duration(ms),
        budget(prediction)
    ))
}

/// What a change gains: `1.9 s → 41 ms (20 ms to 90 ms), 4.5 GB less moved`.
pub fn gain_words(gain: &Gain) -> String {
    let interval = format!("{} to {}", duration(gain.low_ms), duration(gain.high_ms));
    // Where the result's way to the client takes most of the time, nothing else would be seen.
    let returning = gain.returning_ms;
    let apart = returning > gain.before_ms / 2.0;
    let besides = match apart {
        true => format!(" and {} to fetch the result", duration(returning)),
        false => String::new(),
    };
    let taken = if apart { returning } else { 0.0 };
    let (before, after) = (
        duration(gain.before_ms - taken),
        duration(gain.after_ms - taken),
    );
    let mut words = match before == after {
        true => format!("{after} as before{besides} ({interval})"),
        false => format!("{before} → {after}{besides} ({interval})"),
    };
    let moved = gain.moved_before - gain.moved_after;
    let read = gain.saved_bytes() - moved;
    for (bytes, what) in [(moved, "moved"), (read, "read")] {
        if bytes >= 1.0 {
            let _ = write!(words, ", {} less {what}", size(bytes));
        }
    }
    words
}

/// What is said above the statements of all changes.
const IN_ONE: &str = "Made together, each table is rewritten once:";

/// What all changes of a plan come to together, and whether that keeps the budget.
fn together(explained: &ExplainedPlan) -> Option<String> {
    let summary = &explained.summary;
    let after = summary.after.as_ref()?;
    let with = match summary.changes.len() {
        0 | 1 => return None,
        2 => "with both".to_owned(),
        n => format!("with all {n}"),
    };
    Some(format!("{with}: {}", verdict_line(after)))
}

/// With the only change: whether that keeps the budget.
fn with_it(explained: &ExplainedPlan) -> Option<String> {
    let summary = &explained.summary;
    let after = summary
        .after
        .as_ref()
        .filter(|_| summary.changes.len() == 1)?;
    (after.verdict != explained.prediction.verdict)
        .then(|| format!("with it: {}", verdict_line(after)))
}

/// What a summary says beside the changes: what is not worth one, and what was not tried.
fn rest(summary: &Summary) -> Vec<String> {
    let nothing = summary.changes.is_empty()
        && summary.rewrites.is_empty()
        && summary.unknown.is_empty()
        && summary.said_before == 0;
    let small = match (summary.not_worth, summary.untried) {
        (0, 0) if nothing && summary.without_rows => {
            "Nothing could be judged: the steps have no rows.".to_owned()
        }
        (0, 0) if nothing && summary.hints == 0 => "Nothing to change was found.".to_owned(),
        (0, 0) if nothing => format!(
            "Nothing was found that can be tried here; {} below, whose gain is not known.",
            counted(summary.hints as f64, "hint")
        ),
        (0, _) => String::new(),
        (1, _) => "1 thing is too small, or gains too little, to be worth a change.".to_owned(),
        (n, _) => format!("{n} things are too small, or gain too little, to be worth a change."),
    };
    let untried = match summary.untried {
        0 => String::new(),
        1 => "1 thing below can't be tried here: its gain is unknown.".to_owned(),
        n => format!("{n} things below can't be tried here: their gain is unknown."),
    };
    let before = match summary.said_before {
        0 => String::new(),
        1 => "1 thing is said of an earlier plan.".to_owned(),
        n => format!("{n} things are said of an earlier plan."),
    };
    let lines = [small, untried, before].into_iter();
    lines.filter(|line| !line.is_empty()).collect()
}

/// What a summary says beside its changes: what they come to together, what is not worth one, what is
/// not known.
pub(super) fn beside(explained: &ExplainedPlan) -> Vec<String> {
    let unknown = explained.summary.unknown.iter();
    let unknown = unknown.map(|fact| format!("Not known: {fact}"));
    let with = together(explained).into_iter().chain(with_it(explained));
    let run = measured(explained).into_iter();
    run.chain(with)
        .chain(rest(&explained.summary))
        .chain(unknown)
        .collect()
}

/// Findings that a report does not show unless asked.
fn hidden(findings: &[&Finding]) -> (usize, usize) {
    let of = |is: fn(&Finding) -> bool| findings.iter().filter(|f| is(f)).count();
    (
        of(|finding| finding.standing.folded && finding.standing.covered_by.is_none()),
        of(|finding| finding.standing.covered_by.is_some()),
    )
}

/// What of some findings is not shown, in words; `None` where all is.
pub(super) fn hidden_words(findings: &[&Finding]) -> Option<String> {
    let (folded, covered) = hidden(findings);
    let mut parts = Vec::new();
    if folded > 0 {
        let noun = if folded == 1 {
            "smaller thing"
        } else {
            "smaller things"
        };
        parts.push(format!("{folded} {noun}"));
    }
    if covered > 0 {
        let noun = if covered == 1 {
            "consequence"
        } else {
            "consequences"
        };
        let shown = findings.iter().any(|one| one.standing.is_shown());
        let of = if shown { "the above" } else { "others" };
        parts.push(format!("{covered} {noun} of {of}"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The line on what is not shown.
pub(super) fn hidden_line(explanation: &Explanation) -> Option<String> {
    let findings: Vec<&Finding> = explanation.findings.iter().collect();
    hidden_words(&findings).map(|words| format!("{words} (`--all` shows them)"))
}

/// The summary of one plan, for the terminal.
pub(super) fn render(out: &mut String, explained: &ExplainedPlan, of: &str) {
    let summary = &explained.summary;
    let _ = writeln!(out, "\n{BOLD}Summary{BOLD:#}{of}");
    if let Some(run) = measured(explained) {
        wrap(out, &run, "  ", "  ");
    }
    wrap(out, &verdict_line(&explained.prediction), "  ", "  ");
    for (index, change) in summary.changes.iter().enumerate() {
        wrap(out, &change.text, &format!("  {}. ", index + 1), "     ");
        for sql in &change.sql {
            wrap(out, sql.as_str(), "         ", "             ");
        }
        wrap(out, &gain_words(&change.gain), "     ", "     ");
        wrap(out, &change.cost, "     ", "     ");
    }
    for line in together(explained).into_iter().chain(with_it(explained)) {
        wrap(out, &line, "  ", "  ");
    }
    if !summary.in_one.is_empty() {
        wrap(out, IN_ONE, "  ", "  ");
        for sql in &summary.in_one {
            wrap(out, sql.as_str(), "         ", "             ");
        }
    }
    for rewrite in &summary.rewrites {
        wrap(out, &rewrite.text, "  in the query: ", "     ");
        wrap(out, &gain_words(&rewrite.gain), "     ", "     ");
    }
    for line in rest(summary) {
        wrap(out, &line, "  ", "  ");
    }
    for unknown in &summary.unknown {
        wrap(out, unknown, "  not known: ", "             ");
    }
}

/// The report as Markdown, for a ticket or a pull request.
pub fn markdown(explanation: &Explanation, all: bool) -> String {
    let mut out = markdown_head(explanation, &explanation.name);
    for (index, explained) in explanation.plans.iter().enumerate() {
        markdown_plan(&mut out, explained, index, explanation.plans.len());
    }
    markdown_findings(&mut out, explanation.findings.iter(), all);
    markdown_rest(&mut out, explanation, all);
    out
}

/// What stands below the findings.
fn markdown_rest(out: &mut String, explanation: &Explanation, all: bool) {
    if let (false, Some(line)) = (all, hidden_line(explanation)) {
        let _ = writeln!(out, "\n{line}");
    }
    if let Some((_, text)) = &explanation.actuals {
        let _ = writeln!(
            out,
            "\n```text\n{}\n```",
            anstream::adapter::strip_str(text.trim())
        );
    }
}

/// The same of one plan of the input alone, with its findings, under another name.
pub fn markdown_of_one(
    explanation: &Explanation,
    name: &str,
    index: usize,
    findings: &[&Finding],
) -> String {
    let mut out = markdown_head(explanation, name);
    if let Some(explained) = explanation.plans.get(index) {
        markdown_plan(&mut out, explained, index, explanation.plans.len());
    }
    markdown_findings(&mut out, findings.iter().copied(), false);
    if explanation.plans.len() == 1 {
        markdown_rest(&mut out, explanation, false);
    }
    out
}

fn markdown_head(explanation: &Explanation, name: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "### `{name}`\n");
    if let Some(error) = &explanation.error {
        let _ = writeln!(out, "**Error:** {error}\n");
    }
    for note in &explanation.notes {
        let _ = writeln!(out, "> {note}\n");
    }
    out
}

fn markdown_plan(out: &mut String, explained: &ExplainedPlan, index: usize, plans: usize) {
    if plans > 1 {
        let _ = writeln!(out, "#### Plan {} of {plans}\n", index + 1);
    }
    let summary = &explained.summary;
    if let Some(run) = measured(explained) {
        let _ = writeln!(out, "{run}\n");
    }
    let _ = writeln!(
        out,
        "**Verdict:** {}\n",
        verdict_line(&explained.prediction)
    );
    for (index, change) in summary.changes.iter().enumerate() {
        let _ = writeln!(
            out,
            "{}. {} **{}**",
            index + 1,
            change.text,
            gain_words(&change.gain)
        );
        let _ = writeln!(out, "\n   ```sql");
        for sql in &change.sql {
            let _ = writeln!(out, "   {sql}");
        }
        let _ = writeln!(out, "   ```\n\n   The change {}.", change.cost);
    }
    for line in together(explained).into_iter().chain(with_it(explained)) {
        let _ = writeln!(out, "\n{line}");
    }
    if !summary.in_one.is_empty() {
        let _ = writeln!(out, "\n{IN_ONE}\n\n```sql");
        for sql in &summary.in_one {
            let _ = writeln!(out, "{sql}");
        }
        let _ = writeln!(out, "```");
    }
    for rewrite in &summary.rewrites {
        let gain = gain_words(&rewrite.gain);
        let _ = writeln!(out, "\nIn the query: {} **{gain}**", rewrite.text);
    }
    for line in rest(summary) {
        let _ = writeln!(out, "\n{line}");
    }
    for unknown in &summary.unknown {
        let _ = writeln!(out, "\nNot known: {unknown}");
    }
    out.push('\n');
}

fn markdown_findings<'f>(out: &mut String, findings: impl Iterator<Item = &'f Finding>, all: bool) {
    let shown = findings.filter(|finding| all || finding.standing.is_shown());
    let rows: Vec<String> = shown
        .map(|finding| {
            let step = finding.node.map_or(String::new(), |node| node.to_string());
            format!(
                "| {} | `{}` {} | {step} | {} |",
                finding.severity,
                finding.code,
                finding.name,
                cell(&finding.message)
            )
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("| | Finding | Step | What |\n|---|---|---|---|\n");
        for row in rows {
            let _ = writeln!(out, "{row}");
        }
    }
}

/// Text that stays within a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
