//! DK218: an interleaved sort key.

use serde::Serialize;

use super::Context;
use crate::name::{self, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::{DataType, SortKey, Table};
use crate::sql::CreateTable;
use crate::sql::write::{self, Action};

crate::declare_rule! {
    /// ## What it does
    /// Reports INTERLEAVED SORTKEY: with a date, timestamp or identity column, or more than eight
    /// columns, as an error or warning; otherwise as a hint.
    ///
    /// ## Why is this bad?
    /// Interleaved keys need VACUUM REINDEX as data arrives, most of all for values that only
    /// grow; they keep ALTER DISTKEY, DISTSTYLE and ENCODE from working, and a compound key can't
    /// be turned into one. Redshift refuses more than eight columns.
    ///
    /// ## Example
    /// ```sql
    /// create table visits (visited_at timestamp, shop_id int) interleaved sortkey (visited_at, shop_id);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table visits (visited_at timestamp, shop_id int) compound sortkey (visited_at, shop_id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Working with sort keys:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Sorting_data.html>
    pub const RULE = ("DK218", "interleaved-sort-key", Schema, Warning, ["Amazon Redshift Database Developer Guide: Working with sort keys, https://docs.aws.amazon.com/redshift/latest/dg/t_Sorting_data.html"]);
}

/// The key.
#[derive(Debug, Serialize)]
pub(super) struct InterleavedSortKey {
    table: TableName,
    columns: Vec<Ident>,
    /// A column whose values only grow.
    growing: Option<Ident>,
    /// The order of a compound key by what the named workload filters, where it does by one of them.
    wanted: Vec<Ident>,
}

impl Violation for InterleavedSortKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        match &self.growing {
            _ if self.columns.len() > 8 => format!(
                "`{}` interleaves {} columns; Redshift allows 8",
                self.table,
                self.columns.len()
            ),
            Some(column) => format!(
                "`{}` interleaves `{column}`, which increases over time, so each load leaves it unsorted until VACUUM REINDEX",
                self.table
            ),
            None => format!(
                "`{}` has an interleaved sort key on ({})",
                self.table,
                name::list(&self.columns)
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        match self.wanted.as_slice() {
            // Which column most queries filter by is not in the DDL.
            [] => Remedy::text(format!(
                "Use a compound key that begins with the column that most queries filter by. Which of \
                 ({}) is it? `distkey advise --workload` weighs the queries; the DDL does not tell.",
                name::list(&self.columns)
            )),
            [first, ..] => Remedy::text(format!(
                "Use a compound key that begins with `{first}`, which the workload filters by."
            ))
            .with_sql(write::alter(&self.table, &[Action::SortKey(&self.wanted)])),
        }
    }

    fn severity(&self) -> Severity {
        match (self.columns.len() > 8, &self.growing) {
            (true, _) => Severity::Error,
            (false, Some(_)) => Severity::Warning,
            (false, None) => Severity::Hint,
        }
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // No fix: a compound key in the order of the interleaved one may serve no filter.
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let SortKey::Interleaved(columns) = &table.sort_key else {
        return None;
    };
    let growing = columns.iter().find(|name| {
        table.column(name).is_some_and(|column| {
            column.identity
                || matches!(
                    column.data_type,
                    DataType::Date | DataType::Timestamp | DataType::TimestampTz
                )
        })
    });
    let finding = InterleavedSortKey {
        table: table.name.clone(),
        columns: columns.clone(),
        growing: growing.cloned(),
        wanted: wanted(cx, columns),
    };
    Some(finding.at(cx.location(create.name.span)))
}

/// A compound key of an interleaved one's columns: those that the named workload filters by first,
/// in its order, then the others. Empty where no workload is named, or it filters by none of them.
fn wanted(cx: &Context<'_>, columns: &[Ident]) -> Vec<Ident> {
    let workload = &cx.config.workload;
    let named = workload.columns.iter().flatten();
    let filtered = named.filter_map(|name| columns.iter().find(|column| *column == name));
    let mut key: Vec<Ident> = filtered.cloned().collect();
    if !key.is_empty() {
        let others = columns.iter().filter(|column| !key.contains(column));
        let others: Vec<Ident> = others.cloned().collect();
        key.extend(others);
    }
    key
}
