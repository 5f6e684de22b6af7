//! SARIF 2.1.0, as code scanning reads it.

use std::path::{Component, Path};

use serde_json::{Value, json};

use super::failed::Failed;
use super::items::Item;
use crate::rules::{self, Severity};
use crate::text::files::{real_folder, real_path};

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
    let mut result = json!({
        "ruleId": item.code,
        "level": level(item.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": artifact(item.path),
            "region": {"startLine": item.line, "startColumn": item.column},
        }}],
        "partialFingerprints": {"distkey/v1": item.fingerprint},
    });
    if !item.edits.is_empty() {
        let replacements = item.edits.iter().map(|(start, end, text)| {
            json!({
                "deletedRegion": {
                    "startLine": start.line, "startColumn": start.column,
                    "endLine": end.line, "endColumn": end.column,
                },
                "insertedContent": {"text": text},
            })
        });
        result["fixes"] = json!([{
            "description": {"text": item.remedy.lines().next().unwrap_or_default()},
            "artifactChanges": [{
                "artifactLocation": artifact(item.path),
                "replacements": replacements.collect::<Vec<_>>(),
            }],
        }]);
    }
    result
}

fn notification(failed: &Failed) -> Value {
    json!({
        "descriptor": {"id": failed.code()},
        "level": if failed.fails() { "error" } else { "warning" },
        "message": {"text": failed.message()},
        "locations": [{"physicalLocation": {"artifactLocation": artifact(&failed.path)}}],
    })
}

/// A file: relative to the current folder, which is the root of the sources to the reader, or else
/// by its whole address.
fn artifact(path: &str) -> Value {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(path);
    // Without `.` and `..`, as far as no link is in the way.
    let whole =
        match path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
            true => real_path(path),
            false => path.to_owned(),
        };
    let inside = match whole.is_absolute() {
        true => whole.strip_prefix(real_folder(&here)).ok(),
        false => Some(whole.as_path()),
    };
    match inside {
        Some(inside) => json!({"uri": uri(inside), "uriBaseId": "%SRCROOT%"}),
        None => json!({"uri": format!("file:///{}", uri(&whole))}),
    }
}

/// The parts of a path with `/` between them, and with `%` before what has a meaning in an address
/// (RFC 3986, 3.3).
fn uri(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
        Component::ParentDir => Some("..".to_owned()),
        _ => None,
    });
    let encoded = parts.map(|part| {
        part.bytes().fold(String::new(), |mut out, byte| {
            match byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=@".contains(&byte) {
                true => out.push(char::from(byte)),
                false => out.push_str(&format!("%{byte:02X}")),
            }
            out
        })
    });
    encoded.collect::<Vec<_>>().join("/")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}
