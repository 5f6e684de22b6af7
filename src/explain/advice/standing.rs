//! What each finding says in the end: the best remedy that was tried, that another finding says it
//! already, or that it is too small to speak of.

use super::trial::Trials;
use crate::rules::{Finding, Proposal, Remedy};
use crate::text::units::{duration, size};
use crate::whatif::{Changes, Gain};
use crate::work::BLOCK_BYTES;

/// Rules about tables without statistics: their numbers are defaults, and so is what is computed
/// from them.
pub(super) const IN_DOUBT: &[&str] = &["missing-statistics"];
/// Rules about rows that move at a join.
const MOVES: &[&str] = &[
    "large-broadcast",
    "redistribute-inner",
    "redistribute-outer",
    "redistribute-both",
    "serial-inner",
    "workload-dist-key",
];
/// Rules that tell why rows move at a join where others tell that they do.
const CAUSES: &[&str] = &["mismatched-join-types", "normalization-join-cost"];

/// Tries every remedy, and settles what is said where.
pub(super) fn settle(findings: &mut [Finding], trials: &Trials<'_>) {
    let doubted = findings.iter().any(|f| IN_DOUBT.contains(&f.name));
    let mut chosen: Vec<Option<Changes>> = findings
        .iter_mut()
        .map(|finding| choose(finding, trials, doubted))
        .collect();
    same_cause(findings, &mut chosen);
    same_move(findings, &mut chosen);
    same_change(findings, &mut chosen, trials);
    for finding in findings.iter_mut() {
        finding.standing.folded = is_small(finding);
    }
}

/// Whether a finding is about less than a block of 1 MB. Nothing is known of those that touch no
/// byte.
fn is_small(finding: &Finding) -> bool {
    finding.weight > 0.0 && finding.weight < BLOCK_BYTES
}

/// Tries a finding's proposals and keeps the best, if it is worth a change. A later one has to gain
/// more, since it rewrites more.
fn choose(finding: &mut Finding, trials: &Trials<'_>, doubted: bool) -> Option<Changes> {
    let proposals = std::mem::take(&mut finding.remedy.proposals);
    if proposals.is_empty() {
        return None;
    }
    if is_small(finding) {
        return None;
    }
    if MOVES.contains(&finding.name) && finding.weight <= 0.0 {
        finding.remedy.text = format!(
            "{} What that gains can't be told: the join's rows are not in the paste.",
            finding.remedy.text
        );
        return None;
    }
    if doubted {
        finding.remedy.text = format!(
            "{} What that gains can be told once the tables have statistics.",
            finding.remedy.text
        );
        return None;
    }
    let mut best: Option<(Proposal, Gain)> = None;
    let mut closest: Option<(Proposal, Gain)> = None;
    for proposal in &proposals {
        let Some(changes) = trials.possible(&proposal.changes) else {
            continue;
        };
        let Some(gain) = trials.gain(&changes) else {
            continue;
        };
        let tried = Proposal {
            text: proposal.text.clone(),
            changes,
        };
        let slot = match gain.is_worth_it() {
            true => &mut best,
            false => &mut closest,
        };
        let is_better = slot.as_ref().is_none_or(|(_, known)| exceeds(&gain, known));
        if is_better {
            *slot = Some((tried, gain));
        }
    }
    match (best, closest) {
        (Some((proposal, gain)), _) => {
            let sql = trials.statements(&proposal.changes)?;
            finding.remedy.text = proposal.text;
            finding.remedy.sql = sql;
            finding.standing.gain = Some(gain);
            Some(proposal.changes)
        }
        (None, Some((proposal, gain))) => {
            finding.remedy.text = not_worth_it(&proposal, &gain);
            finding.remedy.refuted = true;
            None
        }
        (None, None) => {
            let remedy = Remedy {
                proposals,
                ..Remedy::default()
            };
            if let Some(table) = trials.temporary(&remedy) {
                finding.remedy.text = format!(
                    "`{table}` is temporary and can't be altered so: give the key where it is \
                     created. {}",
                    finding.remedy.text
                );
            }
            None
        }
    }
}

/// Whether one gain is more than another, by a hundredth of the time.
fn exceeds(one: &Gain, other: &Gain) -> bool {
    one.saved_ms() - other.saved_ms() >= one.hundredth_ms()
}

/// That the change was tried, and is not worth making.
fn not_worth_it(proposal: &Proposal, gain: &Gain) -> String {
    let what = &proposal.changes;
    let (before, after) = (duration(gain.before_ms), duration(gain.after_ms));
    if gain.harms() && after != before && gain.after_ms > gain.before_ms {
        return format!(
            "Leave it: with {what}, tried on this plan, it takes {after} instead of {before}."
        );
    }
    if gain.moved_after > gain.moved_before + BLOCK_BYTES {
        return format!(
            "Leave it: with {what}, tried on this plan, {} move instead of {}.",
            size(gain.moved_after),
            size(gain.moved_before)
        );
    }
    if gain.saved_bytes() < 1.0 {
        return format!("No help: {what}, tried on this plan, leaves it at {after}.");
    }
    let time = match before == after {
        true => format!("leaves it at {after}"),
        false => format!("takes it from {before} to {after}"),
    };
    format!(
        "Not worth a change: {what}, tried on this plan, saves {} and {time}.",
        size(gain.saved_bytes())
    )
}

/// Leaves a finding to the one that says it.
fn cover(finding: &mut Finding, by: Option<&'static str>) {
    finding.standing.covered_by = by;
    finding.standing.gain = None;
    finding.remedy.sql.clear();
}

/// What a join moves is said by the finding that knows why.
fn same_cause(findings: &mut [Finding], chosen: &mut [Option<Changes>]) {
    let causes: Vec<(usize, &'static str, Vec<usize>)> = findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| CAUSES.contains(&finding.name))
        .map(|(index, finding)| {
            let own = finding.node.filter(|_| finding.steps.is_empty());
            let steps = finding.steps.iter().copied().chain(own).collect();
            (index, finding.code, steps)
        })
        .collect();
    for (cause, code, steps) in causes {
        let gained = |index: usize, findings: &[Finding]| {
            let gain = findings
                .get(index)
                .and_then(|finding| finding.standing.gain);
            gain.map_or(0.0, |gain| gain.saved_ms())
        };
        let of_cause = gained(cause, findings);
        let is_mismatch = findings[cause].name == "mismatched-join-types";
        for index in 0..findings.len() {
            let finding = &findings[index];
            let there = finding.node.is_some_and(|node| steps.contains(&node));
            let explained = there && MOVES.contains(&finding.name);
            // A better remedy for one of its steps stands on its own.
            let better = !is_mismatch && gained(index, findings) > of_cause;
            if index == cause || !explained || better {
                continue;
            }
            cover(&mut findings[index], Some(code));
            chosen[index] = None;
        }
    }
}

/// What one join moves is one finding: that it is a join of the workload says nothing that the label
/// does not.
fn same_move(findings: &mut [Finding], chosen: &mut [Option<Changes>]) {
    for index in 0..findings.len() {
        let Some(node) = findings[index].node else {
            continue;
        };
        if findings[index].name != "workload-dist-key" {
            continue;
        }
        let label = findings.iter().find(|other| {
            other.node == Some(node)
                && other.name != "workload-dist-key"
                && MOVES.contains(&other.name)
                && other.standing.covered_by.is_none()
        });
        if let Some(code) = label.map(|other| other.code) {
            cover(&mut findings[index], Some(code));
            chosen[index] = None;
        }
    }
}

/// A change is printed once, by the finding that gains most with it; one that is part of another is
/// said by the whole.
fn same_change(findings: &mut [Finding], chosen: &mut [Option<Changes>], trials: &Trials<'_>) {
    let mut order: Vec<usize> = (0..findings.len())
        .filter(|i| chosen[*i].is_some())
        .collect();
    let saved = |finding: &Finding| finding.standing.gain.map_or(0.0, |gain| gain.saved_ms());
    order.sort_by(|a, b| {
        let (a, b) = (&findings[*a], &findings[*b]);
        saved(b)
            .total_cmp(&saved(a))
            .then(b.severity.cmp(&a.severity))
            .then(b.weight.total_cmp(&a.weight))
    });
    let mut made = Changes::default();
    let mut by: Vec<(Changes, &'static str)> = Vec::new();
    for index in order {
        let Some(changes) = chosen[index].clone() else {
            continue;
        };
        let rest = changes.without(&made);
        let code = findings[index].code;
        if rest == changes && made.and(&changes).is_some() {
            made = made.and(&changes).unwrap_or(made);
            by.push((changes, code));
            continue;
        }
        let says = by.iter().find(|(others, _)| {
            changes.without(others) != changes || others.and(&changes).is_none()
        });
        // What is left may be worth something by itself.
        let alone = trials.gain(&rest).filter(Gain::is_worth_it);
        let alone = alone.filter(|_| !rest.is_empty());
        match (alone, made.and(&rest), trials.statements(&rest)) {
            (Some(gain), Some(both), Some(sql)) => {
                findings[index].standing.gain = Some(gain);
                findings[index].remedy.sql = sql;
                findings[index].remedy.text = format!("Besides: {rest}.");
                chosen[index] = Some(rest.clone());
                made = both;
                by.push((rest, code));
            }
            _ => {
                cover(&mut findings[index], says.map(|(_, code)| *code));
                chosen[index] = None;
            }
        }
    }
    for (finding, chosen) in findings.iter_mut().zip(chosen) {
        finding.remedy.tried = chosen.take();
    }
}
