//! Workflow commands that GitHub Actions shows at the lines.

use std::fmt::Write;

use super::items::Item;
use crate::rules::Severity;

/// One command a finding.
pub fn render(items: &[Item<'_>]) -> String {
    let mut out = String::new();
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
