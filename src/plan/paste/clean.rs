//! Takes off what a client, a page or a person put around a line.

use std::borrow::Cow;

use memchr::memmem;

use super::classify::looks_like_plan;
use super::drawn;
use super::items::{is_listed, item};
use super::text_line::Line;

/// Which wrappings occur in an input: looked for once, so that lines of a
/// clean paste cost nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Form {
    pub tags: bool,
    /// Whether the tree is drawn.
    pub drawn: bool,
    /// Whether lines are the items of a list.
    pub listed: bool,
    escapes: bool,
    entities: bool,
    doubled_quotes: bool,
    no_break_spaces: bool,
    /// Whether more than one line is as long as the longest: a terminal may have
    /// wrapped them.
    pub wrapped: bool,
    /// Length in bytes of the longest line: the width at which a terminal wrapped.
    pub longest_line: usize,
}

impl Form {
    /// Looks an input over.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let has = |needle: &str| memmem::find(bytes, needle.as_bytes()).is_some();
        let mut longest_line = 0;
        let mut as_long = 0;
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            let length = bytes[start..end].trim_ascii_end().len();
            if length > longest_line {
                (longest_line, as_long) = (length, 0);
            }
            as_long += usize::from(length == longest_line);
            start = end + 1;
        }
        Self {
            drawn: drawn::is_drawn(text),
            listed: is_listed(text),
            escapes: has("\u{1b}"),
            tags: has("</") || has("<b>") || has("<br"),
            entities: has("&gt;") || has("&lt;") || has("&quot;") || has("&amp;") || has("&nbsp;"),
            doubled_quotes: has_doubled_quotes(bytes),
            no_break_spaces: has("\u{a0}"),
            wrapped: as_long > 1,
            longest_line,
        }
    }

    /// One line without its wrapping.
    pub fn clean<'a>(&self, raw: &'a str) -> Line<'a> {
        let mut text: Cow<'a, str> = Cow::Borrowed(raw.trim_end());
        if self.escapes && text.contains('\u{1b}') {
            text = Cow::Owned(without_escapes(&text));
        }
        let has = |byte: u8| memchr::memchr(byte, raw.as_bytes()).is_some();
        if self.no_break_spaces && has(0xC2) {
            text = Cow::Owned(text.replace('\u{a0}', " "));
        }
        if self.tags && has(b'<') {
            text = Cow::Owned(without_tags(&text));
        }
        if self.entities && has(b'&') {
            text = Cow::Owned(without_entities(&text));
        }
        if self.doubled_quotes
            && memmem::find(raw.as_bytes(), b"\"\"").is_some()
            && !is_quoted_field(text.trim())
        {
            text = Cow::Owned(text.replace("\"\"", "\""));
        }
        let mut line = Line::new(text);
        if !line.is_plain() {
            line.unwrap_layers(self);
        }
        line
    }
}

impl<'a> Line<'a> {
    /// The line with a text of its own.
    pub fn into_owned<'b>(self) -> Line<'b> {
        Line {
            column: self.column,
            text: Cow::Owned(self.text.into_owned()),
            branch: self.branch,
            item: self.item,
        }
    }

    fn new(text: Cow<'a, str>) -> Self {
        let (column, skip) = indentation(&text);
        Self {
            column,
            text: cut_start(text, skip),
            branch: false,
            item: false,
        }
    }

    /// The common case: nothing around it.
    fn is_plain(&self) -> bool {
        let bytes = self.text.as_bytes();
        match bytes.first() {
            None => true,
            Some(b'-') => {
                let step = bytes.strip_prefix(b"->  ").unwrap_or_default();
                matches!(step, [b'X' | b'S' | b'L', ..]) && !is_decorated_end(bytes)
            }
            Some(b'X') => bytes.starts_with(b"XN ") && !is_decorated_end(bytes),
            Some(b'F' | b'H' | b'S' | b'M' | b'I' | b'J' | b'O') => {
                begins_as_detail(bytes) && !is_decorated_end(bytes)
            }
            _ => false,
        }
    }

    /// Takes off one wrapping after another until none is left.
    fn unwrap_layers(&mut self, form: &Form) {
        if form.drawn && !self.text.ends_with(['|', '│']) {
            let indent = " ".repeat(self.column);
            let whole = format!("{indent}{}", self.text);
            let (column, branch, words) = drawn::without_strokes(&whole);
            // A ruler and a notice are made of the same strokes.
            if !words.is_empty() && !self.text.starts_with("----") {
                self.replace(words.to_owned());
                (self.column, self.branch) = (column, branch);
            }
        }
        for _ in 0..6 {
            let before = self.text.len();
            self.unwrap_once(form);
            if self.text.len() == before {
                return;
            }
        }
    }

    fn unwrap_once(&mut self, form: &Form) {
        let text = self.text.as_ref();
        if is_quoted_field(text) {
            let inner = text[1..text.len() - 1].replace("\"\"", "\"");
            return self.replace(inner);
        }
        if let Some(inner) = single_quoted(text) {
            return self.replace(inner);
        }
        if let Some(inner) = struck(text) {
            let column = self.column;
            self.replace(inner);
            self.column += column;
            return;
        }
        if let Some(inner) = boxed(text) {
            return self.replace(inner.to_owned());
        }
        if let Some(inner) = text.strip_suffix("*/") {
            let column = self.column;
            let inner = inner.trim_end().to_owned();
            self.replace(inner);
            self.column += column;
            return;
        }
        if let Some(inner) = comment(text) {
            return self.replace(inner.to_owned());
        }
        if let Some(inner) = tuple(text) {
            return self.replace(inner);
        }
        if let Some(inner) = expanded(text)
            .or_else(|| backticks(text))
            .or_else(|| bullet(text))
        {
            return self.replace(inner.to_owned());
        }
        if let Some((inner, aligned)) = item(text) {
            let column = self.column + (text.len() - inner.trim_start().len());
            self.replace(inner.to_owned());
            self.item = form.listed;
            if aligned || !form.listed {
                self.column = column;
            }
            return;
        }
        if let Some(inner) = quoted_reply(text) {
            return self.replace(inner.to_owned());
        }
        if text.contains('*') {
            let inner = without_emphasis(text);
            if inner.len() != text.len() {
                let column = self.column;
                self.replace(inner);
                self.column += column;
            }
        }
    }

    /// The content of a wrapping begins at its own first column.
    fn replace(&mut self, inner: String) {
        let inner = inner.trim_end().to_owned();
        let next = Line::new(Cow::Owned(inner));
        self.column = next.column;
        self.text = next.text;
    }
}

/// Whether a name is quoted by two quotes on each side, as a CSV copy without
/// its outer quotes leaves it; within a name they stand for one quote.
fn has_doubled_quotes(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"\"\"").any(|at| {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        let after = bytes.get(at + 2);
        matches!(before, None | Some(b' ' | b'(' | b',' | b'.' | b':'))
            && after.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'_'))
    })
}

/// Whether a line begins with the words of a frequent detail, or as Spectrum's steps do.
fn begins_as_detail(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 9] = [
        b"Filter: ",
        b"Hash Cond",
        b"Sort Key",
        b"Send to ",
        b"Merge ",
        b"Inner Dist",
        b"Join Filter",
        b"Outer Dist",
        b"S3 ",
    ];
    STARTS.iter().any(|start| bytes.starts_with(start))
}

/// Characters at the end of a line that may belong to a wrapping.
fn is_decorated_end(bytes: &[u8]) -> bool {
    matches!(bytes.last(), Some(b'*' | b'|' | b'`' | b'/'))
}

fn indentation(text: &str) -> (usize, usize) {
    let mut column = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b' ' => column += 1,
            b'\t' => column = (column / 8 + 1) * 8,
            _ => return (column, at),
        }
    }
    (column, text.len())
}

fn cut_start(text: Cow<'_, str>, skip: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[skip..]),
        Cow::Owned(mut text) => {
            text.drain(..skip);
            Cow::Owned(text)
        }
    }
}

/// A CSV field with quotes around it, or a JSON or Python string.
fn is_quoted_field(text: &str) -> bool {
    text.len() > 2 && text.starts_with('"') && text.ends_with('"') && {
        let inner = text[1..text.len() - 1].trim_start();
        inner.starts_with("->")
            || inner.starts_with("XN ")
            || inner.starts_with("LD ")
            || inner.starts_with("S3 ")
            || inner.starts_with("---")
            || text[1..].starts_with(' ')
            || inner.contains("\"\"")
            || super::classify::detail(inner).is_some()
    }
}

/// A row of an ASCII or markdown table with one cell: `|XN …|`.
fn boxed(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('|').or_else(|| text.strip_prefix('│'))?;
    let inner = inner
        .strip_suffix('|')
        .or_else(|| inner.strip_suffix('│'))
        .unwrap_or(inner);
    // psql's old ASCII boxes put one blank after the border, as in its header.
    Some(inner)
}

/// What a SQL comment holds: `-- …`, `/* …`, or a `#` comment.
fn comment(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix("--")
        && !inner.starts_with('-')
        && !inner.starts_with('>')
    {
        return Some(inner);
    }
    if let Some(inner) = text.strip_prefix("/*") {
        return Some(inner);
    }
    let inner = text.strip_prefix('#')?;
    inner.starts_with(' ').then_some(inner)
}

/// One row of a Python list of tuples: `('XN …',),`.
fn tuple(text: &str) -> Option<String> {
    let start = text.trim_start_matches(['[', '(']);
    let quote = start.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let body = &start[1..];
    let end = body.rfind(quote)?;
    let rest = &body[end + 1..];
    let closes = rest
        .chars()
        .all(|c| matches!(c, ',' | ')' | ']' | ' ' | ';'));
    if !closes || (start.len() == text.len() && rest.is_empty()) {
        return None;
    }
    let inner = &body[..end];
    Some(inner.replace("\\'", "'").replace("\\\"", "\""))
}

/// psql's expanded mode: `QUERY PLAN | …`.
fn expanded(text: &str) -> Option<&str> {
    let (header, inner) = text.split_once('|')?;
    let header = header.trim_end();
    let known = ["QUERY PLAN", "QUERYPLAN", "EXPLAIN"];
    let inner = inner.strip_prefix(' ').unwrap_or(inner);
    known
        .iter()
        .any(|name| header.eq_ignore_ascii_case(name))
        .then_some(inner)
}

/// Markdown's inline code: a line between backticks.
fn backticks(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('`')?.strip_suffix('`')?;
    (!inner.starts_with('`')).then_some(inner)
}

/// A list item: `- …`, `• …`.
fn bullet(text: &str) -> Option<&str> {
    let inner = ["- ", "+ ", "* ", "• ", "↳ ", "◦ ", "· "]
        .iter()
        .find_map(|mark| text.strip_prefix(mark))?;
    let quoted = inner.trim_matches(['\'', '"']);
    looks_like_plan(quoted).then_some(inner)
}

/// A line of a plan between single quotes, as YAML has it.
fn single_quoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    looks_like_plan(inner).then(|| inner.replace("''", "'"))
}

/// Markdown's other emphasis around a step: `__XN Sort__`, `~~XN Sort~~`.
fn struck(text: &str) -> Option<String> {
    let (at, mark) = ["__", "~~"].iter().find_map(|mark| {
        let at = text.find(&format!("{mark}XN "))?;
        Some((at, *mark))
    })?;
    let rest = &text[at + mark.len()..];
    let rest = rest.strip_suffix(mark).unwrap_or(rest);
    Some(format!("{}{rest}", &text[..at]))
}

/// Drops a terminal's colours.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split("\u{1b}[");
    out.push_str(parts.next().unwrap_or(""));
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        out.push_str(end.map_or(part, |end| &part[end + 1..]));
    }
    out
}

/// `> …` in a mail or a markdown quotation.
fn quoted_reply(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('>')?;
    (inner.starts_with(' ') || inner.is_empty()).then_some(inner)
}

/// Drops markdown's emphasis: asterisks at the edges of words, outside of
/// quotes, that are no `(*)` and no `*SELECT*`.
fn without_emphasis(text: &str) -> String {
    const SELECT: &str = "*SELECT*";
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with(SELECT) {
            out.push_str(SELECT);
            rest = &rest[SELECT.len()..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if matches!(c, '"' | '\'') {
            quoted = !quoted;
        }
        let before = out.chars().last();
        let after = rest.chars().next();
        let at_edge = matches!(before, None | Some(' ') | Some('*'))
            || matches!(after, None | Some(' ') | Some('*'));
        let between_blanks = before == Some(' ') && after == Some(' ');
        if c == '*' && at_edge && !quoted && !between_blanks && before != Some('(') {
            continue;
        }
        out.push(c);
    }
    out
}

/// Drops HTML tags; `<` as an operator stays.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let tag = &rest[open..];
        let name = tag[1..].trim_start_matches('/');
        let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic());
        match tag.find('>').filter(|&end| is_tag && end < 200) {
            Some(end) => rest = &tag[end + 1..],
            None => {
                out.push('<');
                rest = &tag[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Cuts a line of HTML into the lines that a browser shows.
pub(super) fn split_html(line: &str) -> impl Iterator<Item = &str> {
    const ENDS: [&str; 6] = ["</tr>", "</td>", "</li>", "</p>", "<br", "</div>"];
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let cut = ENDS.iter().filter_map(|end| line.find(end)).min();
        match cut {
            Some(at) => {
                rest = Some(&line[at + 1..]).filter(|rest| rest.contains('<'));
                // The tag's own `<` was passed over; what is left of it is dropped below.
                rest = rest.map(|rest| rest.find('>').map_or("", |end| &rest[end + 1..]));
                Some(&line[..at])
            }
            None => {
                rest = None;
                Some(line)
            }
        }
    })
    .filter(|part| !part.trim().is_empty())
}

fn without_entities(text: &str) -> String {
    text.replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}
