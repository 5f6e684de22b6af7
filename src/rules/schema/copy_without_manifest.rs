//! DK229: COPY of whatever a prefix holds.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Copy};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports COPY from an S3 prefix that ends in a slash, without MANIFEST.
    ///
    /// ## Why is this bad?
    /// Everything under the prefix is loaded: a file that arrived late, a leftover of a failed
    /// run, or yesterday's. A manifest makes the set of files exact, and a repeated run loads the
    /// same.
    ///
    /// ## Example
    /// ```sql
    /// copy sales from 's3://example-shop/sales/' iam_role default csv;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// copy sales from 's3://example-shop/sales/2026-11-24.manifest' iam_role default csv manifest;
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Using a manifest to specify data files:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html>
    pub const RULE = ("DK229", "copy-without-manifest", Schema, Hint, ["Amazon Redshift Database Developer Guide: Using a manifest to specify data files, https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html"]);
}

/// The prefix.
#[derive(Debug, Serialize)]
pub(super) struct CopyWithoutManifest {
    table: TableName,
    prefix: String,
}

impl Violation for CopyWithoutManifest {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "COPY `{}` loads whatever lies under `{}`",
            self.table, self.prefix
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("List the files in a manifest, and add MANIFEST.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for statement in &cx.script.statements {
        let Body::Copy(copy) = &statement.body else {
            continue;
        };
        findings.extend(find(cx, copy, statement.span));
    }
    findings
}

fn find(cx: &Context<'_>, copy: &Copy, _: Span) -> Option<Finding> {
    let prefix = &copy.from.0;
    let is_prefix = prefix.starts_with("s3://") && prefix.ends_with('/');
    if !is_prefix || copy.parameter("MANIFEST").is_some() || copy.parameter("JOB").is_some() {
        return None;
    }
    let finding = CopyWithoutManifest {
        table: copy.table.table.clone(),
        prefix: prefix.clone(),
    };
    Some(finding.at(cx.location(copy.from.1)))
}
