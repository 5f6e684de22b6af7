//! Steps whose engine somebody left out, in a text that is Redshift's by its labels:
//! `├── Hash Join DS_BCAST_INNER`.

use std::borrow::Cow;

use memchr::memmem;

use super::classify::arrow;
use super::drawn;
use crate::plan::line;

/// What every label begins with.
const LABEL: &[u8] = b" DS_";

/// The text with `XN` before each step that names no engine, where a join does so and has one of
/// Redshift's labels: no other database prints those. Lines stay where they are.
pub(super) fn named(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_bare_join = |at: usize| {
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
        text.get(start..end)
            .is_some_and(|line| bare(line).is_some())
    };
    if !memmem::find_iter(bytes, LABEL).any(is_bare_join) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        match bare(line) {
            Some(at) => {
                out.push_str(&line[..at]);
                out.push_str("XN ");
                out.push_str(&line[at..]);
            }
            None => out.push_str(line),
        }
    }
    Cow::Owned(out)
}

/// Where a step without an engine begins on a line: behind strokes, the number of an item or an
/// arrow.
fn bare(line: &str) -> Option<usize> {
    let (.., words) = drawn::without_strokes(line);
    let words = words.trim_start_matches(|c: char| c.is_ascii_digit() || c == ')' || c == '.');
    let words = words.trim_start();
    let words = arrow(words).map_or(words, |length| words[length..].trim_start());
    is_step(words.trim_end()).then(|| line.len() - words.len())
}

/// Whether words are those of a step that Redshift is known to print, and nothing else: prose may
/// begin with `Sort` as well.
fn is_step(words: &str) -> bool {
    line::begins_with_operator(words)
        && line::parse_detail(words).is_none()
        && line::parse_node(&format!("XN {words}"), false)
            .is_some_and(|parsed| parsed.remark.is_empty() && parsed.tail.is_empty())
}
