//! DK429: wildcard actions.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports statements that allow every action of a service on every resource.
    ///
    /// ## Why is this bad?
    /// A job that only reads one prefix may delete every bucket: a mistake in its script is a disaster.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       Policies:
    ///         - PolicyName: data
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: "s3:*", Resource: "*"}
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Role:
    ///     Type: AWS::IAM::Role
    ///     Properties:
    ///       Policies:
    ///         - PolicyName: data
    ///           PolicyDocument:
    ///             Statement:
    ///               - {Effect: Allow, Action: ["s3:GetObject", "s3:ListBucket"], Resource: ["arn:aws:s3:::example-lake", "arn:aws:s3:::example-lake/raw/*"]}
    /// ```
    ///
    /// ## References
    /// - AWS Identity and Access Management User Guide: Apply least-privilege permissions:
    ///   <https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html>
    pub const RULE = ("DK429", "wildcard-actions", Pipeline, Warning, ["AWS Identity and Access Management User Guide: Apply least-privilege permissions, https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct WildcardActions {
    policy: String,
    actions: Vec<String>,
}

impl Violation for WildcardActions {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` allows {} on every resource",
            self.policy,
            self.actions.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Name the actions and the prefixes that the job needs.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &cx.pipeline.policies {
        let wide = policy
            .actions
            .iter()
            .filter(|action| *action == "*" || action.ends_with(":*"));
        let wide: Vec<String> = wide.cloned().collect();
        if !wide.is_empty() && policy.resources.iter().any(|resource| resource == "*") {
            let found = WildcardActions {
                policy: policy.name.clone(),
                actions: wide,
            };
            findings.push(found.at(cx.place(&policy.place)));
        }
    }
    findings
}
