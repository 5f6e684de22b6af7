//! Names of queries that stay when a line is added above them.

use std::collections::HashMap;

use crate::advise::{Body, Entry};
use crate::plan::Plan;

/// Characters of a query that name it.
const LENGTH: usize = 60;

/// A name for each entry of a workload, by that which the entry has: its file where that holds
/// one, else by the label or comment above it, else by how it begins. Two of one name are numbered.
pub(super) fn stable(entries: &[Entry]) -> HashMap<&str, String> {
    let mut used: HashMap<String, usize> = HashMap::new();
    let mut names = HashMap::with_capacity(entries.len());
    for entry in entries {
        let name = match (&entry.label, &entry.body, several(&entry.name)) {
            (_, _, None) => entry.name.clone(),
            (Some(label), _, Some(file)) => format!("{file}, {label}"),
            (None, Body::Query(text), Some(file)) => format!("{file}, {}", beginning(text)),
            (None, Body::Plan(plan), Some(file)) => format!("{file}, {}", of_plan(plan)),
        };
        let times = used.entry(name.clone()).or_default();
        *times += 1;
        let name = match *times {
            1 => name,
            times => format!("{name} ({times})"),
        };
        names.insert(entry.name.as_str(), name);
    }
    names
}

/// The file of an entry that is one of several in it: what stands before `:12` or `#2`.
fn several(name: &str) -> Option<&str> {
    let (file, at) = name.rsplit_once([':', '#'])?;
    at.bytes().all(|b| b.is_ascii_digit()).then_some(file)
}

/// How a query begins, on one line. `: ` ends a name, and so does not stand in one.
fn beginning(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ").replace(": ", ":");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{} …", line[..end].trim_end()),
        None => line,
    }
}

fn of_plan(plan: &Plan) -> String {
    let root = plan
        .roots()
        .next()
        .map(|node| node.operator.name().into_owned());
    let mut tables: Vec<String> = Vec::new();
    for table in plan.nodes.iter().filter_map(|node| node.table_name()) {
        let table = table.to_string();
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    let root = root.unwrap_or_default();
    format!("{root} of {}", tables.join(", "))
}
