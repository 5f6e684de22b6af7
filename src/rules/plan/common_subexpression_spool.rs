//! DK117: a repeated subquery is written to a temporary table.

use serde::Serialize;

use super::Context;
use crate::graph::scanned_table;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::{count, size};

crate::declare_rule! {
    /// ## What it does
    /// Reports scans of `volt_tt_…`, a temporary table into which Redshift writes a subquery
    /// that occurs more than once.
    ///
    /// ## Why is this bad?
    /// It is no mistake: the subquery runs once. But its rows are written and read again
    /// without statistics of their own, so the row counts above it are guesses, and the time to
    /// write it is not in this plan.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on volt_tt_5f3a  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## References
    /// - WITH clause (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_WITH_clause.html>
    pub const RULE = ("DK117", "common-subexpression-spool", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: WITH clause, https://docs.aws.amazon.com/redshift/latest/dg/r_WITH_clause.html",
    ]);
}

/// What is read from the temporary table.
#[derive(Debug, Serialize)]
pub(super) struct CommonSubexpressionSpool {
    table: TableName,
    rows: f64,
    bytes: f64,
}

impl Violation for CommonSubexpressionSpool {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "A subquery is used more than once and written to `{}`: {} rows, {} are read from it here",
            self.table,
            count(self.rows),
            size(self.bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "If it is large, create the temporary table yourself, with a DISTKEY on the join column, and \
             ANALYZE it.",
        )
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &cx.plan.nodes {
        let Some(table) = scanned_table(node).filter(|name| name.name.starts_with("volt_tt_"))
        else {
            continue;
        };
        let finding = CommonSubexpressionSpool {
            table,
            rows: node.rows.unwrap_or(0.0),
            bytes: node.bytes().unwrap_or(0.0),
        };
        findings.push(finding.at_node(node.id));
    }
    findings
}
