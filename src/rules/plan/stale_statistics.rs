//! DK109: the planner's row count is not the table's.

use serde::Serialize;

use super::Context;
use crate::graph::scanned_table;
use crate::name::TableName;
use crate::plan::{Node, cost};
use crate::rules::{Finding, Remedy, Violation};
use crate::sql::write;
use crate::text::units::{count, size};
use crate::thresholds::STALE;

/// How far the planner's count may be from the table's. Chosen: plans seldom change
/// for less.
const FACTOR: f64 = 2.0;

crate::declare_rule! {
    /// ## What it does
    /// Compares the rows that the planner believes a table has with the table's real rows, and
    /// reads `stats_off`, where `--stats` tells them.
    ///
    /// ## Why is this bad?
    /// A planner that believes a table to be half its size broadcasts it, builds the hash table on
    /// the wrong side, and gives the query too little memory.
    ///
    /// ## Example
    /// ```json
    /// {"rows": {"orders": 40000000}}
    /// ```
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"rows": {"orders": 9100000}}
    /// ```
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    /// ```
    ///
    /// ## References
    /// - Analyzing tables (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html>
    /// - SVV_TABLE_INFO (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html>
    pub const RULE = ("DK109", "stale-statistics", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Analyzing tables, https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html",
        "Amazon Redshift Database Developer Guide: SVV_TABLE_INFO, https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html",
    ]);
}

/// A table whose statistics are old.
#[derive(Debug, Serialize)]
pub(super) struct StaleStatistics {
    table: TableName,
    rows_planned: f64,
    rows: Option<f64>,
    stats_off: Option<f64>,
    #[serde(skip)]
    bytes: f64,
}

impl Violation for StaleStatistics {
    const RULE: crate::rules::RuleInfo = RULE;

    fn message(&self) -> String {
        let planned = count(self.rows_planned);
        match (self.rows, self.stats_off) {
            (Some(rows), _) if differs(rows, self.rows_planned) => format!(
                "The planner counts {planned} rows in `{}`, which has {}",
                self.table,
                count(rows)
            ),
            (_, off) => format!(
                "The statistics of `{}` are {:.0} % off (`stats_off`); the plan reads {planned} rows, {}",
                self.table,
                off.unwrap_or(0.0) * 100.0,
                size(self.bytes)
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Run ANALYZE, then EXPLAIN again.").with_sql(write::analyze(&self.table))
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

fn differs(rows: f64, planned: f64) -> bool {
    rows > planned * FACTOR || planned > rows * FACTOR
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let scans = cx
        .plan
        .nodes
        .iter()
        .filter(|node| cost::is_table_scan(node));
    scans.filter_map(|scan| find(cx, scan)).collect()
}

fn find(cx: &Context<'_>, scan: &Node) -> Option<Finding> {
    let table = scanned_table(scan)?;
    let stats = cx.stats?.table(&table)?;
    let planned = cost::rows_scanned(scan)?;
    // Fewer rows than the table has may also mean that blocks are skipped.
    let skips = cost::charged(scan).is_some_and(|charged| charged.suggests_skipping());
    // A plan made here was made with these statistics.
    let made_here = cx.plan.made_here;
    let rows_differ = stats
        .rows
        .is_some_and(|rows| !made_here && !skips && differs(rows, planned));
    let is_off = stats.stats_off.is_some_and(|off| off >= STALE);
    if !rows_differ && !is_off {
        return None;
    }
    let finding = StaleStatistics {
        bytes: scan.bytes().unwrap_or(0.0),
        rows_planned: planned,
        rows: stats.rows,
        stats_off: stats.stats_off,
        table,
    };
    Some(finding.at_node(scan.id))
}
