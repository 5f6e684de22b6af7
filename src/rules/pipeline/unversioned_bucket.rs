//! DK425: unversioned bucket.

use serde::Serialize;

use super::Context;
use crate::pipeline::Bucket;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports buckets that keep no versions. Buckets of logs, code, temporary files and results of Athena, by their names or
    /// by the scripts in them, need none.
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
    let buckets = cx.pipeline.buckets.iter();
    let unversioned = buckets
        .filter(|bucket| bucket.versioned.is_missing() || bucket.versioned.known() == Some(&false));
    let own = unversioned.filter(|bucket| !is_made_again(bucket) && !holds_code(cx, bucket));
    own.map(|bucket| {
        UnversionedBucket {
            bucket: bucket.name.clone(),
        }
        .at(cx.place(&bucket.place))
    })
    .collect()
}

/// Whether a bucket's name says that it is for what can be made again, or for nobody: logs, code,
/// results of Athena, temporary files.
fn is_made_again(bucket: &Bucket) -> bool {
    const WORDS: [&str; 17] = [
        "artifact",
        "artifacts",
        "asset",
        "assets",
        "athena",
        "code",
        "log",
        "logs",
        "logging",
        "result",
        "results",
        "script",
        "scripts",
        "scratch",
        "temp",
        "temporary",
        "tmp",
    ];
    let is = |name: &str| {
        // `AthenaResults` is two words, too.
        let mut words: Vec<String> = vec![String::new()];
        let mut before = ' ';
        for letter in name.chars() {
            if !letter.is_alphanumeric() || letter.is_uppercase() && before.is_lowercase() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
                word.extend(letter.to_lowercase());
            }
            before = letter;
        }
        words.iter().any(|word| WORDS.contains(&word.as_str()))
    };
    is(&bucket.name) || is(&bucket.resource)
}

/// Whether the scripts of jobs lie in a bucket: they come from a repository.
fn holds_code(cx: &Context<'_>, bucket: &Bucket) -> bool {
    let names = [bucket.name.clone(), format!("${{{}}}", bucket.resource)];
    let mut locations = cx.pipeline.jobs.iter().filter_map(|job| job.script.known());
    locations.any(|location| {
        let inside = location
            .strip_prefix("s3://")
            .and_then(|rest| rest.split('/').next());
        inside.is_some_and(|inside| names.iter().any(|name| name == inside))
    })
}
