//! DK412: append only load.

use serde::Serialize;

use super::Context;
use crate::pipeline::loads::StepKind;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports COPY straight into a table that keeps its rows, with neither a staging table and MERGE
    /// nor a DELETE of the same rows in one transaction.
    ///
    /// ## Why is this bad?
    /// A retry after a lost connection loads the same files again: every row is there twice, and no
    /// constraint of Redshift prevents it.
    ///
    /// ## Example
    /// ```sql
    /// COPY sales FROM 's3://example-lake/clean/sales/dt=2026-01-02/manifest' IAM_ROLE default CSV MANIFEST;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// BEGIN;
    /// CREATE TEMP TABLE arrived (LIKE sales);
    /// COPY arrived FROM 's3://example-lake/clean/sales/dt=2026-01-02/manifest' IAM_ROLE default CSV MANIFEST;
    /// DELETE FROM sales USING arrived WHERE sales.sale_id = arrived.sale_id;
    /// INSERT INTO sales SELECT * FROM arrived;
    /// COMMIT;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Use a staging table to perform a merge:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-upsert.html>
    pub const RULE = ("DK412", "append-only-load", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: Use a staging table to perform a merge, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-upsert.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct AppendOnlyLoad {
    table: String,
}

impl Violation for AppendOnlyLoad {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "COPY appends to `{}`: a retry would load the same rows twice",
            self.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "COPY into a temporary table, then MERGE it, or DELETE and INSERT in one transaction.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in cx.loads() {
        for (at, step) in file.steps.iter().enumerate() {
            let emptied = file.steps[..at].iter().any(|other| {
                let empties = matches!(
                    other.kind,
                    StepKind::Truncate | StepKind::DeleteAll | StepKind::DeleteSome
                );
                empties && other.table == step.table
            });
            if step.kind == StepKind::Copy && !emptied && !file.is_staging(&step.table) {
                let found = AppendOnlyLoad {
                    table: step.table.clone(),
                };
                findings.push(found.at(cx.line(&file.path, step.line)));
            }
        }
    }
    findings
}
