//! DK402: full reload.

use serde::Serialize;

use super::Context;
use crate::pipeline::loads::StepKind;
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports tables that are emptied and loaded anew in one file. Within one transaction, or with rows of other tables, it
    /// is a hint: small tables are rightly loaded so.
    ///
    /// ## Why is this bad?
    /// Each run rewrites the whole table: it takes longer with every day, blocks are rewritten that
    /// did not change, and between TRUNCATE, which commits by itself, and COPY readers see nothing.
    ///
    /// ## Example
    /// ```sql
    /// TRUNCATE sales;
    /// COPY sales FROM 's3://example-lake/clean/sales/manifest' IAM_ROLE default FORMAT PARQUET MANIFEST;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// CREATE TEMP TABLE arrived (LIKE sales);
    /// COPY arrived FROM 's3://example-lake/clean/sales/manifest' IAM_ROLE default FORMAT PARQUET MANIFEST;
    /// MERGE INTO sales USING arrived ON sales.sale_id = arrived.sale_id REMOVE DUPLICATES;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Use a staging table to perform a merge:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-upsert.html>
    pub const RULE = ("DK402", "full-reload", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: Use a staging table to perform a merge, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-upsert.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct FullReload {
    table: String,
    emptied_by: String,
    /// Whether it is done with care, or its rows come from other tables: a small table is rightly
    /// loaded so.
    is_meant: bool,
}

impl Violation for FullReload {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is emptied by {} and loaded anew",
            self.table, self.emptied_by
        )
    }

    fn severity(&self) -> Severity {
        match self.is_meant {
            true => Severity::Hint,
            false => RULE.severity,
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Load what is new into a staging table, and MERGE it.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in cx.loads() {
        for (at, step) in file.steps.iter().enumerate() {
            let by = match step.kind {
                StepKind::Truncate => "TRUNCATE",
                StepKind::DeleteAll => "DELETE without WHERE",
                _ => continue,
            };
            let later = &file.steps[at + 1..];
            let loaded = later.iter().find(|other| {
                other.table == step.table && matches!(other.kind, StepKind::Copy | StepKind::Insert)
            });
            if let Some(loaded) = loaded.filter(|_| !file.is_staging(&step.table)) {
                let together = step.transaction.is_some() && step.transaction == loaded.transaction;
                let found = FullReload {
                    table: step.table.clone(),
                    emptied_by: by.to_owned(),
                    is_meant: together || loaded.kind == StepKind::Insert,
                };
                findings.push(found.at(cx.line(&file.path, step.line)));
            }
        }
    }
    findings
}
