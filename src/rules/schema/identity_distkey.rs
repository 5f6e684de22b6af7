//! DK221: an identity as distribution key that nothing joins on.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DistStyle, Table};
use crate::sql::CreateTable;
use crate::sql::write::{self, Action, Style};

crate::declare_rule! {
    /// ## What it does
    /// Reports distribution keys on IDENTITY columns that no declared foreign key refers to and no
    /// query of the files joins.
    ///
    /// ## Why is this bad?
    /// The rows are spread evenly, as DISTSTYLE EVEN would, but no join can be co-located on a
    /// number that no other table has, and the one DISTKEY is spent.
    ///
    /// ## Example
    /// ```sql
    /// create table sales (row_id bigint identity(1,1), customer_id bigint) distkey(row_id);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table sales (row_id bigint identity(1,1), customer_id bigint) distkey(customer_id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best distribution style:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK221", "identity-distkey", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// The key.
#[derive(Debug, Serialize)]
pub(super) struct IdentityDistkey {
    table: TableName,
    column: Ident,
}

impl Violation for IdentityDistkey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is distributed by the identity `{}`, which no table refers to and no query here joins",
            self.table, self.column
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Distribute by the column of the largest join, or leave DISTSTYLE AUTO.")
            .with_sql(write::alter(&self.table, &[Action::DistStyle(Style::Auto)]))
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
    let DistStyle::Key(key) = &table.dist_style else {
        return None;
    };
    let joined = || cx.uses.joins_on(cx.schema, table, key);
    if !table.column(key)?.identity || cx.referring(table).next().is_some() || joined() {
        return None;
    }
    let finding = IdentityDistkey {
        table: table.name.clone(),
        column: key.clone(),
    };
    Some(finding.at(cx.at_column(create, key)))
}
