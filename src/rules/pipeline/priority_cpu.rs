//! DK430: priority cpu.

use serde::Serialize;

use super::Context;
use crate::pipeline::WlmQueue;
use crate::pipeline::tree::Tree;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::duration;

crate::declare_rule! {
    /// ## What it does
    /// Reports queries of a high-priority queue that took more CPU than `priority-cpu-seconds`
    /// (half a second by default). They are read from an export with the columns `query_group` (or
    /// `service_class`) and `query_cpu_time` in seconds.
    ///
    /// ## Why is this bad?
    /// What runs before everything else has to be short: each long query there holds up the searches
    /// behind it. No monitoring rule can watch for less than whole seconds.
    ///
    /// ## Example
    /// ```json
    /// [{"query_group": ["search"], "auto_wlm": true, "priority": "highest", "rules": [{"rule_name": "runaway", "predicate": [{"metric_name": "query_execution_time", "operator": ">", "value": 60}], "action": "abort"}]}]
    /// ```
    /// ```csv
    /// query_group,query_cpu_time
    /// search,0.2
    /// search,1.4
    /// load,80
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"query_group": ["search"], "auto_wlm": true, "priority": "highest", "rules": [{"rule_name": "runaway", "predicate": [{"metric_name": "query_execution_time", "operator": ">", "value": 60}], "action": "abort"}]}]
    /// ```
    /// ```csv
    /// query_group,query_cpu_time
    /// search,0.2
    /// search,0.4
    /// load,80
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: SVL_QUERY_METRICS_SUMMARY:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_QUERY_METRICS_SUMMARY.html>
    pub const RULE = ("DK430", "priority-cpu", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: SVL_QUERY_METRICS_SUMMARY, https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_QUERY_METRICS_SUMMARY.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct PriorityCpu {
    queue: String,
    queries: usize,
    over: usize,
    most_seconds: f64,
    limit_seconds: f64,
}

impl Violation for PriorityCpu {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} of {} in `{}` took more than {} of CPU, up to {}",
            self.over,
            self.queries,
            self.queue,
            duration(self.limit_seconds * 1e3),
            duration(self.most_seconds * 1e3)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Look at these queries with `distkey explain`, or route them to another queue.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let limit = cx.config.pipeline.priority_cpu_seconds;
    let first = |queue: &WlmQueue| {
        queue
            .tree
            .get("priority")
            .and_then(Tree::text)
            .is_some_and(|p| p.starts_with("high"))
    };
    let high: Vec<&str> = cx
        .pipeline
        .queues
        .iter()
        .filter(|queue| first(queue))
        .map(|queue| queue.name.as_str())
        .collect();
    let mut findings = Vec::new();
    for timings in &cx.pipeline.timings {
        // Without a configuration every queue may be the one that counts.
        let counts = |queue: &str| high.is_empty() || high.contains(&queue);
        for (queue, seconds) in timings.queues.iter().filter(|(queue, _)| counts(queue)) {
            let over = seconds.iter().filter(|seconds| **seconds > limit).count();
            if over > 0 {
                let found = PriorityCpu {
                    queue: queue.clone(),
                    queries: seconds.len(),
                    over,
                    most_seconds: seconds.iter().copied().fold(0.0, f64::max),
                    limit_seconds: limit,
                };
                findings.push(found.at(cx.place(&timings.place)));
            }
        }
    }
    findings
}
