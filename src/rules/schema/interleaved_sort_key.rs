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
        Remedy::text("Use a compound key that begins with the column of the most frequent filter; the statement keeps the present order, which may be another.")
            .with_sql(write::alter(&self.table, &[Action::SortKey(&self.columns)]))
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
    };
    Some(finding.at(cx.location(create.name.span)))
}
