//! Before and after side by side: a what-if, or two plans.

use askama::Template;

use super::bar::{VerdictBar, verdict_bar};
use super::rich::rich;
use crate::diff::{Kind, PlanDiff, StepChange};
use crate::latency::{Prediction, Verdict};
use crate::report::whatif::{Row, rows};
use crate::text::units::{counted, duration, size};
use crate::whatif::Comparison;

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare {
    heading: &'static str,
    sides: [Side; 2],
    /// Why a side has no verdict.
    none_because: Vec<String>,
    rows: Vec<Row>,
    assumptions: Vec<String>,
    steps: Vec<StepRow>,
    same: String,
}

struct Side {
    name: &'static str,
    class: &'static str,
    words: &'static str,
    budget: String,
    time: String,
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
    let same = steps.iter().filter(|step| step.kind == Kind::Same).count();
    let same = counted(same as f64, "step");
    let both = [&comparison.before.prediction, &comparison.after.prediction];
    Compare {
        heading,
        sides: [
            side(names[0], &comparison.before.prediction, &both),
            side(names[1], &comparison.after.prediction, &both),
        ],
        none_because: none_because(names, both),
        rows: rows(comparison),
        assumptions: comparison.assumptions.clone(),
        steps: steps.iter().filter_map(step).collect(),
        same: match diff {
            Some(_) => format!("{same} the same"),
            None => String::new(),
        },
    }
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
        alt: format!(
            "{name}: a warm run takes {}, between {} and {}, against a budget of {}",
            duration(warm.p50_ms),
            duration(warm.low_ms),
            duration(warm.high_ms),
            duration(prediction.budget_ms)
        ),
    }
}

/// `XN` stands before nearly every step.
fn short(title: &str) -> &str {
    title.strip_prefix("XN ").unwrap_or(title)
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
        Some(before) if before.title != view.title => {
            format!("{} → {}", short(&before.title), short(&view.title))
        }
        _ => short(&view.title).to_owned(),
    };
    if class != "changed" {
        let rows = view
            .rows
            .map_or("rows not known".to_owned(), |rows| counted(rows, "row"));
        what.push(format!("{rows}, moves {}", size(view.bytes_moved)));
    }
    Some(StepRow {
        class,
        id,
        title,
        what: what.iter().map(|text| rich(text)).collect(),
    })
}
