//! What is told of the place under the mouse: a finding's rule in short, a table's keys and columns;
//! of a query the plan that it would get, which is made beside the others.

use std::fmt::Write;

use super::lexer::{Token, statement, tokens};
use super::names::{Meant, meant};
use crate::environment::Environment;
use crate::explain::{Settings, WhatIf, explain_script};
use crate::report::text;
use crate::rules::{self, Finding};
use crate::schema::{Column, Schema, Table};
use crate::stats::Stats;
use crate::text::SourceFile;
use crate::text::units::count;

/// Lines of a plan that are shown.
const LINES: usize = 60;
/// Columns of a table that are shown.
const COLUMNS: usize = 60;
/// Bytes of a statement that is planned.
const LONGEST: usize = 100_000;

/// The rule of a finding in short.
pub(super) fn of_finding(finding: &Finding) -> String {
    let mut out = format!(
        "**{} {}** ({})\n\n{}\n",
        finding.code, finding.name, finding.severity, finding.message
    );
    if !finding.remedy.text.is_empty() {
        let _ = write!(out, "\n→ {}\n", finding.remedy.text);
    }
    if !finding.remedy.sql.is_empty() {
        let sql = finding.remedy.sql.iter().map(|sql| sql.as_str());
        let _ = write!(
            out,
            "\n```sql\n{}\n```\n",
            sql.collect::<Vec<_>>().join("\n")
        );
    }
    if let Some(rule) = rules::find(finding.code) {
        let _ = write!(out, "\n{}", rule.summary());
    }
    if let Some(url) = finding.url {
        let _ = write!(out, " [AWS's documentation]({url})");
    }
    out
}

/// What is known of the table or column under the cursor, and where its name stands.
pub(super) fn of_name(
    text: &str,
    offset: usize,
    schema: &Schema,
    stats: Option<&Stats>,
) -> Option<(String, usize, usize)> {
    let (found, start, end) = meant(text, offset, schema)?;
    let told = match found {
        Meant::Table(table) => of_table(table, stats),
        Meant::Column(table, column) => of_column(table, column),
    };
    Some((told, start, end))
}

fn column_words(column: &Column) -> String {
    let mut words = format!("{} {}", column.name, column.data_type);
    if let Some(encoding) = column.encoding {
        let _ = write!(words, " ENCODE {encoding}");
    }
    if column.not_null {
        words.push_str(" NOT NULL");
    }
    words
}

fn of_table(table: &Table, stats: Option<&Stats>) -> String {
    let mut out = format!(
        "**{}** DISTSTYLE {}, SORTKEY {}",
        table.name, table.dist_style, table.sort_key
    );
    if !table.primary_key.is_empty() {
        let _ = write!(
            out,
            ", PRIMARY KEY ({})",
            crate::name::list(&table.primary_key)
        );
    }
    let rows = stats.and_then(|stats| stats.table(&table.name)?.rows);
    if let Some(rows) = rows {
        let _ = write!(out, ", {} rows", count(rows));
    }
    out.push_str("\n\n```sql\n");
    for column in table.columns.iter().take(COLUMNS) {
        let _ = writeln!(out, "{}", column_words(column));
    }
    if table.columns.len() > COLUMNS {
        let _ = writeln!(out, "-- and {} more", table.columns.len() - COLUMNS);
    }
    out.push_str("```");
    out
}

fn of_column(table: &Table, column: &Column) -> String {
    let mut out = format!(
        "```sql\n{}\n```\n\nof **{}**",
        column_words(column),
        table.name
    );
    if matches!(&table.dist_style, crate::schema::DistStyle::Key(key) if *key == column.name) {
        out.push_str(", distribution key");
    }
    let sort = table.sort_columns();
    if let Some(at) = sort.iter().position(|name| *name == column.name) {
        let _ = write!(out, ", sort key column {} of {}", at + 1, sort.len());
    }
    if table.is_unique(column.name.as_str()) {
        out.push_str(", declared unique");
    }
    out
}

/// Words that a statement with a plan begins with.
const PLANNED: [&str; 7] = [
    "select", "with", "insert", "update", "delete", "merge", "create",
];

/// The text of the statement at an offset, if it may have a plan.
pub(super) fn query_at(text: &str, offset: usize) -> Option<String> {
    let own = statement(&tokens(text), offset);
    let (first, last) = (own.first()?, own.last()?);
    let inside = first.start <= offset && offset <= last.end;
    let begins = |word: &&str| first.is_word(text, word);
    // `CREATE TABLE … AS SELECT` has one, `CREATE TABLE (…)` none.
    let selects = |token: &Token| token.is_word(text, "select");
    let is_query = PLANNED.iter().any(begins) && (!begins(&"create") || own.iter().any(selects));
    let is_short = last.end - first.start <= LONGEST;
    (inside && is_query && is_short).then(|| text[first.start..last.end].to_owned())
}

/// The plan that a query would get, with its verdict.
pub(super) fn of_query(query: &str, env: &Environment) -> Option<String> {
    let source = SourceFile::new("query", query);
    let settings = Settings::new(env.view());
    let all = explain_script(&source, &WhatIf::default(), &settings);
    let explanation = all.into_iter().next()?;
    if explanation.plans.is_empty() {
        let why = explanation.error?;
        return Some(format!("No plan: {why}"));
    }
    let report = text::render(&explanation, false);
    let report = anstream::adapter::strip_str(&report).to_string();
    let mut lines = report.lines().skip(1);
    let mut shown: Vec<&str> = lines.by_ref().take(LINES).collect();
    let more = format!(
        "… and {} more lines: `distkey explain`",
        lines.clone().count()
    );
    if lines.next().is_some() {
        shown.push(&more);
    }
    Some(format!("```text\n{}\n```", shown.join("\n").trim()))
}
