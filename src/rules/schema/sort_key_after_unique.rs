//! DK219: sort columns behind a unique one.

use serde::Serialize;

use super::Context;
use crate::name::{self, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{SortKey, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports sort key columns that follow a column with a different value in nearly every row.
    /// That is the whole primary key, an identity, or a column that `--stats` shows to be unique.
    ///
    /// ## Why is this bad?
    /// Rows are ordered by the unique column already, so that the columns after it order nothing
    /// and skip nothing.
    ///
    /// ## Example
    /// ```sql
    /// create table orders (order_id bigint primary key, placed_on date) compound sortkey (order_id, placed_on);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table orders (order_id bigint primary key, placed_on date) compound sortkey (placed_on, order_id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best sort key:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    pub const RULE = ("DK219", "sort-key-after-unique", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html"]);
}

/// The unique column and what follows.
#[derive(Debug, Serialize)]
pub(super) struct SortKeyAfterUnique {
    table: TableName,
    unique: Ident,
    after: Vec<Ident>,
}

impl Violation for SortKeyAfterUnique {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` sorts by ({}) after `{}`, which is unique, so the columns after it cannot skip blocks",
            self.table,
            name::list(&self.after),
            self.unique
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Put the columns of frequent filters first, few values before many, and the unique one last or not at all.",
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
    let SortKey::Compound(columns) = &table.sort_key else {
        return None;
    };
    let (at, unique) = columns
        .iter()
        .enumerate()
        .find(|(_, name)| is_unique(cx, table, name))?;
    let after = columns[at + 1..].to_vec();
    if after.is_empty() {
        return None;
    }
    // No fix: which column the filters want first is not in the DDL, and cutting the key off
    // behind the unique column would leave one that skips nothing for them.
    let place = cx.at_column(create, unique);
    let finding = SortKeyAfterUnique {
        table: table.name.clone(),
        unique: unique.clone(),
        after,
    };
    Some(finding.at(place))
}

/// Distinct values over rows from which a column is as good as unique. Chosen: distinct
/// values in statistics are estimates that may be some per cent off.
const UNIQUE_SHARE: f64 = 0.9;

fn is_unique(cx: &Context<'_>, table: &Table, name: &Ident) -> bool {
    let alone = |key: &Vec<Ident>| key.len() == 1 && key.first() == Some(name);
    let known = cx.stats_of(table).is_some_and(|stats| {
        let distinct = stats.columns.get(name).and_then(|column| column.distinct);
        distinct
            .zip(stats.rows)
            .is_some_and(|(distinct, rows)| distinct >= rows * UNIQUE_SHARE)
    });
    known
        || alone(&table.primary_key)
        || table.unique.iter().any(alone)
        || table.column(name).is_some_and(|column| column.identity)
}
