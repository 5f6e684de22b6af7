//! DK445: a file that can't be read.

use serde::Serialize;

use super::Context;
use crate::pipeline::Unread;
use crate::rules::{Finding, Location, Remedy, RuleInfo, Violation};
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports templates, documents and scripts that can't be parsed, and forms of a pipeline that are not read.
    ///
    /// ## Why is this bad?
    /// Nothing is known of what is in them: no other finding of the review is about it, and none that is missing
    /// says that it is in order.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties: {Name: load, MaxRetries: 1
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Load:
    ///     Type: AWS::Glue::Job
    ///     Properties: {Name: load, MaxRetries: 1}
    /// ```
    ///
    /// ## References
    /// - AWS CloudFormation User Guide: Template format:
    ///   <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>
    pub const RULE = ("DK445", "file-not-read", Pipeline, Warning, ["AWS CloudFormation User Guide: Template format, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct FileNotRead {
    file: String,
    reason: String,
}

impl Violation for FileNotRead {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("Nothing of `{}` was looked at: {}", self.file, self.reason)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Mend it, or give it in a form that is read, and run the review again.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let unread = cx.pipeline.unrecognized.iter();
    let unread = unread.filter(|one| one.why == Unread::File);
    let findings = unread.map(|one| {
        FileNotRead {
            file: one.path.clone(),
            reason: one.what.clone(),
        }
        .at(Location {
            path: one.path.clone(),
            line: one.line.unwrap_or(1),
            column: 1,
            span: Span::default(),
        })
    });
    findings.collect()
}
