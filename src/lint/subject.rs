//! What a finding is about, in words that stay the same when the file is edited elsewhere:
//! the table and the column, or the text of the statement.

use std::fmt::Write;

use crate::name::TableName;
use crate::rules::Finding;
use crate::sql::{Body, Script, Statement};
use crate::text::SourceFile;
use crate::text::comments::comments;
use crate::text::fingerprint::fingerprint;

/// What a finding in this file is about: `orders.price` where the statement defines `orders`,
/// `orders #3f…` where it does something with it, by its text without comments and layout. A
/// second table that the rule compares with follows an arrow.
pub(super) fn subject(source: &SourceFile, script: &Script, finding: &Finding) -> String {
    let at = finding
        .location
        .as_ref()
        .map_or(0, |place| place.span.start);
    let before = script
        .statements
        .partition_point(|statement| statement.span.start <= at);
    let before = script.statements.iter().take(before);
    let statement = before.rev().find(|statement| at < statement.span.end);
    let named = |key: &str| finding.evidence.text(key);
    let mut out = match statement.and_then(defined) {
        Some(table) => table.to_string(),
        None => {
            let text = statement.and_then(|one| source.text.get(one.span.start..one.span.end));
            let text = text.unwrap_or_else(|| source.line(source.line_column(at).line));
            let hash = fingerprint(&[&normal(text)]);
            match named("table") {
                Some(table) => format!("{table} #{hash}"),
                None => format!("#{hash}"),
            }
        }
    };
    if let Some(column) = &finding.column {
        let _ = write!(out, ".{column}");
    }
    if let Some(other) = named("referred") {
        let _ = write!(out, " → {other}");
    }
    out
}

/// What a syntax error is about: what was expected, and the line without its layout.
pub(super) fn of_error(line: &str, message: &str) -> String {
    format!("{message} #{}", fingerprint(&[&normal(line)]))
}

/// The table or view that a statement defines.
fn defined(statement: &Statement) -> Option<&TableName> {
    match &statement.body {
        Body::CreateTable(create) => Some(&create.name.table),
        Body::CreateView(create) => Some(&create.name.table),
        Body::CreateExternalTable(create) => Some(&create.name.table),
        _ => None,
    }
}

/// A statement without comments, in lower case outside of quotes, with one blank for each run of
/// them.
fn normal(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut at = 0;
    for (start, comment) in comments(sql) {
        plain.push_str(&sql[at..start]);
        plain.push(' ');
        at = start + comment.len();
    }
    plain.push_str(&sql[at..]);
    let mut out = String::with_capacity(plain.len());
    let mut quote = None;
    for c in plain.trim().chars() {
        match quote {
            Some(open) => {
                out.push(c);
                if c == open {
                    quote = None;
                }
            }
            None if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            None => {
                out.extend(c.to_lowercase());
                if matches!(c, '\'' | '"') {
                    quote = Some(c);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn layout_case_and_comments_make_no_other_statement() {
        let one = normal("COPY t FROM 's3://B/x' -- all of it\n  CSV  /* as they come */ GZIP");
        assert_eq!(one, "copy t from 's3://B/x' csv gzip");
        assert_eq!(one, normal("\ncopy  T from 's3://B/x'\n\tcsv gzip "));
        assert_ne!(one, normal("copy t from 's3://b/x' csv gzip"));
        assert_eq!(normal("select 'a  -- b'"), "select 'a  -- b'");
    }
}
