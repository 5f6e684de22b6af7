//! DK112: the workload's filter columns don't skip blocks.

use serde::Serialize;

use super::{Context, by_rows};
use crate::graph::scanned_table;
use crate::name::{self, Ident, TableName};
use crate::plan::{Node, cost};
use crate::rules::{Finding, Remedy, Severity, Violation};
use crate::text::units::{count, size};
use crate::whatif::Changes;

crate::declare_rule! {
    /// ## What it does
    /// Reports scans that filter by the columns of the workload and show no sign of block skipping.
    /// The columns are `category_id` and `price`, unless `columns` under `[workload]` in
    /// `distkey.toml` names others. With the DDL, the sort key decides.
    ///
    /// ## Why is this bad?
    /// The workload's filter is the one that runs most. Sorted by its columns, a search reads a few
    /// blocks a slice; unsorted, it reads the table, and twice as long when the table doubles.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on products  (cost=0.00..750000.00 rows=1250000 width=20)
    ///   Filter: ((category_id = 7) AND (price < 50.00))
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on products  (cost=0.00..18750.00 rows=1250000 width=20)
    ///   Filter: ((category_id = 7) AND (price < 50.00))
    /// ```
    ///
    /// ## References
    /// - Choose the best sort key (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    pub const RULE = ("DK112", "workload-sort-key", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html",
    ]);
}

/// A scan by the workload's columns that reads everything.
#[derive(Debug, Serialize)]
pub(super) struct WorkloadSortKey {
    table: TableName,
    /// The workload's columns in this filter, in the workload's order.
    columns: Vec<Ident>,
    rows_scanned: f64,
    rows_out: f64,
    bytes_scanned: f64,
    sort_key: Option<String>,
}

impl Violation for WorkloadSortKey {
    const RULE: crate::rules::RuleInfo = RULE;

    fn message(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|c| format!("`{c}`")).collect();
        let why = match &self.sort_key {
            Some(key) => format!("its sort key is {key}"),
            None => "the cost shows no block skipping".to_owned(),
        };
        format!(
            "`{}` is filtered by {} and read whole: {} rows, {}, to keep {}; {why}",
            self.table,
            columns.join(" and "),
            count(self.rows_scanned),
            size(self.bytes_scanned),
            count(self.rows_out)
        )
    }

    fn remedy(&self) -> Remedy {
        let by = match self.columns.as_slice() {
            [only] => format!("`{only}`"),
            columns => format!(
                "({}), in this order, since a compound key serves its prefixes",
                name::list(columns)
            ),
        };
        let text = format!(
            "Sort `{}` by {by}. Rows that arrive after the last sort are still read whole.",
            self.table
        );
        let changes = Changes::sorted(&self.table, &self.columns);
        Remedy::text(text.clone()).propose(text, changes)
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows_scanned)
    }

    fn weight(&self) -> f64 {
        self.bytes_scanned
    }
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
    let charged = cost::charged(scan)?;
    let filtered = super::unpruned_scan::prunable_columns(scan.filter()?);
    let wanted = cx.config.workload.columns();
    let columns: Vec<Ident> = wanted
        .iter()
        .filter(|c| filtered.contains(c))
        .cloned()
        .collect();
    if columns.is_empty() || charged.suggests_skipping() || charged.selectivity() > 0.5 {
        return None;
    }
    let table = cx.table(scan);
    let sorted_by = table.map(|table| table.sort_columns()).unwrap_or_default();
    if sorted_by
        .first()
        .is_some_and(|first| columns.contains(first))
    {
        return None;
    }
    let work = cx.step(scan).scan.as_ref();
    let finding = WorkloadSortKey {
        table: scanned_table(scan)?,
        columns,
        rows_scanned: charged.rows_scanned,
        rows_out: charged.rows_out,
        bytes_scanned: work.map_or(0.0, |scan| scan.fixed_bytes + scan.text_bytes),
        sort_key: table.map(|_| match sorted_by.is_empty() {
            true => "missing or AUTO".to_owned(),
            false => format!("({})", sorted_by.join(", ")),
        }),
    };
    Some(finding.at_node(scan.id))
}
