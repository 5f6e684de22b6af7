//! DK104: both sides of a join are redistributed.

use serde::Serialize;

use super::Context;
use super::join_side::co_locate;
use super::redistribution::{Moved, find};
use crate::plan::Distribution;
use crate::rules::{Finding, Remedy, Role, RuleInfo, Severity, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Finds joins whose two sides are both sent to other slices (`DS_DIST_BOTH`).
    ///
    /// ## Why is this bad?
    /// Neither side is distributed by the join column, so every run sends both over the network.
    /// Redshift itself raises an alert above 1,000,000 rows; below that the finding is a hint.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_BOTH  (cost=50000.00..48000000000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..300000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## References
    /// - Evaluating the query plan (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html>
    /// - STL_ALERT_EVENT_LOG (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html>
    pub const RULE = ("DK104", "redistribute-both", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Evaluating the query plan, https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html",
        "Amazon Redshift Database Developer Guide: STL_ALERT_EVENT_LOG, https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html",
    ]);
}

/// The join and what it moves.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct RedistributeBoth(Moved);

impl Violation for RedistributeBoth {
    const RULE: RuleInfo = RULE;
    const ROLE: Role = Role::Moves;

    fn message(&self) -> String {
        let (outer, inner) = (self.0.outer.name(), self.0.inner.name());
        // A name with an "and" in it needs its commas.
        let both = match self.0.outer.certain && self.0.inner.certain {
            true => format!("{outer} and {inner} are"),
            false => format!("{outer}, and {inner}, are"),
        };
        format!("{both} both redistributed: {}", self.0.amount())
    }

    fn remedy(&self) -> Remedy {
        co_locate(&self.0.outer, &self.0.inner)
    }

    fn severity(&self) -> Severity {
        self.0.severity()
    }

    fn weight(&self) -> f64 {
        self.0.bytes_moved
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    find(cx, Distribution::Both, RedistributeBoth)
}
