//! Several plans on one page: a table of all, slowest first; the slowest is shown, the others when they
//! are asked for.

use super::shown::shown;
use crate::explain::{ExplainedPlan, Explanation};
use crate::report::text::step_words;
use crate::text::units::{count, counted, duration};

/// Rows that are shown at first, and in the page at all: what the rest comes to is said.
const AT_ONCE: usize = 25;
const MOST_ROWS: usize = 1_000;

/// A plan among all of the page.
pub(super) struct Entry<'a> {
    /// Its number among all, from one.
    pub number: usize,
    pub input: usize,
    /// Its place among those of its input.
    pub index: usize,
    pub explanation: &'a Explanation,
    pub explained: &'a ExplainedPlan,
    /// What the names of its input's steps begin with.
    pub prefix: String,
}

impl Entry<'_> {
    fn ms(&self) -> f64 {
        self.explained.prediction.warm.p50_ms
    }
}

/// All plans, slowest first.
pub(super) fn ranked(explanations: &[Explanation]) -> Vec<Entry<'_>> {
    let several = explanations.len() > 1;
    let mut entries = Vec::new();
    for (input, explanation) in explanations.iter().enumerate() {
        for (index, explained) in explanation.plans.iter().enumerate() {
            entries.push(Entry {
                number: entries.len() + 1,
                input,
                index,
                explanation,
                explained,
                prefix: prefix(input, several),
            });
        }
    }
    entries.sort_by(|a, b| b.ms().total_cmp(&a.ms()));
    entries
}

/// What the names of an input's steps begin with.
pub(super) fn prefix(input: usize, several: bool) -> String {
    match several {
        true => format!("i{}-", input + 1),
        false => String::new(),
    }
}

/// The table.
pub(super) struct PlanList {
    pub heading: String,
    pub rows: Vec<Row>,
    pub at_once: usize,
    /// What is not in the table; empty where all is.
    pub not_listed: String,
    /// What of the table can't be opened in a file; empty where all can.
    pub not_here: String,
}

pub(super) struct Row {
    pub number: usize,
    pub input: usize,
    pub prefix: String,
    pub first: usize,
    pub steps: usize,
    /// The line of the paste that it begins in; 0 where there is none.
    pub line: usize,
    /// Whether its details are in the page.
    pub is_here: bool,
    pub name: String,
    pub median: String,
    pub interval: String,
    pub class: &'static str,
    pub verdict: &'static str,
    pub costliest: String,
    pub change: String,
}

/// The table of several plans; `here` says of how many, slowest first, the details are in the page.
pub(super) fn list(entries: &[Entry<'_>], here: usize) -> Option<PlanList> {
    if entries.len() < 2 {
        return None;
    }
    let rows: Vec<Row> = entries
        .iter()
        .take(MOST_ROWS)
        .enumerate()
        .map(|(rank, entry)| row(entry, rank < here))
        .collect();
    let total: f64 = entries.iter().map(Entry::ms).sum();
    let (listed, rest) = entries.split_at(rows.len());
    let most = listed.last().map_or(0.0, Entry::ms);
    let not_listed = match rest.len() {
        0 => String::new(),
        n => format!(
            "{} more take {} or less each, {} in all: `--format json` has them.",
            count(n as f64),
            duration(most),
            duration(rest.iter().map(Entry::ms).sum())
        ),
    };
    let not_here = match listed.len().saturating_sub(here) {
        0 => String::new(),
        _ => format!(
            "Here the {} slowest can be opened; explain one of the others alone to see it.",
            count(here as f64)
        ),
    };
    Some(PlanList {
        heading: format!(
            "{}, slowest first: {} in all",
            counted(entries.len() as f64, "plan"),
            duration(total)
        ),
        rows,
        at_once: AT_ONCE,
        not_listed: not_listed.replace('`', ""),
        not_here,
    })
}

fn row(entry: &Entry<'_>, is_here: bool) -> Row {
    let explained = entry.explained;
    let prediction = &explained.prediction;
    let verdict = super::verdict::verdict(explained);
    let steps = prediction.steps.iter();
    let costliest = steps.max_by(|a, b| a.ms.total_cmp(&b.ms));
    let several = entry.explanation.plans.len() > 1;
    let plan = format!("Plan {}", entry.index + 1);
    Row {
        number: entry.number,
        input: entry.input,
        prefix: entry.prefix.clone(),
        first: explained.first_node,
        steps: explained.plan.nodes.len(),
        line: explained.plan.nodes.first().map_or(0, |node| node.line),
        is_here,
        name: match (entry.prefix.is_empty(), several) {
            (true, _) => plan,
            (false, false) => shown(&entry.explanation.name),
            (false, true) => format!(
                "{}, {}",
                shown(&entry.explanation.name),
                plan.to_lowercase()
            ),
        },
        median: verdict.warm,
        interval: verdict.interval,
        class: verdict.class,
        verdict: prediction.verdict.word(),
        costliest: costliest.map_or_else(String::new, |step| {
            step_words(explained.plan.node(step.node))
        }),
        change: match explained.summary.changes.as_slice() {
            [] => String::new(),
            [only] => crate::report::summary::gain_words(&only.gain),
            [first, rest @ ..] => format!(
                "{}, and {} more",
                crate::report::summary::gain_words(&first.gain),
                rest.len()
            ),
        },
    }
}
