//! DK236: slices with very different numbers of rows.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::sql::CreateTable;
use crate::text::units::count;
use crate::thresholds::{ALERT_ROWS, SKEWED};

crate::declare_rule! {
    /// ## What it does
    /// Reports tables of a million rows or more whose fullest slice holds at least four times the
    /// rows of the emptiest (`skew_rows`).
    ///
    /// ## Why is this bad?
    /// The fullest slice sets the time of every scan and join; the others wait.
    ///
    /// ## Example
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "skew_rows": 9.5}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "skew_rows": 1.2}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: SVV_TABLE_INFO:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html>
    pub const RULE = ("DK236", "skewed-table", Schema, Warning, ["Amazon Redshift Database Developer Guide: SVV_TABLE_INFO, https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html"]);
}

/// What the statistics say.
#[derive(Debug, Serialize)]
pub(super) struct SkewedTable {
    table: TableName,
    rows: f64,
    skew: f64,
}

impl Violation for SkewedTable {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "The fullest slice of `{}` holds {:.1} times the rows of the emptiest, of {} in all",
            self.table,
            self.skew,
            count(self.rows)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Distribute by a column with more and more even values, or DISTSTYLE EVEN.")
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
    let rows = stats.rows.filter(|rows| *rows >= ALERT_ROWS)?;
    let skew = stats.skew_rows.filter(|skew| *skew >= SKEWED)?;
    let finding = SkewedTable {
        table: table.name.clone(),
        rows,
        skew,
    };
    Some(finding.at(cx.location(create.name.span)))
}
