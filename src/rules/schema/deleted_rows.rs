//! DK239: many deleted rows are still read.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::sql::CreateTable;
use crate::sql::write::{self, Vacuum};
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports tables of a million rows or more of which 10 % or more of the stored rows are
    /// deleted.
    ///
    /// ## Why is this bad?
    /// Deleted rows, and the old versions of updated ones, stay in their blocks until VACUUM
    /// reclaims them: every scan reads and skips them.
    ///
    /// ## Example
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "estimated_visible_rows": 45000000}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// [{"table": "orders", "tbl_rows": 60000000, "estimated_visible_rows": 59000000}]
    /// ```
    /// ```sql
    /// create table orders (order_id bigint, at date);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Vacuuming tables:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Reclaiming_storage_space202.html>
    /// - Amazon Redshift Database Developer Guide: SVV_TABLE_INFO:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html>
    pub const RULE = ("DK239", "deleted-rows", Schema, Warning, ["Amazon Redshift Database Developer Guide: Vacuuming tables, https://docs.aws.amazon.com/redshift/latest/dg/t_Reclaiming_storage_space202.html"]);
}

/// What the statistics say.
#[derive(Debug, Serialize)]
pub(super) struct DeletedRows {
    table: TableName,
    /// Rows that queries see.
    rows: f64,
    deleted: f64,
}

impl Violation for DeletedRows {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` stores {} deleted rows beside {} that queries see ({:.0} % of what scans read)",
            self.table,
            count(self.deleted),
            count(self.rows),
            self.deleted / (self.rows + self.deleted) * 100.0
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Reclaim them; if loads replace rows again and again, append to a staging table and swap.",
        )
        .with_sql(write::vacuum(Vacuum::DeleteOnly, &self.table))
    }
}

/// The share from which they are worth a VACUUM: AWS's cluster review draws the line there,
/// no page of the Developer Guide names one.
const SHARE: f64 = 0.1;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let stats = cx.stats_of(table)?;
    let (rows, deleted) = (stats.rows?, stats.deleted_rows?);
    if rows + deleted < ALERT_ROWS || deleted < SHARE * (rows + deleted) {
        return None;
    }
    let finding = DeletedRows {
        table: table.name.clone(),
        rows,
        deleted,
    };
    Some(finding.at(cx.location(create.name.span)))
}
