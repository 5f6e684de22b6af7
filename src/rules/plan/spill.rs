//! DK137: a hash table or a sort does not fit in memory.

use serde::Serialize;

use super::Context;
use crate::plan::{Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{size, thousands};
use crate::work::MEMORY_SHARE;

crate::declare_rule! {
    /// ## What it does
    /// Finds steps whose rows take more memory than one query is likely to get, so that the rest is
    /// written to disk and read back.
    ///
    /// ## Why is this bad?
    /// What is written to disk is slower by far than memory, for this query and for all that run
    /// beside it. `is_diskbased` and `workmem` of SVL_QUERY_SUMMARY tell whether it happened; an
    /// export of it with `--actuals` replaces the estimate.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=1000000.00..3000000.00 rows=900000000 width=40)
    ///   Hash Cond: ("outer".order_id = "inner".order_id)
    ///   ->  XN Seq Scan on order_lines  (cost=0.00..9000000.00 rows=900000000 width=20)
    ///   ->  XN Hash  (cost=4000000.00..4000000.00 rows=400000000 width=400)
    ///         ->  XN Seq Scan on orders  (cost=0.00..4000000.00 rows=400000000 width=400)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=1000000.00..3000000.00 rows=900000000 width=40)
    ///   Hash Cond: ("outer".order_id = "inner".order_id)
    ///   ->  XN Seq Scan on order_lines  (cost=0.00..9000000.00 rows=900000000 width=20)
    ///   ->  XN Hash  (cost=4000000.00..4000000.00 rows=400000000 width=16)
    ///         ->  XN Seq Scan on orders  (cost=0.00..4000000.00 rows=400000000 width=16)
    /// ```
    ///
    /// ## References
    /// - Query performance improvement: insufficient memory allocated to the query (Amazon Redshift
    ///   Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/query-performance-improvement-opportunities.html>
    /// - wlm_query_slot_count (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_wlm_query_slot_count.html>
    pub const RULE = ("DK137", "spill", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Query performance improvement, https://docs.aws.amazon.com/redshift/latest/dg/query-performance-improvement-opportunities.html",
        "Amazon Redshift Database Developer Guide: wlm_query_slot_count, https://docs.aws.amazon.com/redshift/latest/dg/r_wlm_query_slot_count.html",
    ]);
}

/// What a step writes to disk.
#[derive(Debug, Serialize)]
pub(super) struct Spill {
    step: String,
    /// Bytes that it has to keep.
    bytes: f64,
    spilled_bytes: f64,
    width: f64,
    cluster: String,
    #[serde(skip)]
    assumed: &'static str,
}

impl Violation for Spill {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} keeps {} of rows of {} bytes; with {:.0} % of the memory of {}{} for one query, \
             which is assumed, {} go to disk and back",
            self.step,
            size(self.bytes),
            thousands(self.width.round()),
            MEMORY_SHARE * 100.0,
            self.cluster,
            self.assumed,
            size(self.spilled_bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Select fewer and narrower columns here, filter first, or declare VARCHARs no longer than \
             their data. With manual WLM, `SET wlm_query_slot_count` gives the query \
             the memory of several slots.",
        )
    }

    fn severity(&self) -> Severity {
        match self.spilled_bytes >= self.bytes - self.spilled_bytes {
            true => Severity::Warning,
            // Little more than what fits may as well fit.
            false => Severity::Hint,
        }
    }

    fn weight(&self) -> f64 {
        self.spilled_bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let nodes = cx.plan.nodes.iter();
    nodes.filter_map(|node| find(cx, node)).collect()
}

fn find(cx: &Context<'_>, node: &Node) -> Option<Finding> {
    let step = cx.step(node);
    let kept = match node.operator {
        Operator::Join(..) => cx.plan.inner(node.id)?,
        _ => node,
    };
    if step.spill_bytes < 1.0 {
        return None;
    }
    let bytes = match node.operator {
        Operator::Join(..) => step.build_bytes_per_slice * cx.cluster.slices(),
        _ => kept.bytes().unwrap_or(0.0),
    };
    let finding = Spill {
        step: node.operator.name().into_owned(),
        bytes: bytes.max(step.spill_bytes),
        spilled_bytes: step.spill_bytes,
        width: kept.width.unwrap_or(0.0),
        cluster: cx.cluster.to_string(),
        assumed: cx.assumed(),
    };
    Some(finding.at_node(node.id))
}
