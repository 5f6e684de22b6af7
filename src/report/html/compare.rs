//! Before and after side by side: a what-if, or two plans.

use askama::Template;

use super::bar::{VerdictBar, verdict_bar};
use super::rich::rich;
use crate::diff::{Kind, PlanDiff, StepChange, StepView};
use crate::latency::{Prediction, Verdict};
use crate::plan::Plan;
use crate::report::whatif::{Row, rows};
use crate::text::units::{counted, duration, size};
use crate::thresholds::WITHIN_NOISE;
use crate::whatif::Comparison;

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare {
    heading: &'static str,
    /// What it comes to, in a sentence.
    headline: String,
    sides: [Side; 2],
    alt: String,
    /// Why a side has no verdict.
    none_because: Vec<String>,
    rows: Vec<Row>,
    assumptions: Vec<String>,
    steps: Vec<StepRow>,
    /// How many steps vanished, appeared, changed and stayed.
    tally: String,
}

struct Side {
    name: &'static str,
    class: &'static str,
    words: &'static str,
    budget: String,
    time: String,
    bar: VerdictBar,
}

/// A step of either plan, or of both beside each other.
struct StepRow {
    class: &'static str,
    cells: [Option<Cell>; 2],
    what: Vec<askama::filters::Safe<String>>,
}

struct Cell {
    id: usize,
    depth: usize,
    title: String,
    numbers: String,
}

/// A comparison under a heading, with names for the two sides.
pub(super) fn compare(
    comparison: &Comparison,
    heading: &'static str,
    names: [&'static str; 2],
) -> Result<String, askama::Error> {
    view(comparison, heading, names, None).render()
}

/// Two plans: their steps, then the totals.
pub(super) fn diff(diff: &PlanDiff) -> Result<String, askama::Error> {
    view(&diff.totals, "Two plans", ["before", "after"], Some(diff)).render()
}

fn view(
    comparison: &Comparison,
    heading: &'static str,
    names: [&'static str; 2],
    diff: Option<&PlanDiff>,
) -> Compare {
    let both = [&comparison.before.prediction, &comparison.after.prediction];
    let sides = [
        side(names[0], both[0], &both),
        side(names[1], both[1], &both),
    ];
    Compare {
        heading,
        headline: headline(comparison),
        alt: format!("{}; {}", alt(names[0], both[0]), alt(names[1], both[1])),
        sides,
        none_because: none_because(names, both),
        rows: rows(comparison),
        assumptions: comparison.assumptions.clone(),
        steps: diff.map_or_else(Vec::new, |diff| {
            diff.steps.iter().map(|one| step(one, comparison)).collect()
        }),
        tally: diff.map_or_else(String::new, tally),
    }
}

/// `2.2 times faster by the median: 4 joins and 2.2 GB of reading went away`.
pub(in crate::report) fn headline(comparison: &Comparison) -> String {
    let (before, after) = (&comparison.before, &comparison.after);
    let (was, is) = (before.prediction.warm.p50_ms, after.prediction.warm.p50_ms);
    let times = |ratio: f64| match ratio >= 10.0 {
        true => format!("{ratio:.0} times"),
        false => format!("{ratio:.1} times"),
    };
    let speed = match (
        was / is.max(f64::MIN_POSITIVE),
        is / was.max(f64::MIN_POSITIVE),
    ) {
        (faster, _) if faster > 1.0 + WITHIN_NOISE => {
            format!("{} faster by the median", times(faster))
        }
        (_, slower) if slower > 1.0 + WITHIN_NOISE => {
            format!("{} slower by the median", times(slower))
        }
        _ => "As fast by the median".to_owned(),
    };
    let joins = (before.joins.len() as f64, after.joins.len() as f64);
    let amounts = [
        (joins, count_of_joins as fn(f64) -> String),
        ((before.bytes_scanned, after.bytes_scanned), |n| {
            format!("{} of reading", size(n))
        }),
        ((before.bytes_moved, after.bytes_moved), |n| {
            format!("{} of moving rows", size(n))
        }),
    ];
    let of = |sign: f64| -> Vec<String> {
        let changed = amounts
            .iter()
            .map(|((was, is), words)| ((was - is) * sign, words));
        changed
            .filter(|(n, _)| *n >= 1.0)
            .map(|(n, words)| words(n))
            .collect()
    };
    let parts = [(of(1.0), "went away"), (of(-1.0), "came on top")];
    let parts = parts.iter().filter(|(what, _)| !what.is_empty());
    let parts: Vec<String> = parts
        .map(|(what, verb)| format!("{} {verb}", listed(what)))
        .collect();
    match parts.is_empty() {
        true => format!("{speed}: nothing is read, moved or joined otherwise"),
        false => format!("{speed}: {}", parts.join("; ")),
    }
}

fn count_of_joins(n: f64) -> String {
    counted(n, "join")
}

/// `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `6 vanished, 2 changed, 5 the same`.
fn tally(diff: &PlanDiff) -> String {
    let kinds = [
        (Kind::Removed, "vanished"),
        (Kind::Added, "appeared"),
        (Kind::Changed, "changed"),
        (Kind::Same, "the same"),
    ];
    let of = |(kind, word): (Kind, &str)| {
        let n = diff.steps.iter().filter(|step| step.kind == kind).count();
        (n > 0).then(|| format!("{n} {word}"))
    };
    let all: Vec<String> = kinds.into_iter().filter_map(of).collect();
    all.join(", ")
}

/// Once, where both sides say the same.
fn none_because(names: [&str; 2], both: [&Prediction; 2]) -> Vec<String> {
    match both.map(Prediction::why_no_verdict) {
        [Some(before), Some(after)] if before == after => vec![before.to_owned()],
        reasons => names
            .into_iter()
            .zip(reasons)
            .filter_map(|(name, reason)| Some(format!("{name}: {}", reason?)))
            .collect(),
    }
}

fn side(name: &'static str, prediction: &Prediction, both: &[&Prediction]) -> Side {
    let (class, words) = match prediction.verdict {
        Verdict::Within => ("within", "Within"),
        Verdict::Over => ("over", "Over"),
        Verdict::CannotTell => ("cannot-tell", "Cannot tell against"),
    };
    let warm = &prediction.warm;
    Side {
        name,
        class,
        words,
        budget: duration(prediction.budget_ms),
        time: duration(warm.p50_ms),
        // One scale for both, so that the eye can compare.
        bar: verdict_bar(prediction, both),
    }
}

/// A side in words, for who can't see the bar.
fn alt(name: &str, prediction: &Prediction) -> String {
    let warm = &prediction.warm;
    format!(
        "{name}: a warm run takes {}, between {} and {}, against a budget of {}",
        duration(warm.p50_ms),
        duration(warm.low_ms),
        duration(warm.high_ms),
        duration(prediction.budget_ms)
    )
}

/// `XN` stands before nearly every step.
fn short(title: &str) -> &str {
    title.strip_prefix("XN ").unwrap_or(title)
}

fn step(change: &StepChange, comparison: &Comparison) -> StepRow {
    let cell = |view: &Option<StepView>, plan: &Plan| {
        let view = view.as_ref()?;
        let rows = view
            .rows
            .map_or_else(String::new, |rows| counted(rows, "row"));
        Some(Cell {
            id: view.node,
            depth: plan.nodes.get(view.node).map_or(0, |node| node.depth),
            title: short(&view.title).to_owned(),
            numbers: match view.bytes_moved >= 1.0 {
                true => format!("{rows}, {} moved", size(view.bytes_moved)),
                false => rows,
            },
        })
    };
    StepRow {
        class: match change.kind {
            Kind::Same => "same",
            Kind::Changed => "changed",
            Kind::Added => "added",
            Kind::Removed => "removed",
        },
        cells: [
            cell(&change.before, &comparison.before.plan),
            cell(&change.after, &comparison.after.plan),
        ],
        what: change.changes.iter().map(|text| rich(text)).collect(),
    }
}
