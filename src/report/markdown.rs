//! Findings in Markdown, for a ticket, a merge request or the summary of a job.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::failed::Failed;
use super::items::Item;
use crate::rules::Severity;

/// A table of the rules, and one of the findings with this many rows at most; `totals` stand above
/// them.
pub fn render(totals: &str, items: &[Item<'_>], failed: &[Failed], rows: usize) -> String {
    let mut out = String::from("## distkey\n\n");
    let totals: Vec<&str> = totals.lines().map(str::trim).collect();
    if !totals.is_empty() {
        let _ = writeln!(out, "{}\n", text(&totals.join("; ")));
    }
    for one in failed.iter().filter(|one| one.fails()) {
        let _ = writeln!(out, "- {}: {}", code(&one.path), text(&one.message()));
    }
    if failed.iter().any(Failed::fails) {
        out.push('\n');
    }
    let mut rules: BTreeMap<(std::cmp::Reverse<Severity>, &str, &str), usize> = BTreeMap::new();
    for item in items {
        let key = (std::cmp::Reverse(item.severity), item.code, item.name);
        *rules.entry(key).or_default() += 1;
    }
    if rules.is_empty() {
        out.push_str("No findings.\n");
        return out;
    }
    out.push_str("| severity | rule | | findings |\n|---|---|---|---:|\n");
    for ((severity, rule, name), count) in &rules {
        let name = if rule == name { "" } else { name };
        let _ = writeln!(out, "| {} | {rule} | {name} | {count} |", severity.0);
    }
    if rows == 0 {
        return out;
    }
    out.push_str("\n| place | rule | finding | what to do |\n|---|---|---|---|\n");
    for item in items.iter().take(rows) {
        let _ = writeln!(
            out,
            "| {} | {} {} | {} | {} |",
            code(&format!("{}:{}", item.path, item.line)),
            item.severity,
            item.code,
            text(&item.message),
            text(item.remedy.lines().next().unwrap_or_default())
        );
    }
    if items.len() > rows {
        let _ = writeln!(out, "\n{} more are not shown.", items.len() - rows);
    }
    out
}

/// A text in a cell: in one line, with nothing that ends the cell or begins HTML outside of code.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for c in text.chars() {
        in_code ^= c == '`';
        match c {
            '|' => out.push_str("\\|"),
            '<' if !in_code => out.push_str("&lt;"),
            '\n' => out.push(' '),
            '\r' => {}
            c => out.push(c),
        }
    }
    out
}

/// A text as code; a backtick in it would end it.
fn code(of: &str) -> String {
    format!("`{}`", text(of).replace('`', "'"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_would_end_a_cell_is_escaped() {
        assert_eq!(super::text("a | b\n<i> `<x>`"), "a \\| b &lt;i> `<x>`");
        assert_eq!(super::code("a`b|c.sql"), "`a'b\\|c.sql`");
    }
}
