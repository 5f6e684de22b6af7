//! DK433: files not a multiple.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::counted;

crate::declare_rule! {
    /// ## What it does
    /// Reports manifests whose files are no multiple of the cluster's slices.
    ///
    /// ## Why is this bad?
    /// Each slice loads one file after another: with 17 files of one size for 16 slices, one slice
    /// loads two and the others wait for it.
    ///
    /// ## Example
    /// ```json
    /// {"entries": [{"url": "s3://example-lake/clean/0.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/1.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/2.gz", "mandatory": true, "meta": {"content_length": 200000000}}]}
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"entries": [{"url": "s3://example-lake/clean/0.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/1.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/2.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/3.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/4.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/5.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/6.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/7.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/8.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/9.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/10.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/11.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/12.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/13.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/14.gz", "mandatory": true, "meta": {"content_length": 200000000}}, {"url": "s3://example-lake/clean/15.gz", "mandatory": true, "meta": {"content_length": 200000000}}]}
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Loading data files:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html>
    pub const RULE = ("DK433", "files-not-a-multiple", Pipeline, Hint, ["Amazon Redshift Database Developer Guide: Loading data files, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct FilesNotAMultiple {
    files: usize,
    slices: f64,
}

impl Violation for FilesNotAMultiple {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} for {:.0} slices: in the last round {:.0} slices wait",
            counted(self.files as f64, "file"),
            self.slices,
            self.slices - (self.files as f64 % self.slices)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Write a multiple of the slices, of one size between 1 MB and 1 GB after compression.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let slices = cx.cluster.slices();
    let manifests = cx.pipeline.manifests.iter().filter(|manifest| {
        !manifest.files.is_empty() && manifest.files.len() as f64 % slices != 0.0
    });
    manifests
        .map(|manifest| {
            let files = manifest.files.len();
            FilesNotAMultiple { files, slices }.at(cx.place(&manifest.place))
        })
        .collect()
}
