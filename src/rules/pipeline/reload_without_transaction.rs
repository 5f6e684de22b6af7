//! DK455: reload without a transaction.

use serde::Serialize;

use super::Context;
use crate::pipeline::loads::StepKind;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports tables that are emptied and then loaded by COPY, where both are not one transaction.
    /// TRUNCATE commits whatever stands around it.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Until COPY is done, readers find an empty table; if it fails, the table stays empty.
    ///
    /// ## Example
    /// ```sql
    /// TRUNCATE sales;
    /// COPY sales FROM 's3://example-lake/clean/sales/' IAM_ROLE default FORMAT AS PARQUET;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// BEGIN;
    /// DELETE FROM sales;
    /// COPY sales FROM 's3://example-lake/clean/sales/' IAM_ROLE default FORMAT AS PARQUET;
    /// COMMIT;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: TRUNCATE:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html>
    pub const RULE = ("DK455", "reload-without-transaction", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: TRUNCATE, https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct ReloadWithoutTransaction {
    table: String,
    emptied_by: &'static str,
}

impl Violation for ReloadWithoutTransaction {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let commits = match self.emptied_by {
            "TRUNCATE" => "which commits",
            _ => "without a transaction",
        };
        format!(
            "`{}` is empty until COPY is done: it is emptied by {}, {commits}",
            self.table, self.emptied_by
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "DELETE and COPY between BEGIN and COMMIT, or load a staging table and swap it.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in cx.loads() {
        // A driver of Python begins a transaction by itself.
        let by_itself = file.path.ends_with(".py");
        for (at, step) in file.steps.iter().enumerate() {
            let emptied_by = match step.kind {
                StepKind::Truncate => "TRUNCATE",
                StepKind::DeleteAll if !by_itself => "DELETE",
                _ => continue,
            };
            let later = file.steps[at + 1..].iter();
            let mut copies =
                later.filter(|other| other.kind == StepKind::Copy && other.table == step.table);
            let Some(copy) = copies.next().filter(|_| !file.is_staging(&step.table)) else {
                continue;
            };
            let together = step.kind == StepKind::DeleteAll
                && step.transaction.is_some()
                && step.transaction == copy.transaction;
            if !together {
                let found = ReloadWithoutTransaction {
                    table: step.table.clone(),
                    emptied_by,
                };
                findings.push(found.at(cx.line(&file.path, copy.line)));
            }
        }
    }
    findings
}
