//! DK434: file sizes.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::{counted, size};

crate::declare_rule! {
    /// ## What it does
    /// Reports manifests with a compressed file over 1 GB, or with many files under 1 MB.
    ///
    /// ## Why is this bad?
    /// A gzip file is read by one slice from beginning to end while all others wait; of tiny files,
    /// opening them takes longer than reading them.
    ///
    /// ## Example
    /// ```json
    /// {"entries": [{"url": "s3://example-lake/clean/0.gz", "mandatory": true, "meta": {"content_length": 9000000000}}]}
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
    pub const RULE = ("DK434", "file-sizes", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: Loading data files, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html"]);
}

/// The sizes that COPY's documentation advises, after compression [Loading data files].
const LARGE: f64 = 1e9;
const SMALL: f64 = 1e6;

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct FileSizes {
    files: usize,
    largest: f64,
    smallest: f64,
}

impl Violation for FileSizes {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.largest > LARGE {
            true => format!(
                "One of {} is {} and read by one slice",
                counted(self.files as f64, "file"),
                size(self.largest)
            ),
            false => format!(
                "{} of at most {}",
                counted(self.files as f64, "file"),
                size(self.largest)
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Write files of 1 MB to 1 GB after compression, as many as a multiple of the slices.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in &cx.pipeline.manifests {
        let sizes: Vec<f64> = manifest
            .files
            .iter()
            .filter_map(|(_, bytes)| *bytes)
            .collect();
        let largest = sizes.iter().copied().fold(0.0, f64::max);
        let split = |url: &str| url.ends_with(".parquet") || url.ends_with(".orc");
        let whole = manifest
            .files
            .iter()
            .any(|(url, bytes)| !split(url) && bytes.is_some_and(|bytes| bytes > LARGE));
        let many_small = sizes.len() as f64 > cx.cluster.slices() * 10.0 && largest < SMALL;
        if whole || many_small {
            let found = FileSizes {
                files: manifest.files.len(),
                largest,
                smallest: sizes.iter().copied().fold(f64::INFINITY, f64::min),
            };
            findings.push(found.at(cx.place(&manifest.place)));
        }
    }
    findings
}
