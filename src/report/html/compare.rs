//! Before and after side by side: a what-if, or two plans.

use askama::Template;

use super::bar::{VerdictBar, verdict_bar};
use super::rich::rich;
use crate::diff::{Kind, PlanDiff, StepChange};
use crate::latency::{Prediction, Verdict};
use crate::report::whatif::{Row, rows};
use crate::text::units::{count, duration, size};
use crate::whatif::Comparison;

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare {
    heading: &'static str,
    sides: [Side; 2],
    rows: Vec<Row>,
    assumptions: Vec<String>,
    steps: Vec<StepRow>,
    same: usize,
}

struct Side {
    name: &'static str,
    class: &'static str,
    words: &'static str,
    budget: String,
    bar: VerdictBar,
    alt: String,
}

struct StepRow {
    class: &'static str,
    id: String,
    title: String,
    what: Vec<askama::filters::Safe<String>>,
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
    let steps = diff.map_or(&[][..], |diff| &diff.steps);
    Compare {
        heading,
        sides: [
            side(names[0], &comparison.before.prediction),
            side(names[1], &comparison.after.prediction),
        ],
        rows: rows(comparison),
        assumptions: comparison.assumptions.clone(),
        steps: steps.iter().filter_map(step).collect(),
        same: steps.iter().filter(|step| step.kind == Kind::Same).count(),
    }
}

fn side(name: &'static str, prediction: &Prediction) -> Side {
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
        bar: verdict_bar(prediction),
        alt: format!(
            "{name}: a warm run takes {}, between {} and {}, against a budget of {}",
            duration(warm.p50_ms),
            duration(warm.low_ms),
            duration(warm.high_ms),
            duration(prediction.budget_ms)
        ),
    }
}

fn step(change: &StepChange) -> Option<StepRow> {
    let (class, view) = match change.kind {
        Kind::Same => return None,
        Kind::Changed => ("changed", change.after.as_ref()?),
        Kind::Added => ("added", change.after.as_ref()?),
        Kind::Removed => ("removed", change.before.as_ref()?),
    };
    let id = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{} → {}", before.node, after.node),
        _ => view.node.to_string(),
    };
    let mut what: Vec<String> = change.changes.clone();
    let title = match &change.before {
        Some(before) if before.title != view.title => format!("{} → {}", before.title, view.title),
        _ => view.title.clone(),
    };
    if class != "changed" {
        let rows = view.rows.map_or("rows not known".to_owned(), |rows| {
            format!("{} rows", count(rows))
        });
        what.push(format!("{rows}, moves {}", size(view.bytes_moved)));
    }
    Some(StepRow {
        class,
        id,
        title,
        what: what.iter().map(|text| rich(text)).collect(),
    })
}
