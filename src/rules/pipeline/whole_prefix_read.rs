//! DK401: whole prefix read.

use serde::Serialize;

use super::{Context, bookmarked, has_partition, is_read, s3_paths};
use crate::pipeline::script::Call;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports reads of a whole S3 prefix: no partition in the path, no predicate, and no bookmark
    /// that would leave out what was read before.
    ///
    /// ## Why is this bad?
    /// Every run reads everything that ever arrived: its time and price grow with the age of the
    /// prefix, not with the day's volume.
    ///
    /// ## Example
    /// ```python
    /// df = spark.read.json("s3://example-lake/raw/orders/")
    /// df.write.parquet("s3://example-lake/clean/orders/")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// day = args["day"]
    /// df = spark.read.json(f"s3://example-lake/raw/orders/dt={day}/")
    /// df.write.parquet(f"s3://example-lake/clean/orders/dt={day}/")
    /// ```
    ///
    /// ## References
    /// - AWS Glue Developer Guide: Managing partitions for ETL output:
    ///   <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-partitions.html>
    pub const RULE = ("DK401", "whole-prefix-read", Pipeline, Warning, ["AWS Glue Developer Guide: Managing partitions for ETL output, https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-partitions.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct WholePrefixRead {
    path: String,
}

impl Violation for WholePrefixRead {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` is read as a whole on every run", self.path)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Read one partition: put the day or hour into the path, or give push_down_predicate; with bookmarks, set transformation_ctx.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        let filters = |call: &Call| matches!(call.method(), "where" | "filter");
        if script.calls.iter().any(filters) || bookmarked(cx, script) {
            continue;
        }
        for call in script.calls.iter().filter(|call| is_read(call)) {
            if call.keyword("push_down_predicate").is_some() {
                continue;
            }
            let constant = call.all().filter(|argument| argument.names.is_empty());
            let paths = constant.flat_map(|argument| s3_paths(&argument.source));
            let whole = paths.filter(|path| !has_partition(path));
            findings.extend(
                whole.map(|path| WholePrefixRead { path }.at(cx.line(&script.path, call.line))),
            );
        }
    }
    findings
}
