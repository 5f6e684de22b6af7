//! DK116: a DISTINCT aggregate groups twice.

use serde::Serialize;

use super::{Context, by_rows};
use crate::plan::{Node, Operator, Plan};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};

crate::declare_rule! {
    /// ## What it does
    /// Finds `COUNT(DISTINCT …)` and kin, which Redshift runs as two aggregations over a
    /// temporary `volt_dt_…`.
    ///
    /// ## Why is this bad?
    /// The first aggregation keeps every distinct value of every group, and the second counts
    /// them: memory and network grow with the distinct values, not with the result.
    ///
    /// ## Example
    /// ```text
    /// XN HashAggregate  (cost=65000.00..65001.00 rows=400 width=12)
    ///   ->  XN Subquery Scan volt_dt_0  (cost=45000.00..60000.00 rows=1500000 width=12)
    ///         ->  XN HashAggregate  (cost=45000.00..45000.00 rows=1500000 width=12)
    ///               ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=12)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN HashAggregate  (cost=65000.00..65001.00 rows=400 width=12)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=12)
    /// ```
    ///
    /// ## References
    /// - COUNT function (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_COUNT.html>
    pub const RULE = ("DK116", "distinct-spool", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: COUNT function, https://docs.aws.amazon.com/redshift/latest/dg/r_COUNT.html",
    ]);
}

/// The distinct values that are kept.
#[derive(Debug, Serialize)]
pub(super) struct DistinctSpool {
    /// Rows that are grouped to tell the values apart.
    rows_in: f64,
    /// Distinct values over all groups.
    values: f64,
    bytes: f64,
}

impl Violation for DistinctSpool {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "A DISTINCT aggregate groups {} rows to keep {} values, {}, before it counts them",
            count(self.rows_in),
            count(self.values),
            size(self.bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Use APPROXIMATE COUNT(DISTINCT …) or an HLL sketch where about 2 % error is fine, or keep \
             counts per day in a materialized view.",
        )
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows_in)
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let spools = cx.plan.nodes.iter().filter(|node| {
        let name = node.table_name().unwrap_or_default();
        node.operator == Operator::SubqueryScan && name.name.starts_with("volt_dt_")
    });
    spools
        .filter(|node| is_counted(cx.plan, node))
        .map(|node| {
            let below = cx.plan.child(node.id);
            DistinctSpool {
                rows_in: below.map_or(0.0, |below| cx.step(below).rows_in),
                values: node.rows.unwrap_or(0.0),
                bytes: node.bytes().unwrap_or(0.0),
            }
            .at_node(node.id)
        })
        .collect()
}

/// Whether an aggregate reads the distinct values: under the IN of a MERGE nothing is counted.
fn is_counted(plan: &Plan, spool: &Node) -> bool {
    let mut above = plan.ancestors(spool.id);
    let reader = above.find(|node| {
        !matches!(
            node.operator,
            Operator::SubqueryScan | Operator::Network | Operator::Sort | Operator::Merge
        )
    });
    // The spool of a fragment may have lost its reader.
    reader.is_none_or(|node| {
        matches!(
            node.operator,
            Operator::Aggregate | Operator::HashAggregate | Operator::GroupAggregate
        )
    })
}
