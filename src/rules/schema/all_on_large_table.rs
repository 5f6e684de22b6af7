//! DK206: a large table copied to every node.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DistStyle, Table};
use crate::sql::CreateTable;
use crate::text::units::count;
use crate::thresholds::LARGE_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports DISTSTYLE ALL on tables of five million rows or more, where `--stats` tells the
    /// rows.
    ///
    /// ## Why is this bad?
    /// Every node stores, loads and vacuums the whole table. AWS publishes no limit for ALL; its
    /// own review of clusters calls five million rows large.
    ///
    /// ## Example
    /// ```json
    /// {"rows": {"orders": 60000000}}
    /// ```
    /// ```sql
    /// create table orders (order_id bigint) diststyle all;
    /// ```
    ///
    /// ## Use instead
    /// ```json
    /// {"rows": {"orders": 60000000}}
    /// ```
    /// ```sql
    /// create table orders (order_id bigint) distkey(order_id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best distribution style:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK206", "all-on-large-table", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// The table and its copies.
#[derive(Debug, Serialize)]
pub(super) struct AllOnLargeTable {
    table: TableName,
    rows: f64,
    nodes: f64,
}

impl Violation for AllOnLargeTable {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` has {} rows and is kept on every node: {} rows on {:.0} nodes",
            self.table,
            count(self.rows),
            count(self.rows * self.nodes),
            self.nodes
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Distribute it by the column of its largest join.")
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
    let rows = cx.rows_of(table).filter(|rows| *rows >= LARGE_ROWS)?;
    (table.dist_style == DistStyle::All).then(|| {
        let finding = AllOnLargeTable {
            table: table.name.clone(),
            rows,
            nodes: cx.cluster.nodes(),
        };
        finding.at(cx.location(create.name.span))
    })
}
