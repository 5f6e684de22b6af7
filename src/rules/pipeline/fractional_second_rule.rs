//! DK437: fractional second rule.

use serde::Serialize;

use super::Context;
use crate::pipeline::tree::Tree;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports query monitoring rules on a fraction of a second.
    ///
    /// ## Why is this bad?
    /// Redshift evaluates rules every ten seconds, and counts time in whole seconds: such a rule never
    /// does what it says. Hold CPU time under half a second against exported timings instead.
    ///
    /// ## Example
    /// ```json
    /// [{"query_group": ["search"], "auto_wlm": true, "priority": "highest", "rules": [{"rule_name": "cpu", "predicate": [{"metric_name": "query_cpu_time", "operator": ">", "value": 0.5}], "action": "log"}]}]
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"query_group": ["search"], "auto_wlm": true, "priority": "highest", "rules": [{"rule_name": "cpu", "predicate": [{"metric_name": "query_cpu_time", "operator": ">", "value": 10}], "action": "log"}]}]
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: WLM query monitoring rules:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/cm-c-wlm-query-monitoring-rules.html>
    pub const RULE = ("DK437", "fractional-second-rule", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: WLM query monitoring rules, https://docs.aws.amazon.com/redshift/latest/dg/cm-c-wlm-query-monitoring-rules.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct FractionalSecondRule {
    rule: String,
    metric: String,
    value: f64,
}

impl Violation for FractionalSecondRule {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "The rule `{}` asks for {} of {} s: rules are evaluated every 10 s, in whole seconds",
            self.rule, self.metric, self.value
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Use 10 s or more in the rule, and check shorter times in an export of SYS_QUERY_HISTORY.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for queue in &cx.pipeline.queues {
        for rule in queue.tree.get("rules").map_or(&[][..], Tree::items) {
            for predicate in rule.get("predicate").map_or(&[][..], Tree::items) {
                let metric = predicate
                    .get("metric_name")
                    .and_then(Tree::text)
                    .unwrap_or_default();
                let value = predicate.get("value").and_then(Tree::number);
                let Some(value) =
                    value.filter(|value| metric.ends_with("_time") && value.fract() != 0.0)
                else {
                    continue;
                };
                let found = FractionalSecondRule {
                    rule: rule
                        .get("rule_name")
                        .and_then(Tree::text)
                        .unwrap_or("?")
                        .to_owned(),
                    metric: metric.to_owned(),
                    value,
                };
                findings.push(found.at(cx.line(&queue.place.path, predicate.line)));
            }
        }
    }
    findings
}
