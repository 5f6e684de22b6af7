//! Names of queries that stay when a line is added above them.

use crate::advise::{Body, Entry};
use crate::plan::Plan;

/// Characters of a query that name it.
const LENGTH: usize = 60;

/// A name for each entry of a workload: its file where that holds one, else by the label or
/// comment above it, else by how it begins. Two of one name are numbered.
pub(super) fn stable(entries: &[Entry]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = match (&entry.label, &entry.body, several(&entry.name)) {
            (_, _, None) => entry.name.clone(),
            (Some(label), _, Some(file)) => format!("{file}, {label}"),
            (None, Body::Query(text), Some(file)) => format!("{file}, {}", beginning(text)),
            (None, Body::Plan(plan), Some(file)) => format!("{file}, {}", of_plan(plan)),
        };
        let same = names.iter().filter(|known| is_of(known, &name)).count();
        names.push(match same {
            0 => name,
            others => format!("{name} ({})", others + 1),
        });
    }
    names
}

/// Whether a name is this one, or this one numbered.
fn is_of(known: &str, name: &str) -> bool {
    let rest = known.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" (") && rest.ends_with(')'))
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
