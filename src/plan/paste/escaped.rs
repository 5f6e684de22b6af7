//! Plans within a string whose line ends are written `\n`, as JSON and logs have them.

use std::borrow::Cow;

/// Strings within strings are not looked for any deeper.
const NESTED: usize = 3;

/// The text with such line ends turned into real ones, and the input line of each line; `None`
/// where there are none.
pub(super) fn expand(text: &str) -> Option<(String, Vec<usize>)> {
    let bytes = text.as_bytes();
    let mut ends = memchr::memmem::find_iter(bytes, b"\\n");
    if !ends.any(|at| follows_plan(bytes, at)) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut whole = Cow::Borrowed(line);
        for _ in 0..NESTED {
            let mut ends = memchr::memmem::find_iter(whole.as_bytes(), b"\\n");
            if !is_plan(&whole) || !ends.any(|at| follows_plan(whole.as_bytes(), at)) {
                break;
            }
            whole = Cow::Owned(unescaped(&whole));
        }
        for part in whole.lines() {
            out.push_str(part);
            out.push('\n');
            lines.push(index + 1);
        }
    }
    Some((out, lines))
}

/// Whether the line end stands after a step or a condition, or before one.
fn follows_plan(bytes: &[u8], at: usize) -> bool {
    let before = bytes[..at].iter().rev().find(|byte| **byte != b'\\');
    let after = bytes[at + 2..].trim_ascii_start();
    before == Some(&b')') || after.starts_with(b"->") || after.starts_with(b"XN ")
}

fn is_plan(line: &str) -> bool {
    ["XN ", "LD ", "S3 "]
        .iter()
        .any(|engine| line.contains(engine))
}

/// A string within quotes ends at them; what stands after it is a line of its own.
fn unescaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let quote = opening_quote(line);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => {}
                Some('u') => out.push(letter(&mut chars)),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            c if Some(c) == quote && is_plan(&out) => out.push('\n'),
            c => out.push(c),
        }
    }
    out
}

/// The letter of `\u0041`, behind its `u`.
fn letter(chars: &mut std::str::Chars<'_>) -> char {
    let code = chars.as_str().get(..4);
    let letter = code.and_then(|code| u32::from_str_radix(code, 16).ok());
    match letter.and_then(char::from_u32) {
        Some(letter) => {
            chars.nth(3);
            letter
        }
        None => 'u',
    }
}

/// The quote before the plan, if it stands within one that no backslash guards.
fn opening_quote(line: &str) -> Option<char> {
    let end = line.find("\\n")?;
    let start = ["XN ", "LD ", "S3 "]
        .iter()
        .filter_map(|engine| line[..end].find(engine))
        .min()?;
    let before = line[..start].trim_end();
    let quote = before
        .chars()
        .next_back()
        .filter(|c| matches!(c, '"' | '\''))?;
    let guarded = before[..before.len() - 1].ends_with('\\');
    (!guarded).then_some(quote)
}
