//! DK459: WLM over its limits.

use serde::Serialize;

use super::Context;
use crate::pipeline::tree::Tree;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports manual WLM configurations with more than 50 slots or more than 100 % of memory.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Redshift refuses such a configuration: the cluster keeps the one that it has.
    ///
    /// ## Example
    /// ```json
    /// [
    ///   {"query_group": ["load"], "query_concurrency": 30, "memory_percent_to_use": 60},
    ///   {"query_group": ["search"], "query_concurrency": 25, "memory_percent_to_use": 30},
    ///   {"query_concurrency": 5}
    /// ]
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [
    ///   {"query_group": ["load"], "query_concurrency": 3, "memory_percent_to_use": 60},
    ///   {"query_group": ["search"], "query_concurrency": 10, "memory_percent_to_use": 30},
    ///   {"query_concurrency": 2}
    /// ]
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Management Guide: WLM dynamic and static properties:
    ///   <https://docs.aws.amazon.com/redshift/latest/mgmt/workload-mgmt-config.html>
    /// - Amazon Redshift Database Developer Guide: Implementing manual WLM:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/cm-c-defining-query-queues.html>
    pub const RULE = ("DK459", "wlm-over-limits", Pipeline, Error, ["Amazon Redshift Management Guide: WLM dynamic and static properties, https://docs.aws.amazon.com/redshift/latest/mgmt/workload-mgmt-config.html", "Amazon Redshift Database Developer Guide: Implementing manual WLM, https://docs.aws.amazon.com/redshift/latest/dg/cm-c-defining-query-queues.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct WlmOverLimits {
    slots: f64,
    memory_percent: f64,
}

impl Violation for WlmOverLimits {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match self.slots > MOST_SLOTS {
            true => format!(
                "The queues have {:.0} slots, and {MOST_SLOTS:.0} is the most",
                self.slots
            ),
            false => format!(
                "The queues share {:.0} % of the memory",
                self.memory_percent
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Give all queues together up to 50 slots, better 15, and up to 100 % of the memory.",
        )
    }
}

/// Slots of all queues together.
const MOST_SLOTS: f64 = 50.0;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for queues in cx.configurations() {
        let manual = queues.iter().filter(|queue| {
            let auto = queue.tree.get("auto_wlm").and_then(Tree::truth);
            auto != Some(true) && queue.tree.get("queue_type").and_then(Tree::text) != Some("auto")
        });
        let sum = |key: &str| -> f64 {
            let values = manual
                .clone()
                .filter_map(|queue| queue.tree.get(key)?.number());
            values.sum()
        };
        let (slots, memory_percent) = (sum("query_concurrency"), sum("memory_percent_to_use"));
        if let Some(first) = queues.first()
            && (slots > MOST_SLOTS || memory_percent > 100.0)
        {
            let found = WlmOverLimits {
                slots,
                memory_percent,
            };
            findings.push(found.at(cx.place(&first.place)));
        }
    }
    findings
}
