//! DK257: UPDATE and DELETE of a whole table.

use serde::Serialize;

use super::Context;
use super::fills::Fills;
use super::transactions::Transactions;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::TableKind;
use crate::schema::uses::{Change, Write};

crate::declare_rule! {
    /// ## What it does
    /// Reports UPDATE and DELETE without WHERE. DELETE is left alone within a transaction, where
    /// TRUNCATE would commit, and where rows are inserted after it: that is DK258.
    ///
    /// ## Why is this bad?
    /// DELETE marks every row and leaves the blocks to VACUUM, where TRUNCATE gives them back at
    /// once. UPDATE writes every row anew and marks the old one, so that the table takes twice its
    /// space until VACUUM. Or the WHERE was forgotten.
    ///
    /// ## Example
    /// ```sql
    /// create table stage (id bigint, price decimal(10,2));
    /// delete from stage;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table stage (id bigint, price decimal(10,2));
    /// truncate stage;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: DELETE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html>
    pub const RULE = ("DK257", "whole-table-change", Schema, Hint, ["Amazon Redshift Database Developer Guide: DELETE, https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html"]);
}

/// The change.
#[derive(Debug, Serialize)]
pub(super) struct WholeTableChange {
    table: TableName,
    #[serde(skip)]
    update: bool,
}

impl Violation for WholeTableChange {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.update {
            true => format!(
                "no WHERE restricts this UPDATE: it writes every row of `{}` anew",
                self.table
            ),
            false => format!(
                "no WHERE restricts this DELETE: it marks every row of `{}`, and the blocks stay until VACUUM",
                self.table
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(match self.update {
            true => {
                "Say which rows change; where all do, CREATE TABLE AS and a rename writes them \
                 without leaving the old ones behind."
            }
            false => "TRUNCATE, which commits; or say which rows go.",
        })
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let in_transaction = Transactions::of(cx);
    let fills = Fills::of(cx);
    for write in cx.here.writes.iter().filter(|write| write.whole) {
        let within = in_transaction.hold(write.span.start);
        let update = match write.change {
            Change::Update => true,
            // DELETE and INSERT belong together (DK258).
            Change::Delete if !within && fills.after(write).is_none() => false,
            _ => continue,
        };
        if is_temporary(cx, write) {
            continue;
        }
        let finding = WholeTableChange {
            table: write.table.clone(),
            update,
        };
        findings.push(finding.at(cx.location(write.span)));
    }
    findings
}

/// Whether the table goes with the session.
fn is_temporary(cx: &Context<'_>, write: &Write) -> bool {
    let table = cx.schema.resolve(&write.table);
    write.table.name.starts_with('#')
        || table.is_some_and(|table| table.kind == TableKind::Temporary)
}
