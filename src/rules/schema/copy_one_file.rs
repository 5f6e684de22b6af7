//! DK230: COPY of one file that can not be split.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Copy};
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports COPY from a single object that Redshift does not split: compressed with gzip, LZOP
    /// or ZSTD, or JSON. The statistics (`--stats`) have to give the table a million rows or more:
    /// of one whose size is not known it says nothing.
    ///
    /// ## Why is this bad?
    /// One slice reads the whole file while the others wait. Uncompressed delimited files, BZIP2,
    /// Parquet and ORC are split from 128 MB up.
    ///
    /// ## Example
    /// ```json
    /// [{"table": "sales", "tbl_rows": 60000000}]
    /// ```
    /// ```sql
    /// create table sales (sale_id bigint, at date);
    /// copy sales from 's3://example-shop/sales/all.csv.gz' iam_role default csv gzip;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table sales (sale_id bigint, at date);
    /// copy sales from 's3://example-shop/sales/part-' iam_role default csv gzip;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Loading data files:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html>
    pub const RULE = ("DK230", "copy-one-file", Schema, Warning, ["Amazon Redshift Database Developer Guide: Loading data files, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html"]);
}

/// The file and the slices that wait.
#[derive(Debug, Serialize)]
pub(super) struct CopyOneFile {
    table: TableName,
    file: String,
    slices: f64,
    rows: f64,
}

impl Violation for CopyOneFile {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "COPY `{}` reads one file, `{}`, which is not split: 1 of {:.0} slices works (the table has {} rows)",
            self.table,
            self.file,
            self.slices,
            count(self.rows)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Write a multiple of {:.0} files of equal size, 1 MB to 1 GB compressed each.",
            self.slices
        ))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let Body::Copy(copy) = &statement.body else {
            continue;
        };
        findings.extend(find(cx, copy));
    }
    findings
}

fn find(cx: &Context<'_>, copy: &Copy) -> Option<Finding> {
    let file = &copy.from.0;
    let name = file.rsplit('/').next().unwrap_or_default().to_lowercase();
    let unsplit = [".gz", ".gzip", ".zst", ".lzo", ".json", ".jsonl"];
    if !unsplit.iter().any(|extension| name.ends_with(extension))
        || copy.parameter("MANIFEST").is_some()
    {
        return None;
    }
    let rows = cx.rows_of(cx.schema.resolve(&copy.table.table)?)?;
    if rows < ALERT_ROWS {
        return None;
    }
    let finding = CopyOneFile {
        rows,
        table: copy.table.table.clone(),
        file: file.clone(),
        slices: cx.cluster.slices(),
    };
    Some(finding.at(cx.location(copy.from.1)))
}
