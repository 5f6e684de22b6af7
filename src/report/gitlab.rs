//! GitLab's code quality report.

use serde_json::{Value, json};

use super::failed::Failed;
use super::items::Item;
use crate::rules::Severity;

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
        "fingerprint": fingerprint(failed.code(), &failed.path, &failed.reason),
        "severity": if failed.fails() { "blocker" } else { "info" },
        "location": {"path": failed.path, "lines": {"begin": 1}},
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
        "fingerprint": fingerprint(item.code, item.path, &item.message),
        "severity": severity,
        "location": {"path": item.path, "lines": {"begin": item.line}},
    })
}

/// The same for the same finding wherever its line moves: FNV-1a of rule, file
/// and message.
fn fingerprint(code: &str, path: &str, message: &str) -> String {
    let bytes = [code, path, message];
    let hash = bytes
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
