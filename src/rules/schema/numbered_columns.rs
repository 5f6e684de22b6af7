//! DK234: a list spread over columns.

use serde::Serialize;

use super::Context;
use std::collections::BTreeMap;

use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports four or more columns whose names differ only in a trailing number and that have
    /// the same type.
    ///
    /// ## Why is this bad?
    /// A search for a value has to ask every column, no sort key serves more than the first, and
    /// the next value needs another column.
    ///
    /// ## Example
    /// ```sql
    /// create table t (id bigint, tag1 varchar(40), tag2 varchar(40), tag3 varchar(40), tag4 varchar(40));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t_tags (id bigint, tag varchar(40));
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Best practices for designing tables:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-tables-best-practices.html>
    pub const RULE = ("DK234", "numbered-columns", Schema, Hint, ["Amazon Redshift Database Developer Guide: Best practices for designing tables, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-tables-best-practices.html"]);
}

/// The columns.
#[derive(Debug, Serialize)]
pub(super) struct NumberedColumns {
    table: TableName,
    stem: String,
    columns: usize,
}

impl Violation for NumberedColumns {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` spreads a list over {} columns `{}1`, `{}2`, …",
            self.table, self.columns, self.stem, self.stem
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Keep one row per value in a table of its own, or the list in a SUPER column.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let mut stems: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for column in &table.columns {
        let stem = column.name.trim_end_matches(|c: char| c.is_ascii_digit());
        if stem.len() < column.name.len() && !stem.is_empty() {
            *stems
                .entry((stem, column.data_type.to_string()))
                .or_default() += 1;
        }
    }
    let ((stem, _), columns) = stems.into_iter().find(|(_, count)| *count >= 4)?;
    let finding = NumberedColumns {
        table: table.name.clone(),
        stem: stem.to_owned(),
        columns,
    };
    Some(finding.at(cx.location(create.name.span)))
}
