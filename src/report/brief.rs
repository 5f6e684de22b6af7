//! What a report comes to in a few lines of plain text, to stand beside its JSON.

use super::advise::{keys, speed};
use super::html::compare::headline;
use super::items::{of_files, of_plans};
use super::summary::{beside, gain_words, verdict_line};
use crate::advise::Advice;
use crate::diff::{Kind, PlanDiff};
use crate::explain::Explanation;
use crate::lint::LintedFile;
use crate::rules::Severity;
use crate::text::units::{count, counted, duration, size};
use crate::whatif::Comparison;

/// Plans, tables or findings that are named; the rest are counted.
const NAMED: usize = 10;
/// Characters of a line.
const LINE: usize = 400;
/// Characters of all lines.
const ALL: usize = 6_000;

/// Lines as one text within bounds, which says where something was left out.
pub fn bounded(lines: impl IntoIterator<Item = String>) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut lines = lines.into_iter();
    while let Some(line) = lines.next() {
        let line = line.replace('\n', " ");
        let cut = line.char_indices().nth(LINE).map(|(at, _)| at);
        let line = cut.map_or(line.clone(), |at| format!("{}…", &line[..at]));
        length += line.chars().count() + 1;
        if length > ALL {
            let more = lines.count() + 1;
            out.push_str(&format!("… and {more} more lines in the structured result"));
            return out;
        }
        out.push_str(&line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// How many are not named, in a line.
fn more(all: usize, what: &str) -> Option<String> {
    let more = all.checked_sub(NAMED).filter(|more| *more > 0)?;
    Some(format!(
        "and {} more in the structured result",
        counted(more as f64, what)
    ))
}

/// Of each plan the verdict, the changes worth making and what was asked about it, then the
/// findings.
pub fn explain(explanations: &[Explanation]) -> Vec<String> {
    let mut lines = Vec::new();
    for explanation in explanations.iter().take(NAMED) {
        if let Some(error) = &explanation.error {
            lines.push(format!("{}: {error}", explanation.name));
        }
        for explained in explanation.plans.iter().take(NAMED) {
            let verdict = verdict_line(&explained.prediction);
            lines.push(format!("{}: {verdict}", explanation.name));
            let summary = &explained.summary;
            for change in &summary.changes {
                let sql: Vec<&str> = change.sql.iter().map(|sql| sql.as_str()).collect();
                let (text, gain) = (&change.text, gain_words(&change.gain));
                lines.push(format!("change: {text} {} ({gain})", sql.join(" ")));
            }
            for rewrite in &summary.rewrites {
                let gain = gain_words(&rewrite.gain);
                lines.push(format!("in the query: {} ({gain})", rewrite.text));
            }
            lines.extend(beside(explained));
        }
        lines.extend(more(explanation.plans.len(), "plan"));
        lines.extend(explanation.what_if.iter().map(what_if));
        if let Some(growing) = &explanation.growing {
            let point = &growing.point;
            let over = point
                .median_rows
                .map(|rows| format!("{} rows", count(rows)));
            let over = over.unwrap_or_else(|| "no volume that was looked at".to_owned());
            lines.push(format!(
                "growth of {}: the median passes the budget at {over}",
                point.table
            ));
        }
        lines.extend(explanation.unanswered.iter().cloned());
    }
    lines.extend(more(explanations.len(), "input"));
    let items = of_plans(explanations);
    lines.extend(items.iter().take(NAMED).map(|item| {
        format!(
            "{} {} {}: {}",
            item.severity, item.code, item.name, item.message
        )
    }));
    lines.extend(more(items.len(), "finding"));
    lines
}

/// What was asked about a plan, before and after.
fn what_if(comparison: &Comparison) -> String {
    let ms = |one: &crate::whatif::Outcome| {
        let warm = &one.prediction.warm;
        let (low, high) = (duration(warm.low_ms), duration(warm.high_ms));
        format!("{} ({low} to {high})", duration(warm.p50_ms))
    };
    format!(
        "what if: {} → {}. {}",
        ms(&comparison.before),
        ms(&comparison.after),
        headline(comparison)
    )
}

/// How many findings of each severity, and the first of the worst.
pub fn lint(files: &[LintedFile]) -> Vec<String> {
    let mut items = of_files(files);
    items.sort_by_key(|item| std::cmp::Reverse(item.severity));
    let of = |severity| {
        items
            .iter()
            .filter(|item| item.severity == severity)
            .count()
    };
    let statements: usize = files.iter().map(|file| file.tally.statements()).sum();
    let unread: usize = files
        .iter()
        .map(|file| file.tally.not_understood.len())
        .sum();
    let mut lines = vec![format!(
        "{} in {}: {}, {}, {}; {unread} not understood",
        counted(statements as f64, "statement"),
        counted(files.len() as f64, "file"),
        counted(of(Severity::Error) as f64, "error"),
        counted(of(Severity::Warning) as f64, "warning"),
        counted(of(Severity::Hint) as f64, "hint"),
    )];
    lines.extend(items.iter().take(NAMED).map(|item| {
        let remedy = match item.remedy.as_str() {
            "" => String::new(),
            remedy => format!(" → {remedy}"),
        };
        format!(
            "{}:{}: {} {} {}: {}{remedy}",
            item.path, item.line, item.severity, item.code, item.name, item.message
        )
    }));
    lines.extend(more(items.len(), "finding"));
    lines
}

/// What the recommendation comes to, and its statements.
pub fn advise(advice: &Advice) -> Vec<String> {
    let changed = advice.tables.iter().filter(|table| table.changes()).count();
    let ms = advice.weighted_ms;
    let moved = advice.moved_bytes;
    let mut lines = vec![
        format!(
            "{changed} of {} tables should change, for {} on {}",
            advice.tables.len(),
            counted(advice.queries.len() as f64, "statement"),
            advice.cluster
        ),
        format!(
            "time {} → {}, moved {} → {}",
            duration(ms.current),
            duration(ms.recommended),
            size(moved.current),
            size(moved.recommended)
        ),
        speed(advice),
    ];
    let left_out = advice.left_out.iter();
    lines.extend(
        left_out
            .take(NAMED)
            .map(|(name, why)| format!("left out: {name}: {why}")),
    );
    lines.extend(more(advice.left_out.len(), "statement"));
    let changed = advice.tables.iter().filter(|table| table.changes());
    for table in changed.take(NAMED) {
        let why = table.reasons.first().map_or("", String::as_str);
        lines.push(format!(
            "{}: {} → {}; {why}",
            table.table,
            keys(&table.current),
            keys(&table.recommended)
        ));
    }
    let script = advice.script.lines().filter(|line| !line.trim().is_empty());
    lines.extend(script.map(str::to_owned));
    lines
}

/// How many steps differ, and what that comes to.
pub fn diff(diff: &PlanDiff) -> Vec<String> {
    let of = |kind: Kind| diff.steps.iter().filter(|step| step.kind == kind).count();
    let steps = format!(
        "{} changed, {} added, {} removed, {} the same",
        counted(of(Kind::Changed) as f64, "step"),
        of(Kind::Added),
        of(Kind::Removed),
        of(Kind::Same)
    );
    let total = what_if(&diff.totals);
    let total = total.strip_prefix("what if: ").unwrap_or(&total).to_owned();
    let changes = diff.steps.iter().flat_map(|step| {
        let view = step.after.as_ref().or(step.before.as_ref());
        let title = view.map_or("", |view| view.title.as_str());
        step.changes
            .iter()
            .map(move |change| format!("{title}: {change}"))
    });
    let changes: Vec<String> = changes.collect();
    let rest = more(changes.len(), "difference");
    [steps, total]
        .into_iter()
        .chain(changes.into_iter().take(NAMED))
        .chain(rest)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_longer_than_its_bound() {
        let text = bounded((0..1_000).map(|n| format!("line {n}: {}", "é".repeat(900))));
        assert!(text.chars().count() <= ALL + 60, "{}", text.chars().count());
        assert!(
            text.ends_with("more lines in the structured result"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= LINE + 1));
        assert_eq!(bounded(["a\nb".to_owned(), "c".to_owned()]), "a b\nc");
    }
}
