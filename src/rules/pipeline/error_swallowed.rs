//! DK452: error swallowed.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports `except:` and `except Exception:` with nothing but `pass`.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// The run succeeds whatever happened: no retry, no alarm, and the rows are missing until somebody counts them.
    ///
    /// ## Example
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = spark.read.json("s3://example-lake/raw/orders/dt=2026-01-02/")
    /// try:
    ///     orders.write.parquet("s3://example-lake/clean/orders/")
    /// except Exception:
    ///     pass
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = spark.read.json("s3://example-lake/raw/orders/dt=2026-01-02/")
    /// orders.write.parquet("s3://example-lake/clean/orders/")
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Job run statuses:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html>
    pub const RULE = ("DK452", "error-swallowed", Pipeline, Warning, ["AWS Glue Developer Guide: Job run statuses, https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct ErrorSwallowed {
    script: String,
}

impl Violation for ErrorSwallowed {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` goes on after any error, and says nothing",
            self.script
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Let it fail, or catch the one error that is meant and log it.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        for line in &script.swallowed {
            let found = ErrorSwallowed {
                script: script.path.clone(),
            };
            findings.push(found.at(cx.line(&script.path, *line)));
        }
    }
    findings
}
