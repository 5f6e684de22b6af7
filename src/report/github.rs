//! Workflow commands that GitHub Actions shows at the lines.

use std::fmt::Write;

use super::failed::Failed;
use super::items::{Item, of_repository};
use crate::rules::Severity;
use crate::text::units::counted;

/// Annotations of a kind that GitHub shows of one step; it drops those that follow.
/// <https://docs.github.com/en/rest/checks/runs>: "10 warning annotations and 10 error annotations
/// per step".
const SHOWN: usize = 10;

/// The kinds of annotations.
const KINDS: [&str; 3] = ["error", "warning", "notice"];

/// One command a finding, after one for each file that could not be read or written: ten of a kind
/// at most, and how many there are beyond.
pub fn render(items: &[Item<'_>], failed: &[Failed]) -> String {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for one in failed {
        let command = if one.fails() { "error" } else { "warning" };
        let text = format!(
            "::{command} file={},title={}::{}",
            property(of_repository(&one.path)),
            one.code(),
            data(&one.message())
        );
        commands.push((command, text));
    }
    for item in items {
        let command = match item.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "notice",
        };
        let text = format!("{}\n{}", item.message, item.remedy);
        let title = match item.code == item.name {
            true => item.code.to_owned(),
            false => format!("{} {}", item.code, item.name),
        };
        let text = format!(
            "::{command} file={},line={},col={},title={}::{}",
            property(of_repository(item.path)),
            item.line,
            item.column,
            property(&title),
            data(text.trim_end())
        );
        commands.push((command, text));
    }
    let mut out = String::new();
    let mut beyond = Vec::new();
    for kind in KINDS {
        let of_kind = || commands.iter().filter(|(command, _)| *command == kind);
        for (_, text) in of_kind().take(SHOWN) {
            let _ = writeln!(out, "{text}");
        }
        match of_kind().count().saturating_sub(SHOWN) {
            0 => {}
            more => beyond.push(counted(more as f64, kind)),
        }
    }
    if !beyond.is_empty() {
        let _ = writeln!(
            out,
            "{} more: GitHub shows {SHOWN} of a kind; the job summary lists them",
            beyond.join(", ")
        );
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
