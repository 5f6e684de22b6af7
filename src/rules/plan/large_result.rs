//! DK124: millions of rows go through the leader node.

use serde::Serialize;

use super::Context;
use crate::plan::Operator;
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Finds plans that return a million rows or more.
    ///
    /// ## Why is this bad?
    /// A SELECT sends them through the one leader node to one client, whose network then sets
    /// the time. INSERT and CREATE TABLE AS print the same plan and do not: for them the
    /// finding does not apply, which the plan can't tell; it is a warning only where the plan
    /// shows the rows being sent to the leader node.
    ///
    /// ## Example
    /// ```text
    /// XN Merge  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///   Merge Key: placed_at
    ///   ->  XN Network  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///         Send to leader
    ///         ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///               Sort Key: placed_at
    ///               ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Limit  (cost=1000000307930.00..1000000307930.25 rows=100 width=20)
    ///   ->  XN Merge  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///         Merge Key: placed_at
    ///         ->  XN Network  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///               Send to leader
    ///               ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///                     Sort Key: placed_at
    ///                     ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## References
    /// - UNLOAD (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html>
    pub const RULE = ("DK124", "large-result", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: UNLOAD, https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html",
    ]);
}

/// What is returned.
#[derive(Debug, Serialize)]
pub(super) struct LargeResult {
    rows: f64,
    bytes: f64,
    /// Whether the plan shows the rows being sent to the leader node.
    sent_to_leader: bool,
}

impl Violation for LargeResult {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let where_to = match self.sent_to_leader {
            true => "sent to the leader node",
            false => "returned, through the leader node if this is a SELECT",
        };
        format!(
            "{} rows, {}, are {where_to}",
            count(self.rows),
            size(self.bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Aggregate or LIMIT, or UNLOAD to S3, where every slice writes its own part.")
    }

    fn severity(&self) -> Severity {
        match self.sent_to_leader {
            true => Severity::Warning,
            false => Severity::Hint,
        }
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // What is written is not returned; of a part of a plan nobody knows what is.
    if cx.plan.writes.is_some() || cx.plan.headless {
        return findings;
    }
    for root in cx.plan.roots() {
        let rows = root.rows.unwrap_or(0.0);
        if rows < ALERT_ROWS || root.cut {
            continue;
        }
        let finding = LargeResult {
            rows,
            bytes: root.bytes().unwrap_or(0.0),
            sent_to_leader: matches!(root.operator, Operator::Merge | Operator::Network),
        };
        findings.push(finding.at_node(root.id));
    }
    findings
}
