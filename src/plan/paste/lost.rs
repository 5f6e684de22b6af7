//! Lines that hold the numbers of a step and were read as something else.

use std::sync::LazyLock;

use regex::Regex;

use super::Last;
use super::classify::Class;
use crate::plan::DetailKind;

/// The numbers of a step, as against a condition on a column `cost`.
static NUMBERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\(cost=\s*[0-9][0-9,]*(\.[0-9]*)?\.\.").ok());

/// Whether a line has a step's numbers and became no step, nor the numbers of one.
pub(super) fn loses_step(class: &Class<'_>, text: &str, last: Option<&Last>) -> bool {
    match class {
        Class::Unrecognized => text.contains("(cost="),
        Class::Node(found) => has_numbers(&found.tail),
        Class::Continuation if matches!(last, Some(Last::Node)) => {
            text.matches("(cost=").count() > 1
        }
        // A literal in a condition may hold anything.
        Class::Detail(detail) => detail.kind == DetailKind::Other && has_numbers(detail.text()),
        Class::Continuation | Class::Notice(_) | Class::Decoration | Class::Dump => {
            has_numbers(text)
        }
    }
}

fn has_numbers(text: &str) -> bool {
    text.contains("(cost=")
        && NUMBERS
            .as_ref()
            .is_some_and(|numbers| numbers.is_match(text))
}
