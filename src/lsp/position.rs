//! Places as the protocol counts them: lines from 0, and UTF-16 units within a line.

use lsp_types::{Position, Range};

use crate::text::LineColumn;

/// A text with an index of its lines; they end with `\n`, `\r\n` or `\r`.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            // The two of `\r\n` are one end.
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self { text, starts }
    }

    /// A line without its end.
    fn line(&self, number: usize) -> (usize, &'t str) {
        let start = self.starts.get(number).copied().unwrap_or(self.text.len());
        let end = self.starts.get(number + 1).copied();
        let line = &self.text[start..end.unwrap_or(self.text.len())];
        (start, line.trim_end_matches(['\n', '\r']))
    }

    /// The offset of a place; one behind a line's end is the end, one behind the text's is the
    /// text's.
    pub fn offset(&self, place: Position) -> usize {
        let (start, line) = self.line(place.line as usize);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            // Within a pair there is no place.
            if units + c.len_utf16() > place.character as usize {
                return start + at;
            }
            units += c.len_utf16();
        }
        start + line.len()
    }

    /// The place of an offset.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let (start, text) = self.line(line);
        let before = &text[..(offset - start).min(text.len())];
        let units: usize = before.chars().map(char::len_utf16).sum();
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            character: u32::try_from(units).unwrap_or(u32::MAX),
        }
    }

    /// The range of two offsets.
    pub fn range(&self, start: usize, end: usize) -> Range {
        Range {
            start: self.position(start),
            end: self.position(end.max(start)),
        }
    }

    /// The whole of a line, from 1, without what is blank at its ends.
    pub fn whole(&self, line: usize) -> Range {
        let (start, text) = self.line(line.saturating_sub(1));
        let from = start + (text.len() - text.trim_start().len());
        self.range(from, start + text.trim_end().len())
    }

    /// The text before an offset that is nothing but blanks from its line's start on.
    pub fn indentation(&self, offset: usize) -> &'t str {
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let (_, text) = self.line(line);
        &text[..text.len() - text.trim_start().len()]
    }
}

/// The offset of a line and column, which count from 1, by `\n` and by characters.
pub(super) fn offset_of(text: &str, place: LineColumn) -> usize {
    let line_start = match place.line {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', text.as_bytes())
            .nth(line - 2)
            .map_or(text.len(), |at| at + 1),
    };
    let rest = &text[line_start..];
    let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
    let mut columns = rest[..end].char_indices();
    let column = columns.nth(place.column.saturating_sub(1));
    line_start + column.map_or(end, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_those_of_utf_16() {
        let text = "a😀b\r\nÄ€\rx\n";
        let lines = Lines::of(text);
        let at = |line, character| lines.offset(Position { line, character });
        assert_eq!((at(0, 0), at(0, 1), at(0, 3), at(0, 4)), (0, 1, 5, 6));
        // Within the pair, and behind the end.
        assert_eq!((at(0, 2), at(0, 99)), (1, 6));
        assert_eq!(
            (at(1, 1), at(1, 2), at(2, 1), at(3, 0), at(9, 9)),
            (10, 13, 15, 16, 16)
        );
        let place = lines.position(text.find('b').expect("it is there"));
        assert_eq!((place.line, place.character), (0, 3));
        let of = |line, column| offset_of(text, LineColumn { line, column });
        assert_eq!((of(1, 2), of(1, 3), of(2, 2), of(9, 1)), (1, 5, 10, 16));
    }

    proptest! {
        #[test]
        fn places_are_read_as_they_were_written(text in "[a-c😀é\r\n ]{0,40}") {
            let lines = Lines::of(&text);
            for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let again = lines.offset(lines.position(offset));
                let between = text.get(again..offset).unwrap_or("?");
                // What ends a line has the place of the line's end.
                prop_assert!(between.chars().all(|c| matches!(c, '\r' | '\n')), "{offset} {again}");
            }
        }
    }
}
