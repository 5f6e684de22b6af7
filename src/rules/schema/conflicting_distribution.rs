//! DK223: clauses that contradict each other.

use serde::Serialize;

use super::{Context, edits};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{ColumnAttribute, CreateTable, DistStyleWord, TableAttribute};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports more than one DISTKEY, DISTSTYLE EVEN or ALL beside a DISTKEY, DISTSTYLE KEY
    /// without one, and more than one sort key clause.
    ///
    /// ## Why is this bad?
    /// CREATE TABLE fails.
    ///
    /// ## Example
    /// ```sql
    /// create table t (a int distkey, b int) diststyle even;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (a int distkey, b int) diststyle key;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: CREATE TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html>
    pub const RULE = ("DK223", "conflicting-distribution", Schema, Error, ["Amazon Redshift Database Developer Guide: CREATE TABLE, https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html"]);
}

/// The contradiction.
#[derive(Debug, Serialize)]
pub(super) struct ConflictingDistribution {
    what: &'static str,
}

impl Violation for ConflictingDistribution {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        self.what.to_owned()
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Keep one of them.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let found = cx.created().filter_map(|(create, _, _)| {
        let (what, span) = find(create)?;
        // Which of several keys was meant is not for a program to say.
        let of_style = create
            .attributes
            .iter()
            .any(|a| matches!(a, TableAttribute::DistStyle(_, place) if *place == span));
        let fix = match of_style {
            true => edits::unsafe_fix(vec![edits::remove(cx, span)]),
            false => None,
        };
        let finding = ConflictingDistribution { what }.at(cx.location(span));
        Some(finding.with_fix(fix))
    });
    found.collect()
}

fn find(create: &CreateTable) -> Option<(&'static str, Span)> {
    let mut dist_keys: Vec<Span> = Vec::new();
    let mut sort_keys = 0;
    let mut style = None;
    for attribute in create.columns.iter().flat_map(|column| &column.attributes) {
        match attribute {
            ColumnAttribute::DistKey(span) => dist_keys.push(*span),
            ColumnAttribute::SortKey(_) => sort_keys += 1,
            _ => {}
        }
    }
    let mut last = create.name.span;
    for attribute in &create.attributes {
        match attribute {
            TableAttribute::DistKey(_, span) => dist_keys.push(*span),
            TableAttribute::DistStyle(word, span) => style = Some((*word, *span)),
            TableAttribute::SortKey(_, _, span) => {
                sort_keys += 1;
                last = *span;
            }
            _ => {}
        }
    }
    if let [_, second, ..] = dist_keys.as_slice() {
        return Some(("A table has one DISTKEY; this is the second", *second));
    }
    match (style, dist_keys.first()) {
        (Some((DistStyleWord::Even | DistStyleWord::All, span)), Some(_)) => {
            return Some(("DISTSTYLE EVEN or ALL contradicts the DISTKEY", span));
        }
        (Some((DistStyleWord::Key, span)), None) => {
            return Some(("DISTSTYLE KEY needs a DISTKEY", span));
        }
        _ => {}
    }
    (sort_keys > 1).then_some((
        "A table has one sort key clause; list its columns in one",
        last,
    ))
}
