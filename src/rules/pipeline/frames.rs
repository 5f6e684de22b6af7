//! Frames of Spark: the calls of a chain, and whether a frame is what was read.

use crate::pipeline::script::{Call, Script};

/// The calls of the chain that ends in this one.
pub(super) fn chain<'s>(script: &'s Script, end: &Call) -> Vec<&'s Call> {
    let before = script.calls.iter();
    let before = before.filter(|call| call.name == end.name && call.line < end.line);
    let from = before
        .map(|call| call.line)
        .max()
        .map_or(0, |line| line + 1);
    let own = script.calls.iter().filter(|call| {
        let rest = end.name.strip_prefix(call.name.as_str());
        let is_in = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        is_in && (from..=end.line).contains(&call.line)
    });
    own.collect()
}

/// What makes few rows of many, or may.
const NARROWS: &[&str] = &[
    "agg",
    "count",
    "crosstab",
    "describe",
    "distinct",
    "dropDuplicates",
    "filter",
    "first",
    "groupBy",
    "groupby",
    "head",
    "limit",
    "max",
    "min",
    "rollup",
    "sample",
    "sql",
    "sum",
    "summary",
    "take",
    "where",
];

/// Whether a call is made of all that was read: its frame comes from a read, and nothing on the way
/// makes it few rows.
pub(super) fn is_whole_input(script: &Script, call: &Call) -> bool {
    let narrows = |name: &str| name.split('.').skip(1).any(|part| NARROWS.contains(&part));
    let reads = |name: &str| {
        name.contains(".read.")
            || name.contains("create_dynamic_frame")
            || name.contains("create_data_frame")
    };
    if narrows(&call.name) {
        return false;
    }
    if reads(&call.name) {
        return true;
    }
    let mut names: Vec<&str> = call.name.split('.').take(1).collect();
    let (mut at, mut is_read) = (0, false);
    while let Some(name) = names.get(at).copied() {
        at += 1;
        for (_, value) in script.assigned.iter().filter(|(other, _)| other == name) {
            if value.calls.iter().any(|call| narrows(call)) {
                return false;
            }
            is_read |= value.calls.iter().any(|call| reads(call));
            let new = value.names.iter().map(String::as_str);
            let new: Vec<&str> = new.filter(|name| !names.contains(name)).collect();
            names.extend(new);
        }
    }
    is_read
}
