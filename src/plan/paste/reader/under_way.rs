//! The plan under way: its steps and what stands under them, until another one begins.

use std::borrow::Cow;

use crate::plan::paste::classify::{self, FoundNode, Last};
use crate::plan::paste::order::{self, Listed, Place};
use crate::plan::tree::Step;
use crate::plan::{Detail, line, numbers};

/// A detail that can't belong to the step it stands under.
pub(super) struct Misplaced {
    pub line: usize,
    pub detail: String,
}

impl Misplaced {
    fn of(line: usize, detail: &Detail) -> Self {
        Self {
            line,
            detail: match detail.kind.label() {
                "" => detail.text().split(':').next().unwrap_or("").to_owned(),
                label => label.to_owned(),
            },
        }
    }
}

/// Whether a step ends the plan under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// It goes on.
    Not,
    /// The step begins another one.
    Here,
    /// The step before it began another one.
    BeforeLast,
}

#[derive(Default)]
pub(super) struct UnderWay<'a> {
    pub steps: Vec<Listed>,
    /// Details before its first step.
    pub leading: Vec<Detail>,
    pub notices: Vec<String>,
    pub misplaced: Option<Misplaced>,
    pub details_before_steps: Option<Misplaced>,
    /// Where it has times that PostgreSQL measured.
    pub actual_time: Option<usize>,
    /// Whether a blank line, a header or another such line followed the last step.
    pub separated: bool,
    /// Whether all steps stand in one column without an arrow.
    run: bool,
    /// Whether the last detail stood behind the last step's numbers, on its line.
    on_line_of_step: bool,
    /// What stood last, of which the next line may be the rest.
    last: Option<(Last, Cow<'a, str>)>,
}

impl<'a> UnderWay<'a> {
    /// What stood last.
    pub fn last(&self) -> Option<(Last, &str)> {
        let last = self.last.as_ref();
        last.map(|(kind, text)| (*kind, text.as_ref()))
    }

    /// Whether the last step still waits for its numbers, which this line brings.
    pub fn lacks_numbers(&self, text: &str) -> bool {
        matches!(&self.last, Some((Last::Node, before)) if numbers::count(before) == 0)
            && numbers::count(text) == 1
    }

    /// Whether a step goes on with the plan.
    pub fn ends_before(&self, next: &FoundNode<'_>, item: bool) -> Ends {
        let Some(first) = self.steps.first() else {
            return Ends::Not;
        };
        let (root, column) = (first.step.column, next.column);
        if next.arrow {
            // Steps in one column, of which the last has inputs of its own, are so many plans.
            let several = self.steps.len() > 1 && self.run && !first.item;
            return match several && column > root + 1 {
                true => Ends::BeforeLast,
                false => Ends::Not,
            };
        }
        let in_run = order::in_column(first, column, item) && self.run;
        let goes_on = match () {
            () if item && first.item => !self.separated || in_run,
            () if in_run => !self.separated,
            () => column > root + if self.separated { 2 } else { 0 },
        };
        match goes_on {
            true => Ends::Not,
            false => Ends::Here,
        }
    }

    /// Begins with a step that was taken for one of the plan before.
    pub fn begin_with(&mut self, first: Option<Listed>) {
        self.steps.extend(first);
        self.run = true;
    }

    /// Adds a step.
    pub fn add_step(&mut self, found: FoundNode<'a>, item: bool) {
        self.separated = false;
        self.on_line_of_step = false;
        let first = self.steps.first();
        let in_column = first.is_none_or(|first| order::in_column(first, found.column, item));
        self.run = (first.is_none() || self.run) && in_column && !found.arrow;
        self.steps.push(Listed {
            step: Step {
                node: found.node,
                column: found.column,
                arrow: found.arrow,
            },
            item,
            place: Place::Given,
        });
        self.last = Some((Last::Node, found.text));
    }

    /// Adds a detail to the last step.
    pub fn add_detail(&mut self, number: usize, detail: Detail, text: Cow<'a, str>) {
        self.last = Some((Last::Detail, text));
        let Some(listed) = self.steps.last_mut() else {
            self.details_before_steps
                .get_or_insert_with(|| Misplaced::of(number, &detail));
            self.leading.push(detail);
            return;
        };
        if !classify::belongs(detail.kind, &listed.step.node) {
            self.misplaced
                .get_or_insert_with(|| Misplaced::of(number, &detail));
        }
        listed.step.node.details.push(detail);
    }

    /// Adds Redshift's own advice.
    pub fn add_notice(&mut self, notice: String, text: Cow<'a, str>) {
        self.notices.push(notice);
        self.last = Some((Last::Notice, text));
    }

    /// Joins the rest of a hard-wrapped line to the line before it and reads that again; whether a
    /// step has its numbers by that.
    pub fn continue_last(&mut self, text: &str, longest: usize) -> bool {
        let Some((kind, before)) = self.last.take() else {
            return false;
        };
        let rest = text.trim();
        let glue = classify::glue(&before, rest, longest);
        let mut joined = format!("{before}{glue}{rest}");
        let mut numbered = false;
        match kind {
            Last::Node => {
                // A line may be torn within a number, where no glue belongs.
                let other = format!("{before}{}{rest}", if glue.is_empty() { " " } else { "" });
                let known = |text: &str| {
                    let split = numbers::split(text);
                    split.numbers.map_or(0, |numbers| numbers.known())
                };
                if known(&other) > known(&joined) {
                    joined = other;
                }
                numbered = self.read_step_again(&before, &joined);
            }
            Last::Detail => {
                let detail = classify::detail(joined.trim());
                let last = self
                    .steps
                    .last_mut()
                    .and_then(|listed| listed.step.node.details.last_mut());
                if let (Some(detail), Some(last)) = (detail, last) {
                    *last = detail;
                }
            }
            Last::Notice => {
                if let Some(last) = self.notices.last_mut() {
                    *last = joined.trim().trim_matches('-').trim().to_owned();
                }
            }
        }
        self.last = Some((kind, Cow::Owned(joined)));
        numbered
    }

    fn read_step_again(&mut self, before: &str, joined: &str) -> bool {
        let start = classify::node_text(joined);
        let (Some(parsed), Some(listed)) = (line::parse_node(start, true), self.steps.last_mut())
        else {
            return false;
        };
        let mut node = parsed.node;
        node.line = listed.step.node.line;
        node.details = std::mem::take(&mut listed.step.node.details);
        // It is read again as well, with what was missing of it.
        if self.on_line_of_step {
            node.details.pop();
        }
        let detail = classify::detail(parsed.tail);
        self.on_line_of_step = detail.is_some();
        node.details.extend(detail);
        listed.step.node = node;
        numbers::start(before).is_none() && numbers::start(joined).is_some()
    }
}
