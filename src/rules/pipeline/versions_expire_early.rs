//! DK426: versions expire early.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports lifecycles that remove replaced versions before `rollback-days` (7 by default) are over.
    ///
    /// ## Why is this bad?
    /// A fault that is noticed after a weekend can't be rolled back: the good versions are gone.
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
    ///           - {Status: Enabled, Prefix: raw/, ExpirationInDays: 30, NoncurrentVersionExpiration: {NoncurrentDays: 1}}
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
    ///
    /// ## References
    /// - Amazon S3 User Guide: Managing the lifecycle of objects:
    ///   <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html>
    pub const RULE = ("DK426", "versions-expire-early", Pipeline, Warning, ["Amazon S3 User Guide: Managing the lifecycle of objects, https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct VersionsExpireEarly {
    prefix: String,
    days: f64,
    rollback_days: f64,
}

impl Violation for VersionsExpireEarly {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "Replaced versions under `{}` go after {:.0} days; a rollback may need {:.0}",
            self.prefix, self.days, self.rollback_days
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Keep replaced versions for as long as a fault may stay unnoticed.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let wanted = cx.config.pipeline.rollback_days;
    let mut findings = Vec::new();
    for bucket in &cx.pipeline.buckets {
        for rule in bucket
            .lifecycle
            .iter()
            .flatten()
            .filter(|rule| rule.enabled)
        {
            let Some(days) = rule.noncurrent_days.filter(|days| *days < wanted) else {
                continue;
            };
            let found = VersionsExpireEarly {
                prefix: rule.prefix.clone(),
                days,
                rollback_days: wanted,
            };
            findings.push(found.at(cx.line(&bucket.place.path, rule.line)));
        }
    }
    findings
}
