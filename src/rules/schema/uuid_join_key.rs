//! DK256: joins on UUIDs kept as text.

use serde::Serialize;

use super::Context;
use crate::name::{ColumnRef, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Column, DataType, Table};

crate::declare_rule! {
    /// ## What it does
    /// Points out columns of 32 to 36 characters, the length of a UUID, that a declared key or a
    /// query of the files joins.
    ///
    /// ## Why is this bad?
    /// A join hashes, sends and compares 36 bytes where a BIGINT has 8, hash tables hold four times
    /// the bytes, and random values compress badly.
    ///
    /// ## Example
    /// ```sql
    /// create table users (user_id char(36) primary key, name varchar(100));
    /// create table logins (user_id char(36) references users (user_id), at timestamp);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table users (user_id bigint primary key, user_uuid char(36), name varchar(100));
    /// create table logins (user_id bigint references users (user_id), at timestamp);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Use the smallest possible column size:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-smallest-column-size.html>
    pub const RULE = ("DK256", "uuid-join-key", Schema, Hint, ["Amazon Redshift Database Developer Guide: Use the smallest possible column size, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-smallest-column-size.html"]);
}

/// The join.
#[derive(Debug, Serialize)]
pub(super) struct UuidJoinKey {
    table: TableName,
    column: Ident,
    data_type: String,
    referred: ColumnRef,
}

impl Violation for UuidJoinKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}.{}` is {}, the length of a UUID, and joined to `{}`: a BIGINT takes 8 bytes",
            self.table, self.column, self.data_type, self.referred
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Where the tables are large, give each UUID a BIGINT once, as they are loaded, and join \
             by that.",
        )
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        for column in table.columns.iter().filter(|column| is_uuid(column)) {
            let declared = || {
                let mut keys = table.foreign_keys.iter();
                let key = keys.find(|key| key.columns == [column.name.clone()])?;
                let other = cx.schema.resolve(&key.table)?;
                let name = key.referred_columns.first().or(other.primary_key.first())?;
                Some((other, other.column(name)?))
            };
            let joined = || cx.uses.joined(cx.schema, table, &column.name).next();
            let Some((other, there)) = declared().or_else(joined) else {
                continue;
            };
            if !is_uuid(there) || other.name == table.name {
                continue;
            }
            findings
                .push(finding(table, column, other, there).at(cx.at_column(create, &column.name)));
        }
    }
    findings
}

fn finding(table: &Table, column: &Column, other: &Table, there: &Column) -> UuidJoinKey {
    UuidJoinKey {
        table: table.name.clone(),
        column: column.name.clone(),
        data_type: column.data_type.to_string(),
        referred: ColumnRef {
            table: other.name.clone(),
            column: there.name.clone(),
        },
    }
}

/// A UUID in hexadecimal digits, with hyphens or without.
fn is_uuid(column: &Column) -> bool {
    matches!(
        column.data_type,
        DataType::Char(32..=36) | DataType::Varchar(32..=36)
    )
}
