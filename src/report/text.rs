//! The report that people read: the tree, the findings, the verdict; 100 columns.

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::summary;
pub use super::terminal::WIDTH;
use super::terminal::{BOLD, DIM, clip, severity_style, wrap};
use crate::explain::{ExplainedPlan, Explanation};
use crate::latency::{Prediction, Verdict, Warm};
use crate::plan::{Detail, DetailKind, Indentation, Node, NodeId, Plan, cost};
use crate::rules::Finding;
use crate::text::units::{count, duration, size};

/// Columns of a step's number, indentation and words.
const TREE: usize = 58;
/// Columns of the indentation at most; deeper steps show their depth.
const DEEPEST: usize = 24;
/// Columns of a bar.
const BAR: usize = 8;

const HOT: Style = AnsiColor::Red.on_default().bold();

/// The report on one input; with `all`, what is small or said elsewhere is shown as well.
pub fn render(explanation: &Explanation, all: bool) -> String {
    let (mut pieces, mut out) = Pieces::of(explanation, explanation.plans.len());
    for plan in &explanation.plans {
        out.push_str(&pieces.plan(plan));
    }
    out.push_str(&pieces.end(explanation, all));
    out
}

/// The report in pieces, for an input whose plans are explained one after another.
pub struct Pieces {
    plans: usize,
    /// Plans so far.
    told: usize,
    /// The verdicts, which stand below the findings.
    verdicts: String,
}

impl Pieces {
    /// The start of a report on so many plans, and what is written first. Of the input its name,
    /// its error and its notes are read.
    pub fn of(explanation: &Explanation, plans: usize) -> (Self, String) {
        let mut out = String::new();
        let _ = writeln!(out, "{BOLD}{}{BOLD:#}", explanation.name);
        for note in &explanation.notes {
            let _ = writeln!(out, "  note: {note}");
        }
        if let Some(error) = &explanation.error {
            wrap(&mut out, &format!("error: {error}"), "  ", "  ");
        }
        // What really happened outranks what is predicted.
        if let Some((_, text)) = &explanation.actuals {
            out.push_str(text);
        }
        let pieces = Self {
            plans,
            told: 0,
            verdicts: String::new(),
        };
        (pieces, out)
    }

    /// What is written of the next plan.
    pub fn plan(&mut self, plan: &ExplainedPlan) -> String {
        self.told += 1;
        let of = match self.plans {
            1 => String::new(),
            n => format!(" of plan {} of {n}", self.told),
        };
        let mut out = String::new();
        summary::render(&mut out, plan, &of);
        render_plan(&mut out, plan);
        render_verdict(&mut self.verdicts, plan, &of);
        out
    }

    /// What is written behind the last plan; with `all`, what is small or said elsewhere is shown
    /// as well.
    pub fn end(self, explanation: &Explanation, all: bool) -> String {
        let mut out = String::new();
        if self.told == 0 {
            return out;
        }
        render_unrecognized(&mut out, explanation);
        render_findings(&mut out, explanation, all);
        out.push_str(&self.verdicts);
        for comparison in &explanation.what_if {
            out.push_str(&super::whatif::render(comparison));
        }
        if let Some(growing) = &explanation.growing {
            out.push_str(&super::whatif::render_break(growing));
        }
        out
    }
}

fn render_plan(out: &mut String, explained: &ExplainedPlan) {
    let plan = &explained.plan;
    match plan.indentation {
        Indentation::Given | Indentation::Ids => {}
        Indentation::Reconstructed => wrap(
            out,
            "The paste had no indentation: the tree follows from each operator's inputs and costs.",
            "  ",
            "  ",
        ),
        Indentation::Ambiguous => wrap(
            out,
            "The paste had no indentation and more than one tree fits: this is one of them.",
            "  ",
            "  ",
        ),
    }
    let _ = writeln!(
        out,
        "\n{DIM}{:<TREE$} {:>13} {:>9}  share of time{DIM:#}",
        "    step", "rows", "moved"
    );
    let hot = hot_path(explained);
    for (node, share) in plan.nodes.iter().zip(shares(explained)) {
        render_step(out, explained, node, share, hot.contains(&node.id));
    }
    legend(out, explained);
    if let Some(writes) = &plan.writes {
        let text = super::writes::sentence(writes, explained.work.placed_bytes());
        wrap(out, &text, "\n    ", "    ");
    }
    for notice in &plan.notices {
        wrap(out, &format!("Redshift says: {notice}"), "\n    ", "    ");
    }
}

/// What the marks of the tree mean.
fn legend(out: &mut String, explained: &ExplainedPlan) {
    let prediction = &explained.prediction;
    let steps: f64 = prediction.steps.iter().map(|step| step.ms).sum();
    if steps <= 0.0 {
        return;
    }
    let rest = prediction.warm.p50_ms - steps;
    let text = format!(
        "▸ leads to the step that takes longest. Shares are of the {} that the steps take; any query \
         takes {} besides.",
        duration(steps),
        duration(rest.max(0.0))
    );
    let _ = write!(out, "{DIM}");
    wrap(out, &text, "\n  ", "  ");
    let _ = write!(out, "{DIM:#}");
}

fn render_step(out: &mut String, explained: &ExplainedPlan, node: &Node, share: f64, hot: bool) {
    let indent = indentation(node.depth);
    let title = step_words(node);
    let mark = if hot { "▸" } else { " " };
    let words = clip(&format!("{indent}{title}"), TREE - 5);
    let rows = node.rows.map_or("?".to_owned(), count);
    let moved = match explained.work.steps[node.id].network_bytes {
        bytes if bytes >= 1.0 => size(bytes),
        _ => String::new(),
    };
    let (on, off) = match hot {
        true => (format!("{HOT}"), format!("{HOT:#}")),
        false => (String::new(), String::new()),
    };
    let number = node.id + explained.first_node;
    let line = format!(
        "{on}{mark}{off}{number:>3} {words:<width$} {rows:>13} {moved:>9}  {}",
        bar(share),
        width = TREE - 5
    );
    let _ = writeln!(out, "{}", line.trim_end());
    for detail in node.details.iter().filter(|detail| is_worth_a_line(detail)) {
        let blanks = " ".repeat(indent.chars().count() + 7);
        let text = clip(&detail.to_string(), WIDTH - blanks.len());
        let _ = writeln!(out, "{DIM}{blanks}{text}{DIM:#}");
    }
}

/// Two columns a level; from some depth on the level as a number.
fn indentation(depth: usize) -> String {
    match depth * 2 {
        columns if columns <= DEEPEST => " ".repeat(columns),
        _ => format!("{}…{depth} ", " ".repeat(DEEPEST - 4)),
    }
}

/// The step's words, without the prefix that nearly all have.
pub(super) fn step_words(node: &Node) -> String {
    let title = node.title();
    let words = title.strip_prefix("XN ").unwrap_or(&title).to_owned();
    match node.details.iter().find(|detail| detail.kind.is_bare()) {
        Some(detail) => format!("{words}: {}", detail.kind.label().to_lowercase()),
        None => words,
    }
}

fn is_worth_a_line(detail: &Detail) -> bool {
    !detail.kind.is_bare() && detail.kind != DetailKind::MergeKey
}

/// Each step's share of the predicted time of all steps, 0 to 1.
pub(super) fn shares(explained: &ExplainedPlan) -> Vec<f64> {
    let steps = &explained.prediction.steps;
    let total: f64 = steps.iter().map(|step| step.ms).sum();
    let mut shares = vec![0.0; explained.plan.nodes.len()];
    for step in steps {
        if let Some(share) = shares.get_mut(step.node) {
            *share = step.ms / total.max(f64::MIN_POSITIVE);
        }
    }
    shares
}

fn bar(share: f64) -> String {
    if share < 0.005 {
        return String::new();
    }
    let eighths = (share * BAR as f64 * 8.0).round() as usize;
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let drawn = format!("{}{}", "█".repeat(eighths / 8), parts[eighths % 8]);
    format!("{drawn:<BAR$} {:>3.0}%", share * 100.0)
}

/// The step with the largest share and all above it.
pub(super) fn hot_path(explained: &ExplainedPlan) -> BTreeSet<NodeId> {
    let steps = &explained.prediction.steps;
    let Some(hottest) = steps.iter().max_by(|a, b| a.ms.total_cmp(&b.ms)) else {
        return BTreeSet::new();
    };
    let plan: &Plan = &explained.plan;
    let above = plan.ancestors(hottest.node).map(|node| node.id);
    std::iter::once(hottest.node).chain(above).collect()
}

fn render_unrecognized(out: &mut String, explanation: &Explanation) {
    const SHOWN: usize = 5;
    let lines = &explanation.unrecognized;
    if lines.is_empty() {
        return;
    }
    out.push_str("\n  Lines that are not part of the plan:\n");
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(out, "    line {}: {}", line.line, clip(&line.text, 80));
    }
    if lines.len() > SHOWN {
        let _ = writeln!(out, "    and {} more", lines.len() - SHOWN);
    }
}

fn render_findings(out: &mut String, explanation: &Explanation, all: bool) {
    let findings = &explanation.findings;
    if findings.is_empty() {
        out.push_str("\nFindings: none\n");
        return;
    }
    let _ = writeln!(out, "\n{BOLD}Findings{BOLD:#}");
    for finding in findings.iter().filter(|f| all || f.standing.is_shown()) {
        let place = finding.node.map(|node| format!("step {node}"));
        match finding.standing.change {
            Some(number) => {
                render_head(out, finding, place);
                wrap(out, &finding.message, "    ", "    ");
                let gain = finding
                    .standing
                    .gain
                    .as_ref()
                    .map(|gain| summary::gain_words(gain));
                let change = format!("→ change {number}: {}", gain.unwrap_or_default());
                wrap(out, &change, "    ", "      ");
            }
            None => {
                render_finding(out, finding, place);
                if let Some(gain) = &finding.standing.gain {
                    wrap(out, &summary::gain_words(gain), "      ", "      ");
                }
            }
        }
    }
    if let (false, Some(line)) = (all, summary::hidden_line(explanation)) {
        wrap(out, &line, "  ", "  ");
    }
}

/// One finding with its remedy; `place` says where it is.
pub fn render_finding(out: &mut String, finding: &Finding, place: Option<String>) {
    render_head(out, finding, place);
    wrap(out, &finding.message, "    ", "    ");
    if let Some(code) = finding.standing.covered_by {
        let _ = writeln!(out, "    → see {code}");
        return;
    }
    wrap(out, &finding.remedy.text, "    → ", "      ");
    for sql in &finding.remedy.sql {
        wrap(out, sql.as_str(), "        ", "            ");
    }
}

fn render_head(out: &mut String, finding: &Finding, place: Option<String>) {
    let style = severity_style(finding.severity);
    let place = place.map_or(String::new(), |place| format!(", {place}"));
    let _ = writeln!(
        out,
        "  {style}{}{style:#} {BOLD}{}{BOLD:#} {}{place}",
        finding.severity, finding.code, finding.name
    );
}

fn render_verdict(out: &mut String, explained: &ExplainedPlan, of: &str) {
    let prediction = &explained.prediction;
    let (word, style) = match prediction.verdict {
        Verdict::Within => ("within", AnsiColor::Green.on_default().bold()),
        Verdict::Over => ("over", AnsiColor::Red.on_default().bold()),
        Verdict::CannotTell => (
            match (explained.plan.gaps.is_empty(), &explained.plan.writes) {
                (true, Some(_)) => "none, since the time to write is not known, against",
                (false, _) => "none, since this is not a whole plan, against",
                (true, None) if prediction.no_verdict.is_some() => {
                    "none, since it can't be timed, against"
                }
                (true, None) => "undecided: the interval spans",
            },
            AnsiColor::Yellow.on_default().bold(),
        ),
    };
    let warm = &prediction.warm;
    let by = match explained.summary.measured_ms {
        Some(_) => " of the model, without the measurement",
        None => "",
    };
    let _ = writeln!(
        out,
        "\n{BOLD}Verdict{BOLD:#}{of}{by}: {style}{word}{style:#} {}",
        duration(prediction.budget_ms)
    );
    if prediction.why_no_verdict().is_some() {
        let by_default = explained.plan.nodes.iter().any(cost::is_default_external);
        if !by_default {
            render_known_part(out, prediction);
            render_makeup(out, explained);
        }
        render_assumed(out, prediction);
        return;
    }
    render_cluster(out, prediction);
    let on_which = match prediction.shapes.is_empty() {
        true => String::new(),
        false => format!(" on {}", prediction.cluster),
    };
    let run = format!(
        "{}{on_which}; {}: {} to {} ({:.0} % interval)",
        duration(warm.p50_ms),
        may_be_off(warm),
        duration(warm.low_ms),
        duration(warm.high_ms),
        warm.level * 100.0,
    );
    wrap(out, &run, "  warm run    ", "              ");
    let _ = writeln!(
        out,
        "  repeats     of the same query: 1 in 100 takes more than {}",
        duration(warm.p99_ms)
    );
    for (index, target) in prediction.targets.iter().enumerate() {
        let _ = writeln!(
            out,
            "  {:<11} {:<7} {}, {} to {}: {} {}",
            if index == 0 { "targets" } else { "" },
            target.figure,
            duration(target.ms),
            duration(target.low_ms),
            duration(target.high_ms),
            target.verdict.before_budget(),
            duration(target.target_ms)
        );
    }
    let [low, high] = prediction.first_run_ms;
    let _ = writeln!(
        out,
        "  first run   {} to {}: compilation and cold blocks come on top",
        duration(low),
        duration(high)
    );
    render_makeup(out, explained);
    render_assumed(out, prediction);
}

/// What of the time can be reckoned where the whole can't.
fn render_known_part(out: &mut String, prediction: &Prediction) {
    let warm = &prediction.warm;
    let cluster = match prediction.shapes.is_empty() {
        true => prediction.cluster.as_str(),
        false => "a cluster that is not named",
    };
    let known = format!(
        "{} to {} on {cluster}: what the steps take that can be timed; the rest comes on top",
        duration(warm.low_ms),
        duration(warm.high_ms)
    );
    wrap(out, &known, "  known part  ", "              ");
}

/// What had to be assumed.
fn render_assumed(out: &mut String, prediction: &Prediction) {
    for (index, assumption) in prediction.assumptions.iter().enumerate() {
        let label = if index == 0 {
            "  assumed     "
        } else {
            "              "
        };
        wrap(out, assumption, label, "              ");
    }
}

/// By how much the median may be off, in words.
fn may_be_off(warm: &Warm) -> String {
    let (down, up) = (warm.p50_ms / warm.low_ms, warm.high_ms / warm.p50_ms);
    // A tenth is no difference between two factors.
    match (down / up).max(up / down) <= 1.1 {
        true => format!(
            "it may be off by a factor of {:.1} either way",
            up.max(down)
        ),
        false => format!("it may be {down:.1} times less or {up:.1} times more"),
    }
}

/// The cluster, or what stands in for it.
fn render_cluster(out: &mut String, prediction: &Prediction) {
    if prediction.shapes.is_empty() {
        let _ = writeln!(out, "  cluster     {}", prediction.cluster);
        return;
    }
    out.push_str(
        "  cluster     not named: name yours with --cluster; here is what three would take\n",
    );
    for shape in &prediction.shapes {
        let _ = writeln!(
            out,
            "              {:<15} {}, {} to {}{}",
            shape.cluster,
            duration(shape.p50_ms),
            duration(shape.low_ms),
            duration(shape.high_ms),
            match prediction.why_no_verdict() {
                Some(_) => String::new(),
                None => format!(": {}", shape.verdict.word()),
            }
        );
    }
}

/// The steps that make the time up, the longest first.
fn render_makeup(out: &mut String, explained: &ExplainedPlan) {
    const SHOWN: usize = 4;
    let mut steps: Vec<_> = explained.prediction.steps.iter().collect();
    steps.sort_by(|a, b| b.ms.total_cmp(&a.ms));
    for (index, step) in steps.iter().take(SHOWN).enumerate() {
        let label = if index == 0 {
            "  breakdown   "
        } else {
            "              "
        };
        let text = format!(
            "{} step {}: {}",
            duration(step.ms),
            step.node + explained.first_node,
            step.why
        );
        wrap(out, &text, label, "                ");
    }
}
