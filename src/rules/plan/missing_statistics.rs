//! DK106: Redshift says that tables have no statistics.

use serde::Serialize;

use super::Context;
use crate::graph::scanned_table;
use crate::name::TableName;
use crate::plan::MISSING_STATISTICS;
use crate::rules::{Finding, Remedy, Role, RuleInfo, Violation};
use crate::sql::write;

crate::declare_rule! {
    /// ## What it does
    /// Reports the tables that Redshift names under the plan as missing statistics.
    ///
    /// ## Why is this bad?
    /// Without statistics the planner works with defaults (200 distinct values, for one), so join
    /// order, broadcasts and every row count in the plan are guesses. It comes before any other
    /// finding because it puts their numbers in doubt.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    /// ----- Tables missing statistics: orders -----
    /// ----- Update statistics by running the ANALYZE command on these tables -----
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    /// ```
    ///
    /// ## References
    /// - Analyzing tables (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html>
    pub const RULE = ("DK106", "missing-statistics", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Analyzing tables, https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html",
    ]);
}

/// The tables that Redshift names.
#[derive(Debug, Serialize)]
pub(super) struct MissingStatistics {
    tables: Vec<TableName>,
}

impl Violation for MissingStatistics {
    const RULE: RuleInfo = RULE;
    const ROLE: Role = Role::Doubts;

    fn message(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(|t| format!("`{t}`")).collect();
        let (verb, noun) = match tables.len() {
            1 => ("has", "it"),
            _ => ("have", "them"),
        };
        format!(
            "{} {verb} no statistics: every row count that depends on {noun} is a default",
            tables.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        let mut remedy = Remedy::text(
            "Run ANALYZE, then EXPLAIN again before acting on anything else in this plan.",
        );
        remedy.sql = self.tables.iter().map(write::analyze).collect();
        remedy
    }

    fn weight(&self) -> f64 {
        // It puts the numbers of all others in doubt.
        f64::INFINITY
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut tables: Vec<TableName> = Vec::new();
    let notices = cx.plan.notices.iter();
    for list in notices.filter_map(|notice| notice.strip_prefix(MISSING_STATISTICS)) {
        for noticed in cx.plan.noticed(list) {
            if !tables.contains(noticed.table()) {
                tables.push(noticed.table().clone());
            }
        }
    }
    if tables.is_empty() {
        return Vec::new();
    }
    let scan = cx.plan.nodes.iter().find(|node| {
        let scanned = scanned_table(node);
        scanned.is_some_and(|name| tables.iter().any(|table| table.matches(&name)))
    });
    let node = scan.map_or(0, |scan| scan.id);
    vec![MissingStatistics { tables }.at_node(node)]
}
