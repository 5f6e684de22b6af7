//! Findings with their places, as the formats of other tools want them.

use crate::explain::Explanation;
use crate::lint::LintedFile;
use crate::rules::{Finding, Severity};

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
}

/// The findings on plans.
pub fn of_plans(explanations: &[Explanation]) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for explanation in explanations {
        let shown = explanation.findings.iter();
        for finding in shown.filter(|finding| finding.standing.is_shown()) {
            let step = finding.node.and_then(|node| explanation.locate(node));
            let line = step.map_or(1, |(plan, id)| plan.plan.node(id).line.max(1));
            items.push(item(finding, &explanation.name, line, 1));
        }
    }
    items
}

/// The findings and syntax errors in files.
pub fn of_files(files: &[LintedFile]) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    for file in files {
        let path = file.path.as_str();
        for error in &file.errors {
            items.push(Item {
                path,
                line: error.location.line,
                column: error.location.column,
                code: "syntax-error",
                name: "syntax-error",
                severity: Severity::Error,
                message: error.message.clone(),
                remedy: String::new(),
            });
        }
        for (line, message) in &file.unknown_ignores {
            items.push(Item {
                path,
                line: *line,
                column: 1,
                code: "unknown-rule",
                name: "unknown-rule",
                severity: Severity::Hint,
                message: message.clone(),
                remedy: String::new(),
            });
        }
        for finding in &file.findings {
            let place = finding
                .location
                .as_ref()
                .map_or((1, 1), |l| (l.line, l.column));
            items.push(item(finding, path, place.0, place.1));
        }
    }
    items
}

fn item<'a>(finding: &'a Finding, path: &'a str, line: usize, column: usize) -> Item<'a> {
    let mut remedy = finding.remedy.text.clone();
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
    }
}
