//! DK115: a window runs on one slice.

use serde::Serialize;

use super::{Context, by_rows};
use crate::plan::DetailKind;
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};

crate::declare_rule! {
    /// ## What it does
    /// Finds windows without PARTITION BY: all rows are sent to slice 0.
    ///
    /// ## Why is this bad?
    /// One slice sorts and numbers every row while the others wait, so the step gets no faster
    /// on a larger cluster.
    ///
    /// ## Example
    /// ```text
    /// XN Window  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///   Order: placed_at
    ///   ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///         Sort Key: placed_at
    ///         ->  XN Network  (cost=0.00..20000.00 rows=2000000 width=20)
    ///               Send to slice 0
    ///               ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Window  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///   Partition: shop_id
    ///   Order: placed_at
    ///   ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///         Sort Key: shop_id, placed_at
    ///         ->  XN Network  (cost=0.00..20000.00 rows=2000000 width=20)
    ///               Distribute
    ///               ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## References
    /// - Evaluating the query plan (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html>
    pub const RULE = ("DK115", "single-slice-window", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Evaluating the query plan, https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html",
    ]);
}

/// What goes to one slice.
#[derive(Debug, Serialize)]
pub(super) struct SingleSliceWindow {
    rows: f64,
    bytes: f64,
    slices: f64,
    /// What stands behind that number.
    #[serde(skip)]
    assumed: &'static str,
}

impl Violation for SingleSliceWindow {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} rows, {}, go to one of {:.0} slices{}: the window has no PARTITION BY",
            count(self.rows),
            size(self.bytes),
            self.slices,
            self.assumed
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Add PARTITION BY with many values, or aggregate or limit the rows before the window.",
        )
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }

    fn weight(&self) -> f64 {
        self.bytes * self.slices
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let networks = cx.plan.nodes.iter().filter(|node| {
        node.details
            .iter()
            .any(|detail| detail.kind == DetailKind::SendToSlice0)
    });
    networks
        .map(|node| {
            SingleSliceWindow {
                rows: node.rows.unwrap_or(0.0),
                bytes: node.bytes().unwrap_or(0.0),
                slices: cx.cluster.slices(),
                assumed: cx.assumed(),
            }
            .at_node(node.id)
        })
        .collect()
}
