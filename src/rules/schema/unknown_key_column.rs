//! DK224: a key names a column that is not there.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{CreateTable, Named, TableAttribute, TableConstraint};

crate::declare_rule! {
    /// ## What it does
    /// Reports columns of keys and constraints, of COPY, INSERT and UPDATE, that the table does not
    /// have. The table is what the statements before define.
    ///
    /// ## Why is this bad?
    /// The statement fails.
    ///
    /// ## Example
    /// ```sql
    /// create table t (a int, b int) distkey(c) sortkey(a);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (a int, b int) distkey(b) sortkey(a);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: CREATE TABLE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html>
    pub const RULE = ("DK224", "unknown-key-column", Schema, Error, ["Amazon Redshift Database Developer Guide: CREATE TABLE, https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html"]);
}

/// The name and the nearest column.
#[derive(Debug, Serialize)]
pub(super) struct UnknownKeyColumn {
    table: TableName,
    column: Ident,
    columns: Vec<Ident>,
}

impl Violation for UnknownKeyColumn {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` has no column `{}`", self.table, self.column)
    }

    fn remedy(&self) -> Remedy {
        let columns: Vec<String> = self.columns.iter().map(|c| format!("`{c}`")).collect();
        Remedy::text(format!("Its columns are {}.", columns.join(", ")))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        // The columns of a query or of a LIKE parent may not all be known.
        if create.query.is_some() || !create.like.is_empty() {
            continue;
        }
        for (name, span) in key_columns(create) {
            // A later ALTER may rename or drop what is there when CREATE TABLE runs.
            if create.columns.iter().all(|column| column.name.0 != *name) {
                let finding = UnknownKeyColumn {
                    table: table.name.clone(),
                    column: name.clone(),
                    columns: create.columns.iter().map(|c| c.name.0.clone()).collect(),
                };
                findings.push(finding.at(cx.location(*span)));
            }
        }
    }
    for (span, unknown) in cx.schema.unknown_columns(cx.file) {
        let finding = UnknownKeyColumn {
            table: unknown.table.clone(),
            column: unknown.column.clone(),
            columns: unknown.columns.clone(),
        };
        findings.push(finding.at(cx.location(span)));
    }
    findings
}

fn key_columns(create: &CreateTable) -> Vec<&Named> {
    let mut columns: Vec<&Named> = Vec::new();
    for attribute in &create.attributes {
        match attribute {
            TableAttribute::DistKey(column, _) => columns.push(column),
            TableAttribute::SortKey(_, keys, _) => columns.extend(keys),
            _ => {}
        }
    }
    for constraint in &create.constraints {
        match constraint {
            TableConstraint::PrimaryKey(keys, _) | TableConstraint::Unique(keys, _) => {
                columns.extend(keys)
            }
            TableConstraint::ForeignKey { columns: keys, .. } => columns.extend(keys),
            TableConstraint::Check(_) => {}
        }
    }
    columns
}
