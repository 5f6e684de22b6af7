//! The column of advice: a card for each change with what it gains, then the findings that no change
//! answers.

use askama::filters::Safe;
use serde_json::json;

use super::rich::rich;
use crate::explain::{Change, ExplainedPlan};
use crate::report::summary;
use crate::rules::Finding;
use crate::whatif::{Changes, Gain};

/// A change worth making.
pub(super) struct ChangeCard {
    pub text: Safe<String>,
    pub sql: Vec<String>,
    pub gain: GainBar,
    pub cost: Safe<String>,
    /// The findings that it answers.
    pub why: Vec<FindingCard>,
    /// What to ask to try it, as JSON; empty where nothing can be asked.
    pub asks: String,
}

/// Before and after on one scale.
pub(super) struct GainBar {
    pub words: String,
    /// Percent of the time before.
    pub after_percent: f64,
    pub low_percent: f64,
    pub high_percent: f64,
}

impl GainBar {
    fn of(gain: &Gain) -> Self {
        let percent = |ms: f64| (ms / gain.before_ms.max(f64::MIN_POSITIVE) * 100.0).min(100.0);
        Self {
            words: summary::gain_words(gain),
            after_percent: percent(gain.after_ms),
            low_percent: percent(gain.low_ms),
            high_percent: percent(gain.high_ms),
        }
    }
}

/// A finding.
pub(super) struct FindingCard {
    /// Its number among the findings of the input.
    pub number: usize,
    pub severity: String,
    pub code: &'static str,
    pub name: &'static str,
    pub message: Safe<String>,
    pub remedy: Safe<String>,
    pub sql: Vec<String>,
    /// What the remedy gains; empty where it was not tried.
    pub gain: String,
    pub node: Option<usize>,
}

impl FindingCard {
    fn of(number: usize, finding: &Finding) -> Self {
        Self {
            number,
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
}

/// All that a plan is advised.
pub(super) struct Advice {
    pub changes: Vec<ChangeCard>,
    /// All changes in as few statements as they take, and what to ask to try them together.
    pub all_sql: Vec<String>,
    pub asks_all: String,
    /// What they come to, what is not worth a change, what is not known.
    pub lines: Vec<Safe<String>>,
    pub findings: Vec<FindingCard>,
    /// Those that are too small to act on, and what others say already.
    pub hidden: Vec<FindingCard>,
    pub hidden_words: String,
}

/// Findings that are shown at first; the rest comes when it is asked for.
pub(super) const AT_ONCE: usize = 12;

/// The advice on a plan with its findings, each with its number among those of the input.
pub(super) fn advice(explained: &ExplainedPlan, findings: &[(usize, &Finding)]) -> Advice {
    let summary = &explained.summary;
    let changes = summary.changes.iter().enumerate().map(|(at, change)| {
        let answered = |finding: &Finding| finding.standing.change == Some(at + 1);
        card(change, findings, &answered)
    });
    let rewrites = summary.rewrites.iter().map(|change| {
        let answered = |finding: &Finding| {
            let remedy = &finding.remedy;
            change.codes.first() == Some(&finding.code)
                && remedy.rewrite.is_some()
                && remedy.text == change.text
        };
        card(change, findings, &answered)
    });
    let changes: Vec<ChangeCard> = changes.chain(rewrites).collect();
    let in_cards: Vec<usize> = changes
        .iter()
        .flat_map(|card| &card.why)
        .map(|one| one.number)
        .collect();
    let all_sql = match (summary.in_one.is_empty(), summary.changes.len()) {
        (false, _) => summary.in_one.iter().map(ToString::to_string).collect(),
        (true, 0 | 1) => Vec::new(),
        (true, _) => summary
            .changes
            .iter()
            .flat_map(|change| &change.sql)
            .map(ToString::to_string)
            .collect(),
    };
    let rest = findings
        .iter()
        .filter(|(number, _)| !in_cards.contains(number));
    let (shown, hidden): (Vec<_>, Vec<_>) =
        rest.partition(|(_, finding)| finding.standing.is_shown());
    let cards = |some: Vec<&(usize, &Finding)>| -> Vec<FindingCard> {
        some.into_iter()
            .map(|(number, finding)| FindingCard::of(*number, finding))
            .collect()
    };
    let plain: Vec<&Finding> = findings.iter().map(|(_, finding)| *finding).collect();
    Advice {
        all_sql,
        asks_all: match summary.changes.len() {
            0 | 1 => String::new(),
            _ => together(&summary.changes).map_or_else(String::new, |made| asks(&made)),
        },
        lines: summary::beside(explained)
            .iter()
            .map(|line| rich(line))
            .collect(),
        findings: cards(shown),
        hidden: cards(hidden),
        hidden_words: summary::hidden_words(&plain).unwrap_or_default(),
        changes,
    }
}

/// The changes as one; `None` where one of them can't be asked for, or two are of one thing.
fn together(changes: &[Change]) -> Option<Changes> {
    let mut all = changes.iter().map(|change| change.made.as_ref());
    let first = all.next()??.clone();
    all.try_fold(first, |made, change| made.and(change?))
}

fn card(
    change: &Change,
    findings: &[(usize, &Finding)],
    answered: &dyn Fn(&Finding) -> bool,
) -> ChangeCard {
    let why = findings.iter().filter(|(_, finding)| answered(finding));
    ChangeCard {
        text: rich(&change.text),
        sql: change.sql.iter().map(ToString::to_string).collect(),
        gain: GainBar::of(&change.gain),
        cost: rich(&change.cost),
        why: why
            .map(|(number, finding)| FindingCard::of(*number, finding))
            .collect(),
        asks: change.made.as_ref().map_or_else(String::new, asks),
    }
}

/// The question that tries some changes, as the page's what-if asks it.
fn asks(changes: &Changes) -> String {
    let Some([distkey, diststyle, sortkey]) = changes.arguments() else {
        return String::new();
    };
    json!({"distkey": distkey, "diststyle": diststyle, "sortkey": sortkey}).to_string()
}
