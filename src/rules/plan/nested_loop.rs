//! DK105: every row of one side is compared with every row of the other.

use serde::Serialize;

use super::Context;
use super::join_side::{Side, sides};
use crate::plan::{DetailKind, JoinKind, JoinMethod, Operator, PairCondition};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Finds nested loops: joins without an equality between the two sides.
    ///
    /// ## Why is this bad?
    /// Every pair of rows is compared, so the work is the product of both sides. Mostly a join
    /// condition was forgotten; sometimes it is an inequality. Below 1,000,000 pairs, and without
    /// Redshift's own notice, it is a hint; without a condition and above 1,000,000,000 pairs an
    /// error.
    ///
    /// ## Example
    /// ```text
    /// XN Nested Loop DS_BCAST_INNER  (cost=0.00..900000000.00 rows=1800000000 width=40)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Seq Scan on rates  (cost=0.00..2.00 rows=200 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_ALL_NONE  (cost=2.50..300000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".currency = "inner".currency)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=2.00..2.00 rows=200 width=24)
    ///         ->  XN Seq Scan on rates  (cost=0.00..2.00 rows=200 width=24)
    /// ```
    ///
    /// ## References
    /// - Nested loop appears in the query plan (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/query-performance-improvement-opportunities.html>
    pub const RULE = ("DK105", "nested-loop", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Query performance improvement, https://docs.aws.amazon.com/redshift/latest/dg/query-performance-improvement-opportunities.html",
        "Amazon Redshift Database Developer Guide: STL_ALERT_EVENT_LOG, https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html",
    ]);
}

/// A nested loop and its pairs.
#[derive(Debug, Serialize)]
pub(super) struct NestedLoop {
    outer: Side,
    inner: Side,
    pairs: f64,
    join_filter: Option<String>,
    /// Whether it asks whether there is a match: IN, NOT IN.
    asks: bool,
    /// Whether it compares for equality.
    equality: bool,
    /// Whether Redshift itself warns under the plan.
    noticed: bool,
}

impl Violation for NestedLoop {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let condition = match &self.join_filter {
            Some(filter) => format!("the only condition is `{filter}`"),
            None => "there is no join condition".to_owned(),
        };
        format!(
            "Every pair of {} of {} and {} of {} is compared: {} pairs; {condition}",
            self.outer.counted_rows(),
            self.outer.name(),
            self.inner.counted_rows(),
            self.inner.name(),
            count(self.pairs)
        )
    }

    fn remedy(&self) -> Remedy {
        let condition = self.join_filter.as_deref().map(PairCondition::read);
        if self.asks && self.equality {
            return Remedy::text(
                "There is an equality, and yet every pair is compared, as for NOT IN over columns that \
                 may be NULL: write NOT EXISTS (or EXISTS) with the equality, which can be hashed. Other \
                 than NOT IN, NOT EXISTS keeps rows whose own value is NULL: add IS NOT NULL where they \
                 are not wanted.",
            );
        }
        Remedy::text(match condition {
            Some(PairCondition::AnyOf) => {
                "Join once by each of the equalities under UNION ALL, the second leaving out the \
                 pairs that the first has found, NULLs included (`(first condition) IS NOT TRUE`): \
                 each of the two is then a hash join. UNION instead would also drop rows that are \
                 twice in the data."
            }
            Some(PairCondition::Equal) => {
                "The condition is an equality, and yet every pair is compared, as for NOT IN over \
                 columns that may be NULL, or for types that have no common hash: write NOT EXISTS \
                 instead of NOT IN (it keeps rows whose own value is NULL), or give both sides one \
                 type."
            }
            Some(PairCondition::OrNull) => {
                "An equality that also takes NULL for a match is compared pair by pair. If it comes \
                 from NOT IN over columns that may be NULL, declare them NOT NULL or write NOT EXISTS \
                 (it keeps rows whose own value is NULL); else join by the equality, and add the rows \
                 without a value under UNION ALL."
            }
            Some(PairCondition::Unequal) => {
                "`<>` alone can't be hashed. If one side is a subquery or a CTE, compare inside of \
                 it; else join by an equality, and keep `<>` as a condition beside it."
            }
            Some(PairCondition::Other) => {
                "Add an equality to the condition, for example on a date bucket that both sides \
                 share, so that a hash join can narrow the pairs first."
            }
            None => {
                "Add the missing join condition; if the cross join is meant, reduce both sides \
                 before it."
            }
        })
    }

    fn severity(&self) -> Severity {
        if self.join_filter.is_none() && self.pairs >= ALERT_ROWS * 1_000.0 {
            return Severity::Error;
        }
        match self.noticed || self.pairs >= ALERT_ROWS {
            true => Severity::Warning,
            false => Severity::Hint,
        }
    }

    fn weight(&self) -> f64 {
        self.pairs
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let noticed = cx
        .plan
        .notices
        .iter()
        .any(|notice| notice.starts_with("Nested Loop Join"));
    let loops = cx
        .plan
        .nodes
        .iter()
        .filter(|node| matches!(node.operator, Operator::Join(JoinMethod::NestedLoop, _)));
    loops
        .map(|node| {
            let (outer, inner) = sides(cx, node);
            NestedLoop {
                outer,
                inner,
                pairs: cx.step(node).pairs,
                join_filter: node.detail(DetailKind::JoinFilter).map(str::to_owned),
                asks: matches!(
                    node.operator,
                    Operator::Join(_, JoinKind::In | JoinKind::NotIn)
                ),
                equality: !node.join_keys().is_empty(),
                noticed,
            }
            .at_node(node.id)
        })
        .collect()
}
