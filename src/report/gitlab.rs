//! GitLab's code quality report.

use serde_json::{Value, json};

use super::items::Item;
use crate::rules::Severity;

/// The report: one entry a finding.
pub fn render(items: &[Item<'_>]) -> Value {
    items.iter().map(entry).collect()
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
        "fingerprint": fingerprint(item),
        "severity": severity,
        "location": {"path": item.path, "lines": {"begin": item.line}},
    })
}

/// The same for the same finding wherever its line moves: FNV-1a of rule, file
/// and message.
fn fingerprint(item: &Item<'_>) -> String {
    let bytes = [item.code, item.path, &item.message];
    let hash = bytes
        .iter()
        .flat_map(|text| text.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
