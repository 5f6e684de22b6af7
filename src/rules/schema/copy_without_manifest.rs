//! DK229: COPY of a prefix that ends in the middle of a name.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::{Body, Copy};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports COPY from an S3 prefix that ends in the middle of a name, neither in a slash or another
    /// mark nor in the ending of a file, without MANIFEST.
    ///
    /// ## Why is this bad?
    /// FROM is a prefix of keys and no folder: `s3://example-shop/sales` loads `sales/`, and
    /// `sales_old/` and `sales2.csv` as well. A slash at the end is the folder alone.
    ///
    /// ## Example
    /// ```sql
    /// copy sales from 's3://example-shop/sales' iam_role default csv;
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// copy sales from 's3://example-shop/sales/' iam_role default csv;
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
            "COPY `{}` loads every object whose key begins with `{}`, not that folder alone",
            self.table, self.prefix
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("End the prefix with a slash, or list the files in a manifest.")
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
    let path = prefix.strip_prefix("s3://").unwrap_or_default();
    // `part-` and `2026-11-` are meant as prefixes; a template may end in anything.
    let (_, key) = path.split_once('/')?;
    let last = key.rsplit('/').next().unwrap_or(key);
    let in_name = last.ends_with(|c: char| c.is_ascii_alphabetic());
    let is_prefix = in_name && !last.contains('.');
    if !is_prefix || copy.parameter("MANIFEST").is_some() || copy.parameter("JOB").is_some() {
        return None;
    }
    let finding = CopyWithoutManifest {
        table: copy.table.table.clone(),
        prefix: prefix.clone(),
    };
    Some(finding.at(cx.location(copy.from.1)))
}
