//! Places of a statement that was cut out of a longer text.

use sqlparser::tokenizer::{Location, TokenWithSpan};

use crate::text::LineColumn;

/// How sqlparser begins and ends what it says of a text.
const OPENING: &str = "sql parser error: ";
const LINE: &str = " at Line: ";
const COLUMN: &str = ", Column: ";

/// Moves tokens, whose text starts at a place, to where they stand.
pub(super) fn shift(tokens: &mut [TokenWithSpan], start: LineColumn) {
    let moved = |at: Location| Location {
        line: at.line + (start.line as u64).saturating_sub(1),
        column: match at.line {
            1 => at.column + (start.column as u64).saturating_sub(1),
            _ => at.column,
        },
    };
    for token in tokens {
        token.span.start = moved(token.span.start);
        token.span.end = moved(token.span.end);
    }
}

/// The place after a text that starts at a place.
pub(super) fn after(start: LineColumn, text: &str) -> LineColumn {
    let lines = text.matches('\n').count();
    let last = text.rsplit('\n').next().unwrap_or_default();
    let columns = last.chars().count();
    LineColumn {
        line: start.line + lines,
        column: match lines {
            0 => start.column + columns,
            _ => columns + 1,
        },
    }
}

/// A message with its place, in sqlparser's way.
pub(super) fn said(message: &str, place: LineColumn) -> String {
    format!("{message}{LINE}{}{COLUMN}{}", place.line, place.column)
}

/// What sqlparser says, in our words; what it says without a place is said of the start.
pub(super) fn in_words(message: &str, start: LineColumn) -> String {
    let message = message.strip_prefix(OPENING).unwrap_or(message);
    let (said, place) = match message.rsplit_once(LINE) {
        Some((said, place)) => match place.split_once(COLUMN) {
            Some((line, column)) => (said, format!("line {line}, column {column}")),
            None => (message, format!("line {}", start.line)),
        },
        None => (message, format!("line {}", start.line)),
    };
    let said = said
        .replace("Expected: ", "expected ")
        .replace("Expected ", "expected ")
        .replace(", found: ", ", found ");
    // At the end of the text there is no token, and so no place.
    let said = said.replace("found EOF", "found the end");
    format!("{said}, {place}")
}

/// Turns the tokenizer's lines and columns into offsets; asked in order.
pub(super) struct Places<'a> {
    text: &'a str,
    base: usize,
    line: u64,
    column: u64,
    offset: usize,
}

impl<'a> Places<'a> {
    pub fn new(text: &'a str, base: usize) -> Self {
        Self {
            text,
            base,
            line: 1,
            column: 1,
            offset: 0,
        }
    }

    pub fn offset(&mut self, line: u64, column: u64) -> usize {
        if (line, column) < (self.line, self.column) {
            (self.line, self.column, self.offset) = (1, 1, 0);
        }
        for c in self.text[self.offset..].chars() {
            if (self.line, self.column) >= (line, column) {
                break;
            }
            self.offset += c.len_utf8();
            match c {
                '\n' => (self.line, self.column) = (self.line + 1, 1),
                _ => self.column += 1,
            }
        }
        self.base + self.offset
    }
}
