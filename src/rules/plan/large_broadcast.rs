//! DK101: the inner side of a join is copied to every node.

use serde::Serialize;

use super::join_side::{Side, co_locate, is_small_result, reason, sides};
use super::{Context, by_rows};
use crate::plan::Distribution;
use crate::rules::{Finding, Remedy, Role, RuleInfo, Severity, Violation};
use crate::text::units::{count, counted, size};
use crate::work::{LARGEST, rows_moved};

crate::declare_rule! {
    /// ## What it does
    /// Finds joins whose inner side is copied to every node (`DS_BCAST_INNER`).
    ///
    /// ## Why is this bad?
    /// Every node receives and hashes the whole inner side: rows × nodes cross the network, and
    /// the work grows with the cluster instead of shrinking. Redshift itself raises an alert above
    /// 1,000,000 rows; below that the finding is a hint.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_BCAST_INNER  (cost=50000.00..48000000000.00 rows=9000000 width=40)
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
    pub const RULE = ("DK101", "large-broadcast", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Evaluating the query plan, https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html",
        "Amazon Redshift Database Developer Guide: STL_ALERT_EVENT_LOG, https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html",
    ]);
}

/// A broadcast with its size.
#[derive(Debug, Serialize)]
pub(super) struct LargeBroadcast {
    outer: Side,
    inner: Side,
    nodes: f64,
    /// What stands behind that number.
    #[serde(skip)]
    assumed: &'static str,
    /// Rows × nodes.
    rows_moved: Option<f64>,
    bytes_moved: f64,
    /// Rows that leave the join, if the paste kept them.
    rows_out: Option<f64>,
}

impl Violation for LargeBroadcast {
    const RULE: RuleInfo = RULE;
    const ROLE: Role = Role::Moves;

    fn message(&self) -> String {
        let inner = self.inner.name();
        let Some(rows) = self.rows_moved else {
            return match self.rows_out {
                Some(rows) => format!(
                    "{inner} is copied to every node; its rows are not in the paste, the join \
                     returns {}",
                    counted(rows, "row")
                ),
                None => format!(
                    "{inner} is copied to every node; neither its rows nor those of the join are \
                     in the paste"
                ),
            };
        };
        format!(
            "{inner} is copied to every node: {} × {:.0} nodes{} = {} rows, {}{}",
            self.inner.counted_rows(),
            self.nodes,
            self.assumed,
            count(rows),
            size(self.bytes_moved),
            reason(&self.outer, &self.inner)
        )
    }

    fn remedy(&self) -> Remedy {
        co_locate(&self.outer, &self.inner)
    }

    fn severity(&self) -> Severity {
        match self.rows_moved {
            // The planner's own choice asks for nothing.
            Some(_) if is_small_result(&self.inner) => Severity::Hint,
            Some(rows) => by_rows(rows),
            // What the join returns says nothing of what moves.
            None => Severity::Hint,
        }
    }

    fn weight(&self) -> f64 {
        self.bytes_moved
    }
}

const LABEL: Distribution = Distribution::BroadcastInner;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx
        .plan
        .nodes
        .iter()
        .filter(|node| node.operator.is_join() && node.distribution == Some(LABEL));
    joins
        .map(|join| {
            let (outer, inner) = sides(cx, join);
            let nodes = cx.cluster_nodes();
            LargeBroadcast {
                rows_moved: rows_moved(LABEL, outer.rows, inner.rows, nodes)
                    .map(|rows| rows.min(LARGEST)),
                bytes_moved: cx.step(join).network_bytes,
                rows_out: join.rows,
                outer,
                inner,
                nodes,
                assumed: cx.assumed(),
            }
            .at_node(join.id)
        })
        .collect()
}
