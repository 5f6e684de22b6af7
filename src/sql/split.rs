//! A script → its statements, without a grammar: quotes, comments, dollar
//! bodies, templates and psql's own commands.

use std::borrow::Cow;

use crate::text::Span;

/// A statement's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// From its first word to its last, without the semicolon.
    pub span: Span,
    /// The semicolon after it, or its own end.
    pub end: usize,
    /// Whether a template stands in it.
    pub templated: bool,
    /// What of it is no SQL: `INTO v` in the body of a procedure.
    pub left_out: Option<Span>,
}

/// Something that was skipped, or that never ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mishap {
    pub span: Span,
    pub message: &'static str,
    /// Whether it is an error or only worth a note.
    pub error: bool,
}

/// What a script is made of.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    /// The text with templates blanked out, byte for byte as long.
    pub text: Cow<'a, str>,
    pub pieces: Vec<Piece>,
    pub mishaps: Vec<Mishap>,
}

/// Splits a script.
pub(super) fn split(text: &str) -> Pieces<'_> {
    let (text, templates) = blank_templates(text);
    let mut splitter = Splitter {
        bytes: text.as_bytes(),
        at: 0,
        start: None,
        last: 0,
        pieces: Vec::new(),
        mishaps: Vec::new(),
    };
    splitter.run();
    let Splitter {
        mut pieces,
        mut mishaps,
        ..
    } = splitter;
    for piece in &mut pieces {
        let at = templates.partition_point(|span| span.start < piece.span.start);
        piece.templated = templates
            .get(at)
            .is_some_and(|span| span.start < piece.span.end);
    }
    mishaps.extend(templates.first().map(|span| Mishap {
        span: *span,
        message: "templates are read as names",
        error: false,
    }));
    Pieces {
        text,
        pieces,
        mishaps,
    }
}

struct Splitter<'a> {
    bytes: &'a [u8],
    at: usize,
    start: Option<usize>,
    last: usize,
    pieces: Vec<Piece>,
    mishaps: Vec<Mishap>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0c => self.at += 1,
                b'-' if self.next_is(b'-') => self.skip_line(),
                b'/' if self.next_is(b'*') => self.skip_comment(),
                b'\\' if self.start.is_none() => self.skip_meta_command(),
                b';' => {
                    let begins = self.start.unwrap_or(self.at);
                    let is_data = reads_input(&self.bytes[begins..self.at]);
                    self.finish();
                    self.at += 1;
                    if is_data {
                        self.skip_data();
                    }
                }
                b'\'' => self.skip_quoted(byte, "this quote is never closed"),
                b'"' => self.skip_quoted(byte, "this quoted name is never closed"),
                b'$' => self.skip_dollar(),
                b'/' | b'g' | b'G' if self.is_separator() => {
                    self.finish();
                    self.skip_line();
                }
                _ => self.take(1),
            }
        }
        self.finish();
    }

    /// Whether a line is what other tools end a batch with, `GO` or `/`, and the next one begins a
    /// statement.
    fn is_separator(&self) -> bool {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r');
        let rest = &self.bytes[self.at..];
        let length = match rest {
            [b'/', ..] => 1,
            [first, second, ..] if first.eq_ignore_ascii_case(&b'g') => {
                if !second.eq_ignore_ascii_case(&b'o') {
                    return false;
                }
                2
            }
            _ => return false,
        };
        // Only blanks are looked over, so that a long line costs no more than a short one.
        let mut before = self.bytes[..self.at].iter().rev().skip_while(blank);
        let gap = rest[length..].iter().take_while(blank).count();
        let after = &rest[length + gap..];
        let ends = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == b'\n');
        if !ends(before.next()) || !ends(after.first()) {
            return false;
        }
        let next = after.trim_ascii_start();
        next.is_empty() || starts_statement(next)
    }

    fn next_is(&self, byte: u8) -> bool {
        self.bytes.get(self.at + 1) == Some(&byte)
    }

    fn take(&mut self, length: usize) {
        self.start.get_or_insert(self.at);
        self.at += length;
        self.last = self.at;
    }

    fn finish(&mut self) {
        if let Some(start) = self.start.take() {
            self.pieces.push(Piece {
                span: Span::new(start, self.last),
                end: match self.at < self.bytes.len() {
                    true => self.at,
                    false => self.last.saturating_sub(1),
                },
                templated: false,
                left_out: None,
            });
        }
    }

    /// The rows after `COPY … FROM stdin;`, to the line `\.` that ends them.
    fn skip_data(&mut self) {
        let rest = &self.bytes[self.at..];
        let end = memchr::memmem::find_iter(rest, b"\n\\.").find(|end| {
            let after = rest.get(end + 3);
            after.is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
        });
        if let Some(end) = end {
            self.at += end + 3;
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    fn skip_meta_command(&mut self) {
        let start = self.at;
        self.skip_line();
        self.mishaps.push(Mishap {
            span: Span::new(start, self.at),
            message: "psql's own command is skipped",
            error: false,
        });
    }

    /// Comments nest.
    fn skip_comment(&mut self) {
        let start = self.at;
        let mut depth = 0usize;
        while self.at < self.bytes.len() {
            match (self.bytes[self.at], self.bytes.get(self.at + 1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.never_ended(start, "this comment is never closed");
    }

    fn skip_quoted(&mut self, quote: u8, message: &'static str) {
        let start = self.at;
        let mut at = start + 1;
        while let Some(&byte) = self.bytes.get(at) {
            match byte {
                b'\\' if quote == b'\'' && !self.is_lone_backslash(at) => at += 2,
                _ if byte == quote && self.bytes.get(at + 1) == Some(&quote) => at += 2,
                _ if byte == quote => {
                    if self.runs_into_next_statement(start, at) {
                        break;
                    }
                    self.take(at + 1 - start);
                    return;
                }
                _ => at += 1,
            }
        }
        self.start.get_or_insert(start);
        self.never_ended(start, message);
    }

    /// `'\'` is a backslash, as in `ESCAPE '\'`.
    fn is_lone_backslash(&self, at: usize) -> bool {
        self.bytes.get(at.wrapping_sub(1)) == Some(&b'\'')
            && self.bytes.get(at + 1) == Some(&b'\'')
            && self.bytes.get(at + 2) != Some(&b'\'')
    }

    /// A literal that holds `;`, a line end and the first word of a statement
    /// was not closed: the closing quote is the opening one of another.
    fn runs_into_next_statement(&self, start: usize, end: usize) -> bool {
        let literal = &self.bytes[start..end];
        memchr::memchr_iter(b';', literal).any(|at| {
            let rest = literal[at + 1..].trim_ascii_start();
            let between = &literal[at + 1..literal.len() - rest.len()];
            between.contains(&b'\n') && starts_statement(rest)
        })
    }

    /// Gives up on what began at `start` and goes on with the next statement.
    fn never_ended(&mut self, start: usize, message: &'static str) {
        self.mishaps.push(Mishap {
            span: Span::new(start, start + 1),
            message,
            error: true,
        });
        self.start = None;
        let rest = &self.bytes[start + 1..];
        let next = memchr::memchr_iter(b';', rest).find(|at| {
            let after = &rest[at + 1..];
            after.trim_ascii_start().is_empty()
                || after.first().is_some_and(u8::is_ascii_whitespace)
        });
        self.at = next.map_or(self.bytes.len(), |at| start + 1 + at + 1);
    }

    /// `$$ … $$` and `$tag$ … $tag$`; a parameter `$1` is a word.
    fn skip_dollar(&mut self) {
        let start = self.at;
        // In a name it is a letter like others: `a$$b`.
        let before = start.checked_sub(1).and_then(|at| self.bytes.get(at));
        let in_name =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$') || !b.is_ascii();
        if before.is_some_and(in_name) {
            return self.take(1);
        }
        let rest = &self.bytes[start + 1..];
        let tag = rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
            .count();
        let is_tag = rest.get(tag) == Some(&b'$') && !rest.first().is_some_and(u8::is_ascii_digit);
        if !is_tag {
            return self.take(1);
        }
        let mark = &self.bytes[start..start + tag + 2];
        match memchr::memmem::find(&self.bytes[start + mark.len()..], mark) {
            Some(end) => self.take(end + 2 * mark.len()),
            None => {
                self.start.get_or_insert(start);
                self.never_ended(start, "this dollar-quoted body is never closed");
            }
        }
    }
}

/// Whether a statement is `COPY … FROM stdin`, after which its rows follow.
fn reads_input(statement: &[u8]) -> bool {
    const MOST: usize = 4_096;
    if statement.len() > MOST || !starts_with_word(statement, "copy") {
        return false;
    }
    let lower = statement.to_ascii_lowercase();
    memchr::memmem::find(&lower, b"from stdin").is_some()
}

fn starts_with_word(text: &[u8], word: &str) -> bool {
    text.len() > word.len()
        && text[..word.len()].eq_ignore_ascii_case(word.as_bytes())
        && text[word.len()].is_ascii_whitespace()
}

/// Whether a text begins with the first word of a statement.
fn starts_statement(text: &[u8]) -> bool {
    const WORDS: [&str; 14] = [
        "create", "alter", "drop", "comment", "copy", "unload", "select", "insert", "update",
        "delete", "grant", "with", "begin", "commit",
    ];
    WORDS.iter().any(|word| starts_with_word(text, word))
}

/// Whether an expression stands by itself before a statement: on lines of its own, with nothing but
/// blanks, comments and other templates between it and the start or the last semicolon.
fn leads(text: &str, start: usize, end: usize) -> bool {
    let (before, after) = (&text[..start], &text[end..]);
    let alone = after
        .lines()
        .next()
        .is_none_or(|rest| rest.trim().is_empty());
    let before = before.rsplit(';').next().unwrap_or_default();
    let template = |line: &str| {
        let marks = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
        marks
            .iter()
            .any(|(open, close)| line.starts_with(open) && line.ends_with(close))
    };
    alone
        && before.lines().all(|line| {
            let line = line.trim();
            line.is_empty() || line.starts_with("--") || template(line)
        })
}

/// Jinja and its kin: expressions become names of the same length, blocks and
/// comments become blanks.
fn blank_templates(text: &str) -> (Cow<'_, str>, Vec<Span>) {
    const KINDS: [(&str, &str, u8); 5] = [
        ("{{", "}}", b'_'),
        ("{%", "%}", b' '),
        ("{#", "#}", b' '),
        ("%(", ")s", b'_'),
        ("${", "}", b'_'),
    ];
    let bytes = text.as_bytes();
    let mut spans: Vec<(Span, u8)> = Vec::new();
    for (open, close, fill) in KINDS {
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&bytes[at..], open.as_bytes()) {
            let start = at + found;
            let inside = start + open.len();
            let Some(end) = memchr::memmem::find(&bytes[inside..], close.as_bytes()) else {
                break;
            };
            let end = inside + end + close.len();
            at = end;
            let one_line = !bytes[start..end].contains(&b'\n');
            // A call before a statement, as dbt's `{{ config(…) }}`, stands for no name.
            let leads = fill == b'_' && open == "{{" && leads(text, start, end);
            if one_line || fill == b' ' || leads {
                spans.push((Span::new(start, end), if leads { b' ' } else { fill }));
            }
        }
    }
    if spans.is_empty() {
        return (Cow::Borrowed(text), Vec::new());
    }
    spans.sort_by_key(|(span, _)| span.start);
    let mut blanked = bytes.to_vec();
    for (span, fill) in &spans {
        for byte in &mut blanked[span.start..span.end] {
            if *byte != b'\n' {
                *byte = *fill;
            }
        }
    }
    // Spans begin and end at ASCII characters, so that this stays UTF-8.
    let blanked = String::from_utf8(blanked).unwrap_or_else(|_| text.to_owned());
    (
        Cow::Owned(blanked),
        spans.into_iter().map(|(span, _)| span).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        split(text)
            .pieces
            .iter()
            .map(|p| &text[p.span.start..p.span.end])
            .collect()
    }

    #[test]
    fn semicolons_in_quotes_comments_and_bodies_end_nothing() {
        let text = "a ';' -- ;\n/* ; /* ; */ ; */ b; $$ ; $$ c; \"x;\"\"\" d";
        assert_eq!(pieces(text).len(), 3);
        assert_eq!(
            pieces("x ESCAPE '\\'; y 'it\\'s'; z"),
            ["x ESCAPE '\\'", "y 'it\\'s'", "z"]
        );
    }

    #[test]
    fn an_open_quote_costs_one_statement() {
        let text = "comment on t is 'a;\ncreate table t (a int);\nselect 'b';";
        let split = split(text);
        assert_eq!(split.mishaps.len(), 1);
        assert_eq!(split.mishaps[0].span.start, 16);
        assert_eq!(pieces(text), ["create table t (a int)", "select 'b'"]);
    }

    #[test]
    fn templates_become_names() {
        let split =
            split("create table {{ .schema }}.t{{x}} (a int); {% if a %} select 1 {% endif %}");
        assert!(
            split
                .text
                .starts_with("create table _____________.t_____ (a int);")
        );
        assert_eq!(split.pieces.len(), 2);
        assert!(split.pieces[0].templated);
    }
}
