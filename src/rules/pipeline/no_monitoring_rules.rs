//! DK436: no monitoring rules.

use serde::Serialize;

use super::Context;
use crate::pipeline::WlmQueue;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::counted;

crate::declare_rule! {
    /// ## What it does
    /// Reports WLM configurations without a query monitoring rule.
    ///
    /// ## Why is this bad?
    /// A nested loop over two large tables runs until somebody notices, and everybody waits.
    ///
    /// ## Example
    /// ```json
    /// [{"query_group": ["search"], "auto_wlm": true, "priority": "highest"}]
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"query_group": ["search"], "auto_wlm": true, "priority": "highest", "rules": [{"rule_name": "runaway", "predicate": [{"metric_name": "query_execution_time", "operator": ">", "value": 60}], "action": "abort"}]}]
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: WLM query monitoring rules:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/cm-c-wlm-query-monitoring-rules.html>
    pub const RULE = ("DK436", "no-monitoring-rules", Pipeline, Hint, ["Amazon Redshift Database Developer Guide: WLM query monitoring rules, https://docs.aws.amazon.com/redshift/latest/dg/cm-c-wlm-query-monitoring-rules.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NoMonitoringRules {
    queues: usize,
}

impl Violation for NoMonitoringRules {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "No query monitoring rule in {}",
            counted(self.queues as f64, "queue")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Add rules for execution time and nested loop rows, with `log` first and `abort` once you know the numbers.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let good = |queues: &[&WlmQueue]| {
        queues.iter().any(|queue| {
            let rules = queue.tree.get("rules");
            rules.is_some_and(|rules| !rules.items().is_empty())
        })
    };
    let bad = cx
        .configurations()
        .into_iter()
        .filter(|queues| !good(queues));
    bad.filter_map(|queues| {
        let found = NoMonitoringRules {
            queues: queues.len(),
        };
        Some(found.at(cx.place(&queues.first()?.place)))
    })
    .collect()
}
