//! One line a finding, for a terminal, an editor or `grep`.

use std::fmt::Write;

use super::items::Item;
use super::terminal::severity_style;

/// `a.sql:3:9: warning DK212 money-in-float: message`.
pub fn render(items: &[Item<'_>]) -> String {
    let mut out = String::new();
    for item in items {
        let style = severity_style(item.severity);
        let name = match item.code == item.name {
            true => item.code.to_owned(),
            false => format!("{} {}", item.code, item.name),
        };
        let _ = writeln!(
            out,
            "{}:{}:{}: {style}{}{style:#} {name}: {}",
            item.path,
            item.line,
            item.column,
            item.severity,
            item.message.replace('\n', " ")
        );
    }
    out
}
