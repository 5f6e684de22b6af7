//! Lines → plans: which step a line belongs to, and where one plan ends.

mod finish;

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem;

use super::classify::{self, Before, Class, FoundNode, Last, classify};
use super::lead::{self, Prefix};
use super::order::{self, Listed, Place};
use super::pieces::{self, Piece};
use super::refusal::PasteError;
use super::text_line::Line;
use super::{Reading, Unrecognized, clean, verbose, wrap};
use crate::plan::tree::{ARROW, Step};
use crate::plan::{Detail, line, numbers};

/// Reads a text; `lines` has the input line of each, where they are not the text's own.
pub(super) fn read_text(text: &str, lines: Option<&[usize]>) -> Reading {
    let mut reader = Reader {
        lines,
        ..Reader::default()
    };
    reader.read_text(text);
    reader.finish(text)
}

/// Reads lines that were kept as string literals.
pub(super) fn read_records(text: &str, records: &[(usize, String)]) -> Reading {
    let mut reader = Reader::default();
    for (line, text) in records {
        let form = clean::Form::default();
        reader.read_line(*line, form.clean(text));
    }
    reader.finish(text)
}

/// A detail that can't belong to the step it stands under.
struct Misplaced {
    line: usize,
    detail: String,
}

/// What a line was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Took {
    /// One step, and nothing else.
    Step,
    /// A detail, perhaps with more on its line.
    Detail,
    Other,
}

#[derive(Default)]
struct Reader<'a> {
    reading: Reading,
    lines: Option<&'a [usize]>,
    /// The steps of the plan under way.
    steps: Vec<Listed>,
    /// Whether all of them stand in one column without an arrow.
    run: bool,
    /// Details before its first step.
    leading: Vec<Detail>,
    notices: Vec<String>,
    last: Option<(Last, Cow<'a, str>)>,
    longest: usize,
    in_statement: bool,
    misplaced: Option<Misplaced>,
    details_before_steps: Option<Misplaced>,
    actual_time: Option<usize>,
    /// Why some of the input's plans were refused.
    refused: Option<PasteError>,
    /// Whether the text names Redshift's engines at all.
    redshift: bool,
    verbose: bool,
    /// Lines with a cost that are none of the plan's steps.
    lost: Vec<usize>,
    /// Steps with numbers so far.
    numbered: usize,
    /// Whether a blank line, a header or another such line followed the last step.
    separated: bool,
    /// Whether the plan begins right under the one before it.
    beside: bool,
}

impl<'a> Reader<'a> {
    fn read_text(&mut self, text: &'a str) {
        let form = clean::Form::of(text);
        // The items of a list have numbers and sentences of their own.
        let prefixes = match form.listed {
            true => Vec::new(),
            false => lead::prefixes(text),
        };
        self.verbose = verbose::is_dump(text);
        self.redshift = memmem::find(text.as_bytes(), b"XN ").is_some();
        self.longest = form.longest_line;
        let width = if form.wrapped { form.longest_line } else { 0 };
        for (number, raw, taken) in wrap::unwrap(text, width) {
            let number = match self.lines {
                Some(lines) => lines.get(number - 1).copied().unwrap_or(number),
                None => number,
            };
            self.reading.lines.details += taken - 1;
            match raw {
                Cow::Borrowed(raw)
                    if form.tags && memchr::memchr(b'<', raw.as_bytes()).is_some() =>
                {
                    self.read_html(number, &form, raw);
                }
                Cow::Borrowed(raw) => self.read_line(number, form.clean(stripped(raw, &prefixes))),
                Cow::Owned(raw) => {
                    let clean = form.clean(stripped(&raw, &prefixes)).into_owned();
                    self.read_line(number, clean);
                }
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

    /// Reads a line; numbers of a step that became none are listed.
    fn read_line(&mut self, number: usize, clean: Line<'a>) {
        let before = self.numbered;
        let listed = self.reading.unrecognized.len();
        let text = clean.text.clone();
        let took = self.take_line(number, clean);
        if took == Took::Step || !has_numbers(&text) {
            return;
        }
        // A literal of a condition may hold anything.
        let there = match took {
            Took::Detail => numbers::count(&without_literals(&text)),
            _ => {
                let of_step = has_step(&text) && numbers::start(&text).is_some();
                numbers::count(&text).max(usize::from(of_step))
            }
        };
        if there > self.numbered - before {
            self.lost.push(number);
            let listed = &self.reading.unrecognized[listed..];
            if !listed.iter().any(|one| has_numbers(&one.text)) {
                self.remark(number, &text);
            }
        }
    }

    /// Takes a line for what it is.
    fn take_line(&mut self, number: usize, clean: Line<'a>) -> Took {
        let known = Before {
            last: self
                .last
                .as_ref()
                .map(|(kind, text)| (*kind, text.as_ref())),
            step: self.steps.last().map(|listed| listed.step.column),
            verbose: self.verbose,
            in_statement: self.in_statement,
        };
        let (class, in_statement) = classify(&clean, &known);
        self.in_statement = in_statement;
        match class {
            Class::Node(found) if found.tail.is_empty() => {
                self.reading.lines.nodes += 1;
                self.add_node(number, *found, clean.item);
                return Took::Step;
            }
            Class::Node(found) => {
                self.reading.lines.nodes += 1;
                if found.tail.contains("actual time") {
                    self.actual_time.get_or_insert(number);
                }
                if !self.read_pieces(number, &clean) {
                    let tail = found.tail.clone();
                    self.add_node(number, *found, clean.item);
                    self.remark(number, &tail);
                }
            }
            Class::Detail(detail) if !pieces::may_hold_more(&clean.text) => {
                self.reading.lines.details += 1;
                self.add_detail(number, detail, clean.text);
                return Took::Detail;
            }
            Class::Detail(detail) => {
                self.reading.lines.details += 1;
                if !self.read_pieces(number, &clean) {
                    self.add_detail(number, detail, clean.text);
                }
                return Took::Detail;
            }
            Class::Continuation if !has_numbers(&clean.text) || self.lacks_numbers(&clean.text) => {
                self.continue_last(&clean.text);
            }
            Class::Unrecognized if pieces::begins_with_detail(&clean.text) => {
                self.reading.lines.details += 1;
                self.read_pieces(number, &clean);
            }
            Class::Unrecognized if !has_step(&clean.text) => {
                self.reading.lines.unrecognized += 1;
                self.remark(number, &clean.text);
            }
            // A line of any other kind that holds a step is one.
            _ if has_step(&clean.text) => {
                self.reading.lines.nodes += 1;
                if !self.read_pieces(number, &clean) {
                    self.remark(number, &clean.text);
                }
            }
            Class::Notice(_) if clean.text.matches("-----").count() > 2 => {
                self.reading.lines.notices += 1;
                self.read_pieces(number, &clean);
            }
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
            Class::Continuation | Class::Unrecognized => {
                self.reading.lines.unrecognized += 1;
                self.remark(number, &clean.text);
            }
        }
        Took::Other
    }

    /// Whether the last step still waits for its numbers, which this line brings.
    fn lacks_numbers(&self, text: &str) -> bool {
        matches!(&self.last, Some((Last::Node, before)) if numbers::count(before) == 0)
            && numbers::count(text) == 1
    }

    /// Words that are kept as they are.
    fn remark(&mut self, line: usize, text: &str) {
        self.reading.unrecognized.push(Unrecognized {
            line,
            text: text.trim().to_owned(),
        });
    }

    /// Reads a line that holds more than a step or a detail; whether it names an engine at all.
    fn read_pieces(&mut self, number: usize, clean: &Line<'a>) -> bool {
        let pieces = pieces::split(&clean.text);
        if !pieces
            .iter()
            .any(|piece| !matches!(piece, Piece::Remark(_)))
        {
            return false;
        }
        // Whether something of the plan stands before the piece, or else somebody's words.
        let mut joined = false;
        let mut words = "";
        for piece in pieces {
            match piece {
                Piece::Remark(text) => {
                    words = text;
                    self.remark(number, text);
                }
                Piece::Notice(text) => self.notices.extend(classify::notice(text)),
                Piece::Detail(text) => {
                    if let Some(detail) = classify::detail(text) {
                        self.add_detail(number, detail, Cow::Owned(text.to_owned()));
                        joined = true;
                    }
                }
                Piece::Step(step) => {
                    let lead = std::mem::take(&mut words);
                    joined |= self.add_piece(number, clean, &step, lead, joined);
                }
            }
        }
        true
    }

    /// Adds a step that something stands before or behind; whether it is one.
    fn add_piece(
        &mut self,
        number: usize,
        clean: &Line<'a>,
        piece: &pieces::StepPiece<'_>,
        lead: &str,
        joined: bool,
    ) -> bool {
        let branch = clean.branch && !joined;
        let Some(parsed) = line::parse_node(piece.text, piece.arrow || branch) else {
            self.remark(number, piece.text);
            return false;
        };
        // An arrow behind words points at the plan: it is none of the plan's own.
        let announced = self.steps.is_empty() && lead.contains(char::is_alphabetic);
        let arrow = (piece.arrow && !announced) || branch;
        if !arrow && !joined && !self.may_begin(lead) {
            return false;
        }
        let (column, place) = match joined {
            false if lead.is_empty() || arrow => (clean.column + piece.at, Place::Given),
            false => (0, Place::Given),
            // Redshift's arrows stand at every sixth column from the second on.
            true if piece.blanks > 1 => ((piece.blanks - 2) / 6 * 6 + 2, Place::FromBlanks),
            true => {
                let above = self.steps.last().map_or(0, |last| last.step.column);
                (above + 2, Place::Unknown)
            }
        };
        let found = FoundNode {
            node: parsed.node,
            numbered: parsed.numbered,
            remark: parsed.remark.to_owned(),
            tail: String::new(),
            column: column + if piece.arrow && arrow { ARROW } else { 0 },
            arrow: arrow || joined,
            text: Cow::Owned(piece.text.to_owned()),
        };
        self.add_node(number, found, clean.item);
        if let Some(listed) = self.steps.last_mut() {
            listed.place = place;
        }
        true
    }

    /// Whether a step without an arrow may begin behind these words: a sentence that quotes one in
    /// the midst of a plan begins no other.
    fn may_begin(&self, words: &str) -> bool {
        self.steps.is_empty() || words.is_empty() || lead::announces(words)
    }

    fn add_node(&mut self, number: usize, found: FoundNode<'a>, item: bool) {
        let FoundNode {
            mut node,
            remark,
            column,
            arrow,
            text,
            numbered,
            ..
        } = found;
        node.line = number;
        self.begin_plan(column, arrow, item);
        self.separated = false;
        self.numbered += usize::from(numbered);
        let first = self.steps.first();
        let in_column = first.is_none_or(|first| order::in_column(first, column, item));
        self.run = (first.is_none() || self.run) && in_column && !arrow;
        self.steps.push(Listed {
            step: Step {
                node,
                column,
                arrow,
            },
            item,
            place: Place::Given,
        });
        self.last = Some((Last::Node, text));
        if !remark.is_empty() {
            self.remark(number, &remark);
        }
    }

    /// Ends the plan under way if a step begins another one.
    fn begin_plan(&mut self, column: usize, arrow: bool, item: bool) {
        let Some(first) = self.steps.first() else {
            return;
        };
        let root = first.step.column;
        if arrow {
            // Steps in one column, of which the last has inputs of its own, are so many plans.
            if self.steps.len() > 1 && self.run && column > root + 1 && !first.item {
                let last = self.steps.pop();
                self.finish_plan(!self.separated);
                self.steps.extend(last);
                self.run = true;
            }
            return;
        }
        let in_run = order::in_column(first, column, item) && self.run;
        let goes_on = match () {
            () if item && first.item => !self.separated || in_run,
            () if in_run => !self.separated,
            () => column > root + if self.separated { 2 } else { 0 },
        };
        if !goes_on {
            self.finish_plan(!self.separated);
        }
    }

    fn add_detail(&mut self, number: usize, detail: Detail, text: Cow<'a, str>) {
        self.last = Some((Last::Detail, text));
        let misplaced = |detail: &Detail| Misplaced {
            line: number,
            detail: match detail.kind.label() {
                "" => detail.text().split(':').next().unwrap_or("").to_owned(),
                label => label.to_owned(),
            },
        };
        let Some(listed) = self.steps.last_mut() else {
            self.details_before_steps
                .get_or_insert_with(|| misplaced(&detail));
            self.leading.push(detail);
            return;
        };
        if !classify::belongs(detail.kind, &listed.step.node) {
            self.misplaced.get_or_insert_with(|| misplaced(&detail));
        }
        listed.step.node.details.push(detail);
    }

    /// Joins the rest of a hard-wrapped line to the line before it and reads
    /// that again.
    fn continue_last(&mut self, text: &str) {
        self.reading.lines.details += 1;
        let Some((kind, before)) = self.last.take() else {
            return;
        };
        let rest = text.trim();
        let glue = classify::glue(&before, rest, self.longest);
        let mut joined = format!("{before}{glue}{rest}");
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
                self.reread_step(&before, &joined);
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
    }

    fn reread_step(&mut self, before: &str, joined: &str) {
        let start = classify::node_text(joined);
        let (Some(parsed), Some(listed)) = (line::parse_node(start, true), self.steps.last_mut())
        else {
            return;
        };
        let had_numbers = numbers::start(before).is_some();
        self.numbered += usize::from(!had_numbers && numbers::start(joined).is_some());
        let mut node = parsed.node;
        node.line = listed.step.node.line;
        node.details = std::mem::take(&mut listed.step.node.details);
        listed.step.node = node;
        if let Some(detail) = classify::detail(parsed.tail) {
            listed.step.node.details.push(detail);
        }
    }
}

/// The line behind what a tool put before it.
fn stripped<'a>(line: &'a str, prefixes: &[Prefix]) -> &'a str {
    let mut behind = prefixes.iter().filter_map(|prefix| prefix.strip(line));
    behind.next().unwrap_or(line)
}

/// Whether a text has what the numbers of a step begin with.
fn has_numbers(text: &str) -> bool {
    static START: LazyLock<memmem::Finder<'static>> =
        LazyLock::new(|| memmem::Finder::new("(cost"));
    START.find(text.as_bytes()).is_some()
}

/// A condition without its literals.
fn without_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('\'').peekable();
    let mut quoted = false;
    while let Some(part) = parts.next() {
        // A quote that nothing closes opens none.
        if !quoted || parts.peek().is_none() {
            out.push_str(part);
        }
        quoted = !quoted;
    }
    out
}

/// Whether a line names a step with its engine.
fn has_step(text: &str) -> bool {
    ["XN ", "S3 ", "LD "].iter().any(|engine| {
        let found = memmem::find(text.as_bytes(), engine.as_bytes());
        found.is_some_and(|at| {
            numbers::start(&text[at..]).is_some() || line::begins_with_operator(&text[at + 3..])
        })
    })
}
