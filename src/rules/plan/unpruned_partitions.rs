//! DK118: every partition of an external table is read.

use serde::Serialize;

use super::{Context, by_rows};
use crate::name::{Ident, TableName};
use crate::plan::{DetailKind, Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::thresholds::EXTERNAL_PARTITIONS;

crate::declare_rule! {
    /// ## What it does
    /// Finds external tables with partitions that are read without a filter on a partition
    /// column.
    ///
    /// ## Why is this bad?
    /// Spectrum lists and reads every partition, and on RA3 every byte is paid for. A condition
    /// on the partition column is answered from the catalog before anything is read.
    ///
    /// ## Example
    /// ```text
    /// XN Partition Loop  (cost=0.00..90000000.00 rows=1000000 width=16)
    ///   ->  XN Seq Scan PartitionInfo of lake.clicks  (cost=0.00..10.00 rows=1000 width=0)
    ///   ->  XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=3000000000 width=16)
    ///         ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..30000000.00 rows=3000000000 width=16)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Partition Loop  (cost=0.00..90000000.00 rows=1000000 width=16)
    ///   ->  XN Seq Scan PartitionInfo of lake.clicks  (cost=0.00..10.00 rows=1000 width=0)
    ///         Filter: (day >= '2024-05-01'::date)
    ///   ->  XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=3000000000 width=16)
    ///         ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..30000000.00 rows=3000000000 width=16)
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Spectrum query performance (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html>
    pub const RULE = ("DK118", "unpruned-partitions", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Amazon Redshift Spectrum query performance, https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html",
    ]);
}

/// An external table read whole.
#[derive(Debug, Serialize)]
pub(super) struct UnprunedPartitions {
    table: TableName,
    partitions: f64,
    /// Rows that Spectrum reads, as the planner counts them.
    rows: f64,
    bytes: f64,
}

impl Violation for UnprunedPartitions {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "All partitions of `{}`{} are read, {} rows, {}: no condition on a partition column",
            self.table,
            match self.partitions == EXTERNAL_PARTITIONS {
                // A default says nothing of how many there are.
                true => String::new(),
                false => format!(", {} by the planner's count,", count(self.partitions)),
            },
            count(self.rows),
            size(self.bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Add a condition on a partition column, or partition the table by what the query filters.",
        )
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let infos = cx.plan.nodes.iter().filter(|node| {
        node.operator == Operator::PartitionInfoScan && node.detail(DetailKind::Filter).is_none()
    });
    infos
        .filter(|info| !is_joined_by_partition(cx, info))
        .filter_map(|node| find(cx, node))
        .collect()
}

/// Whether a join above compares a partition column: the values of its other side then prune
/// as the query runs [Improving Amazon Redshift Spectrum query performance].
fn is_joined_by_partition(cx: &Context<'_>, info: &Node) -> bool {
    let Some(table) = cx.table(info) else {
        return false;
    };
    let is_partition = |column: &Ident| {
        let mut partitions = table.partitions.iter();
        partitions.any(|partition| partition.name == *column)
    };
    let mut joins = cx.plan.ancestors(info.id);
    joins.any(|join| {
        let outer = cx.plan.children(join.id).next();
        let is_outer =
            outer.is_some_and(|outer| cx.plan.subtree(outer.id).any(|node| node.id == info.id));
        let mut keys = join.join_keys().iter();
        keys.any(|key| is_partition(if is_outer { &key.outer } else { &key.inner }))
    })
}

fn find(cx: &Context<'_>, info: &Node) -> Option<Finding> {
    let partitions = info.rows.filter(|rows| *rows > 1.0)?;
    let scan = match info.parent {
        Some(parent) => cx
            .plan
            .subtree(parent)
            .filter(|node| node.operator == Operator::SeqScan)
            .last(),
        None => None,
    };
    let finding = UnprunedPartitions {
        table: info.table_name()?,
        partitions,
        rows: scan.and_then(|scan| scan.rows).unwrap_or(0.0),
        bytes: scan.and_then(Node::bytes).unwrap_or(0.0),
    };
    Some(finding.at_node(info.id))
}
