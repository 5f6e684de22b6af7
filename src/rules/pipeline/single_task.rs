//! DK449: written by one task.

use serde::Serialize;

use super::Context;
use super::frames::is_whole_input;
use crate::pipeline::script::Call;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports `coalesce(1)` and `repartition(1)` of what was read, with nothing in between that makes it few rows.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// One task writes everything while the others wait, and with `coalesce` it reads everything, too. Redshift loads one
    /// file with one slice.
    ///
    /// ## Example
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = spark.read.json("s3://example-lake/raw/orders/dt=2026-01-02/")
    /// orders.coalesce(1).write.parquet("s3://example-lake/clean/orders/")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// from pyspark.sql import SparkSession
    ///
    /// spark = SparkSession.builder.getOrCreate()
    /// orders = spark.read.json("s3://example-lake/raw/orders/dt=2026-01-02/")
    /// orders.repartition(16).write.parquet("s3://example-lake/clean/orders/")
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Loading data files:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html>
    pub const RULE = ("DK449", "written-by-one-task", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: Loading data files, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct SingleTask {
    method: String,
}

impl Violation for SingleTask {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("After `{}(1)` one task writes the whole input", self.method)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Leave it away, or write as many files as the cluster has slices.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        let to_one = |call: &&Call| {
            let only = matches!(call.arguments.as_slice(), [only] if only.source == "1");
            matches!(call.method(), "coalesce" | "repartition") && only
        };
        let calls = script.calls.iter().filter(to_one);
        for call in calls.filter(|call| is_whole_input(script, call)) {
            let found = SingleTask {
                method: call.method().to_owned(),
            };
            findings.push(found.at(cx.line(&script.path, call.line)));
        }
    }
    findings
}
