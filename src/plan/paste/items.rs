//! Numbered items of a list of steps.

use super::classify::looks_like_plan;

/// An item's number before the line — `3. `, `[3] `, `Step 3 of 9: ` —, and whether the rest stands
/// in a column of its own whatever the number's width.
pub(super) fn item(text: &str) -> Option<(&str, bool)> {
    let bare = text.trim_start_matches(['*', '[', '(', '#']);
    let word = ["step", "line", "node", "operation"].iter().find(|word| {
        let start = bare.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    });
    let rest = bare[word.map_or(0, |word| word.len())..].trim_start_matches([' ', '#']);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > 6 {
        return None;
    }
    let rest = without_total(&rest[digits..]);
    let marked = rest.trim_start_matches(['*', ']', ')', '.', ':']);
    let has_mark = marked.len() < rest.len() || word.is_some() || bare.len() < text.len();
    let after = marked.trim_start();
    let (inner, aligned, has_mark) = match (rest.strip_prefix('\t'), after.chars().next()) {
        (Some(inner), _) => (inner, false, true),
        (None, Some('|' | '│')) => (after.trim_start_matches(['|', '│']), false, true),
        (None, Some(dash @ ('-' | '–' | '—')))
            if has_mark && after[dash.len_utf8()..].starts_with(' ') =>
        {
            (&after[dash.len_utf8()..], false, true)
        }
        _ => (marked, !has_mark, has_mark),
    };
    let names_step = || {
        ["XN ", "LD ", "S3 "]
            .iter()
            .any(|engine| inner.contains(engine))
    };
    let parted = inner.starts_with([' ', '\t']) || rest.starts_with('\t');
    let is_step = || has_mark && parted && names_step();
    (looks_like_plan(inner) || is_step()).then_some((inner, aligned))
}

/// Whether the first line that names a step is the item of a list: what people put before some of
/// the steps makes none.
pub(super) fn is_listed(text: &str) -> bool {
    let at = memchr::memmem::find(text.as_bytes(), b"XN ");
    let start =
        at.map(|at| memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1));
    let line = start.and_then(|start| text[start..].lines().next());
    line.is_some_and(|line| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '>'));
        item(line).is_some()
    })
}

/// `/9` or ` of 9` behind an item's number.
fn without_total(text: &str) -> &str {
    let total = text.strip_prefix('/').or_else(|| text.strip_prefix(" of "));
    match total {
        Some(total) if total.starts_with(|c: char| c.is_ascii_digit()) => {
            total.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => text,
    }
}
