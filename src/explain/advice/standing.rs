//! What each finding says in the end: the best remedy that was tried, that another finding says it
//! already, or that it is too small to speak of.

use std::collections::HashMap;

use super::Advised;
use super::cost::{self, Cost};
use super::trial::Trials;
use crate::rules::{Finding, Proposal, Role, Severity};
use crate::text::units::{counted, duration, size};
use crate::whatif::{Changes, Gain};
use crate::work::BLOCK_BYTES;

/// Tries every remedy, and settles what is said where.
pub(super) fn settle(findings: &mut [Finding], trials: &Trials<'_>, advised: &mut Advised) {
    let doubted = findings.iter().any(|f| f.role == Role::Doubts);
    let of_steps = findings.iter().filter(|f| f.role == Role::DoubtsStep);
    let of_steps: Vec<Option<usize>> = of_steps.map(|finding| finding.node).collect();
    let mut chosen: Vec<Option<Changes>> = findings
        .iter_mut()
        .map(|finding| {
            let of_step = finding.node.is_some() && of_steps.contains(&finding.node);
            choose(finding, trials, doubted || of_step)
        })
        .collect();
    same_move(findings, &mut chosen);
    same_change(findings, &mut chosen, trials, advised);
    for finding in findings.iter_mut() {
        // A hint whose remedy was tried and is not worth it has nothing left to say.
        let refuted = finding.remedy.refuted && finding.severity == Severity::Hint;
        // On default rows nothing is known to be small.
        let open = doubted && finding.severity >= Severity::Warning;
        finding.standing.folded = is_small(finding) && !open || refuted;
    }
}

/// Whether a finding says that rows move at a join.
fn moves(finding: &Finding) -> bool {
    matches!(finding.role, Role::Moves | Role::MovesAsWell)
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
    if is_small(finding) {
        return None;
    }
    if proposals.is_empty() {
        if !doubted {
            try_rewrite(finding, trials);
        }
        return None;
    }
    if moves(finding) && finding.weight <= 0.0 {
        finding.remedy.text = format!(
            "{} What that gains can't be told: the join's rows are not in the paste.",
            finding.remedy.text
        )
        .into();
        return None;
    }
    if doubted {
        finding.remedy.text = format!(
            "{} What that gains can be told once the tables have statistics.",
            finding.remedy.text
        )
        .into();
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
            text: with_what_is_so(proposal, &changes),
            changes,
        };
        let pays = cost::pays(&gain, trials, || Cost::of(&tried.changes, trials));
        let slot = match pays {
            true => &mut best,
            false => &mut closest,
        };
        let is_better = slot.as_ref().is_none_or(|(_, known)| exceeds(&gain, known));
        if is_better {
            *slot = Some((tried, gain));
        }
    }
    // A temporary table is not altered, and may still be the one to give a key to.
    let created = trials.best_created(&proposals);
    if let Some((table, changes, gain)) = created
        && best
            .as_ref()
            .is_none_or(|(_, known)| !exceeds(known, &gain))
    {
        finding.remedy.text = format!(
            "`{table}` is temporary and takes no ALTER: give the key where it is created. {changes}, \
             tried on this plan, takes it from {} to {}.",
            duration(gain.before_ms),
            duration(gain.after_ms)
        ).into();
        return None;
    }
    match (best, closest) {
        (Some((proposal, _)), _) => {
            let sql = trials.statements(&proposal.changes)?;
            let gain = trials.whole_gain(&proposal.changes)?;
            finding.remedy.text = proposal.text.into();
            finding.remedy.sql = sql;
            finding.standing.gain = Some(Box::new(gain));
            Some(proposal.changes)
        }
        (None, Some((proposal, gain))) => {
            finding.remedy.text = not_worth_it(&proposal, &gain, trials).into();
            finding.remedy.refuted = true;
            None
        }
        (None, None) => {
            if let Some(table) = trials.temporary(&proposals) {
                finding.remedy.text = format!(
                    "`{table}` is temporary and can't be altered so: give the key where it is \
                     created. {}",
                    finding.remedy.text
                )
                .into();
            }
            None
        }
    }
}

/// The advice of a proposal, and which of its tables need no change.
fn with_what_is_so(proposal: &Proposal, left: &Changes) -> String {
    let tables = left.tables();
    let so = proposal.changes.tables().into_iter();
    let so: Vec<String> = so
        .filter(|table| !tables.contains(table))
        .map(|table| format!("`{table}`"))
        .collect();
    match so.is_empty() {
        true => proposal.text.clone(),
        false => format!("{} So already: {}.", proposal.text, so.join(" and ")),
    }
}

/// Tries what the advice does to the query, and says what it gains.
fn try_rewrite(finding: &mut Finding, trials: &Trials<'_>) {
    let rewrite = finding.remedy.rewrite.as_ref();
    let Some(gain) = rewrite.and_then(|rewrite| trials.gain_of_rewrite(rewrite)) else {
        return;
    };
    if gain.is_worth_it() {
        finding.standing.gain = Some(Box::new(gain));
        return;
    }
    finding.remedy.refuted = true;
    let (before, after) = (duration(gain.before_ms), duration(gain.after_ms));
    let tried = match before == after {
        true => format!("it stays at {after}"),
        false => format!("{after} instead of {before}"),
    };
    finding.remedy.text = format!(
        "{} Not worth it for this plan, tried on it: {tried}.",
        finding.remedy.text
    )
    .into();
}

/// Whether one gain is more than another, by a hundredth of the time.
fn exceeds(one: &Gain, other: &Gain) -> bool {
    one.saved_ms() - other.saved_ms() >= one.hundredth_ms()
}

/// That the change was tried, and is not worth making.
fn not_worth_it(proposal: &Proposal, gain: &Gain, trials: &Trials<'_>) -> String {
    let what = &proposal.changes;
    let (before, after) = (duration(gain.before_ms), duration(gain.after_ms));
    if let (true, Some(cost)) = (gain.is_worth_it(), Cost::of(what, trials)) {
        return format!(
            "Not worth it for this query alone: {what}, tried on this plan, saves {} of {before} and \
             rewrites {}, {}.",
            duration(gain.saved_ms()),
            counted(cost.rows, "row"),
            cost::takes(&cost, gain)
        );
    }
    // Less than a hundredth is no difference that the model can tell.
    let slower = gain.after_ms - gain.before_ms;
    if gain.harms() && after != before && slower > gain.hundredth_ms() {
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
    if gain.saved_bytes() < 1.0 || slower > 0.0 {
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

/// What a join moves is said once: by the finding that knows why, by the one that gathers several
/// such joins, else by that of the join's label.
fn same_move(findings: &mut [Finding], chosen: &mut [Option<Changes>]) {
    let saved = |finding: &Finding| finding.standing.saved_ms();
    // Who speaks of a step beside its own finding.
    let mut speakers: HashMap<usize, Vec<Speaker>> = HashMap::new();
    for finding in findings.iter() {
        let own = finding.node.filter(|_| finding.steps.is_empty());
        for step in finding.steps.iter().copied().chain(own) {
            speakers.entry(step).or_default().push(Speaker {
                role: finding.role,
                code: finding.code,
                saved: saved(finding),
            });
        }
    }
    for (finding, chosen) in findings.iter_mut().zip(chosen) {
        let spoken = finding.node.and_then(|node| speakers.get(&node));
        let Some(spoken) = spoken.filter(|_| moves(finding)) else {
            continue;
        };
        let own = saved(finding);
        let says = |speaker: &&Speaker| match speaker.role {
            Role::Cause => true,
            // A better remedy for one of its steps stands on its own.
            Role::Gathers => own <= speaker.saved,
            Role::Moves => finding.role == Role::MovesAsWell,
            Role::Own | Role::MovesAsWell | Role::Doubts | Role::DoubtsStep => false,
        };
        if let Some(code) = spoken.iter().find(says).map(|speaker| speaker.code) {
            cover(finding, Some(code));
            *chosen = None;
        }
    }
}

/// A finding that speaks of a step.
struct Speaker {
    role: Role,
    code: &'static str,
    saved: f64,
}

/// A change is printed once, by the finding that gains most with it; one that is part of another is
/// said by the whole.
fn same_change(
    findings: &mut [Finding],
    chosen: &mut [Option<Changes>],
    trials: &Trials<'_>,
    advised: &mut Advised,
) {
    let Advised { said: by, made } = advised;
    let mut order: Vec<usize> = (0..findings.len())
        .filter(|i| chosen[*i].is_some())
        .collect();
    let saved = |finding: &Finding| finding.standing.saved_ms();
    order.sort_by(|a, b| {
        let (a, b) = (&findings[*a], &findings[*b]);
        saved(b)
            .total_cmp(&saved(a))
            .then(b.severity.cmp(&a.severity))
            .then(b.weight.total_cmp(&a.weight))
    });
    for index in order {
        let Some(changes) = chosen[index].clone() else {
            continue;
        };
        let rest = changes.without(made);
        let code = findings[index].code;
        if rest == changes
            && let Some(both) = made.and(&changes)
        {
            *made = both;
            by.push((changes, code));
            continue;
        }
        let says = by.iter().find(|(others, _)| {
            changes.without(others) != changes || others.and(&changes).is_none()
        });
        // What is left may be worth something by itself.
        let pays = |gain: &Gain| cost::pays(gain, trials, || Cost::of(&rest, trials));
        let alone = trials.gain(&rest).filter(pays);
        let alone = alone.filter(|_| !rest.is_empty());
        let alone = alone.and_then(|_| trials.whole_gain(&rest));
        match (alone, made.and(&rest), trials.statements(&rest)) {
            (Some(gain), Some(both), Some(sql)) => {
                findings[index].standing.gain = Some(Box::new(gain));
                findings[index].remedy.sql = sql;
                findings[index].remedy.text = format!("Besides: {rest}.").into();
                chosen[index] = Some(rest.clone());
                *made = both;
                by.push((rest, code));
            }
            _ => {
                cover(&mut findings[index], says.map(|(_, code)| *code));
                chosen[index] = None;
            }
        }
    }
    for (finding, chosen) in findings.iter_mut().zip(chosen) {
        finding.remedy.tried = chosen.take().map(Box::new);
    }
}
