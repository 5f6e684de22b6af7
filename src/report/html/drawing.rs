//! What the script draws of a plan, as JSON in the page: steps with their numbers, boxes with their
//! texts. Every number is put into words here; the script adds none.

use std::fmt::Write;

use serde::Serialize;

use super::boxes::{Alike, Boxes, StepBox, boxes};
use crate::explain::ExplainedPlan;
use crate::plan::{Distribution, Node, NodeId, Plan, cost};
use crate::report::text::{hot_path, shares, step_words};
use crate::report::why;
use crate::rules::Finding;
use crate::text::units::{count, counted, duration, size};

/// What a box can be coloured by: numbers, and the same as texts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
struct Values {
    /// Milliseconds, rows that leave, bytes read and moved, cost without that of the inputs.
    n: [f64; 4],
    t: [String; 4],
}

/// A plan for the script.
#[derive(Debug, Serialize)]
pub(super) struct Drawing {
    /// The number of its first step in the input.
    first: usize,
    label: String,
    steps: Vec<StepView>,
    boxes: Vec<BoxView>,
    alike: Vec<AlikeView>,
    /// The step that takes longest; `None` where nothing takes time.
    costliest: Option<usize>,
}

#[derive(Debug, Serialize)]
struct StepView {
    title: String,
    /// The line as Redshift prints it, without its indentation.
    printed: String,
    depth: usize,
    details: Vec<String>,
    /// Labels and texts of all its numbers.
    why: Vec<(String, String)>,
    /// Its time by what it goes into: kind, milliseconds, text.
    parts: Vec<(&'static str, f64, String)>,
    /// The line of the paste; 0 where there is none.
    line: usize,
    rows: String,
    moved: String,
    values: Values,
    /// The codes and names of its findings.
    codes: Vec<String>,
    findings: Vec<usize>,
    parent: Option<usize>,
}

#[derive(Debug, Serialize)]
struct BoxView {
    steps: Vec<usize>,
    parent: Option<usize>,
    side: &'static str,
    /// The numbers and the name of each line.
    lines: Vec<(String, String, usize)>,
    texts: Vec<String>,
    values: Values,
    hot: bool,
    /// Bytes that leave it, for the width of its line.
    bytes: f64,
}

#[derive(Debug, Serialize)]
struct AlikeView {
    parent: usize,
    boxes: Vec<usize>,
    title: String,
    texts: Vec<String>,
    values: Values,
    hot: bool,
    bytes: f64,
}

/// What the script draws. `of_step` are the numbers of a step's findings among those of the input.
pub(super) fn drawing(
    explained: &ExplainedPlan,
    of_step: &dyn Fn(NodeId) -> Vec<(usize, String)>,
) -> Drawing {
    let plan = &explained.plan;
    let boxes = boxes(plan);
    let measured = Measured::of(explained);
    let hot = hot_path(explained);
    let is_hot = |steps: &[NodeId]| steps.iter().any(|step| hot.contains(step));
    let timed = explained.prediction.steps.iter();
    let costliest = timed.max_by(|a, b| a.ms.total_cmp(&b.ms));
    Drawing {
        first: explained.first_node,
        label: format!(
            "Query plan: {} in {}",
            counted(plan.nodes.len() as f64, "step"),
            match boxes.boxes.len() {
                1 => "1 box".to_owned(),
                n => format!("{} boxes", count(n as f64)),
            }
        ),
        steps: plan
            .nodes
            .iter()
            .map(|node| step(explained, node, &measured, of_step(node.id)))
            .collect(),
        boxes: boxes
            .boxes
            .iter()
            .map(|one| BoxView {
                steps: one.steps.clone(),
                parent: one.parent,
                side: one.side,
                lines: lines(explained, one),
                texts: texts(explained, one),
                values: measured.sum(&one.steps, &one.steps),
                hot: is_hot(&one.steps),
                bytes: leaving(plan, &one.steps[..1]),
            })
            .collect(),
        alike: boxes
            .alike
            .iter()
            .map(|one| alike(plan, &boxes, one, &measured, is_hot(&one.steps)))
            .collect(),
        costliest: costliest.map(|step| step.node),
    }
}

/// The bytes that leave these steps.
fn leaving(plan: &Plan, steps: &[NodeId]) -> f64 {
    let bytes = steps.iter().filter_map(|step| plan.node(*step).bytes());
    bytes.sum()
}

/// Everything that a box can be coloured by, by step.
struct Measured {
    ms: Vec<f64>,
    shares: Vec<f64>,
    rows: Vec<f64>,
    bytes: Vec<f64>,
    costs: Vec<f64>,
}

impl Measured {
    fn of(explained: &ExplainedPlan) -> Self {
        let plan = &explained.plan;
        let mut ms = vec![0.0; plan.nodes.len()];
        for step in &explained.prediction.steps {
            if let Some(slot) = ms.get_mut(step.node) {
                *slot = step.ms;
            }
        }
        let work = explained.work.steps.iter();
        Self {
            ms,
            shares: shares(explained),
            rows: plan.nodes.iter().map(|n| n.rows.unwrap_or(0.0)).collect(),
            bytes: work
                .map(|step| {
                    let scan = step.scan.as_ref();
                    step.network_bytes + scan.map_or(0.0, |scan| scan.fixed_bytes + scan.text_bytes)
                })
                .collect(),
            costs: plan
                .nodes
                .iter()
                .map(|node| cost::self_cost(plan, node.id).unwrap_or(0.0).max(0.0))
                .collect(),
        }
    }

    /// Of several steps together; their rows are those that leave `tops`.
    fn sum(&self, steps: &[NodeId], tops: &[NodeId]) -> Values {
        let of = |numbers: &[f64]| -> f64 { steps.iter().map(|step| numbers[*step]).sum() };
        let rows = tops.iter().map(|step| self.rows[*step]).fold(0.0, f64::max);
        let n = [of(&self.ms), rows, of(&self.bytes), of(&self.costs)];
        Values {
            t: [
                share(of(&self.shares)),
                some(n[1], count),
                some(n[2], size),
                some(n[3], count),
            ],
            n,
        }
    }
}

/// A share in percent; empty where it is none to speak of.
fn share(share: f64) -> String {
    match share >= 0.005 {
        true => format!("{:.0} %", share * 100.0),
        false => String::new(),
    }
}

fn some(number: f64, words: fn(f64) -> String) -> String {
    match number >= 1.0 {
        true => words(number),
        false => String::new(),
    }
}

fn step(
    explained: &ExplainedPlan,
    node: &Node,
    measured: &Measured,
    findings: Vec<(usize, String)>,
) -> StepView {
    let mut times = explained.prediction.steps.iter();
    let parts = times
        .find(|time| time.node == node.id)
        .map_or(&[][..], |time| &time.parts);
    let (numbers, codes) = findings.into_iter().unzip();
    let mut why = why::rows(explained, node);
    if node.line > 0 {
        why.push(("line".to_owned(), node.line.to_string()));
    }
    StepView {
        title: step_words(node),
        printed: node.to_string(),
        depth: node.depth,
        details: node.details.iter().map(ToString::to_string).collect(),
        why,
        parts: parts
            .iter()
            .map(|(kind, ms)| (kind.word(), *ms, duration(*ms)))
            .collect(),
        line: node.line,
        rows: node.rows.map_or_else(String::new, count),
        moved: some(explained.work.steps[node.id].network_bytes, size),
        values: measured.sum(&[node.id], &[node.id]),
        codes,
        findings: numbers,
        parent: node.parent,
    }
}

/// A line for each step that is named: numbers, operator, step. A Hash stands with its join.
fn lines(explained: &ExplainedPlan, one: &StepBox) -> Vec<(String, String, usize)> {
    let plan = &explained.plan;
    let number = |step: NodeId| step + explained.first_node;
    let Some((&top, others)) = one.steps.split_first() else {
        return Vec::new();
    };
    let node = plan.node(top);
    if node.operator.is_join() {
        let mut numbers = number(top).to_string();
        for other in others {
            let _ = write!(numbers, ", {}", number(*other));
        }
        return vec![(numbers, node.operator.name().into_owned(), top)];
    }
    let line = |step: &NodeId| {
        let node = plan.node(*step);
        let name = node.operator.name();
        let words = match node.table_name() {
            Some(table) if node.operator.is_scan() => format!("{name} {}", table.bare()),
            _ => name.into_owned(),
        };
        (number(*step).to_string(), words, *step)
    };
    one.steps.iter().map(line).collect()
}

/// What stands under the lines of a box.
fn texts(explained: &ExplainedPlan, one: &StepBox) -> Vec<String> {
    let node = explained.plan.node(one.steps[0]);
    let work = &explained.work.steps[node.id];
    let mut out = Vec::new();
    let moved: f64 = one
        .steps
        .iter()
        .map(|step| explained.work.steps[*step].network_bytes)
        .sum();
    if let Some(label) = node
        .distribution
        .filter(|label| *label != Distribution::Err)
    {
        let words = plain_words(label);
        out.push(match moved >= 1.0 {
            true => format!("{words}: {}", size(moved)),
            false => words.to_owned(),
        });
    } else if one.steps.len() == 1
        && let Some(detail) = node.details.iter().find(|detail| !detail.kind.is_bare())
    {
        out.push(detail.to_string());
    }
    let rows = node
        .rows
        .map_or("rows not known".to_owned(), |rows| counted(rows, "row"));
    out.push(match &work.scan {
        Some(scan) if scan.rows_read >= 1.0 => {
            let read = size(scan.fixed_bytes + scan.text_bytes);
            match node.rows == Some(scan.rows_read) {
                true => format!("{rows}, {read} read"),
                false => format!("{rows} of {}, {read} read", count(scan.rows_read)),
            }
        }
        _ if node.distribution.is_none() && moved >= 1.0 => {
            format!("{rows}, {} moved", size(moved))
        }
        _ => rows,
    });
    out
}

/// A distribution label in plain words.
fn plain_words(label: Distribution) -> &'static str {
    match label {
        Distribution::None => "co-located: nothing moves",
        Distribution::AllNone => "inner on all nodes: nothing moves",
        Distribution::Inner => "inner redistributed",
        Distribution::Outer => "outer redistributed",
        Distribution::Both => "both sides redistributed",
        Distribution::BroadcastInner => "inner copied to all nodes",
        Distribution::AllInner => "inner sent to one slice",
        Distribution::Err => "",
    }
}

fn alike(plan: &Plan, boxes: &Boxes, one: &Alike, measured: &Measured, hot: bool) -> AlikeView {
    let tops: Vec<NodeId> = one
        .boxes
        .iter()
        .map(|at| boxes.boxes[*at].steps[0])
        .collect();
    let name = plan.node(tops[0]).operator.name();
    let rows: f64 = tops.iter().map(|step| measured.rows[*step]).sum();
    let mut values = measured.sum(&one.steps, &tops);
    values.n[1] = rows;
    values.t[1] = some(rows, count);
    let mut texts = vec![format!("{} in all", counted(rows, "row"))];
    if !one.tables.is_empty() {
        texts.insert(0, format!("on {}", one.tables));
    }
    AlikeView {
        parent: one.parent,
        boxes: one.boxes.clone(),
        title: format!("{} × {name}", count(one.boxes.len() as f64)),
        texts,
        values,
        hot,
        bytes: leaving(plan, &tops),
    }
}

/// The prediction by what it goes into.
pub(super) fn parts(explained: &ExplainedPlan) -> Vec<Part> {
    let parts = &explained.prediction.parts;
    let total: f64 = parts.iter().map(|(_, ms)| ms).sum();
    let mut start = 0.0;
    parts
        .iter()
        .map(|(kind, ms)| {
            let percent = ms / total.max(f64::MIN_POSITIVE) * 100.0;
            let part = Part {
                kind: kind.word(),
                meaning: kind.meaning(),
                text: duration(*ms),
                start,
                percent,
            };
            start += percent;
            part
        })
        .collect()
}

/// One stretch of the stacked bar.
#[derive(Debug)]
pub(super) struct Part {
    pub kind: &'static str,
    pub meaning: &'static str,
    pub text: String,
    /// Percent of all before it, and its own.
    pub start: f64,
    pub percent: f64,
}

/// The number and the words of a finding, for the search.
pub(super) fn named(at: usize, finding: &Finding) -> (usize, String) {
    (at, format!("{} {}", finding.code, finding.name))
}
