//! A line that holds more than one thing: steps and their details that were joined, words before a
//! step, remarks after one.

use super::classify::{arrow, detail, notice};
use crate::plan::line;
use crate::plan::numbers;
use crate::plan::{DetailKind, Engine};

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A step.
    Step(StepPiece<'a>),
    /// A line under a step.
    Detail(&'a str),
    /// Redshift's own advice, or what has its dashes.
    Notice(&'a str),
    /// Somebody's words.
    Remark(&'a str),
}

/// A step within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StepPiece<'a> {
    /// Its text from the operator's engine on.
    pub text: &'a str,
    /// Whether an arrow stood before it.
    pub arrow: bool,
    /// Where its arrow begins, else its text, in characters from the line's first.
    pub at: usize,
    /// The blanks before it.
    pub blanks: usize,
}

/// What begins at a place of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// After an arrow of this length and the blanks behind it.
    Step(Option<usize>),
    /// With a label of this length.
    Detail(usize),
    Notice,
    Remark,
}

/// The dashes around a notice.
const DASHES: &str = "-----";

/// Marks that people put before a remark; none of them is an operator of SQL that stands outside
/// of parentheses.
const MARKS: [&str; 18] = [
    "<-", "<=", "<<", "--", "//", "/*", "←", "⬅", "⇐", "⟵", "—", "–", "#", "!!", "**", ";", "👈",
    "⚠",
];

/// What joins lines where somebody replaced their ends.
const BETWEEN: [char; 9] = ['/', '|', '⏎', '↵', '¶', '·', '•', ',', ';'];

/// Parts a line.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let starts = match boundaries(text, true) {
        // Where a quote was cut off, what stands behind it is no literal.
        (starts, false) => starts,
        (_, true) => boundaries(text, false).0,
    };
    let mut pieces = Vec::new();
    let first = starts.first().map_or(text.len(), |(at, _)| *at);
    remark(&text[..first], &mut pieces);
    for (index, (at, begins)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(text.len(), |(next, _)| *next);
        let piece = &text[*at..end];
        match begins {
            Begins::Remark => remark(piece, &mut pieces),
            Begins::Detail(_) => pieces.push(Piece::Detail(trimmed(piece))),
            Begins::Notice => pieces.push(Piece::Notice(trimmed(piece))),
            Begins::Step(arrow) => {
                let before = &text[..*at];
                let blanks = before.len() - before.trim_end_matches(' ').len();
                let at = before.chars().count();
                step(
                    &piece[arrow.unwrap_or(0)..],
                    arrow.is_some(),
                    at,
                    blanks,
                    &mut pieces,
                );
            }
        }
    }
    pieces
}

/// A step and what follows its numbers.
fn step<'a>(text: &'a str, arrow: bool, at: usize, blanks: usize, out: &mut Vec<Piece<'a>>) {
    let text = trimmed(text.trim_start());
    let tail = match numbers::start(text) {
        Some(_) => numbers::split(text).tail,
        None => "",
    };
    let own = text[..text.len() - tail.len()].trim_end();
    out.push(Piece::Step(StepPiece {
        text: own,
        arrow,
        at,
        blanks,
    }));
    let tail = trimmed(tail);
    // A label that nobody knows is one if a condition follows.
    match detail(tail).filter(|found| found.kind != DetailKind::Other || tail.contains(": (")) {
        Some(_) => out.push(Piece::Detail(tail)),
        None => remark(tail, out),
    }
}

/// Words are kept; strokes and separators are not.
fn remark<'a>(text: &'a str, out: &mut Vec<Piece<'a>>) {
    let text = text.trim();
    if text.contains(char::is_alphanumeric) {
        out.push(Piece::Remark(text));
    }
}

fn trimmed(text: &str) -> &str {
    let text = text.trim().trim_end_matches(';').trim_end();
    let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || BETWEEN.contains(&c));
    // A separator has a blank before it; what touches the word belongs to it.
    match text[trimmed.len()..].starts_with(char::is_whitespace) || trimmed.len() == text.len() {
        true => trimmed,
        false => text,
    }
}

/// Where each part begins, and whether a quote was left open.
fn boundaries(text: &str, quotes: bool) -> (Vec<(usize, Begins)>, bool) {
    let mut found: Vec<(usize, Begins)> = Vec::new();
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut depth = 0i32;
    let mut at = 0;
    // What the part under way is, and whether a step's numbers are behind.
    let mut within: Option<Begins> = None;
    let mut numbered = false;
    while at < bytes.len() {
        let byte = bytes[at];
        if let Some(open) = quote {
            if byte == open {
                quote = None;
            }
            at += 1;
            continue;
        }
        let is_words = matches!(within, None | Some(Begins::Remark));
        if is_start(text, at)
            && let Some(begins) = begins(text, at, within, depth, numbered)
        {
            found.push((at, begins));
            within = Some(begins);
            (depth, numbered) = (0, false);
            // What it begins with is known.
            at += match begins {
                Begins::Step(arrow) => arrow.unwrap_or(0) + 1,
                Begins::Detail(label) => label,
                Begins::Notice => notice_length(&text[at..]),
                Begins::Remark => 1,
            };
            if begins == Begins::Notice {
                within = Some(Begins::Remark);
            }
            continue;
        }
        match byte {
            b'(' if numbers::opens(&bytes[at..]) && matches!(within, Some(Begins::Step(_))) => {
                let close = memchr::memchr(b')', &bytes[at..]);
                // Where the parenthesis was cut off, the next step begins before any other closes.
                let close = close.filter(|close| !text[at..at + close].contains("XN "));
                at += close.unwrap_or(0);
                numbered = true;
            }
            b'\'' | b'"' if quotes && !is_words && !numbered && opens_quote(text, at, within) => {
                quote = Some(byte);
            }
            b'(' if !is_words => depth += 1,
            b')' if !is_words => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    (found, quote.is_some())
}

/// Whether a part may begin here: at the start, and after what is part of no word.
fn is_start(text: &str, at: usize) -> bool {
    if !text.is_char_boundary(at) {
        return false;
    }
    match text[..at].chars().next_back() {
        None => true,
        Some(before) => !before.is_alphanumeric() && !matches!(before, '_' | '.'),
    }
}

/// An identifier's quote begins a part of a name; a literal's one follows no letter.
fn opens_quote(text: &str, at: usize, within: Option<Begins>) -> bool {
    let before = text[..at].chars().next_back();
    match text.as_bytes()[at] {
        b'"' => true,
        _ => {
            matches!(within, Some(Begins::Detail(_))) && !before.is_some_and(char::is_alphanumeric)
        }
    }
}

fn begins(
    text: &str,
    at: usize,
    within: Option<Begins>,
    depth: i32,
    numbered: bool,
) -> Option<Begins> {
    let (before, text) = text.split_at(at);
    let first = text.chars().next()?;
    if let Some(skip) = starts_step(text, first) {
        return Some(Begins::Step(skip));
    }
    if depth > 0 {
        return None;
    }
    if first.is_ascii_uppercase()
        && let Some(label) = starts_detail(text, within, numbered)
    {
        return Some(Begins::Detail(label));
    }
    let is_notice = || {
        let own = &text[..notice_length(text)];
        notice(own).is_some() && !own.contains("XN ")
    };
    if first == '-' && text.starts_with(DASHES) && is_notice() {
        return Some(Begins::Notice);
    }
    let parted = before.ends_with([' ', ')']);
    let in_condition = matches!(within, Some(Begins::Detail(_)));
    let in_head = matches!(within, Some(Begins::Step(_))) && !numbered;
    let marked = || MARKS.iter().any(|mark| text.starts_with(mark));
    let separated = || BETWEEN.contains(&first) && text[first.len_utf8()..].starts_with(' ');
    let remarks = parted && (in_condition || in_head) && (marked() || separated());
    // What closes the string that a condition stood in is none of it.
    let closes = in_condition && before.ends_with(')') && matches!(first, '"' | '\'' | '}' | ']');
    (remarks || closes).then_some(Begins::Remark)
}

/// Whether a step begins here; the length of its arrow and of the blanks behind it, if it has one.
fn starts_step(text: &str, first: char) -> Option<Option<usize>> {
    if matches!(first, 'X' | 'L' | 'S') {
        let (node, _) = named(text)?;
        return node.then_some(None);
    }
    let length = arrow(text)?;
    let rest = text[length..].trim_start();
    named(rest)?;
    Some(Some(text.len() - rest.len()))
}

/// Whether the text begins with an engine: and whether a known operator follows.
fn named(text: &str) -> Option<(bool, Engine)> {
    let (engine, rest) = line::split_engine(text);
    match engine {
        Engine::Unknown => None,
        engine => {
            let known = line::begins_with_operator(rest);
            let near = numbers::start(rest).is_some_and(|at| at < 80);
            Some((
                known || near && rest.starts_with(|c: char| c.is_ascii_uppercase()),
                engine,
            ))
        }
    }
}

/// The length of the known label that begins here; bare ones stand only right after a step, or
/// first.
fn starts_detail(text: &str, within: Option<Begins>, numbered: bool) -> Option<usize> {
    let after_step = matches!(within, Some(Begins::Step(_))) && numbered || within.is_none();
    let begins = |(kind, label): &&(DetailKind, &str)| {
        let Some(rest) = text.strip_prefix(*label) else {
            return false;
        };
        match kind.is_bare() {
            true => after_step && !rest.starts_with(char::is_alphanumeric),
            false => rest.starts_with(':'),
        }
    };
    let labels = DetailKind::LABELS.iter().filter(begins);
    labels.map(|(_, label)| label.len()).max()
}

/// The length of a notice with the dashes behind it.
fn notice_length(text: &str) -> usize {
    let inner = text[DASHES.len()..].find(DASHES);
    inner.map_or(text.len(), |end| 2 * DASHES.len() + end)
}

/// Whether a line begins with a known label.
pub(super) fn begins_with_detail(text: &str) -> bool {
    starts_detail(text, None, false).is_some()
}

/// Whether a detail's line may hold something else too: what stands outside of its parentheses
/// decides, read only as far as it takes.
pub(super) fn may_hold_more(text: &str) -> bool {
    let Some(colon) = memchr::memchr(b':', text.as_bytes()) else {
        return text.len() > 24;
    };
    let value = text[colon + 1..].trim_ascii();
    let bytes = value.as_bytes();
    if bytes.first() != Some(&b'(') {
        return bytes.iter().any(|byte| {
            matches!(
                byte,
                b'<' | b'-' | b'#' | b'/' | b'|' | b'!' | b';' | b'*' | 0x80..
            )
        }) || memchr::memchr_iter(b'X', bytes).any(|at| bytes[at..].starts_with(b"XN "))
            || memchr::memchr_iter(b':', bytes).any(|at| bytes.get(at + 1) == Some(&b' '));
    }
    let mut depth = 0i32;
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') => {
                depth -= 1;
                if depth == 0 {
                    return at + 1 < bytes.len();
                }
            }
            _ => {}
        }
    }
    value.contains("XN ") || value.contains("(cost")
}
