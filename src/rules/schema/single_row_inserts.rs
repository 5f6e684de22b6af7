//! DK232: rows inserted one by one.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Statement};

crate::declare_rule! {
    /// ## What it does
    /// Reports three or more INSERT statements in a row that add one row each to the same table.
    ///
    /// ## Why is this bad?
    /// Each INSERT is a transaction that writes a new block of 1 MB for every column on one
    /// slice. COPY, or one INSERT of many rows, writes them together.
    ///
    /// ## Example
    /// ```sql
    /// create table t (a int);
    /// insert into t values (1);
    /// insert into t values (2);
    /// insert into t values (3);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (a int);
    /// insert into t values (1), (2), (3);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Use a multi-row insert:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-multi-row-inserts.html>
    pub const RULE = ("DK232", "single-row-inserts", Schema, Warning, ["Amazon Redshift Database Developer Guide: Use a multi-row insert, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-multi-row-inserts.html"]);
}

/// The run of statements.
#[derive(Debug, Serialize)]
pub(super) struct SingleRowInserts {
    table: TableName,
    statements: usize,
}

impl Violation for SingleRowInserts {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} INSERT statements add one row each to `{}`",
            self.statements, self.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Insert the rows with one statement, or COPY them.")
    }
}

/// Fewer may be a fixture of a test.
const LEAST: usize = 3;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut run: Option<(TableName, usize, &Statement)> = None;
    let mut finish = |run: Option<(TableName, usize, &Statement)>| {
        if let Some((table, statements, first)) = run.filter(|(_, count, _)| *count >= LEAST) {
            let finding = SingleRowInserts { table, statements };
            findings.push(finding.at(cx.location(first.span)));
        }
    };
    for statement in &cx.script.statements {
        let table = one_row(statement);
        run = match (run, table) {
            (Some((current, count, first)), Some(table)) if current == table => {
                Some((current, count + 1, first))
            }
            (ended, table) => {
                finish(ended);
                table.map(|table| (table, 1, statement))
            }
        };
    }
    finish(run);
    findings
}

/// The table of an INSERT with one row of values.
fn one_row(statement: &Statement) -> Option<TableName> {
    match &statement.body {
        Body::InsertRows(table, 1) => Some(table.clone()),
        _ => None,
    }
}
