//! DK432: unbounded map.

use serde::Serialize;

use super::Context;
use crate::pipeline::tree::{Tree, Value};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::thousands;

crate::declare_rule! {
    /// ## What it does
    /// Reports Map states without a limit on what runs at the same time. A map within its state machine
    /// goes up to 40 iterations at once by itself, which is a hint, and only where they start runs; a distributed one up to 10,000.
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
    ///       ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
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
    ///       ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
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
    /// How many iterations Step Functions runs at once by itself.
    at_most: u32,
}

impl Violation for UnboundedMap {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "The Map state `{}` goes up to {} iterations at once",
            self.state,
            thousands(f64::from(self.at_most))
        )
    }

    fn severity(&self) -> Severity {
        match self.at_most {
            DISTRIBUTED => RULE.severity,
            _ => Severity::Hint,
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Set MaxConcurrency to what the account's quota and the cluster bear; the rest waits.",
        )
    }
}

/// Iterations at once of a map within its state machine, and of a distributed one [AWS Step
/// Functions Developer Guide: Map state processing modes].
const INLINE: u32 = 40;
const DISTRIBUTED: u32 = 10_000;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for machine in &cx.pipeline.machines {
        for (name, state) in &machine.states {
            let is_map = state.get("Type").and_then(Tree::text) == Some("Map");
            let limit = state
                .get("MaxConcurrency")
                .or(state.get("MaxConcurrencyPath"));
            let unlimited = limit.is_none_or(|limit| limit.number() == Some(0.0));
            if !is_map || !unlimited {
                continue;
            }
            let mode = state.at(&["ItemProcessor", "ProcessorConfig", "Mode"]);
            let at_most = match mode.and_then(Tree::text) {
                Some("DISTRIBUTED") => DISTRIBUTED,
                _ if !starts_runs(state) => continue,
                _ => INLINE,
            };
            let found = UnboundedMap {
                state: name.clone(),
                at_most,
            };
            findings.push(found.at(cx.line(&machine.place.path, state.line)));
        }
    }
    findings
}

/// Whether the iterations of a map start runs that count against a quota.
fn starts_runs(state: &Tree) -> bool {
    const RUNS: [&str; 4] = ["startJobRun", "submitJob", "startExecution", "redshiftdata"];
    let resource = state.get("Resource").and_then(Tree::written);
    resource.is_some_and(|resource| RUNS.iter().any(|run| resource.contains(run)))
        || match &state.value {
            Value::Map(pairs) => pairs.iter().any(|(_, inner)| starts_runs(inner)),
            Value::List(items) => items.iter().any(starts_runs),
            _ => false,
        }
}
