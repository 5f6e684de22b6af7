//! DK454: deleted before written.

use serde::Serialize;

use super::frames::chain;
use super::{Context, is_write};
use crate::pipeline::script::{Call, Script};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports scripts that delete a prefix and then write to it.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Between both, readers find nothing, and if the run ends there the data is gone: no retry brings the old state back.
    ///
    /// ## Example
    /// ```python
    /// import sys
    /// from awsglue.context import GlueContext
    /// from awsglue.job import Job
    /// from awsglue.utils import getResolvedOptions
    /// from pyspark.context import SparkContext
    ///
    /// glue = GlueContext(SparkContext())
    /// orders = glue.spark_session.read.json("s3://example-lake/raw/orders/dt=2026-01-02/")
    /// glue.purge_s3_path("s3://example-lake/clean/orders/", {"retentionPeriod": 0})
    /// orders.write.parquet("s3://example-lake/clean/orders/")
    /// ```
    ///
    /// ## Use instead
    /// ```python
    /// import sys
    /// from awsglue.context import GlueContext
    /// from awsglue.job import Job
    /// from awsglue.utils import getResolvedOptions
    /// from pyspark.context import SparkContext
    ///
    /// glue = GlueContext(SparkContext())
    /// spark = glue.spark_session
    /// spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    /// orders = spark.read.json("s3://example-lake/raw/orders/dt=2026-01-02/")
    /// orders.write.mode("overwrite").partitionBy("dt").parquet("s3://example-lake/clean/orders/")
    /// ```
    ///
    /// ## References
    /// - Apache Spark: Configuration, spark.sql.sources.partitionOverwriteMode:
    ///   <https://spark.apache.org/docs/latest/configuration.html>
    pub const RULE = ("DK454", "deleted-before-written", Pipeline, Warning, ["Apache Spark: Configuration, spark.sql.sources.partitionOverwriteMode, https://spark.apache.org/docs/latest/configuration.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct DeletedFirst {
    path: String,
    written_at: usize,
}

impl Violation for DeletedFirst {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is deleted before line {} writes to it",
            self.path, self.written_at
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Write to a new prefix and switch over, or overwrite single partitions.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for script in &cx.pipeline.scripts {
        let writes: Vec<&Call> = script.calls.iter().filter(|call| writes(call)).collect();
        for call in script.calls.iter().filter(|call| deletes(call)) {
            let paths = paths(script, call);
            let later = writes.iter().filter(|write| write.line > call.line);
            let same = later.filter_map(|write| {
                let to = self::paths(script, write);
                let path = paths
                    .iter()
                    .find(|path| to.iter().any(|to| to.starts_with(path.as_str())))?;
                Some((path.clone(), write.line))
            });
            if let Some((path, written_at)) = same.min_by_key(|(_, line)| *line) {
                let found = DeletedFirst { path, written_at };
                findings.push(found.at(cx.line(&script.path, call.line)));
            }
        }
    }
    findings
}

fn deletes(call: &Call) -> bool {
    match call.method() {
        "purge_s3_path" => true,
        "delete" => call.name.contains("objects.filter"),
        _ => false,
    }
}

fn writes(call: &Call) -> bool {
    is_write(call)
        || matches!(
            call.method(),
            "put" | "upload_file" | "upload_fileobj" | "to_parquet" | "to_csv"
        )
}

/// The keys that a call and those before it in its chain name, without bucket.
fn paths(script: &Script, call: &Call) -> Vec<String> {
    let calls = chain(script, call);
    let texts = calls
        .iter()
        .flat_map(|call| call.all())
        .filter_map(|argument| argument.text.as_deref());
    let keys = texts.filter_map(|text| {
        let key = match text.strip_prefix("s3://") {
            Some(rest) => rest.split_once('/')?.1,
            None => text,
        };
        // What a template leaves open is not known.
        (key.contains('/') && !key.starts_with('{')).then(|| key.to_owned())
    });
    keys.collect()
}
