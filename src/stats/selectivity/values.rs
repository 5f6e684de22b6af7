//! How values of a column compare, as statistics and literals have them.

use std::cmp::Ordering;

use serde_json::Value;

use crate::stats::number_of_text;

use super::{Edge, Known};

impl Known<'_> {
    /// Whether a value lies between two edges.
    pub(super) fn holds(
        &self,
        value: &str,
        low: Option<Edge<'_>>,
        high: Option<Edge<'_>>,
    ) -> Option<bool> {
        let fits = |edge: Option<Edge<'_>>, outside: Ordering| -> Option<bool> {
            let Some(edge) = edge else { return Some(true) };
            Some(match self.compare(value, edge.value)? {
                Ordering::Equal => edge.inclusive,
                found => found != outside,
            })
        };
        Some(fits(low, Ordering::Less)? && fits(high, Ordering::Greater)?)
    }

    /// The order of two values of the column.
    pub(super) fn compare(&self, a: &str, b: &str) -> Option<Ordering> {
        match self.text {
            true => Some(a.as_bytes().cmp(b.as_bytes())),
            false => number_of_text(a)?.partial_cmp(&number_of_text(b)?),
        }
    }

    /// Whether a statistic is the value that a literal means.
    pub(super) fn same(&self, known: &Value, literal: &str) -> bool {
        let known = text_of(known);
        if self.text {
            // CHAR is padded with blanks that don't count.
            return known.trim_end() == literal.trim_end();
        }
        let truth = |text: &str| match text.to_ascii_lowercase().as_str() {
            "t" | "true" => Some(true),
            "f" | "false" => Some(false),
            _ => None,
        };
        match (number_of_text(&known), number_of_text(literal)) {
            (Some(known), Some(literal)) => known == literal,
            _ => match (truth(&known), truth(literal)) {
                (Some(known), Some(literal)) => known == literal,
                _ => known == literal,
            },
        }
    }
}

/// A statistic as text.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The least text above all that begin with this one; `None` where there is none.
pub(super) fn successor(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}
