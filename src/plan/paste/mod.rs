//! Any form in which people paste a plan → [`Plan`]s, every line accounted for.

mod classify;
mod clean;
mod lost;
mod records;
mod stl;
mod text_line;
mod verbose;
mod wrap;

use std::borrow::Cow;

use super::tree::{self, Step};
use super::{Detail, Engine, Node, Plan, line, whole};
use classify::{Class, classify};
pub use stl::{StlError, StlPlans};

/// A line that is neither plan nor decoration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unrecognized {
    /// 1-based line of the input.
    pub line: usize,
    /// The line.
    pub text: String,
}

/// What became of the input's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct LineCount {
    /// Steps.
    pub nodes: usize,
    /// Lines under a step, and the rest of a line that was wrapped.
    pub details: usize,
    /// Redshift's own advice.
    pub notices: usize,
    /// Headers, rulers, borders, row counts, prompts, blank lines.
    pub decoration: usize,
    /// Lines of a VERBOSE dump.
    pub dump: usize,
    /// Everything else.
    pub unrecognized: usize,
}

/// Why an input holds no plan that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// Nothing but blanks.
    #[error("the input is empty: paste the output of `EXPLAIN <query>`")]
    Empty,
    /// NUL bytes.
    #[error("the input is binary, not text: paste the output of `EXPLAIN <query>`")]
    Binary,
    /// No line looks like a step.
    #[error(
        "no plan found: none of the {lines} lines is a step such as `XN Seq Scan on t  (cost=…)`; \
         paste the output of `EXPLAIN <query>`"
    )]
    NoPlan {
        /// Lines of the input.
        lines: usize,
    },
    /// `EXPLAIN ANALYZE`.
    #[error(
        "line {line} has `actual time`: this is PostgreSQL's EXPLAIN ANALYZE, which Redshift does \
         not have; run plain `EXPLAIN`, and take real rows and times from SVL_QUERY_SUMMARY \
         (provisioned) or SYS_QUERY_DETAIL (also Serverless)"
    )]
    ExplainAnalyze {
        /// The first such line.
        line: usize,
    },
    /// No step has the prefix XN, LD or S3.
    #[error(
        "line {line} is a step without `XN`: this is a PostgreSQL plan; Redshift's steps begin \
         with `XN` (compute nodes), `LD` (leader node) or `S3` (Spectrum), so run `EXPLAIN` on \
         the Redshift cluster"
    )]
    PostgreSql {
        /// The first step.
        line: usize,
    },
    /// Rows sorted by depth.
    #[error(
        "the lines are re-ordered by depth (at line {line} a `{detail}` stands where it can't \
         belong): the tree can't be recovered; turn sorting off in the client and paste again"
    )]
    Reordered {
        /// The detail that gave it away.
        line: usize,
        /// Its label.
        detail: String,
    },
    /// STL_PLAN_INFO.
    #[error(
        "this is STL_PLAN_INFO: numeric operator codes per segment, no plan text; export \
         STL_EXPLAIN (query, nodeid, parentid, plannode, info) instead"
    )]
    PlanInfo,
}

/// What was read from one input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The plans, in the order of the input.
    pub plans: Vec<Plan>,
    /// Why there is none, or why one was refused.
    pub error: Option<PasteError>,
    /// Lines that are neither plan nor decoration.
    pub unrecognized: Vec<Unrecognized>,
    /// What became of the lines.
    pub lines: LineCount,
}

/// Reads any form of paste. Never fails as a whole: what can't be read is in
/// [`Reading::error`] and [`Reading::unrecognized`].
pub fn read(text: &str) -> Reading {
    if text.trim().is_empty() {
        return refused(text, PasteError::Empty);
    }
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return refused(text, PasteError::Binary);
    }
    if let Some(reading) = stl::read(text) {
        return reading;
    }
    let records = records::unpack(text);
    let mut reader = Reader::default();
    match &records {
        Some(records) => reader.read_records(records),
        None => reader.read_text(text),
    }
    reader.finish(text)
}

fn refused(text: &str, error: PasteError) -> Reading {
    Reading {
        error: Some(error),
        lines: LineCount {
            decoration: text.lines().count(),
            ..LineCount::default()
        },
        ..Reading::default()
    }
}

/// The last line that may go on in the next one.
enum Last {
    Node,
    Detail,
    Notice,
}

/// A detail that can't belong to the step it stands under.
struct Misplaced {
    line: usize,
    detail: String,
}

#[derive(Default)]
struct Reader<'a> {
    reading: Reading,
    steps: Vec<Step>,
    notices: Vec<String>,
    last: Option<(Last, Cow<'a, str>)>,
    longest: usize,
    in_statement: bool,
    misplaced: Option<Misplaced>,
    details_before_steps: Option<Misplaced>,
    actual_time: Option<usize>,
    verbose: bool,
    /// Lines with a cost that are none of the plan's steps.
    lost: Vec<usize>,
    /// Whether a blank line, a header or another such line followed the last step.
    separated: bool,
    /// Whether the plan begins right under the one before it.
    beside: bool,
}

impl<'a> Reader<'a> {
    fn read_text(&mut self, text: &'a str) {
        let form = clean::Form::of(text);
        self.verbose = verbose::is_dump(text);
        self.longest = form.longest_line;
        let width = if form.wrapped { form.longest_line } else { 0 };
        for (number, raw, taken) in wrap::unwrap(text, width) {
            self.reading.lines.details += taken - 1;
            match raw {
                Cow::Borrowed(raw)
                    if form.tags && memchr::memchr(b'<', raw.as_bytes()).is_some() =>
                {
                    self.read_html(number, &form, raw);
                }
                Cow::Borrowed(raw) => self.read_line(number, form.clean(raw)),
                Cow::Owned(raw) => self.read_line(number, form.clean(&raw).into_owned()),
            }
        }
    }

    fn read_html(&mut self, number: usize, form: &clean::Form, raw: &'a str) {
        let mut parts = clean::split_html(raw).peekable();
        if parts.peek().is_none() {
            self.reading.lines.decoration += 1;
        }
        for part in parts {
            self.read_line(number, form.clean(part));
        }
    }

    fn read_records(&mut self, records: &'a [(usize, String)]) {
        for (line, text) in records {
            let form = clean::Form::default();
            self.read_line(*line, form.clean(text));
        }
    }

    fn read_line(&mut self, number: usize, clean: text_line::Line<'a>) {
        let class = classify(&clean, self);
        if lost::loses_step(
            &class,
            &clean.text,
            self.last.as_ref().map(|(last, _)| last),
        ) {
            self.lost.push(number);
        }
        match class {
            Class::Node(found) => self.add_node(number, *found),
            Class::Detail(detail) => self.add_detail(number, detail, clean.text),
            Class::Notice(notice) => {
                self.reading.lines.notices += 1;
                self.notices.push(notice);
                self.last = Some((Last::Notice, clean.text));
            }
            Class::Decoration => {
                self.reading.lines.decoration += 1;
                self.separated = true;
            }
            Class::Dump => self.reading.lines.dump += 1,
            Class::Continuation => self.continue_last(clean.text),
            Class::Unrecognized => {
                self.reading.lines.unrecognized += 1;
                self.reading.unrecognized.push(Unrecognized {
                    line: number,
                    text: clean.text.trim().to_owned(),
                });
            }
        }
    }

    fn add_node(&mut self, number: usize, found: classify::FoundNode<'a>) {
        let classify::FoundNode {
            mut node,
            tail,
            column,
            arrow,
            text,
        } = found;
        node.line = number;
        if tail.contains("actual time") {
            self.actual_time.get_or_insert(number);
        }
        if self.starts_new_plan(column, arrow) {
            self.finish_plan(!self.separated);
        }
        self.separated = false;
        self.reading.lines.nodes += 1;
        self.steps.push(Step {
            node,
            column,
            arrow,
        });
        self.last = Some((Last::Node, text));
        if !tail.is_empty() {
            self.add_tail(&tail);
        }
    }

    /// A detail on the line of its step, as abridged pastes have it.
    fn add_tail(&mut self, tail: &str) {
        let detail = line::parse_detail(tail).or_else(|| line::parse_unknown_detail(tail));
        if let (Some(detail), Some(step)) = (detail, self.steps.last_mut()) {
            step.node.details.push(detail);
        }
    }

    /// A step without an arrow is the root of the next plan, unless it stands
    /// deeper than the current root (then only the arrow was lost).
    fn starts_new_plan(&self, column: usize, arrow: bool) -> bool {
        match self.steps.first() {
            Some(root) => !arrow && column <= root.column + 2,
            None => false,
        }
    }

    fn add_detail(&mut self, number: usize, detail: Detail, text: Cow<'a, str>) {
        self.reading.lines.details += 1;
        self.last = Some((Last::Detail, text));
        let label = match detail.kind.label() {
            "" => detail.text().split(':').next().unwrap_or("").to_owned(),
            label => label.to_owned(),
        };
        let misplaced = Misplaced {
            line: number,
            detail: label,
        };
        let Some(step) = self.steps.last_mut() else {
            self.details_before_steps.get_or_insert(misplaced);
            return;
        };
        if !classify::belongs(detail.kind, &step.node) {
            self.misplaced.get_or_insert(misplaced);
        }
        step.node.details.push(detail);
    }

    /// Joins the rest of a hard-wrapped line to the line before it and reads
    /// that again.
    fn continue_last(&mut self, text: Cow<'a, str>) {
        self.reading.lines.details += 1;
        let Some((kind, before)) = self.last.take() else {
            return;
        };
        let rest = text.trim();
        let glue = classify::glue(&before, rest, self.longest);
        let joined = format!("{before}{glue}{rest}");
        match kind {
            Last::Node => {
                let start = classify::node_text(&joined).to_owned();
                let parsed =
                    line::parse_node(&start, true).map(|(node, tail)| (node, tail.to_owned()));
                if let (Some((mut node, tail)), Some(step)) = (parsed, self.steps.last_mut()) {
                    node.line = step.node.line;
                    step.node = node;
                    self.add_tail(&tail);
                }
            }
            Last::Detail => {
                let detail = classify::detail(joined.trim());
                let last = self
                    .steps
                    .last_mut()
                    .and_then(|s| s.node.details.last_mut());
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
    }

    /// Ends a plan; `next_beside` tells that the next one begins on its next line.
    fn finish_plan(&mut self, next_beside: bool) {
        let steps = std::mem::take(&mut self.steps);
        let notices = std::mem::take(&mut self.notices);
        if steps.is_empty() {
            return;
        }
        let starts_with_arrow = steps.first().is_some_and(|step| step.arrow);
        let mut plan = tree::build(steps);
        plan.gaps = whole::gaps(&plan, starts_with_arrow);
        if self.beside || next_beside {
            plan.gaps.extend(whole::alone(&plan));
        }
        self.beside = next_beside;
        plan.notices = notices;
        self.reading.plans.push(plan);
    }

    fn finish(mut self, text: &str) -> Reading {
        self.finish_plan(false);
        if !self.notices.is_empty()
            && let Some(plan) = self.reading.plans.last_mut()
        {
            plan.notices.append(&mut self.notices);
        }
        if self.reading.plans.is_empty() && self.verbose {
            self.reading.plans = verbose::read(text);
            for plan in &mut self.reading.plans {
                plan.gaps = whole::gaps(plan, false);
            }
        }
        // Which plan a line belonged to is not known: it counts for each.
        for plan in &mut self.reading.plans {
            let lost = self.lost.iter().copied().map(whole::not_understood);
            plan.gaps.splice(0..0, lost);
        }
        self.reading.error = self.find_error(text);
        if self.reading.error.is_some() {
            self.reading.plans.clear();
        }
        self.reading
    }

    fn find_error(&mut self, text: &str) -> Option<PasteError> {
        if let Some(line) = self.actual_time {
            return Some(PasteError::ExplainAnalyze { line });
        }
        let mut nodes = self.reading.plans.iter().flat_map(|plan| &plan.nodes);
        let Some(first) = nodes.next() else {
            let lines = text.lines().count();
            return Some(PasteError::NoPlan { lines });
        };
        if first.engine == Engine::Unknown && nodes.all(|node| node.engine == Engine::Unknown) {
            return Some(PasteError::PostgreSql { line: first.line });
        }
        let childless = self
            .reading
            .plans
            .iter()
            .map(childless_steps)
            .sum::<usize>();
        let misplaced = self.misplaced.take().or(self.details_before_steps.take())?;
        (childless >= 2).then_some(PasteError::Reordered {
            line: misplaced.line,
            detail: misplaced.detail,
        })
    }
}

/// Steps that need an input and have none.
fn childless_steps(plan: &Plan) -> usize {
    let lacks = |node: &&Node| node.children.is_empty() && node.operator.arity().0 > 0;
    plan.nodes.iter().filter(lacks).count()
}
