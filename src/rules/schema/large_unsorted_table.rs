//! DK235: a large table without a sort key.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::sql::CreateTable;
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports tables of a million rows or more that have no sort key, or leave it to Redshift
    /// which has chosen none, where `--stats` tells the rows.
    ///
    /// ## Why is this bad?
    /// Nothing can be skipped: every query reads every block of the columns that it uses.
    ///
    /// ## Example
    /// ```json
    /// {"rows": {"orders": 60000000}}
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"rows": {"orders": 60000000}}
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date) sortkey(at);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best sort key:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    pub const RULE = ("DK235", "large-unsorted-table", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html"]);
}

/// What the statistics say.
#[derive(Debug, Serialize)]
pub(super) struct LargeUnsortedTable {
    table: TableName,
    rows: f64,
}

impl Violation for LargeUnsortedTable {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` has {} rows and no known sort key: every query reads them all",
            self.table,
            count(self.rows)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Sort it by the column that most queries filter by, mostly a date or timestamp.",
        )
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
    let rows = cx.rows_of(table).filter(|rows| *rows >= ALERT_ROWS)?;
    if !table.sort_columns().is_empty() {
        return None;
    }
    let finding = LargeUnsortedTable {
        table: table.name.clone(),
        rows,
    };
    Some(finding.at(cx.location(create.name.span)))
}
