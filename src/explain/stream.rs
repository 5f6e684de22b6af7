//! An input of many plans, explained one after another: none is held longer than its reader holds
//! it.

use std::io::BufRead;

use super::{ExplainedPlan, Explanation, Settings, predicted};
use crate::latency::Verdict;
use crate::plan::{Plan, Reading, StlPlans};
use crate::rules::{self, Finding, Severity};

/// What an input came to, whether its plans are held or not.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Tally {
    /// Its name.
    pub name: String,
    /// Whether it has a plan, or what was measured of one.
    pub is_told: bool,
    /// Whether one of them is over its budget.
    pub over: bool,
    /// The worst of its findings.
    pub worst: Option<Severity>,
    /// Why it was not read to its end.
    pub unread: Option<String>,
}

impl Tally {
    /// What an input came to that is held.
    pub fn of(explanation: &Explanation) -> Self {
        let mut plans = explanation.plans.iter();
        Self {
            name: explanation.name.clone(),
            is_told: !explanation.plans.is_empty() || explanation.actuals.is_some(),
            over: plans.any(|plan| plan.prediction.verdict == Verdict::Over),
            worst: explanation.findings.iter().map(|f| f.severity).max(),
            unread: None,
        }
    }
}

/// Rows of an export, wherever they come from.
pub type Export<'a> = StlPlans<Box<dyn BufRead + 'a>>;

/// Where the plans come from.
enum Source<'a> {
    /// They were read, and their tables were found in the DDL.
    Reading(std::vec::IntoIter<Plan>),
    /// They are read as they are asked for.
    Export(Box<Export<'a>>),
}

/// The plans of one input, each explained when it is asked for.
pub struct Stream<'a> {
    /// All but the plans: findings are in the order of the plans.
    rest: Explanation,
    source: Source<'a>,
    settings: &'a Settings<'a>,
    /// Steps so far.
    steps: usize,
    tally: Tally,
}

impl<'a> Stream<'a> {
    /// The plans of what was read from one input; `notes` tell of its reading.
    pub fn of_reading(
        name: &str,
        reading: Reading,
        notes: Vec<String>,
        settings: &'a Settings<'a>,
    ) -> Self {
        let mut rest = Explanation {
            error: reading.error.map(|error| error.to_string()),
            unrecognized: reading.unrecognized,
            notes,
            ..Explanation::failed(name, "")
        };
        let mut plans = reading.plans;
        // What is noted of the tables stands above the first plan.
        for plan in &mut plans {
            rest.bind(plan, settings);
        }
        Self::new(rest, Source::Reading(plans.into_iter()), settings)
    }

    /// The plans of an export. A row that can't be read ends them, and is the error of the input.
    pub fn of_export(name: &str, export: Export<'a>, settings: &'a Settings<'a>) -> Self {
        let mut rest = Explanation::failed(name, "");
        rest.error = None;
        Self::new(rest, Source::Export(Box::new(export)), settings)
    }

    fn new(rest: Explanation, source: Source<'a>, settings: &'a Settings<'a>) -> Self {
        let tally = Tally::of(&rest);
        Self {
            rest,
            source,
            settings,
            steps: 0,
            tally,
        }
    }

    /// How many plans are left, where that is known.
    pub fn left(&self) -> Option<usize> {
        match &self.source {
            Source::Reading(plans) => Some(plans.len()),
            Source::Export(_) => None,
        }
    }

    /// All of the input but its plans, as far as it is known by now.
    pub fn rest(&self) -> &Explanation {
        &self.rest
    }

    /// Takes the findings since they were taken last, for somebody who keeps them elsewhere.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.rest.findings)
    }

    /// What is left once all plans were asked for: the input without its plans, and what it came
    /// to.
    pub fn end(mut self) -> (Explanation, Tally) {
        rules::plan::sort(&mut self.rest.findings);
        (self.rest, self.tally)
    }

    fn next_plan(&mut self) -> Option<Plan> {
        let export = match &mut self.source {
            Source::Reading(plans) => return plans.next(),
            Source::Export(export) => export,
        };
        match export.next() {
            Some(Ok(mut plan)) => {
                self.rest.bind(&mut plan, self.settings);
                return Some(plan);
            }
            Some(Err(error)) => {
                let why = format!("{error}; what follows was not read");
                self.rest.error = Some(why.clone());
                self.tally.unread = Some(why);
            }
            None => {}
        }
        self.rest.unrecognized = std::mem::take(&mut export.unrecognized);
        self.source = Source::Reading(Vec::new().into_iter());
        None
    }
}

impl Iterator for Stream<'_> {
    type Item = ExplainedPlan;

    fn next(&mut self) -> Option<ExplainedPlan> {
        let plan = self.next_plan()?;
        let (work, prediction) = predicted(&plan, &|_| None, self.settings);
        let first = self.steps;
        self.steps += plan.nodes.len();
        let known = self.rest.findings.len();
        let whole = (plan, work, prediction);
        let explained = self.rest.explained(whole, first, None, self.settings);
        let found = self.rest.findings.iter().skip(known);
        self.tally.is_told = true;
        self.tally.over |= explained.prediction.verdict == Verdict::Over;
        self.tally.worst = self.tally.worst.max(found.map(|f| f.severity).max());
        Some(explained)
    }
}
