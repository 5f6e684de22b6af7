//! DK121: an external table has the default row count.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::plan::cost;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::write::{self, Action};
use crate::thresholds::EXTERNAL_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Finds external tables with exactly 10,000,000,000 rows, the planner's default where
    /// `numRows` is not set (read off public plans).
    ///
    /// ## Why is this bad?
    /// The planner takes the table for the largest of the query, so it is never the hash side
    /// and never broadcast, and every count above it is a guess.
    ///
    /// ## Example
    /// ```text
    /// XN S3 Query Scan clicks  (cost=0.00..200000000.00 rows=10000000000 width=16)
    ///   ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..100000000.00 rows=10000000000 width=16)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN S3 Query Scan clicks  (cost=0.00..200000.00 rows=12000000 width=16)
    ///   ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..100000.00 rows=12000000 width=16)
    /// ```
    ///
    /// ## References
    /// - CREATE EXTERNAL TABLE (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html>
    pub const RULE = ("DK121", "external-statistics-missing", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: CREATE EXTERNAL TABLE, https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html",
    ]);
}

/// A table with the default count.
#[derive(Debug, Serialize)]
pub(super) struct ExternalStatisticsMissing {
    table: TableName,
    rows: f64,
    total_cost: Option<f64>,
}

impl Violation for ExternalStatisticsMissing {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` counts as 10 billion rows, the default of an external table without `numRows`",
            self.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Tell the planner how many rows there are.")
            .with_sql(write::alter(&self.table, &[Action::NumRows]))
    }

    fn weight(&self) -> f64 {
        // A guess, so it ranks behind what the plan proves.
        0.0
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &cx.plan.nodes {
        let (true, Some(table)) = (cost::is_default_external(node), node.table_name()) else {
            continue;
        };
        let finding = ExternalStatisticsMissing {
            table,
            rows: EXTERNAL_ROWS,
            total_cost: node.cost.map(|cost| cost.total),
        };
        findings.push(finding.at_node(node.id));
    }
    findings
}
