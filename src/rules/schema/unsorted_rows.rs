//! DK237: many rows wait to be sorted.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::sql::CreateTable;
use crate::sql::write::{self, Vacuum};
use crate::text::units::count;
use crate::thresholds::{ALERT_ROWS, UNSORTED};

crate::declare_rule! {
    /// ## What it does
    /// Reports tables of a million rows or more of which 20 % or more are unsorted: from there on
    /// Redshift no longer merge-joins them.
    ///
    /// ## Why is this bad?
    /// Unsorted rows are read whole by every query, whatever the sort key, and merge joins become
    /// hash joins.
    ///
    /// ## Example
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "unsorted": 35}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "unsorted": 2}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Query plan:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c-the-query-plan.html>
    pub const RULE = ("DK237", "unsorted-rows", Schema, Warning, ["Amazon Redshift Database Developer Guide: Query plan, https://docs.aws.amazon.com/redshift/latest/dg/c-the-query-plan.html"]);
}

/// What the statistics say.
#[derive(Debug, Serialize)]
pub(super) struct UnsortedRows {
    table: TableName,
    rows: f64,
    unsorted: f64,
}

impl Violation for UnsortedRows {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{:.0} % of `{}`, {} rows, are unsorted and read by every query",
            self.unsorted * 100.0,
            self.table,
            count(self.rows * self.unsorted)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Sort them.").with_sql(write::vacuum(Vacuum::SortOnly, &self.table))
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
    let unsorted = stats.unsorted.filter(|share| *share >= UNSORTED)?;
    let finding = UnsortedRows {
        table: table.name.clone(),
        rows,
        unsorted,
    };
    Some(finding.at(cx.location(create.name.span)))
}
