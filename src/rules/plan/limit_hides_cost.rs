//! DK123: a Limit prorates the cost that is shown at the root.

use serde::Serialize;

use super::Context;
use crate::plan::{Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::count;

crate::declare_rule! {
    /// ## What it does
    /// Reports a Limit whose printed cost is less than a tenth of its input's.
    ///
    /// ## Why is this bad?
    /// The cost of a Limit is prorated by rows, as if the input could stop early. A hash join
    /// can't: it builds its hash table, and moves its rows, before the first one leaves.
    /// Comparing plans by the cost at the root is then misleading.
    ///
    /// ## Example
    /// ```text
    /// XN Limit  (cost=50000.00..50133.33 rows=10 width=40)
    ///   ->  XN Hash Join DS_DIST_NONE  (cost=50000.00..120000000.00 rows=9000000 width=40)
    ///         Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///         ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///         ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///               ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..120000000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## References
    /// - EXPLAIN (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html>
    pub const RULE = ("DK123", "limit-hides-cost", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: EXPLAIN, https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html",
    ]);
}

/// Both costs.
#[derive(Debug, Serialize)]
pub(super) struct LimitHidesCost {
    printed: f64,
    input: f64,
    /// Rows that the step below would return.
    input_rows: f64,
}

impl Violation for LimitHidesCost {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "The Limit shows a cost of {}, the step below {}: fetching {} rows may end early, but \
             what is hashed and moved below is done whole",
            count(self.printed.round()),
            count(self.input.round()),
            count(self.input_rows)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Judge this plan by the hash tables and the moves below the Limit; filter earlier to make \
             them smaller.",
        )
    }

    fn weight(&self) -> f64 {
        0.0
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let limits = cx
        .plan
        .nodes
        .iter()
        .filter(|node| node.operator == Operator::Limit);
    limits.filter_map(|limit| find(cx, limit)).collect()
}

fn find(cx: &Context<'_>, limit: &Node) -> Option<Finding> {
    let below = cx.plan.child(limit.id)?;
    let (printed, input) = (limit.cost?.total, below.cost?.total);
    let joins = cx
        .plan
        .subtree(limit.id)
        .any(|node| node.operator.is_join());
    if !joins || printed * 10.0 >= input {
        return None;
    }
    let finding = LimitHidesCost {
        printed,
        input,
        input_rows: below.rows.unwrap_or(0.0),
    };
    Some(finding.at_node(limit.id))
}
