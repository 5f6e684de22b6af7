//! Findings with their places, as the formats of other tools want them.

use std::collections::HashMap;

use crate::explain::Explanation;
use crate::lint::LintedFile;
use crate::rules::{Finding, Severity};
use crate::text::LineColumn;
use crate::text::fingerprint::fingerprint;

/// One entry of a report for another tool.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    /// The file.
    pub path: &'a str,
    /// 1-based line; for a plan the line of the step.
    pub line: usize,
    /// 1-based column.
    pub column: usize,
    /// `DK101`, or `syntax-error`.
    pub code: &'a str,
    /// `large-broadcast`.
    pub name: &'a str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do, statements included; empty for syntax errors.
    pub remedy: String,
    /// The same for the same finding wherever its line moves, and another for each.
    pub fingerprint: String,
    /// What is replaced to fix it, with the places where it begins and ends.
    pub edits: Vec<(LineColumn, LineColumn, &'a str)>,
}

/// The findings on plans.
pub fn of_plans(explanations: &[Explanation]) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for explanation in explanations {
        let shown = explanation.findings.iter();
        for finding in shown.filter(|finding| finding.standing.is_shown()) {
            let step = finding.node.and_then(|node| explanation.locate(node));
            let line = step.map_or(1, |(plan, id)| plan.plan.node(id).line.max(1));
            let mut item = item(finding, &explanation.name, line, 1);
            item.fingerprint = fingerprint(&[item.code, item.path, &item.message]);
            items.push(item);
        }
    }
    items
}

/// The findings and syntax errors in files.
pub fn of_files(files: &[LintedFile]) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    // What is about the same is told apart by its place among them.
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut unique = |parts: &[&str]| {
        let print = fingerprint(parts);
        let count = seen.entry(print.clone()).or_default();
        *count += 1;
        match *count {
            1 => print,
            n => fingerprint(&[&print, &n.to_string()]),
        }
    };
    for file in files {
        let path = file.path.as_str();
        for error in &file.errors {
            let code = "syntax-error";
            items.push(Item {
                path,
                line: error.location.line,
                column: error.location.column,
                code,
                name: code,
                severity: Severity::Error,
                message: error.message.clone(),
                remedy: String::new(),
                fingerprint: unique(&[code, path, &error.message]),
                edits: Vec::new(),
            });
        }
        for (line, message) in &file.unknown_ignores {
            let code = "unknown-rule";
            items.push(Item {
                path,
                line: *line,
                column: 1,
                code,
                name: code,
                severity: Severity::Error,
                message: message.clone(),
                remedy: String::new(),
                fingerprint: unique(&[code, path, message]),
                edits: Vec::new(),
            });
        }
        for finding in &file.findings {
            let place = finding.location.as_ref();
            let (line, column) = place.map_or((1, 1), |l| (l.line, l.column));
            let mut item = item(finding, path, line, column);
            item.fingerprint = unique(&[item.code, path, &finding.subject]);
            let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
            item.edits = edits
                .filter_map(|edit| {
                    let place = |offset| file.places.get(&offset).copied();
                    let (start, end) = (place(edit.span.start)?, place(edit.span.end)?);
                    Some((start, end, edit.text.as_str()))
                })
                .collect();
            items.push(item);
        }
    }
    items
}

/// A path as a tool takes it that knows the files of a repository by theirs: from its root on, and
/// without a leading `./`, by which GitHub and GitLab find no file.
pub(super) fn of_repository(path: &str) -> &str {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}

fn item<'a>(finding: &'a Finding, path: &'a str, line: usize, column: usize) -> Item<'a> {
    let mut remedy = finding.remedy.text.clone().into_owned();
    for sql in &finding.remedy.sql {
        remedy.push('\n');
        remedy.push_str(sql.as_str());
    }
    Item {
        path,
        line,
        column,
        code: finding.code,
        name: finding.name,
        severity: finding.severity,
        message: finding.message.clone(),
        remedy,
        fingerprint: String::new(),
        edits: Vec::new(),
    }
}
