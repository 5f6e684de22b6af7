//! DK127: the whole inner side goes to one slice.

use serde::Serialize;

use super::join_side::{Side, sides};
use super::{Context, by_rows};
use crate::plan::Distribution;
use crate::rules::{Finding, Remedy, Role, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::whatif::Changes;

crate::declare_rule! {
    /// ## What it does
    /// Finds `DS_DIST_ALL_INNER`: the inner side is sent to a single slice, because the outer
    /// table is DISTSTYLE ALL.
    ///
    /// ## Why is this bad?
    /// One slice does the whole join while the others wait. Redshift raises an alert for it
    /// whatever the size; below a million rows the finding is a hint.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_ALL_INNER  (cost=50000.00..48000000000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    ///   ->  XN Hash  (cost=90000.00..90000.00 rows=9000000 width=20)
    ///         ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_ALL_NONE  (cost=50000.00..300000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## References
    /// - STL_ALERT_EVENT_LOG (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html>
    pub const RULE = ("DK127", "serial-inner", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: STL_ALERT_EVENT_LOG, https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html",
    ]);
}

/// A join on one slice.
#[derive(Debug, Serialize)]
pub(super) struct SerialInner {
    outer: Side,
    inner: Side,
    rows: f64,
    bytes_moved: f64,
    slices: f64,
}

impl Violation for SerialInner {
    const RULE: RuleInfo = RULE;
    const ROLE: Role = Role::Moves;

    fn message(&self) -> String {
        format!(
            "{} goes to one of {:.0} slices to meet {}: {} rows, {}, joined serially",
            self.inner.name(),
            self.slices,
            self.outer.name(),
            count(self.rows),
            size(self.bytes_moved)
        )
    }

    fn remedy(&self) -> Remedy {
        let remedy = Remedy::text(
            "Distribute the outer table by the join column instead of DISTSTYLE ALL, and the inner one too.",
        );
        match (&self.outer.table, &self.outer.column, self.outer.certain) {
            (Some(table), Some(column), true) => remedy.propose(
                format!(
                    "Distribute `{table}` by `{column}` instead of DISTSTYLE ALL, so that every slice \
                     joins its part."
                ),
                Changes::distributed(table, column),
            ),
            _ => remedy,
        }
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }

    fn weight(&self) -> f64 {
        self.bytes_moved * self.slices
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx.plan.nodes.iter().filter(|node| {
        node.operator.is_join() && node.distribution == Some(Distribution::AllInner)
    });
    joins
        .map(|join| {
            let (outer, inner) = sides(cx, join);
            SerialInner {
                rows: inner.rows.or(join.rows).unwrap_or(0.0),
                bytes_moved: cx.step(join).network_bytes,
                slices: cx.cluster.slices(),
                outer,
                inner,
            }
            .at_node(join.id)
        })
        .collect()
}
