//! The columns of a system table that holds plans.

use super::classify;
use crate::plan::line;

/// Which column of the table holds what.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Columns {
    pub names: Vec<String>,
    pub query: Option<usize>,
    pub part: Option<usize>,
    pub node: Option<usize>,
    pub parent: Option<usize>,
    pub text: Option<usize>,
    pub info: Option<usize>,
    pub separator: u8,
}

impl Columns {
    /// Reads a header line; `None` if it isn't one.
    pub fn of(line: &str) -> Option<Self> {
        let separator = [b'|', b'\t', b',']
            .into_iter()
            .find(|&byte| line.as_bytes().contains(&byte))?;
        let names: Vec<String> = line
            .split(char::from(separator))
            .map(|name| name.trim().trim_matches('"').to_ascii_lowercase())
            .collect();
        let find = |options: &[&str]| names.iter().position(|n| options.contains(&n.as_str()));
        let mut columns = Self {
            query: find(&["query", "query_id"]),
            part: find(&["child_query_sequence"]),
            node: find(&["nodeid", "plan_node_id", "node_id"]),
            parent: find(&["parentid", "plan_parent_id", "parent_id"]),
            text: find(&["plannode", "plan_node"]),
            info: find(&["info", "node_info", "plan_info"]),
            separator,
            names,
        };
        // `substring(plannode, …)` and its kin lose the name: the first text
        // column after the numbers is the step, the one after it the detail.
        if columns.text.is_none() {
            let known = [columns.query, columns.part, columns.node, columns.parent];
            let mut rest = (0..columns.names.len()).filter(|&i| {
                !known.contains(&Some(i))
                    && !matches!(columns.names[i].as_str(), "userid" | "user_id")
            });
            columns.text = rest.next();
            columns.info = columns.info.or_else(|| rest.next());
        }
        let has_ids = columns.node.is_some() && columns.parent.is_some();
        (has_ids || (columns.query.is_some() && columns.text.is_some())).then_some(columns)
    }

    /// The columns of a row, where an export has no header: the ids are the last two numbers before
    /// the step.
    pub fn guessed(line: &str) -> Option<Self> {
        let separator = [b'|', b'\t', b',']
            .into_iter()
            .find(|&byte| line.as_bytes().contains(&byte))?;
        let fields: Vec<&str> = line
            .split(char::from(separator))
            .map(|field| field.trim().trim_matches('"').trim())
            .collect();
        let text = fields.iter().position(|field| is_step(field))?;
        let is_id = |field: &&str| !field.is_empty() && field.bytes().all(|b| b.is_ascii_digit());
        let parent = text.checked_sub(1)?;
        let node = text.checked_sub(2)?;
        let with_ids = is_id(&fields[parent]) && is_id(&fields[node]);
        let query = node.checked_sub(1).filter(|&at| is_id(&fields[at]));
        with_ids.then(|| Self {
            query,
            part: None,
            node: Some(node),
            parent: Some(parent),
            text: Some(text),
            info: Some(text + 1),
            separator,
            names: fields.iter().map(|_| String::new()).collect(),
        })
    }

    pub fn is_plan_info(line: &str) -> bool {
        let line = line.to_ascii_lowercase();
        line.contains("plannode") && (line.contains("locus") || line.contains("startupcost"))
    }
}

/// Whether a text is that of a step.
pub(super) fn is_step(text: &str) -> bool {
    let text = classify::node_text(text);
    (text.starts_with("XN ") || text.starts_with("LD ") || text.starts_with("S3 "))
        && line::parse_node(text, true).is_some()
}
