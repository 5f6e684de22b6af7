//! Lines that a terminal broke at its width, put together again.

use std::borrow::Cow;

use super::classify::{is_open, looks_like_plan};

/// Narrower terminals are not expected.
const NARROWEST: usize = 40;

/// Joins broken lines. Each comes with its 1-based number and how many input
/// lines it took.
///
/// A line that fills the width exactly was broken there if what follows begins
/// as no line of a plan does; a paste that was cut at its right edge has full
/// lines too, but every next line begins anew.
pub(super) fn unwrap(
    text: &str,
    width: usize,
) -> impl Iterator<Item = (usize, Cow<'_, str>, usize)> {
    let mut lines = text.lines().enumerate().peekable();
    std::iter::from_fn(move || {
        let (index, first) = lines.next()?;
        let mut joined = Cow::Borrowed(first);
        let mut taken = 1;
        let mut last = first;
        while width >= NARROWEST && fills(last, width) {
            let Some((_, next)) = lines.peek() else { break };
            if !goes_on(&joined, next) {
                break;
            }
            last = next;
            joined.to_mut().push_str(next);
            taken += 1;
            lines.next();
        }
        Some((index + 1, joined, taken))
    })
}

fn fills(line: &str, width: usize) -> bool {
    // A blank at the break may have been trimmed.
    let length = line.trim_end_matches('\r').len();
    length == width || length + 1 == width
}

/// Whether `next` is the rest of `line`.
fn goes_on(line: &str, next: &str) -> bool {
    let text = line.trim();
    let rest = next.trim();
    if rest.is_empty() {
        return false;
    }
    if is_dangling(text) {
        return true;
    }
    let is_plan = looks_like_plan(text);
    if !is_plan || looks_like_plan(rest) || rest.starts_with("(") && rest.ends_with("rows)") {
        return false;
    }
    let lacks_numbers = is_step(text) && !text.contains("(cost=");
    lacks_numbers || is_open(text) || !is_step(text)
}

fn is_step(text: &str) -> bool {
    let text = text.trim_start_matches("->").trim_start();
    ["XN ", "LD ", "S3 "]
        .iter()
        .any(|engine| text.starts_with(engine))
}

/// Whether a line ends within an arrow or right after it.
fn is_dangling(text: &str) -> bool {
    matches!(
        text,
        "-" | "->" | "->  X" | "->  L" | "->  S" | "->  XN" | "->  LD" | "->  S3"
    )
}
