//! Lines → plans: which step a line belongs to, and where one plan ends.

mod finish;
mod under_way;

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem;

use super::classify::{self, Before, Class, FoundNode, classify};
use super::lead::{self, Prefix};
use super::order::Place;
use super::pieces::{self, Piece};
use super::refusal::PasteError;
use super::text_line::Line;
use super::{Reading, Unrecognized, clean, engine, verbose, wrap};
use crate::plan::tree::ARROW;
use crate::plan::{line, numbers};
use under_way::{Ends, UnderWay};

/// Reads a text; `lines` has the input line of each, where they are not the text's own.
pub(super) fn read_text(text: &str, lines: Option<&[usize]>) -> Reading {
    let text = &engine::named(text);
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
    plan: UnderWay<'a>,
    /// Characters of the longest line.
    longest: usize,
    in_statement: bool,
    /// Why some of the input's plans were refused.
    refused: Option<PasteError>,
    /// Whether the text names Redshift's engines at all.
    redshift: bool,
    verbose: bool,
    /// Lines with a cost that are none of the plan's steps.
    lost: Vec<usize>,
    /// Steps with numbers so far.
    numbered: usize,
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
            last: self.plan.last(),
            step: self.plan.steps.last().map(|listed| listed.step.column),
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
                    self.plan.actual_time.get_or_insert(number);
                }
                if !self.read_pieces(number, &clean) {
                    let tail = found.tail.clone();
                    self.add_node(number, *found, clean.item);
                    self.remark(number, &tail);
                }
            }
            Class::Detail(detail) if !pieces::may_hold_more(&clean.text) => {
                self.reading.lines.details += 1;
                self.plan.add_detail(number, detail, clean.text);
                return Took::Detail;
            }
            Class::Detail(detail) => {
                self.reading.lines.details += 1;
                if !self.read_pieces(number, &clean) {
                    self.plan.add_detail(number, detail, clean.text);
                }
                return Took::Detail;
            }
            Class::Continuation
                if !has_numbers(&clean.text) || self.plan.lacks_numbers(&clean.text) =>
            {
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
                self.plan.add_notice(notice, clean.text);
            }
            Class::Decoration => {
                self.reading.lines.decoration += 1;
                self.plan.separated = true;
            }
            Class::Dump => self.reading.lines.dump += 1,
            Class::Continuation | Class::Unrecognized => {
                self.reading.lines.unrecognized += 1;
                self.remark(number, &clean.text);
            }
        }
        Took::Other
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
                Piece::Notice(text) => self.plan.notices.extend(classify::notice(text)),
                Piece::Detail(text) => {
                    if let Some(detail) = classify::detail(text) {
                        self.plan
                            .add_detail(number, detail, Cow::Owned(text.to_owned()));
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
        let announced = self.plan.steps.is_empty() && lead.contains(char::is_alphabetic);
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
                let above = self.plan.steps.last().map_or(0, |last| last.step.column);
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
        if let Some(listed) = self.plan.steps.last_mut() {
            listed.place = place;
        }
        true
    }

    /// Whether a step without an arrow may begin behind these words: a sentence that quotes one in
    /// the midst of a plan begins no other.
    fn may_begin(&self, words: &str) -> bool {
        self.plan.steps.is_empty() || words.is_empty() || lead::announces(words)
    }

    /// Adds a step, which may begin another plan.
    fn add_node(&mut self, number: usize, mut found: FoundNode<'a>, item: bool) {
        found.node.line = number;
        self.numbered += usize::from(found.numbered);
        match self.plan.ends_before(&found, item) {
            Ends::Not => {}
            Ends::Here => self.finish_plan(),
            Ends::BeforeLast => {
                let last = self.plan.steps.pop();
                self.finish_plan();
                self.plan.begin_with(last);
            }
        }
        let remark = std::mem::take(&mut found.remark);
        self.plan.add_step(found, item);
        if !remark.is_empty() {
            self.remark(number, &remark);
        }
    }

    /// Joins the rest of a hard-wrapped line to the line before it.
    fn continue_last(&mut self, text: &str) {
        self.reading.lines.details += 1;
        self.numbered += usize::from(self.plan.continue_last(text, self.longest));
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
