//! DK432: unbounded map.

use serde::Serialize;

use super::Context;
use crate::pipeline::tree::Tree;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports Map states without a limit on what runs at the same time.
    ///
    /// ## Why is this bad?
    /// Three times the files start three times the runs at once: they hit the account's quotas for
    /// concurrent runs and DPU, and those of other teams with them.
    ///
    /// ## Example
    /// ```yaml
    /// StartAt: Each
    /// States:
    ///   Each:
    ///     Type: Map
    ///     ItemProcessor:
    ///       StartAt: Run
    ///       States:
    ///         Run: {Type: Task, Resource: "arn:aws:states:::glue:startJobRun.sync", End: true}
    ///     End: true
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// StartAt: Each
    /// States:
    ///   Each:
    ///     Type: Map
    ///     MaxConcurrency: 4
    ///     ItemProcessor:
    ///       StartAt: Run
    ///       States:
    ///         Run: {Type: Task, Resource: "arn:aws:states:::glue:startJobRun.sync", End: true}
    ///     End: true
    /// ```
    ///
    /// ## References
    /// - AWS Step Functions Developer Guide: Map state: MaxConcurrency:
    ///   <https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html>
    pub const RULE = ("DK432", "unbounded-map", Pipeline, Warning, ["AWS Step Functions Developer Guide: Map state: MaxConcurrency, https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct UnboundedMap {
    state: String,
}

impl Violation for UnboundedMap {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("The Map state `{}` starts everything at once", self.state)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Set MaxConcurrency to what the account's quota and the cluster bear; the rest waits.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for machine in &cx.pipeline.machines {
        for (name, state) in &machine.states {
            let is_map = state.get("Type").and_then(Tree::text) == Some("Map");
            let limit = state
                .get("MaxConcurrency")
                .or(state.get("MaxConcurrencyPath"));
            let unlimited = limit.is_none_or(|limit| limit.number() == Some(0.0));
            if is_map && unlimited {
                let found = UnboundedMap {
                    state: name.clone(),
                };
                findings.push(found.at(cx.line(&machine.place.path, state.line)));
            }
        }
    }
    findings
}
