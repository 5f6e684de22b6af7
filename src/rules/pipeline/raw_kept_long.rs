//! DK427: raw kept long.

use serde::Serialize;

use super::{Context, is_read, s3_paths};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports lifecycles of prefixes that a script reads as its input and that keep objects longer than
    /// `raw-days` (30 by default).
    ///
    /// ## Why is this bad?
    /// Raw logs are the largest and least read part of a lake: they are paid every month.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Lake:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       VersioningConfiguration: {Status: Enabled}
    ///       LifecycleConfiguration:
    ///         Rules:
    ///           - {Status: Enabled, Prefix: raw/, ExpirationInDays: 400, NoncurrentVersionExpiration: {NoncurrentDays: 14}}
    /// ```
    /// ```python
    /// df = spark.read.json(f"s3://example-lake/raw/dt={day}/")
    /// df.write.mode("overwrite").parquet(f"s3://example-lake/clean/dt={day}/")
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Lake:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       VersioningConfiguration: {Status: Enabled}
    ///       LifecycleConfiguration:
    ///         Rules:
    ///           - {Status: Enabled, Prefix: raw/, ExpirationInDays: 30, NoncurrentVersionExpiration: {NoncurrentDays: 14}}
    /// ```
    /// ```python
    /// df = spark.read.json(f"s3://example-lake/raw/dt={day}/")
    /// df.write.mode("overwrite").parquet(f"s3://example-lake/clean/dt={day}/")
    /// ```
    ///
    /// ## References
    /// - Amazon S3 User Guide: Managing the lifecycle of objects:
    ///   <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html>
    pub const RULE = ("DK427", "raw-kept-long", Pipeline, Hint, ["Amazon S3 User Guide: Managing the lifecycle of objects, https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct RawKeptLong {
    prefix: String,
    days: f64,
    raw_days: f64,
}

impl Violation for RawKeptLong {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "Raw objects under `{}` stay for {:.0} days, longer than {:.0}",
            self.prefix, self.days, self.raw_days
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Let them expire, or move them to a colder class.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let wanted = cx.config.pipeline.raw_days;
    let reads: Vec<String> = cx
        .pipeline
        .scripts
        .iter()
        .flat_map(|script| script.calls.iter().filter(|call| is_read(call)))
        .flat_map(|call| call.all().flat_map(|argument| s3_paths(&argument.source)))
        .collect();
    let is_read = |prefix: &str| {
        let mut keys = reads
            .iter()
            .filter_map(|path| Some(path.strip_prefix("s3://")?.split_once('/')?.1));
        !prefix.is_empty() && keys.any(|key| key.starts_with(prefix))
    };
    let mut findings = Vec::new();
    for bucket in &cx.pipeline.buckets {
        for rule in bucket
            .lifecycle
            .iter()
            .flatten()
            .filter(|rule| rule.enabled)
        {
            let Some(days) = rule
                .expires_days
                .filter(|days| *days > wanted && is_read(&rule.prefix))
            else {
                continue;
            };
            let found = RawKeptLong {
                prefix: rule.prefix.clone(),
                days,
                raw_days: wanted,
            };
            findings.push(found.at(cx.line(&bucket.place.path, rule.line)));
        }
    }
    findings
}
