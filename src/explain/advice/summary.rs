//! The one to three changes worth making, what they do together, and what was left out.

use schemars::JsonSchema;
use serde::Serialize;

use super::cost::{self, Cost};
use super::trial::Trials;
use crate::latency::Prediction;
use crate::plan::Plan;
use crate::rules::{Finding, Role, Severity};
use crate::sql::write::Sql;
use crate::whatif::{Changes, Gain};

/// Changes that a summary names.
const MOST_CHANGES: usize = 3;
/// Rewrites of the query that a summary names.
const MOST_REWRITES: usize = 2;
/// Changes that are tried on top of others: those that gain most by themselves.
const MOST_COMBINED: usize = 8;

/// A change worth making.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The advice in a sentence.
    pub text: String,
    /// The statements.
    pub sql: Vec<Sql>,
    /// What they change; `None` for another way to write the query.
    #[serde(skip)]
    pub made: Option<Changes>,
    /// The codes of the findings that it answers.
    pub codes: Vec<&'static str>,
    /// What it gains by itself.
    pub gain: Gain,
    /// What making it costs.
    pub cost: String,
    /// Runs of the query after which it has paid for itself, at the earliest; `None` where it costs
    /// nothing that is known.
    pub pays_after_runs: Option<f64>,
    /// The steps that it is about.
    pub steps: Vec<usize>,
}

/// What to do about a plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Summary {
    /// The changes worth making, the one that helps most first.
    pub changes: Vec<Change>,
    /// What to write in another way in the query, the one that helps most first; each by itself.
    pub rewrites: Vec<Change>,
    /// The statements of all changes where a table takes part in several: then one ALTER rewrites it
    /// once.
    pub in_one: Vec<Sql>,
    /// How long the plan takes with all changes of keys; `None` where there are none.
    pub after: Option<Prediction>,
    /// Milliseconds that a run of the plan really took, where an export tells.
    pub measured_ms: Option<f64>,
    /// Findings that are too small, or whose remedy was tried and is not worth making.
    pub not_worth: usize,
    /// Findings of some weight whose remedy is a change of the query or of something else that
    /// can't be tried here.
    pub untried: usize,
    /// Whether the paste lost the rows of most steps, so that nothing says how much they do.
    pub without_rows: bool,
    /// Hints that are shown.
    pub hints: usize,
    /// Findings that one of an earlier plan of the input says already.
    pub said_before: usize,
    /// Facts that would make the answer more certain, with the query that fetches each.
    pub unknown: Vec<String>,
}

impl Summary {
    /// Takes the advice back that rests on estimates, and says what has to be known first.
    pub(in crate::explain) fn withhold(&mut self, why: String) {
        self.changes.clear();
        self.rewrites.clear();
        self.in_one.clear();
        self.after = None;
        self.unknown.insert(0, why);
    }

    /// The number of the change that a finding's remedy is, from 1.
    pub(in crate::explain) fn number_of(&self, finding: &Finding) -> Option<usize> {
        let sql = &finding.remedy.sql;
        let same = |change: &Change| !sql.is_empty() && change.sql == *sql;
        finding.node?;
        self.changes.iter().position(same).map(|at| at + 1)
    }
}

/// Puts the changes together, one after another, as long as each still gains something on top of
/// those before it.
pub(super) fn of(findings: &[Finding], trials: &Trials<'_>) -> Summary {
    let saved = |finding: &&Finding| finding.standing.saved_ms();
    let tried = findings.iter().filter(|one| one.remedy.tried.is_some());
    let mut open: Vec<&Finding> = tried.collect();
    open.sort_by(|a, b| saved(b).total_cmp(&saved(a)));
    open.truncate(MOST_COMBINED);
    let mut made = Changes::default();
    let mut so_far: Option<Gain> = None;
    let mut changes: Vec<Change> = Vec::new();
    while changes.len() < MOST_CHANGES {
        // The first is the best by itself, which is known.
        let reach = if changes.is_empty() { 1 } else { open.len() };
        let mut best: Option<(usize, Changes, Gain)> = None;
        for (index, finding) in open.iter().take(reach).enumerate() {
            let Some(both) = finding.remedy.tried.as_ref().and_then(|one| made.and(one)) else {
                continue;
            };
            let Some(gain) = trials.quick_gain(&both) else {
                continue;
            };
            let added = match &so_far {
                Some(before) => gain.on_top_of(before),
                None => gain,
            };
            let own = finding.remedy.tried.as_ref();
            let adds = cost::pays(&added, trials, || {
                own.and_then(|own| Cost::on_top_of(&made, own, trials))
            });
            let better = best
                .as_ref()
                .is_none_or(|(.., known)| gain.after_ms < known.after_ms);
            if adds && better {
                best = Some((index, both, gain));
            }
        }
        let Some((index, both, gain)) = best else {
            break;
        };
        let finding = open.remove(index);
        made = both;
        so_far = Some(gain);
        changes.extend(change(finding, findings, trials));
    }
    // Without statistics nothing was tried, and the summary says what is wanted first.
    let doubted = findings.iter().any(|f| f.role == Role::Doubts);
    Summary {
        in_one: in_one(&changes, &made, trials),
        changes,
        rewrites: rewrites(findings, trials),
        after: so_far
            .and_then(|_| trials.outcome(&made))
            .map(|outcome| outcome.prediction),
        measured_ms: None,
        // On default rows nothing is known to be small.
        not_worth: findings
            .iter()
            .filter(|_| !doubted)
            .filter(|finding| {
                let standing = &finding.standing;
                standing.covered_by.is_none() && (standing.folded || finding.remedy.refuted)
            })
            .count(),
        untried: findings
            .iter()
            .filter(|_| !doubted)
            .filter(|finding| {
                let tried = finding.standing.gain.is_some() || finding.remedy.refuted;
                finding.standing.is_shown() && !tried && finding.severity >= Severity::Warning
            })
            .count(),
        without_rows: without_rows(trials.plan),
        hints: findings
            .iter()
            .filter(|finding| finding.standing.is_shown() && finding.severity == Severity::Hint)
            .count(),
        said_before: findings
            .iter()
            .filter_map(|finding| finding.standing.covered_by)
            .filter(|code| {
                findings
                    .iter()
                    .all(|other| other.code != *code || other.standing.covered_by.is_some())
            })
            .count(),
        unknown: unknown(findings, trials),
    }
}

/// The statements of all changes, where they are fewer than those of each.
fn in_one(changes: &[Change], made: &Changes, trials: &Trials<'_>) -> Vec<Sql> {
    let of_each: usize = changes.iter().map(|change| change.sql.len()).sum();
    let together = trials.statements(made).unwrap_or_default();
    match together.len() < of_each {
        true => together,
        false => Vec::new(),
    }
}

/// Whether more than half of the steps have no rows.
fn without_rows(plan: &Plan) -> bool {
    let lost = plan.nodes.iter().filter(|node| node.rows.is_none()).count();
    lost * 2 > plan.nodes.len()
}

/// What to write in another way.
fn rewrites(findings: &[Finding], trials: &Trials<'_>) -> Vec<Change> {
    let tried = findings.iter().filter(|f| f.remedy.rewrite.is_some());
    let mut all: Vec<Change> = tried
        .filter_map(|finding| change(finding, findings, trials))
        .collect();
    all.sort_by(|a, b| b.gain.saved_ms().total_cmp(&a.gain.saved_ms()));
    all.truncate(MOST_REWRITES);
    all
}

/// What would have to be known first.
fn unknown(findings: &[Finding], trials: &Trials<'_>) -> Vec<String> {
    let doubted = findings.iter().filter(|f| f.role == Role::Doubts);
    let statements = doubted.flat_map(|finding| &finding.remedy.sql);
    let mut unknown: Vec<String> = statements
        .map(|sql| format!("statistics, so that what depends on them is a default: {sql}"))
        .collect();
    for fact in &trials.work.unknown {
        if !unknown.contains(fact) {
            unknown.push(fact.clone());
        }
    }
    unknown
}

fn change(finding: &Finding, findings: &[Finding], trials: &Trials<'_>) -> Option<Change> {
    let covered = findings
        .iter()
        .filter(|other| other.standing.covered_by == Some(finding.code));
    let mut codes = vec![finding.code];
    codes.extend(covered.clone().map(|other| other.code));
    codes.dedup();
    let own = finding.steps.iter().copied().chain(finding.node);
    let mut steps: Vec<usize> = own.chain(covered.filter_map(|other| other.node)).collect();
    steps.sort_unstable();
    steps.dedup();
    let gain = finding.standing.gained()?;
    Some(Change {
        text: finding.remedy.text.clone().into_owned(),
        sql: finding.remedy.sql.clone(),
        made: finding.remedy.tried.as_deref().cloned(),
        codes,
        gain,
        cost: match &finding.remedy.tried {
            Some(changes) => cost::words(changes, &gain, trials),
            None => "changes the query, and no table".to_owned(),
        },
        pays_after_runs: finding
            .remedy
            .tried
            .as_ref()
            .and_then(|changes| Cost::of(changes, trials))
            .map(|cost| cost.runs(&gain)),
        steps,
    })
}
