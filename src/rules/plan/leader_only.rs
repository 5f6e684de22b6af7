//! DK122: steps run on the leader node.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::plan::Engine;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports `LD` steps: they scan catalog tables on the leader node.
    ///
    /// ## Why is this bad?
    /// There is one leader node for all users, and it does not share the work with the compute
    /// nodes. Costs next to 1e99 are its way of saying that they are not known.
    ///
    /// ## Example
    /// ```text
    /// LD Seq Scan on pg_class  (cost=0.00..24.07 rows=807 width=132)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..20000.00 rows=2000000 width=20)
    /// ```
    ///
    /// ## References
    /// - SQL functions supported on the leader node (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_sql-functions-leader-node.html>
    pub const RULE = ("DK122", "leader-only", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: SQL functions supported on the leader node, https://docs.aws.amazon.com/redshift/latest/dg/c_sql-functions-leader-node.html",
    ]);
}

/// The steps on the leader node.
#[derive(Debug, Serialize)]
pub(super) struct LeaderOnly {
    tables: Vec<TableName>,
    steps: usize,
}

impl Violation for LeaderOnly {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let tables: Vec<String> = self
            .tables
            .iter()
            .map(|table| format!("`{table}`"))
            .collect();
        format!(
            "{} scanned on the leader node, not on the compute nodes",
            tables.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Filter by schema and table name as early as the view allows, and keep the result \
             instead of asking for it with every query.",
        )
    }

    fn weight(&self) -> f64 {
        0.0
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let steps: Vec<_> = cx
        .plan
        .nodes
        .iter()
        .filter(|node| node.engine == Engine::Ld)
        .collect();
    let Some(first) = steps.first() else {
        return Vec::new();
    };
    let mut tables: Vec<TableName> = steps.iter().filter_map(|node| node.table_name()).collect();
    tables.dedup();
    let finding = LeaderOnly {
        tables,
        steps: steps.len(),
    };
    vec![finding.at_node(first.id)]
}
