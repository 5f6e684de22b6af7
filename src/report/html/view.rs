//! What the templates show of explained inputs: plain strings and numbers, escaped by the template.

use std::collections::BTreeMap;
use std::fmt::Write;

use askama::Template;
use askama::filters::Safe;
use serde::Serialize;

use super::cards::{AT_ONCE, Advice, advice};
use super::compare::compare;
use super::drawing::{Part, drawing, named, parts};
use super::growth::growth;
use super::plans::{Entry, PlanList, list, prefix, ranked};
use super::shown::shown;
use super::strips::{self, OfStep};
use super::verdict::{VerdictView, verdict};
use crate::explain::{ExplainedPlan, Explanation};
use crate::graph;
use crate::plan::{Indentation, NodeId};
use crate::report::summary;
use crate::report::terminal::clip;
use crate::report::text::step_words;
use crate::report::whatif::render_break;
use crate::report::writes::sentence;
use crate::rules::Finding;
use crate::text::units::duration;

/// The views without the page around them.
#[derive(Template)]
#[template(path = "explain.html")]
pub(super) struct Fragment {
    list: Option<PlanList>,
    inputs: Vec<InputView>,
}

impl Fragment {
    /// With the details of so many plans, slowest first, as there is room for in bytes; those of the
    /// slowest always.
    pub fn of(explanations: &[Explanation], room: usize) -> Result<Self, askama::Error> {
        let ranked = ranked(explanations);
        let findings: Vec<_> = explanations.iter().map(by_plan).collect();
        let mut sections = BTreeMap::new();
        let mut bytes = 0;
        for entry in &ranked {
            if bytes > room {
                break;
            }
            let section = section(entry, &findings[entry.input])?;
            bytes += section.len();
            let number = entry.number;
            let text = match sections.is_empty() {
                true => section,
                // Costs nothing until it is opened.
                false => format!("<template data-plan=\"{number}\">{section}</template>"),
            };
            sections.insert((entry.input, entry.index), text);
        }
        let slowest = ranked.first().map(|entry| entry.input);
        let inputs = explanations.iter().enumerate().map(|(at, explanation)| {
            let of_input = sections.range((at, 0)..(at + 1, 0));
            let plans = of_input.map(|(_, section)| section.clone()).collect();
            let is_first = slowest.is_none_or(|slowest| slowest == at);
            input(explanation, at, explanations.len() > 1, is_first, plans)
        });
        Ok(Self {
            list: list(&ranked, sections.len()),
            inputs: inputs.collect::<Result<_, _>>()?,
        })
    }
}

/// One plan alone: that with this number among all, from one.
pub(super) fn one(explanations: &[Explanation], number: usize) -> Result<String, askama::Error> {
    let ranked = ranked(explanations);
    let entry = ranked.iter().find(|entry| entry.number == number);
    entry.map_or(Ok(String::new()), |entry| {
        section(entry, &by_plan(entry.explanation))
    })
}

struct InputView {
    number: usize,
    name: String,
    notes: Vec<String>,
    /// Comparisons, as HTML.
    what_if: Vec<String>,
    /// When a growing table breaks the budget, as HTML.
    growth: Option<String>,
    actuals: Option<String>,
    error: Option<String>,
    /// As HTML.
    plans: Vec<String>,
    prefix: String,
    unrecognized: Vec<String>,
    /// It says nothing but its plans, and is shown with them.
    is_quiet: bool,
    is_hidden: bool,
}

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanView {
    number: usize,
    prefix: String,
    first: usize,
    steps: usize,
    label: String,
    is_one_of_several: bool,
    at_once: usize,
    note: String,
    notices: Vec<String>,
    verdict: VerdictView,
    advice: Advice,
    parts: Vec<Part>,
    costliest: Vec<CostlyStep>,
    /// What is touched, of how much.
    blocks: Vec<OfStep>,
    slices: Vec<OfStep>,
    /// The schema picture of its joins, as SVG; `None` where it joins nothing.
    joins: Option<String>,
    /// What the script draws, as JSON.
    drawing: Safe<String>,
    /// The summary for a ticket, as JSON.
    ticket: Safe<String>,
    /// The plan for a page without the script.
    printed: String,
}

/// One of the steps that take longest.
struct CostlyStep {
    node: usize,
    title: String,
    time: String,
    why: String,
    percent: f64,
}

/// How many of the costliest steps are listed.
const COSTLIEST: usize = 5;

fn input(
    explanation: &Explanation,
    at: usize,
    several: bool,
    is_first: bool,
    plans: Vec<String>,
) -> Result<InputView, askama::Error> {
    let what_if = explanation.what_if.iter();
    let what_if = what_if.map(|one| compare(one, "What if", ["now", "then"]));
    let says_more = explanation.error.is_some()
        || explanation.growing.is_some()
        || explanation.actuals.is_some()
        || !explanation.what_if.is_empty();
    Ok(InputView {
        number: at,
        plans,
        notes: explanation.notes.clone(),
        what_if: what_if.collect::<Result<_, _>>()?,
        growth: explanation
            .growing
            .as_ref()
            .map(|growing| {
                let text = plain(&render_break(growing)).replacen("When it breaks: ", "", 1);
                let budget = explanation.prediction().map_or(0.0, |one| one.budget_ms);
                growth(growing, budget, text)
            })
            .transpose()?,
        actuals: explanation.actuals.as_ref().map(|(_, text)| plain(text)),
        name: shown(&explanation.name),
        error: explanation.error.clone(),
        prefix: prefix(at, several),
        unrecognized: explanation
            .unrecognized
            .iter()
            .take(50)
            .map(|line| format!("line {}: {}", line.line, clip(&line.text, 120)))
            .collect(),
        is_quiet: several && !says_more,
        is_hidden: !is_first && !says_more,
    })
}

/// Findings of one plan, each with its number among those of the input.
type Numbered<'a> = Vec<(usize, &'a Finding)>;

/// The findings by the plan that they are about; those about none are the first one's.
fn by_plan(explanation: &Explanation) -> BTreeMap<usize, Numbered<'_>> {
    let plans = &explanation.plans;
    let mut of_plan: BTreeMap<usize, Numbered<'_>> = BTreeMap::new();
    for (number, finding) in explanation.findings.iter().enumerate() {
        let after = finding.node.map_or(1, |node| {
            plans.partition_point(|plan| plan.first_node <= node)
        });
        of_plan
            .entry(after.saturating_sub(1))
            .or_default()
            .push((number, finding));
    }
    of_plan
}

/// JSON that stands in a page: nothing in it ends the element that holds it.
fn data(value: &impl Serialize) -> Result<Safe<String>, askama::Error> {
    let text = serde_json::to_string(value).map_err(|error| askama::Error::Custom(error.into()))?;
    Ok(Safe(text.replace('<', "\\u003c")))
}

/// A text report without the codes that colour it.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text)
        .to_string()
        .trim()
        .to_owned()
}

/// The whole of one plan, as HTML.
fn section(
    entry: &Entry<'_>,
    findings: &BTreeMap<usize, Numbered<'_>>,
) -> Result<String, askama::Error> {
    let explained = entry.explained;
    let findings = findings.get(&entry.index).map_or(&[][..], Vec::as_slice);
    let mut of_step: BTreeMap<NodeId, Vec<(usize, String)>> = BTreeMap::new();
    for (number, finding) in findings {
        if let Some(node) = finding
            .node
            .and_then(|node| node.checked_sub(explained.first_node))
        {
            of_step
                .entry(node)
                .or_default()
                .push(named(*number, finding));
        }
    }
    let of_step = |step: NodeId| of_step.get(&step).cloned().unwrap_or_default();
    let plans = entry.explanation.plans.len();
    let heading = match plans {
        1 => "Plan".to_owned(),
        _ => format!("Plan {} of {plans}", entry.index + 1),
    };
    let alone: Vec<&Finding> = findings.iter().map(|(_, finding)| *finding).collect();
    let name = shown(&entry.explanation.name);
    let ticket = summary::markdown_of_one(entry.explanation, &name, entry.index, &alone);
    let view = PlanView {
        number: entry.number,
        prefix: entry.prefix.clone(),
        first: explained.first_node,
        steps: explained.plan.nodes.len(),
        label: match entry.prefix.is_empty() {
            true => heading,
            false => format!("{heading} of {name}"),
        },
        is_one_of_several: plans > 1,
        at_once: AT_ONCE,
        note: note(explained),
        notices: explained.plan.notices.clone(),
        verdict: verdict(explained),
        advice: advice(explained, findings),
        parts: parts(explained),
        costliest: costliest(explained),
        blocks: strips::blocks(explained),
        slices: strips::slices(explained),
        joins: explained
            .graph
            .joins()
            .next()
            .map(|_| graph::to_page(&explained.graph, &entry.prefix)),
        drawing: data(&drawing(explained, &of_step))?,
        ticket: data(&ticket)?,
        printed: printed(explained),
    };
    view.render()
}

/// Levels that are indented where the script draws nothing: a plan may be thousands deep.
const MOST_INDENTED: usize = 40;

/// The steps, one in a line, indented.
fn printed(explained: &ExplainedPlan) -> String {
    let mut out = String::new();
    for node in &explained.plan.nodes {
        let indent = node.depth.min(MOST_INDENTED) * 2;
        let number = node.id + explained.first_node;
        let _ = writeln!(out, "{:indent$}{number} {}", "", step_words(node));
    }
    out
}

/// What has to be said of the tree, or of what is written.
fn note(explained: &ExplainedPlan) -> String {
    match explained.plan.indentation {
        Indentation::Given | Indentation::Ids => {
            let writes = explained.plan.writes.as_ref();
            let moved = explained.work.placed_bytes();
            writes.map_or_else(String::new, |writes| sentence(writes, moved))
        }
        Indentation::Reconstructed => {
            "The paste had no indentation: the tree follows from each operator's inputs and costs."
                .to_owned()
        }
        Indentation::Ambiguous => {
            "The paste had no indentation and more than one tree fits: this is one of them."
                .to_owned()
        }
    }
}

fn costliest(explained: &ExplainedPlan) -> Vec<CostlyStep> {
    let mut steps: Vec<_> = explained.prediction.steps.iter().collect();
    steps.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    let most = steps.first().map_or(1.0, |step| step.ms);
    let shown = steps.into_iter().take(COSTLIEST);
    shown
        .map(|step| CostlyStep {
            node: step.node + explained.first_node,
            title: step_words(explained.plan.node(step.node)),
            time: duration(step.ms),
            why: step.why.clone(),
            percent: step.ms / most.max(f64::MIN_POSITIVE) * 100.0,
        })
        .collect()
}
