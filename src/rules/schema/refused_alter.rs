//! DK242: an ALTER TABLE that fails on the table as it is.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Encoding, Refusal};
use crate::sql::Body;
use crate::sql::write::{self, Action};

crate::declare_rule! {
    /// ## What it does
    /// Reports actions of ALTER TABLE that Redshift refuses on the table as the statements before
    /// define it. Tables that no statement defines are left out.
    ///
    /// ## Why is this bad?
    /// The statement fails, and a script that goes on works with a table that is not what its
    /// author thinks. Here the statement is taken to change nothing.
    ///
    /// ## Example
    /// ```sql
    /// create table orders (order_id bigint, placed_on date) distkey(order_id) sortkey(placed_on);
    /// alter table orders drop column placed_on;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table orders (order_id bigint, placed_on date) distkey(order_id) sortkey(placed_on);
    /// alter table orders alter sortkey (order_id);
    /// alter table orders drop column placed_on;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: ALTER TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html>
    pub const RULE = ("DK242", "refused-alter", Schema, Error, ["Amazon Redshift Database Developer Guide: ALTER TABLE, https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html"]);
}

/// The table and the reason.
#[derive(Debug, Serialize)]
pub(super) struct RefusedAlter {
    table: TableName,
    refusal: Refusal,
}

impl Violation for RefusedAlter {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "Redshift refuses to alter `{}` as the DDL defines it up to here: {}",
            self.table, self.refusal
        )
    }

    fn remedy(&self) -> Remedy {
        let remedy = Remedy::text(instead(&self.refusal));
        match &self.refusal {
            Refusal::EncodedLength { column, .. } => remedy.with_sql(write::alter(
                &self.table,
                &[Action::Encode(column, Encoding::Zstd)],
            )),
            _ => remedy,
        }
    }
}

/// What leads to the same end.
fn instead(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoSuchColumn(_) => {
            "Correct the name, or move the statement to where the column is there."
        }
        Refusal::Interleaved => {
            "Give the table a compound sort key or none first, by ALTER SORTKEY; or \
             create it anew with all its keys and copy the rows."
        }
        Refusal::ToInterleaved => {
            "Create the table anew with the interleaved key and copy the rows; mostly a compound \
             key, which ALTER SORTKEY takes, serves as well."
        }
        Refusal::KeyColumn(_) => {
            "Take the column out of the keys first: ALTER DISTKEY or DISTSTYLE, ALTER SORTKEY."
        }
        Refusal::LastColumn(_) => "Drop the table, or add the column that takes its place first.",
        Refusal::NotVarchar { .. } | Refusal::HasDefault(_) => {
            "Add a column of the new type, UPDATE it from this one, drop this one and rename the \
             new one."
        }
        Refusal::EncodedLength { .. } => "Change the encoding in a statement before this one.",
        Refusal::InConstraint(_) => {
            "Drop the constraint first and add it again afterwards; Redshift does not enforce it."
        }
        Refusal::SameEncoding { .. } => "Leave the action out.",
        Refusal::AddedWith { what, .. } => match *what {
            "DISTKEY" => "Add the column without it, then ALTER DISTKEY.",
            "SORTKEY" => "Add the column without it, then ALTER SORTKEY.",
            "IDENTITY" => "Create the table anew with the column and copy the rows.",
            _ => "Add the column without it, then ADD CONSTRAINT in a statement of its own.",
        },
        Refusal::Temporary => "Give the distribution where the temporary table is created.",
        Refusal::NoSuchEncoding(_) => {
            "Use AZ64 for numbers and times, ZSTD for text, or ENCODE AUTO for the whole table."
        }
        Refusal::ColumnExists(_) => {
            "Leave the action out if the column is the one that is meant, else choose another name."
        }
        Refusal::TableExists(_) => "Rename or drop the table of that name first.",
        Refusal::NoSuchConstraint(_) => {
            "Correct the name: a constraint without one is called `table_pkey`, \
             `table_column_key` or `table_column_fkey`."
        }
        Refusal::Unlike { .. } => {
            "Make the tables alike, or use INSERT INTO … SELECT, which copies the rows."
        }
        Refusal::SecondPrimaryKey => "Drop the present key first, by DROP CONSTRAINT.",
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let Body::AlterTable(alter) = &statement.body else {
            continue;
        };
        for (_, span) in &alter.actions {
            let refusal = cx.schema.refusal((cx.file, *span)).cloned();
            findings.extend(refusal.map(|refusal| {
                let table = alter.name.table.clone();
                RefusedAlter { table, refusal }.at(cx.location(*span))
            }));
        }
    }
    findings
}
