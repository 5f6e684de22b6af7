//! DK238: statistics that are out of date.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::sql::CreateTable;
use crate::sql::write;
use crate::thresholds::STALE;

crate::declare_rule! {
    /// ## What it does
    /// Reports tables whose `stats_off` is 10 % or more, the share at which ANALYZE acts.
    ///
    /// ## Why is this bad?
    /// The planner chooses join order and redistribution by row counts that are no longer true.
    ///
    /// ## Example
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "stats_off": 40}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "stats_off": 1}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Analyzing tables:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html>
    pub const RULE = ("DK238", "stale-table-statistics", Schema, Warning, ["Amazon Redshift Database Developer Guide: Analyzing tables, https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html"]);
}

/// What the statistics say.
#[derive(Debug, Serialize)]
pub(super) struct StaleTableStatistics {
    table: TableName,
    rows: Option<f64>,
    stats_off: f64,
}

impl Violation for StaleTableStatistics {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "The statistics of `{}` are {:.0} % off",
            self.table,
            self.stats_off * 100.0
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Run ANALYZE after loads that change much.")
            .with_sql(write::analyze(&self.table))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let stats = cx.stats_of(table)?;
    let stats_off = stats.stats_off.filter(|off| *off >= STALE)?;
    let finding = StaleTableStatistics {
        table: table.name.clone(),
        rows: stats.rows,
        stats_off,
    };
    Some(finding.at(cx.location(create.name.span)))
}
