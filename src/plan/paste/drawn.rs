//! Trees drawn with strokes: `├── XN Hash`, `|  +- XN Sort`.

/// What strokes are drawn with.
fn is_stroke(c: char) -> bool {
    matches!(
        c,
        ' ' | '|' | '`' | '+' | '\\' | '-' | '>' | '\u{a0}' | '\u{2500}'
            ..='\u{257f}' | '►' | '▸' | '→' | '➔'
    )
}

fn is_branch(text: &str) -> bool {
    ["├", "└", "╰", "┣", "┗", "╠", "╚", "|-", "`-", "+-", "\\-"]
        .iter()
        .any(|branch| text.contains(branch))
}

/// The strokes before a line's words: their length in bytes.
fn strokes(line: &str) -> usize {
    line.find(|c| !is_stroke(c)).unwrap_or(line.len())
}

/// Whether a text holds a step at the end of a branch.
pub(super) fn is_drawn(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Each stroke but those of ASCII begins with the same byte; those end in a dash.
    let found = |needle: &[u8]| {
        memchr::memmem::find_iter(bytes, needle).any(|at| {
            let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
            text.get(start..end).is_some_and(ends_in_step)
        })
    };
    let ascii: [&[u8]; 4] = [b"|-", b"`-", b"+-", b"\\-"];
    let drawn: [&[u8]; 6] = [
        "├".as_bytes(),
        "└".as_bytes(),
        "╰".as_bytes(),
        "┣".as_bytes(),
        "╠".as_bytes(),
        "┗".as_bytes(),
    ];
    ascii.into_iter().chain(drawn).any(found)
}

fn ends_in_step(line: &str) -> bool {
    let (strokes, words) = line.split_at(strokes(line));
    let words = words.trim_start_matches(['*', '_']);
    is_branch(strokes)
        && ["XN ", "S3 ", "LD "]
            .iter()
            .any(|engine| words.starts_with(engine))
}

/// The line's words, their column, and whether they stand at the end of a branch.
pub(super) fn without_strokes(line: &str) -> (usize, bool, &str) {
    let (before, words) = line.split_at(strokes(line));
    let rest = ["• ", "↳ ", "◦ ", "· "]
        .iter()
        .find_map(|bullet| words.strip_prefix(bullet));
    (
        before.chars().count(),
        is_branch(before),
        rest.unwrap_or(words),
    )
}
