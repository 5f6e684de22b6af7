//! GitLab's code quality report.

use serde_json::{Value, json};

use super::failed::Failed;
use super::items::{Item, of_repository};
use crate::rules::Severity;
use crate::text::fingerprint::fingerprint;

/// The report: one entry a finding, after one for each file that could not be read
/// or written.
pub fn render(items: &[Item<'_>], failed: &[Failed]) -> Value {
    let failed = failed.iter().map(undone);
    failed.chain(items.iter().map(entry)).collect()
}

fn undone(failed: &Failed) -> Value {
    json!({
        "description": failed.message(),
        "check_name": failed.code(),
        "fingerprint": fingerprint(&[failed.code(), &failed.path, &failed.reason]),
        "severity": if failed.fails() { "blocker" } else { "info" },
        "location": {"path": of_repository(&failed.path), "lines": {"begin": 1}},
    })
}

fn entry(item: &Item<'_>) -> Value {
    let severity = match item.severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Hint => "info",
    };
    json!({
        "description": item.message,
        "check_name": item.code,
        "fingerprint": item.fingerprint,
        "severity": severity,
        "location": {"path": of_repository(item.path), "lines": {"begin": item.line}},
    })
}
