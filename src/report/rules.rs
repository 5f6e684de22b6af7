//! The documentation of rules, from their doc comments.

use std::fmt::Write;

use serde::Serialize;

use crate::rules::{self, Family, RuleInfo};

/// One rule as Markdown; `level` is the depth of its heading.
pub fn one(rule: &RuleInfo, level: usize) -> String {
    let mut out = String::new();
    let marks = "#".repeat(level);
    let _ = writeln!(out, "{marks} {} {}\n", rule.code, rule.name);
    let _ = writeln!(out, "Severity: {}\n", rule.severity);
    for line in rule.markdown().lines() {
        let line = line.trim_end();
        match line.strip_prefix("## ") {
            Some(heading) => {
                let _ = writeln!(out, "{marks}# {heading}");
            }
            None => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

/// All rules by family: the content of `docs/rules.md`.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Rules\n\nWritten by `distkey rule --all`; a test keeps it current. The examples are run by the \
         tests: each one raises its rule, and what to use instead does not.\n",
    );
    let families = [
        (Family::Plan, "Query plans"),
        (Family::Schema, "Table definitions and loads"),
        (Family::Workload, "Workload and recommendation"),
        (Family::Pipeline, "Pipeline"),
    ];
    let all = rules::all();
    for (family, title) in families {
        let of_family: Vec<&RuleInfo> = all.iter().filter(|rule| rule.family == family).collect();
        if of_family.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "\n## {title}\n\n| code | name | severity | what it does |\n|---|---|---|---|"
        );
        for rule in &of_family {
            let summary = rule.summary().replace('|', "\\|");
            let _ = writeln!(
                out,
                "| {} | {} | {} | {summary} |",
                rule.code, rule.name, rule.severity
            );
        }
        for rule in &of_family {
            out.push('\n');
            out.push_str(&one(rule, 3));
        }
    }
    out
}

/// A rule as JSON.
#[derive(Debug, Serialize)]
pub struct Document {
    code: &'static str,
    name: &'static str,
    severity: String,
    summary: String,
    url: Option<&'static str>,
    /// Markdown.
    documentation: String,
}

/// A rule with its documentation.
pub fn document(rule: &RuleInfo) -> Document {
    Document {
        code: rule.code,
        name: rule.name,
        severity: rule.severity.to_string(),
        summary: rule.summary(),
        url: rule.url(),
        documentation: one(rule, 1),
    }
}
