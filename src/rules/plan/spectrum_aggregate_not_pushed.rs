//! DK120: Redshift aggregates what Spectrum could have.

use serde::Serialize;

use super::{Context, by_rows};
use crate::name::TableName;
use crate::plan::{Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};

crate::declare_rule! {
    /// ## What it does
    /// Finds aggregations directly over rows from Spectrum, where no `S3 Aggregate` stands
    /// below.
    ///
    /// ## Why is this bad?
    /// Spectrum can group, count, sum and take minima where the data lies and send only the
    /// groups. Without that every row crosses to the cluster. DISTINCT, and functions that
    /// Spectrum lacks, keep it from doing so.
    ///
    /// ## Example
    /// ```text
    /// XN HashAggregate  (cost=75000000.00..75000001.00 rows=400 width=16)
    ///   ->  XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=15000000 width=16)
    ///         ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..30000000.00 rows=15000000 width=16)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN HashAggregate  (cost=75000000.00..75000001.00 rows=400 width=16)
    ///   ->  XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=4000 width=16)
    ///         ->  S3 HashAggregate  (cost=0.00..30000000.00 rows=4000 width=16)
    ///               ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..30000000.00 rows=15000000 width=16)
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Spectrum query performance (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html>
    pub const RULE = ("DK120", "spectrum-aggregate-not-pushed", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Amazon Redshift Spectrum query performance, https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html",
    ]);
}

/// An aggregation over raw rows from Spectrum.
#[derive(Debug, Serialize)]
pub(super) struct SpectrumAggregateNotPushed {
    table: TableName,
    rows_sent: f64,
    bytes_sent: f64,
    /// Whether that follows from the count that a table has by default.
    default_rows: bool,
    groups: f64,
}

impl Violation for SpectrumAggregateNotPushed {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "Spectrum sends {} rows, {}{}, of `{}`, and Redshift makes {} groups of them",
            count(self.rows_sent),
            size(self.bytes_sent),
            match self.default_rows {
                true => " by the default row count",
                false => "",
            },
            self.table,
            count(self.groups)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Group by plain columns with COUNT, SUM, AVG, MIN or MAX and without DISTINCT, so that Spectrum \
             aggregates before it sends.",
        )
    }

    fn severity(&self) -> Severity {
        match self.default_rows {
            true => Severity::Hint,
            false => by_rows(self.rows_sent),
        }
    }

    fn weight(&self) -> f64 {
        self.bytes_sent
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let aggregates = cx
        .plan
        .nodes
        .iter()
        .filter(|node| matches!(node.operator, Operator::HashAggregate | Operator::Aggregate));
    aggregates.filter_map(|node| find(cx, node)).collect()
}

fn find(cx: &Context<'_>, aggregate: &Node) -> Option<Finding> {
    let below = cx.plan.child(aggregate.id)?;
    let scan = match below.operator {
        Operator::S3QueryScan => below,
        Operator::PartitionLoop => cx
            .plan
            .children(below.id)
            .find(|node| node.operator == Operator::S3QueryScan)?,
        _ => return None,
    };
    let pushed = cx.plan.child(scan.id)?;
    if pushed.operator != Operator::SeqScan {
        return None;
    }
    let finding = SpectrumAggregateNotPushed {
        table: scan.table_name()?,
        rows_sent: scan.rows?,
        bytes_sent: scan.bytes().unwrap_or(0.0),
        default_rows: cx.rests_on_default(scan),
        groups: aggregate.rows.unwrap_or(0.0),
    };
    Some(finding.at_node(aggregate.id))
}
