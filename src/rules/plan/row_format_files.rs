//! DK128: Spectrum reads files that are stored by rows.

use serde::Serialize;

use super::{Context, by_rows};
use crate::name::TableName;
use crate::plan::cost;
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{counted, size};

crate::declare_rule! {
    /// ## What it does
    /// Finds external tables whose files are text, CSV, JSON, Avro or another format by rows.
    ///
    /// ## Why is this bad?
    /// Of a Parquet or ORC file Spectrum reads the columns that a query names, and skips what its
    /// statistics rule out. Of a file by rows it reads every byte, and is charged for every byte,
    /// however few columns the query needs.
    ///
    /// ## Example
    /// ```text
    /// XN S3 Query Scan clicks  (cost=0.00..200000.00 rows=12000000 width=16)
    ///   ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:TEXT  (cost=0.00..100000.00 rows=12000000 width=16)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN S3 Query Scan clicks  (cost=0.00..200000.00 rows=12000000 width=16)
    ///   ->  S3 Seq Scan lake.clicks location:"s3://example-lake/clicks" format:PARQUET  (cost=0.00..100000.00 rows=12000000 width=16)
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Spectrum query performance (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html>
    pub const RULE = ("DK128", "row-format-files", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Amazon Redshift Spectrum query performance, https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-performance.html",
    ]);
}

/// The formats that Spectrum reads by columns (page CREATE EXTERNAL TABLE, and the pages of the
/// table formats that store Parquet).
const BY_COLUMNS: [&str; 6] = ["PARQUET", "ORC", "RCFILE", "ICEBERG", "DELTA", "HUDI"];

/// An external table in files by rows.
#[derive(Debug, Serialize)]
pub(super) struct RowFormatFiles {
    table: TableName,
    format: String,
    rows: f64,
    /// Bytes of the columns that the query needs.
    needed_bytes: f64,
    /// Whether the count is the default of a table without `numRows`.
    default_rows: bool,
}

impl Violation for RowFormatFiles {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let needed = match self.default_rows {
            true => "whatever columns the query needs".to_owned(),
            false => format!(
                "for the {} that the query needs of {}",
                size(self.needed_bytes),
                counted(self.rows, "row")
            ),
        };
        format!(
            "`{}` is stored as {}: Spectrum reads and bills whole files, {needed}",
            self.table, self.format
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Store it as Parquet, partitioned by what queries filter by: UNLOAD … FORMAT PARQUET \
             PARTITION BY (…), a Glue job, or CREATE EXTERNAL TABLE AS. How much larger the files \
             are than what the query needs stands in S3, not in the plan.",
        )
    }

    fn severity(&self) -> Severity {
        match self.default_rows {
            true => Severity::Hint,
            false => by_rows(self.rows),
        }
    }

    fn weight(&self) -> f64 {
        // A default says nothing of the size.
        if self.default_rows {
            0.0
        } else {
            self.needed_bytes
        }
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &cx.plan.nodes {
        let (Some(format), Some(table)) = (&node.s3_format, node.table_name()) else {
            continue;
        };
        let format = format.trim_matches('"').to_uppercase();
        if BY_COLUMNS.contains(&format.as_str()) {
            continue;
        }
        let finding = RowFormatFiles {
            table,
            format,
            rows: node.rows.unwrap_or(0.0),
            needed_bytes: node.bytes().unwrap_or(0.0),
            default_rows: node.rows.is_none() || cost::is_default_external(node),
        };
        findings.push(finding.at_node(node.id));
    }
    findings
}
