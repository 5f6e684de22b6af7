//! DK258: DELETE and INSERT that belong together, apart.

use serde::Serialize;

use super::Context;
use super::fills::Fills;
use super::transactions::Transactions;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::TableKind;
use crate::schema::uses::Change;

crate::declare_rule! {
    /// ## What it does
    /// Reports DELETE of rows of a table followed by INSERT or COPY into it, outside of a
    /// transaction that holds both.
    ///
    /// ## Why is this bad?
    /// Each statement commits by itself: between the two, and for good where the second fails, the
    /// rows are missing. Each commit takes its turn in the cluster's queue as well.
    ///
    /// ## Example
    /// ```sql
    /// create table sales (day date, amount decimal(12,2));
    /// delete from sales where day = '2026-11-27';
    /// insert into sales select day, amount from sales_stage;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table sales (day date, amount decimal(12,2));
    /// begin;
    /// delete from sales where day = '2026-11-27';
    /// insert into sales select day, amount from sales_stage;
    /// commit;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Performing a merge operation by replacing existing
    ///   rows: <https://docs.aws.amazon.com/redshift/latest/dg/merge-replacing-existing-rows.html>
    pub const RULE = ("DK258", "delete-then-insert", Schema, Hint, ["Amazon Redshift Database Developer Guide: Performing a merge operation by replacing existing rows, https://docs.aws.amazon.com/redshift/latest/dg/merge-replacing-existing-rows.html"]);
}

/// The pair.
#[derive(Debug, Serialize)]
pub(super) struct DeleteThenInsert {
    table: TableName,
    /// The line of the INSERT or COPY.
    line: usize,
    copy: bool,
}

impl Violation for DeleteThenInsert {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "rows of `{}` are deleted here and {} at line {} in another transaction: in between, or \
             where that fails, they are missing",
            self.table,
            if self.copy { "loaded" } else { "inserted" },
            self.line
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Put BEGIN before and COMMIT after, unless what runs the file does so; or use MERGE.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let in_transaction = Transactions::of(cx);
    let fills = Fills::of(cx);
    for deleted in &cx.here.writes {
        if deleted.change != Change::Delete || deleted.table.name.starts_with('#') {
            continue;
        }
        if in_transaction.hold(deleted.span.start) {
            continue;
        }
        let table = cx.schema.resolve(&deleted.table);
        if table.is_some_and(|table| table.kind == TableKind::Temporary) {
            continue;
        }
        let Some(filled) = fills.after(deleted) else {
            continue;
        };
        let finding = DeleteThenInsert {
            table: deleted.table.clone(),
            line: cx.source.line_column(filled.span.start).line,
            copy: filled.change == Change::Copy,
        };
        findings.push(finding.at(cx.location(deleted.span)));
    }
    findings
}
