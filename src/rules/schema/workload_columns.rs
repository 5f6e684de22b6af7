//! DK201: the search table is not sorted by what is searched.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{self, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::{SortKey, Table};
use crate::sql::CreateTable;
use crate::sql::write::{self, Action};
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports tables whose declared sort key does not begin with the columns of a workload that was
    /// named, in that order. `columns` under `[workload]` in `distkey.toml` names them, or `lint
    /// --workload search-by-category`: these are `category_id` and `price`. A table that lacks one of
    /// them is left alone; without a workload nothing is said. A key that Redshift chooses (AUTO) is a
    /// hint, since its state is not in the DDL.
    ///
    /// ## Why is this bad?
    /// Zone maps skip blocks only along the sort order: under (category_id, price) a search reads
    /// a few blocks of each slice, under any other key it reads the table, and twice as long when
    /// the table doubles.
    ///
    /// ## Example
    /// ```sql
    /// create table products (product_id bigint, category_id int, price decimal(10,2))
    /// compound sortkey (product_id);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table products (product_id bigint, category_id int, price decimal(10,2))
    /// compound sortkey (category_id, price);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best sort key:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    pub const RULE = ("DK201", "workload-columns", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html"]);
}

/// The key there is and the key that serves the workload.
#[derive(Debug, Serialize)]
pub(super) struct WorkloadColumns {
    table: TableName,
    sort_key: Vec<Ident>,
    wanted: Vec<Ident>,
    auto: bool,
    rows: Option<f64>,
}

impl Violation for WorkloadColumns {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let rows = self.rows.map_or(String::new(), |rows| {
            format!(": {} rows are read for each search", count(rows))
        });
        let wanted = name::list(&self.wanted);
        match (self.auto, self.sort_key.is_empty()) {
            (true, _) => format!(
                "`{}` is searched by ({wanted}) and leaves its sort key to Redshift{rows}",
                self.table
            ),
            (false, true) => format!(
                "`{}` is searched by ({wanted}) and has no sort key{rows}",
                self.table
            ),
            (false, false) => format!(
                "`{}` is searched by ({wanted}) and sorted by ({}){rows}",
                self.table,
                name::list(&self.sort_key)
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        let wanted = name::list(&self.wanted);
        Remedy::text(format!(
            "Sort it by ({wanted}), in this order, unless other queries matter more."
        ))
        .with_sql(write::alter(&self.table, &[Action::SortKey(&self.wanted)]))
    }

    fn severity(&self) -> Severity {
        let small = self.auto && self.rows.is_none_or(|rows| rows < ALERT_ROWS);
        match small {
            true => Severity::Hint,
            false => Severity::Warning,
        }
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, statement) in cx.created() {
        let wanted = cx.config.workload.columns();
        let fix = || edits::unsafe_fix(edits::sort_by(cx, create, statement.span, wanted));
        let found = find(cx, create, table);
        findings.extend(found.map(|finding| finding.with_fix(fix())));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let wanted = cx.config.workload.columns();
    // Without a workload nothing is known of what searches the table.
    if !cx.config.workload.is_named() {
        return None;
    }
    let has_all = !wanted.is_empty() && wanted.iter().all(|name| table.column(name).is_some());
    let sorted_by = table.sort_columns();
    if !has_all || sorted_by.starts_with(wanted) {
        return None;
    }
    let finding = WorkloadColumns {
        table: table.name.clone(),
        sort_key: sorted_by.to_vec(),
        wanted: wanted.to_vec(),
        auto: matches!(table.sort_key, SortKey::Auto(None)),
        rows: cx.rows_of(table),
    };
    Some(finding.at(cx.location(create.name.span)))
}
