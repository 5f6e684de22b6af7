//! The parts of a migration that take it back, and run only then: told by the marks that its tool reads
//! itself.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::Span;

/// `-- migrate:down` of dbmate, `-- +goose Down` of goose, `-- +migrate Down` of sql-migrate: each at the
/// start of a line, where the tools take it.
static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?im)^[ \t]*--[ \t]*(?:migrate:|\+(?:goose|migrate)[ \t]+)(?<way>up|down)\b").ok()
});

/// Words of which each mark has one: most texts are done with after this.
const WORDS: [&[u8]; 3] = [b"migrate:", b"+goose", b"+migrate"];

/// The parts of a text that take back what the others do.
pub(super) struct Undone(Vec<Span>);

impl Undone {
    /// From each mark for the way down to the next one for the way up.
    pub fn of(text: &str) -> Self {
        let has = |word: &&[u8]| memchr::memmem::find(text.as_bytes(), word).is_some();
        if !WORDS.iter().any(has) {
            return Self(Vec::new());
        }
        let marks = MARK.iter().flat_map(|mark| mark.captures_iter(text));
        let mut parts = Vec::new();
        let mut down = None;
        for mark in marks {
            let start = mark.get(0).map_or(0, |all| all.start());
            let is_down = mark
                .name("way")
                .is_some_and(|way| way.as_str().eq_ignore_ascii_case("down"));
            match (is_down, down) {
                (true, None) => down = Some(start),
                (false, Some(from)) => {
                    parts.push(Span::new(from, start));
                    down = None;
                }
                _ => {}
            }
        }
        parts.extend(down.map(|from| Span::new(from, text.len())));
        Self(parts)
    }

    /// Whether what begins at an offset stands in one of them.
    pub fn has(&self, at: usize) -> bool {
        let before = self.0.partition_point(|part| part.start <= at);
        let part = before.checked_sub(1).and_then(|last| self.0.get(last));
        part.is_some_and(|part| at < part.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a text that stand in its undone parts.
    fn undone(text: &str) -> String {
        let undone = Undone::of(text);
        let words = ["one", "two", "three", "four"];
        let words = words.into_iter().filter(|word| {
            let at = text.find(word).expect("a word");
            undone.has(at)
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_tool_marks_the_way_back_in_its_own_words() {
        for (text, expected) in [
            ("one two three four", ""),
            (
                "-- migrate:up\none; two;\n-- migrate:down\nthree; four;",
                "three four",
            ),
            (
                "-- migrate:down transaction:false\none;\n-- migrate:up\ntwo; three; four;",
                "one",
            ),
            (
                "-- +goose Up\none;\n-- +goose Down\ntwo;\n-- +goose Up\nthree;\n-- +goose Down\nfour;",
                "two four",
            ),
            (
                "-- +goose up\none; two;\n--  +goose DOWN\nthree; four;",
                "three four",
            ),
            (
                "-- +migrate Up\none;\n-- +migrate Down notransaction\ntwo; three; four;",
                "two three four",
            ),
            // In the middle of a line or of another word it is no mark.
            ("one; -- migrate:down\ntwo; three; four;", ""),
            ("-- migrate:downtown\none; two; three; four;", ""),
            ("-- see `-- +goose Down` below\none; two; three; four;", ""),
            (
                "-- migrate:down\n-- migrate:down\none; two; three; four;",
                "one two three four",
            ),
        ] {
            assert_eq!(undone(text), expected, "{text}");
        }
    }
}
