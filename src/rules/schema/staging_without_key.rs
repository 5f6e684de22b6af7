//! DK261: a staging table that its join has to redistribute.

use serde::Serialize;

use super::Context;
use crate::name::{ColumnRef, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DistStyle, TableKind};

crate::declare_rule! {
    /// ## What it does
    /// Points out temporary tables without a distribution key that are joined to a table by that
    /// table's DISTKEY.
    ///
    /// ## Why is this bad?
    /// Every row is sent to another slice for the join, and each further join sends them again.
    /// CREATE TABLE AS does not take over the key of what it reads; LIKE does.
    ///
    /// ## Example
    /// ```sql
    /// create table orders (order_id bigint, state int) distkey (order_id);
    /// create temp table stage (order_id bigint, state int);
    /// update orders set state = stage.state from stage where orders.order_id = stage.order_id;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table orders (order_id bigint, state int) distkey (order_id);
    /// create temp table stage (like orders);
    /// update orders set state = stage.state from stage where orders.order_id = stage.order_id;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Creating a temporary staging table:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/merge-create-staging-table.html>
    pub const RULE = ("DK261", "staging-without-key", Schema, Hint, ["Amazon Redshift Database Developer Guide: Creating a temporary staging table, https://docs.aws.amazon.com/redshift/latest/dg/merge-create-staging-table.html"]);
}

/// The join.
#[derive(Debug, Serialize)]
pub(super) struct StagingWithoutKey {
    table: TableName,
    column: Ident,
    referred: ColumnRef,
}

impl Violation for StagingWithoutKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` has no DISTKEY and is joined by `{}` to `{}`, which is distributed by `{}`: its rows \
             are sent for the join",
            self.table, self.column, self.referred.table, self.referred.column
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Create it with DISTKEY ({}), or LIKE `{}`.",
            self.column, self.referred.table
        ))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        let is_stage = table.kind == TableKind::Temporary && create.like.is_empty();
        let is_open = matches!(table.dist_style, DistStyle::Auto(None) | DistStyle::Even);
        if !is_stage || !is_open {
            continue;
        }
        let found = table.columns.iter().find_map(|column| {
            let mut joined = cx.uses.joined(cx.schema, table, &column.name);
            let (other, there) = joined
                .find(|(other, there)| other.dist_style == DistStyle::Key(there.name.clone()))?;
            Some((column.name.clone(), other.name.clone(), there.name.clone()))
        });
        if let Some((column, other, there)) = found {
            let finding = StagingWithoutKey {
                table: table.name.clone(),
                column,
                referred: ColumnRef {
                    table: other,
                    column: there,
                },
            };
            findings.push(finding.at(cx.location(create.name.span)));
        }
    }
    findings
}
