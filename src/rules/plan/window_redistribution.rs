//! DK135: rows move to their window's partitions.

use serde::Serialize;

use super::{Context, by_rows};
use crate::graph::scanned_table;
use crate::name::{Ident, TableName};
use crate::plan::{DetailKind, Node, Operator, key_columns};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::whatif::Changes;

crate::declare_rule! {
    /// ## What it does
    /// Finds windows whose rows are sent to other slices first, because the table is not distributed
    /// by a column of PARTITION BY.
    ///
    /// ## Why is this bad?
    /// A partition is computed on one slice. Where the DISTKEY is one of its columns, all its rows
    /// lie there already; else every row is sent on, whole, before it is sorted.
    ///
    /// ## Example
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
    /// ## Use instead
    /// ```text
    /// XN Window  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///   Partition: shop_id
    ///   Order: placed_at
    ///   ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows=2000000 width=20)
    ///         Sort Key: shop_id, placed_at
    ///         ->  XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## References
    /// - Choose the best distribution style (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK135", "window-redistribution", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html",
    ]);
}

/// Rows that are sent to their partitions.
#[derive(Debug, Serialize)]
pub(super) struct WindowRedistribution {
    /// The columns of PARTITION BY; what is computed is left out.
    partition: Vec<Ident>,
    /// The table that all rows come from, where it is one.
    table: Option<TableName>,
    rows: f64,
    bytes_moved: f64,
}

impl Violation for WindowRedistribution {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let by = match self.partition.as_slice() {
            [] => "its partitions".to_owned(),
            columns => format!("its partitions by ({})", crate::name::list(columns)),
        };
        format!(
            "{} rows, {} between nodes, move to the slices of {by} before the window",
            count(self.rows),
            size(self.bytes_moved)
        )
    }

    fn remedy(&self) -> Remedy {
        let mut remedy = Remedy::text(
            "Where the DISTKEY is a column of PARTITION BY, nothing moves; else filter rows and leave \
             out columns before the window.",
        );
        for column in self.table.iter().flat_map(|_| &self.partition) {
            let Some(table) = &self.table else { break };
            let text = format!(
                "If `{column}` has many even values, distribute `{table}` by it: the rows of each \
                 partition then lie on one slice already."
            );
            remedy = remedy.propose(text, Changes::distributed(table, column));
        }
        remedy
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }

    fn weight(&self) -> f64 {
        self.bytes_moved
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let windows = cx.plan.nodes.iter();
    let windows = windows.filter(|node| node.operator == Operator::Window);
    windows.filter_map(|window| find(cx, window)).collect()
}

fn find(cx: &Context<'_>, window: &Node) -> Option<Finding> {
    let mut below = cx.plan.child(window.id)?;
    while below.operator == Operator::Sort {
        below = cx.plan.child(below.id)?;
    }
    let sends = |node: &Node| {
        let mut details = node.details.iter();
        node.operator == Operator::Network
            && details.any(|detail| detail.kind == DetailKind::Distribute)
    };
    let keys = window.detail(DetailKind::Partition).map(key_columns);
    if !sends(below) {
        return None;
    }
    let mut steps = cx.plan.subtree(below.id).skip(1);
    let straight = steps
        .all(|node| node.operator == Operator::SeqScan || node.operator == Operator::SubqueryScan);
    let table = cx.plan.subtree(below.id).last().and_then(scanned_table);
    let finding = WindowRedistribution {
        partition: keys.unwrap_or_default().into_iter().flatten().collect(),
        table: table.filter(|_| straight),
        rows: below.rows?,
        bytes_moved: cx.step(below).network_bytes,
    };
    Some(finding.at_node(below.id))
}
