//! SARIF 2.1.0, as code scanning reads it.

use serde_json::{Value, json};

use super::failed::Failed;
use super::items::Item;
use crate::rules::{self, Severity};

/// The log with one run; what could not be read or written makes it unsuccessful.
pub fn render(items: &[Item<'_>], failed: &[Failed]) -> Value {
    let rules: Vec<Value> = rules::all()
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.summary()},
                "helpUri": rule.url(),
                "help": {"text": rule.markdown(), "markdown": rule.markdown()},
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        })
        .collect();
    let results: Vec<Value> = items.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "distkey",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": !failed.iter().any(Failed::fails),
                "toolExecutionNotifications": failed.iter().map(notification).collect::<Vec<_>>(),
            }],
            "results": results,
        }],
    })
}

fn result(item: &Item<'_>) -> Value {
    let text = match item.remedy.is_empty() {
        true => item.message.clone(),
        false => format!("{}\n{}", item.message, item.remedy),
    };
    json!({
        "ruleId": item.code,
        "level": level(item.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": item.path.replace('\\', "/")},
            "region": {"startLine": item.line, "startColumn": item.column},
        }}],
    })
}

fn notification(failed: &Failed) -> Value {
    json!({
        "descriptor": {"id": failed.code()},
        "level": if failed.fails() { "error" } else { "warning" },
        "message": {"text": failed.message()},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": failed.path.replace('\\', "/")},
        }}],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}
