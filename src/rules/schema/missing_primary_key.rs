//! DK220: a foreign key refers to a column that is not declared unique.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::write::{self, Action};

crate::declare_rule! {
    /// ## What it does
    /// Reports foreign keys to columns that are neither a primary key nor unique.
    ///
    /// ## Why is this bad?
    /// The planner uses declared keys to drop needless DISTINCTs and joins and to estimate join
    /// sizes. It trusts them without checking: declare them only where the loading keeps them.
    ///
    /// ## Example
    /// ```sql
    /// create table shops (shop_id int, name varchar(40));
    /// create table sales (shop_id int references shops(shop_id));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table shops (shop_id int primary key, name varchar(40));
    /// create table sales (shop_id int references shops(shop_id));
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Define table constraints:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-defining-constraints.html>
    pub const RULE = ("DK220", "missing-primary-key", Schema, Hint, ["Amazon Redshift Database Developer Guide: Define table constraints, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-defining-constraints.html"]);
}

/// The reference.
#[derive(Debug, Serialize)]
pub(super) struct MissingPrimaryKey {
    table: TableName,
    referred: TableName,
    column: Ident,
}

impl Violation for MissingPrimaryKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` refers to `{}.{}`, which is declared neither PRIMARY KEY nor UNIQUE",
            self.table, self.referred, self.column
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Declare the key if every load keeps it unique; Redshift does not check it.")
            .with_sql(write::alter(
                &self.referred,
                &[Action::AddPrimaryKey(std::slice::from_ref(&self.column))],
            ))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        for key in &table.foreign_keys {
            let referred = cx.schema.resolve(&key.table);
            let (Some(referred), Some(column)) = (referred, key.referred_columns.first()) else {
                continue;
            };
            let declared = referred.primary_key.contains(column)
                || referred.unique.iter().any(|unique| unique.contains(column));
            if declared {
                continue;
            }
            let own = key.columns.first().map_or("", |name| name.as_str());
            let place = cx.at_column(create, own);
            let finding = MissingPrimaryKey {
                table: table.name.clone(),
                referred: referred.name.clone(),
                column: column.clone(),
            };
            findings.push(finding.at(place));
        }
    }
    findings
}
