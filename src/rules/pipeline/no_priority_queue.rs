//! DK435: no priority queue.

use serde::Serialize;

use super::Context;
use crate::pipeline::WlmQueue;
use crate::pipeline::tree::Tree;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::counted;

crate::declare_rule! {
    /// ## What it does
    /// Reports WLM configurations in which no queue has a higher priority.
    ///
    /// ## Why is this bad?
    /// Search by category waits behind loads and reports.
    ///
    /// ## Example
    /// ```json
    /// [{"query_group": ["load"], "auto_wlm": true, "priority": "normal"}, {"auto_wlm": true}]
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"query_group": ["search"], "auto_wlm": true, "priority": "highest"}, {"query_group": ["load"], "auto_wlm": true, "priority": "low"}]
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Query priority:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/query-priority.html>
    pub const RULE = ("DK435", "no-priority-queue", Pipeline, Warning, ["Amazon Redshift Database Developer Guide: Query priority, https://docs.aws.amazon.com/redshift/latest/dg/query-priority.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct NoPriorityQueue {
    queues: usize,
}

impl Violation for NoPriorityQueue {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "None of {} has a higher priority",
            counted(self.queues as f64, "queue")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Give the queue of the search `priority` highest, and loads low.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let good = |queues: &[&WlmQueue]| {
        let high = queues.iter().any(|queue| {
            let priority = queue.tree.get("priority").and_then(Tree::text);
            matches!(priority, Some("high" | "highest"))
        });
        // Manual queues have slots instead.
        high || queues
            .iter()
            .any(|queue| queue.tree.get("query_concurrency").is_some())
    };
    let bad = cx
        .configurations()
        .into_iter()
        .filter(|queues| !good(queues));
    bad.filter_map(|queues| {
        let found = NoPriorityQueue {
            queues: queues.len(),
        };
        Some(found.at(cx.place(&queues.first()?.place)))
    })
    .collect()
}
