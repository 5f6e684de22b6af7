//! What the templates show: plain strings and numbers, escaped by the template.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use askama::filters::Safe;

use super::bar::{VerdictBar, verdict_bar};
use super::compare::compare;
use super::joins::{JoinDrawing, draw};
use super::layout::{BOX_HEIGHT, BOX_WIDTH, Layout, layout};
use super::rich::rich;
use crate::explain::{ExplainedPlan, Explanation};
use crate::latency::{OnShape, Verdict};
use crate::plan::{Distribution, Indentation, Node};
use crate::report::summary;
use crate::report::terminal::clip;
use crate::report::text::{hot_path, shares, step_words};
use crate::report::whatif::render_break;
use crate::report::why;
use crate::report::writes::sentence;
use crate::rules::Finding;
use crate::text::units::{count, duration, size};

/// The views without the page around them.
#[derive(Template)]
#[template(path = "explain.html")]
pub(super) struct Fragment {
    inputs: Vec<InputView>,
}

impl Fragment {
    pub fn of(explanations: &[Explanation]) -> Result<Self, askama::Error> {
        let several = explanations.len() > 1;
        let inputs = explanations.iter().enumerate().map(|(index, explanation)| {
            let prefix = match several {
                true => format!("i{}-", index + 1),
                false => String::new(),
            };
            input(explanation, &prefix)
        });
        Ok(Self {
            inputs: inputs.collect::<Result<_, _>>()?,
        })
    }
}

struct InputView {
    name: String,
    notes: Vec<String>,
    /// Comparisons, as HTML.
    what_if: Vec<String>,
    growth: Option<String>,
    actuals: Option<String>,
    error: Option<String>,
    plans: Vec<PlanView>,
    findings: Vec<FindingView>,
    /// Those that are too small to act on, and what others say already.
    hidden: Vec<FindingView>,
    hidden_words: String,
    prefix: String,
    unrecognized: Vec<String>,
}

struct PlanView {
    heading: String,
    changes: Vec<ChangeView>,
    /// What the changes come to together, and what else the summary says.
    advice: Vec<String>,
    note: String,
    notices: Vec<String>,
    verdict: VerdictView,
    joins: Option<JoinDrawing>,
    steps: Vec<StepView>,
    arrows: Vec<Arrow>,
    width: f64,
    height: f64,
    label: String,
}

struct VerdictView {
    class: &'static str,
    words: &'static str,
    /// Why there is none; empty where there is one.
    none_because: String,
    budget: String,
    cluster: String,
    /// What stands in for a cluster that was not named.
    shapes: Vec<ShapeView>,
    warm: String,
    interval: String,
    p99: String,
    first_run: String,
    bar: VerdictBar,
    alt: String,
    parts: Vec<(String, usize, String)>,
    assumptions: Vec<String>,
}

/// A shape that stands in for a cluster that was not named.
struct ShapeView {
    cluster: String,
    median: String,
    interval: String,
    verdict: &'static str,
}

impl ShapeView {
    fn of(shape: &OnShape) -> Self {
        Self {
            cluster: shape.cluster.clone(),
            median: duration(shape.p50_ms),
            interval: format!("{} to {}", duration(shape.low_ms), duration(shape.high_ms)),
            verdict: shape.verdict.word(),
        }
    }
}

struct StepView {
    id: usize,
    parent: String,
    depth: usize,
    x: f64,
    y: f64,
    title: String,
    short: String,
    sub: String,
    numbers: String,
    share: f64,
    share_text: String,
    heat: u8,
    hot: bool,
    rows: String,
    moved: String,
    details: Vec<String>,
    findings: Vec<FindingView>,
    worst: &'static str,
    why: Vec<(String, String)>,
    has_children: bool,
    search: String,
}

struct Arrow {
    path: String,
    width: f64,
    to: usize,
    hot: bool,
}

/// A change worth making.
struct ChangeView {
    text: Safe<String>,
    sql: Vec<String>,
    gain: String,
    cost: Safe<String>,
}

struct FindingView {
    severity: String,
    code: &'static str,
    name: &'static str,
    message: Safe<String>,
    remedy: Safe<String>,
    sql: Vec<String>,
    /// What the remedy gains; empty where it was not tried.
    gain: String,
    node: Option<usize>,
}

fn input(explanation: &Explanation, prefix: &str) -> Result<InputView, askama::Error> {
    let (shown, hidden): (Vec<&Finding>, Vec<&Finding>) = explanation
        .findings
        .iter()
        .partition(|finding| finding.standing.is_shown());
    let mut of_step = OfStep::new();
    for finding in &explanation.findings {
        if let Some(node) = finding.node {
            of_step.entry(node).or_default().push(finding);
        }
    }
    let several = explanation.plans.len() > 1;
    let plans = explanation
        .plans
        .iter()
        .enumerate()
        .map(|(index, explained)| {
            let heading = match several {
                true => format!("Plan {} of {}", index + 1, explanation.plans.len()),
                false => "Plan".to_owned(),
            };
            plan(explained, heading, &of_step)
        });
    let what_if = explanation.what_if.iter();
    let what_if = what_if.map(|one| compare(one, "What if", ["now", "then"]));
    Ok(InputView {
        notes: explanation.notes.clone(),
        what_if: what_if.collect::<Result<_, _>>()?,
        growth: explanation
            .growing
            .as_ref()
            .map(|growing| plain(&render_break(growing)).replacen("When it breaks: ", "", 1)),
        actuals: explanation.actuals.as_ref().map(|(_, text)| plain(text)),
        name: explanation.name.clone(),
        error: explanation.error.clone(),
        plans: plans.collect(),
        findings: shown.into_iter().map(finding).collect(),
        hidden: hidden.into_iter().map(finding).collect(),
        hidden_words: summary::hidden_words(explanation).unwrap_or_default(),
        prefix: prefix.to_owned(),
        unrecognized: explanation
            .unrecognized
            .iter()
            .take(50)
            .map(|line| format!("line {}: {}", line.line, clip(&line.text, 120)))
            .collect(),
    })
}

/// A text report without the codes that colour it.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text)
        .to_string()
        .trim()
        .to_owned()
}

fn finding(finding: &Finding) -> FindingView {
    FindingView {
        severity: finding.severity.to_string(),
        code: finding.code,
        name: finding.name,
        message: rich(&finding.message),
        remedy: rich(&finding.remedy.text),
        sql: finding.remedy.sql.iter().map(ToString::to_string).collect(),
        gain: match (&finding.standing.gain, finding.standing.covered_by) {
            (Some(gain), _) => summary::gain_words(gain),
            (None, Some(code)) => format!("see {code}"),
            (None, None) => String::new(),
        },
        node: finding.node,
    }
}

/// The findings of each step of an input.
type OfStep<'a> = BTreeMap<usize, Vec<&'a Finding>>;

fn plan(explained: &ExplainedPlan, heading: String, of_step: &OfStep<'_>) -> PlanView {
    let places = layout(&explained.plan);
    let hot = hot_path(explained);
    let nodes = &explained.plan.nodes;
    let steps: Vec<StepView> = nodes
        .iter()
        .zip(shares(explained))
        .map(|(node, share)| {
            let findings = of_step.get(&(node.id + explained.first_node));
            step(
                explained,
                node,
                findings.map_or(&[], Vec::as_slice),
                &places,
                (share, hot.contains(&node.id)),
            )
        })
        .collect();
    let most = nodes.iter().filter_map(Node::bytes).fold(1.0, f64::max);
    let arrows = nodes
        .iter()
        .filter_map(|node| arrow(explained, node, &places, most, &hot));
    let changes = explained.summary.changes.iter().map(|change| ChangeView {
        text: rich(&change.text),
        sql: change.sql.iter().map(ToString::to_string).collect(),
        gain: summary::gain_words(&change.gain),
        cost: rich(&change.cost),
    });
    PlanView {
        heading,
        changes: changes.collect(),
        advice: summary::lines(explained),
        note: match explained.plan.indentation {
            Indentation::Given | Indentation::Ids => {
                let writes = explained.plan.writes.as_ref();
                let moved = explained.work.placed_bytes();
                writes.map_or_else(String::new, |writes| sentence(writes, moved))
            }
            Indentation::Reconstructed => {
                "The paste had no indentation: the tree follows from each operator's inputs and costs.".to_owned()
            }
            Indentation::Ambiguous => {
                "The paste had no indentation and more than one tree fits: this is one of them.".to_owned()
            }
        },
        notices: explained.plan.notices.clone(),
        verdict: verdict(explained),
        joins: explained
            .graph
            .joins()
            .next()
            .map(|_| draw(&explained.graph)),
        arrows: arrows.collect(),
        width: places.width,
        height: places.height,
        label: format!("Query plan with {} steps", steps.len()),
        steps,
    }
}

/// A distribution label in plain words.
fn plain_words(label: Distribution) -> &'static str {
    match label {
        Distribution::None => "co-located: nothing moves",
        Distribution::AllNone => "inner is on every node: nothing moves",
        Distribution::Inner => "inner side is redistributed",
        Distribution::Outer => "outer side is redistributed",
        Distribution::Both => "both sides are redistributed",
        Distribution::BroadcastInner => "inner side is copied to every node",
        Distribution::AllInner => "inner side goes to one slice",
        Distribution::Err => "",
    }
}

fn step(
    explained: &ExplainedPlan,
    node: &Node,
    findings: &[&Finding],
    places: &Layout,
    (share, hot): (f64, bool),
) -> StepView {
    let id = node.id + explained.first_node;
    let network = explained.work.steps[node.id].network_bytes;
    let moved = if network >= 1.0 {
        size(network)
    } else {
        String::new()
    };
    let rows = node.rows.map_or("?".to_owned(), count);
    let sub = match (node.distribution, node.table_name()) {
        (Some(label), _) => plain_words(label).to_owned(),
        (None, Some(relation)) => relation.bare(),
        (None, None) => node
            .details
            .first()
            .map(ToString::to_string)
            .unwrap_or_default(),
    };
    let worst = findings.iter().map(|f| f.severity).max();
    let title = step_words(node);
    let (x, y) = places.places[node.id];
    StepView {
        id,
        parent: node.parent.map_or(String::new(), |parent| {
            (parent + explained.first_node).to_string()
        }),
        depth: node.depth,
        x,
        y,
        short: clip(&node.operator.name(), 24),
        sub: clip(&sub, 36),
        numbers: match moved.is_empty() {
            true => format!("{rows} rows"),
            false => format!("{rows} rows, {moved} moved"),
        },
        share,
        share_text: match share >= 0.005 {
            true => format!("{:.0} %", share * 100.0),
            false => String::new(),
        },
        heat: (share * 9.0).ceil().clamp(0.0, 9.0) as u8,
        hot,
        details: node.details.iter().map(ToString::to_string).collect(),
        findings: findings.iter().copied().map(finding).collect(),
        worst: match worst {
            Some(crate::rules::Severity::Error) => "error",
            Some(crate::rules::Severity::Warning) => "warning",
            Some(crate::rules::Severity::Hint) => "hint",
            None => "",
        },
        why: why::rows(explained, node),
        has_children: !node.children.is_empty(),
        search: format!(
            "{title} {}",
            node.details
                .iter()
                .map(ToString::to_string)
                .collect::<String>()
        )
        .to_lowercase(),
        title,
        rows,
        moved,
    }
}

/// The line from a step up to the one that it feeds, as thick as what it carries.
fn arrow(
    explained: &ExplainedPlan,
    node: &Node,
    places: &Layout,
    most: f64,
    hot: &BTreeSet<usize>,
) -> Option<Arrow> {
    let parent = node.parent?;
    let (x, y) = places.places[node.id];
    let (px, py) = places.places[parent];
    let (x, px) = (x + BOX_WIDTH / 2.0, px + BOX_WIDTH / 2.0);
    let bottom = py + BOX_HEIGHT;
    let middle = (y + bottom) / 2.0;
    // Logarithmic: rows differ by many powers of ten.
    let carried = node.bytes().unwrap_or(0.0).max(1.0);
    let width = 1.0 + 9.0 * (carried.ln() / most.max(2.0).ln()).clamp(0.0, 1.0);
    Some(Arrow {
        path: format!("M{x:.1} {y:.1} C{x:.1} {middle:.1} {px:.1} {middle:.1} {px:.1} {bottom:.1}"),
        width,
        to: node.id + explained.first_node,
        hot: hot.contains(&node.id),
    })
}

fn verdict(explained: &ExplainedPlan) -> VerdictView {
    let prediction = &explained.prediction;
    let warm = &prediction.warm;
    let (class, words) = match prediction.verdict {
        Verdict::Within => ("within", "Within"),
        Verdict::Over => ("over", "Over"),
        Verdict::CannotTell => ("cannot-tell", "Cannot tell whether it stays under"),
    };
    let reason = prediction.why_no_verdict();
    let mut parts: Vec<_> = prediction.steps.iter().collect();
    parts.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    let interval = format!("{} to {}", duration(warm.low_ms), duration(warm.high_ms));
    VerdictView {
        class,
        words,
        none_because: reason.unwrap_or_default().to_owned(),
        budget: duration(prediction.budget_ms),
        cluster: prediction.cluster.clone(),
        shapes: prediction.shapes.iter().map(ShapeView::of).collect(),
        warm: duration(warm.p50_ms),
        alt: format!(
            "A warm run takes {}, between {interval} at {:.0} %, against a budget of {}",
            duration(warm.p50_ms),
            warm.level * 100.0,
            duration(prediction.budget_ms)
        ),
        interval,
        p99: duration(warm.p99_ms),
        first_run: format!(
            "{} to {}",
            duration(prediction.first_run_ms[0]),
            duration(prediction.first_run_ms[1])
        ),
        bar: verdict_bar(prediction, &[prediction]),
        parts: parts
            .into_iter()
            .take(5)
            .map(|step| {
                (
                    duration(step.ms),
                    step.node + explained.first_node,
                    step.why.clone(),
                )
            })
            .collect(),
        assumptions: prediction
            .assumptions
            .iter()
            .filter(|assumption| Some(assumption.as_str()) != reason)
            .cloned()
            .collect(),
    }
}
