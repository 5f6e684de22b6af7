//! DK231: a list of keys in one column.

use serde::Serialize;

use super::Context;
use crate::name::{ColumnRef, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DataType, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports a VARCHAR column named after several keys, such as `category_ids`, where a table of
    /// the same schema has that key, `category_id`, as a number.
    ///
    /// ## Why is this bad?
    /// A search for one key becomes LIKE or SPLIT_PART over every row: no zone map helps, and a
    /// join by it is a nested loop.
    ///
    /// ## Example
    /// ```sql
    /// create table category (category_id bigint primary key, name varchar(100));
    /// create table product (product_id bigint primary key, category_ids varchar(500));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table category (category_id bigint primary key, name varchar(100));
    /// create table product (product_id bigint primary key, name varchar(500));
    /// create table product_category (category_id bigint, product_id bigint) sortkey (category_id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Designing tables:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Creating_tables.html>
    pub const RULE = ("DK231", "list-in-column", Schema, Hint, ["Amazon Redshift Database Developer Guide: Designing tables, https://docs.aws.amazon.com/redshift/latest/dg/t_Creating_tables.html"]);
}

/// The column and the key that it lists.
#[derive(Debug, Serialize)]
pub(super) struct ListInColumn {
    table: TableName,
    column: Ident,
    key: ColumnRef,
}

impl Violation for ListInColumn {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}.{}` seems to list several `{}` in one text: a search for one reads every row",
            self.table, self.column, self.key
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Keep one row per pair in a table of its own, sorted by the key that is searched; or SUPER if it is only read whole.",
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
    create.columns.iter().find_map(|column| {
        let name = column.name.0.as_str();
        let singular = name.strip_suffix('s').filter(|key| key.ends_with("_id"))?;
        if !matches!(column.data_type, DataType::Varchar(_)) {
            return None;
        }
        let owner = cx.schema.tables.values().find(|owner| {
            let key = owner.column(singular).map(|key| &key.data_type);
            matches!(
                key,
                Some(DataType::SmallInt | DataType::Integer | DataType::BigInt)
            )
        })?;
        let finding = ListInColumn {
            table: table.name.clone(),
            column: column.name.0.clone(),
            key: ColumnRef {
                table: owner.name.clone(),
                column: Ident::exact(singular),
            },
        };
        Some(finding.at(cx.location(column.span)))
    })
}
