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
    let on_line_of_step = |at: usize| {
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end);
        text.get(start..end).is_some_and(ends_in_step)
    };
    let dash = |at: &usize| bytes.get(at + 1) == Some(&b'-');
    let ascii = memchr::memchr3_iter(b'|', b'`', b'\\', bytes).filter(dash);
    let plus = memchr::memchr_iter(b'+', bytes).filter(dash);
    // Box-drawing letters share their first two bytes.
    let light = memchr::memmem::find_iter(bytes, &[0xE2, 0x94]);
    let heavy = memchr::memmem::find_iter(bytes, &[0xE2, 0x95]);
    ascii
        .chain(plus)
        .chain(light)
        .chain(heavy)
        .any(on_line_of_step)
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
