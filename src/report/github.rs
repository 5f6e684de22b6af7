//! Workflow commands that GitHub Actions shows at the lines.

use std::fmt::Write;

use super::failed::Failed;
use super::items::Item;
use crate::rules::Severity;

/// One command a finding, after one for each file that could not be read or written.
pub fn render(items: &[Item<'_>], failed: &[Failed]) -> String {
    let mut out = String::new();
    for one in failed {
        let _ = writeln!(
            out,
            "::{} file={},title={}::{}",
            if one.fails() { "error" } else { "warning" },
            property(&one.path),
            one.code(),
            data(&one.message())
        );
    }
    for item in items {
        let command = match item.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "notice",
        };
        let text = format!("{}\n{}", item.message, item.remedy);
        let _ = writeln!(
            out,
            "::{command} file={},line={},col={},title={}::{}",
            property(item.path),
            item.line,
            item.column,
            property(&format!("{} {}", item.code, item.name)),
            data(text.trim_end())
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
