//! DK119: Redshift filters what Spectrum has sent.

use serde::Serialize;

use super::{Context, by_rows};
use crate::name::TableName;
use crate::plan::{DetailKind, Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};

crate::declare_rule! {
    /// ## What it does
    /// Finds filters that stand under `XN S3 Query Scan`: Redshift applies them after Spectrum
    /// has sent the rows.
    ///
    /// ## Why is this bad?
    /// The rows cross from Spectrum to the cluster only to be dropped there. Under `S3 Seq
    /// Scan` the same condition would run where the data lies.
    ///
    /// ## Example
    /// ```text
    /// XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=15000000 width=16)
    ///   Filter: (date_part_year(to_date((seen)::text, 'YYYY-MM-DD'::text)) = 2024)
    ///   ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..30000000.00 rows=3000000000 width=16)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN S3 Query Scan clicks  (cost=0.00..60000000.00 rows=15000000 width=16)
    ///   ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..30000000.00 rows=15000000 width=16)
    ///         Filter: (year = 2024)
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Spectrum query performance (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html>
    pub const RULE = ("DK119", "spectrum-filter-not-pushed", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Amazon Redshift Spectrum query performance, https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html",
    ]);
}

/// A filter on the wrong side.
#[derive(Debug, Serialize)]
pub(super) struct SpectrumFilterNotPushed {
    table: TableName,
    filter: String,
    /// Rows that Spectrum sends.
    rows_sent: f64,
    bytes_sent: f64,
    /// Whether that follows from the count that a table has by default.
    default_rows: bool,
    rows_kept: f64,
}

impl Violation for SpectrumFilterNotPushed {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "Spectrum sends {} rows, {}{}, of `{}`, and Redshift keeps {}: `{}` is not pushed down",
            count(self.rows_sent),
            size(self.bytes_sent),
            match self.default_rows {
                true => " by the default row count",
                false => "",
            },
            self.table,
            count(self.rows_kept),
            self.filter
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Write the condition with comparisons, LIKE, IN and plain functions of the column, which \
             Spectrum can run, or store the computed value in the files.",
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
    let scans = cx
        .plan
        .nodes
        .iter()
        .filter(|node| node.operator == Operator::S3QueryScan);
    scans.filter_map(|scan| find(cx, scan)).collect()
}

fn find(cx: &Context<'_>, scan: &Node) -> Option<Finding> {
    let filter = scan.detail(DetailKind::Filter)?.to_owned();
    let sent = cx.plan.child(scan.id)?;
    let finding = SpectrumFilterNotPushed {
        table: scan.table_name()?,
        filter,
        rows_sent: sent.rows?,
        bytes_sent: sent.bytes().unwrap_or(0.0),
        default_rows: cx.rests_on_default(scan),
        rows_kept: scan.rows.unwrap_or(0.0),
    };
    Some(finding.at_node(scan.id))
}
