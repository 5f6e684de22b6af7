//! DK425: unversioned bucket.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports buckets that keep no versions.
    ///
    /// ## Why is this bad?
    /// An object that a faulty run overwrote is gone: there is nothing to roll back to.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Lake:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       BucketName: example-lake
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Lake:
    ///     Type: AWS::S3::Bucket
    ///     Properties:
    ///       BucketName: example-lake
    ///       VersioningConfiguration: {Status: Enabled}
    /// ```
    ///
    /// ## References
    /// - Amazon S3 User Guide: Using versioning in S3 buckets:
    ///   <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>
    pub const RULE = ("DK425", "unversioned-bucket", Pipeline, Warning, ["Amazon S3 User Guide: Using versioning in S3 buckets, https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct UnversionedBucket {
    bucket: String,
}

impl Violation for UnversionedBucket {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` keeps no versions: what a run overwrites can't be restored",
            self.bucket
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Enable versioning, and let replaced versions expire after the time that a rollback may need.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let buckets =
        cx.pipeline.buckets.iter().filter(|bucket| {
            bucket.versioned.is_missing() || bucket.versioned.known() == Some(&false)
        });
    buckets
        .map(|bucket| {
            UnversionedBucket {
                bucket: bucket.name.clone(),
            }
            .at(cx.place(&bucket.place))
        })
        .collect()
}
