//! DK207: a table that others refer to is spread evenly.

use serde::Serialize;

use super::{Context, edits};
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DistStyle, Table};
use crate::sql::CreateTable;
use crate::sql::write::{self, Action, Style};
use crate::thresholds::LARGE_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports DISTSTYLE EVEN on tables that other tables refer to by a foreign key, unless
    /// `--stats` shows them to be large.
    ///
    /// ## Why is this bad?
    /// Such a table is joined from elsewhere, and spread evenly its rows are redistributed for every join. A copy
    /// on every node costs little while it is small.
    ///
    /// ## Example
    /// ```sql
    /// create table shops (shop_id int primary key) diststyle even;
    /// create table sales (shop_id int references shops(shop_id));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table shops (shop_id int primary key) diststyle all;
    /// create table sales (shop_id int references shops(shop_id));
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best distribution style:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK207", "even-dimension", Schema, Hint, ["Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// The table and who refers to it.
#[derive(Debug, Serialize)]
pub(super) struct EvenDimension {
    table: TableName,
    referring: Vec<TableName>,
    rows: Option<f64>,
}

impl Violation for EvenDimension {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let referring: Vec<String> = self
            .referring
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        format!(
            "`{}` is DISTSTYLE EVEN and joined from {}: its rows are redistributed for every join",
            self.table,
            referring.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Keep a copy on every node, if it is small.")
            .with_sql(write::alter(&self.table, &[Action::DistStyle(Style::All)]))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, statement) in cx.created() {
        // On every node a table that turns out large is worse than one that moves.
        let small = cx.rows_of(table).is_some();
        let all = || edits::distribute(cx, create, statement.span, "diststyle all");
        let fix = || small.then(|| edits::unsafe_fix(all())).flatten();
        let found = find(cx, create, table);
        findings.extend(found.map(|finding| finding.with_fix(fix())));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let rows = cx.rows_of(table);
    let referring: Vec<TableName> = cx
        .referring(table)
        .map(|other| other.name.clone())
        .collect();
    let large = rows.is_some_and(|rows| rows >= LARGE_ROWS);
    if table.dist_style != DistStyle::Even || referring.is_empty() || large {
        return None;
    }
    let finding = EvenDimension {
        table: table.name.clone(),
        referring,
        rows,
    };
    Some(finding.at(cx.location(create.name.span)))
}
