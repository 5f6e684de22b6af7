//! DK205: a foreign key of another type than what it refers to.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DataType, ForeignKey, Table};

crate::declare_rule! {
    /// ## What it does
    /// Compares the types of declared foreign keys with the columns they refer to.
    ///
    /// ## Why is this bad?
    /// Equal values of different types hash differently: NUMERIC against INTEGER is never co-
    /// located, even with the same DISTKEY, and a cast does not help. INTEGER against BIGINT, and
    /// VARCHARs of different lengths, do no harm.
    ///
    /// ## Example
    /// ```sql
    /// create table shops (shop_id int primary key);
    /// create table sales (shop_id numeric(12,0) references shops(shop_id));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table shops (shop_id int primary key);
    /// create table sales (shop_id bigint references shops(shop_id));
    /// ```
    ///
    /// ## References
    /// - Inferred from the labels of public plans over INTEGER, BIGINT and NUMERIC keys
    pub const RULE = ("DK205", "mismatched-key-types", Schema, Warning, ["Inferred from the labels of public plans over INTEGER, BIGINT and NUMERIC keys"]);
}

/// Both columns.
#[derive(Debug, Serialize)]
pub(super) struct MismatchedKeyTypes {
    table: TableName,
    column: Ident,
    type_here: String,
    referred: String,
    type_there: String,
}

impl Violation for MismatchedKeyTypes {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}.{}` is {} and refers to `{}`, which is {}: their join can't be co-located",
            self.table, self.column, self.type_here, self.referred, self.type_there
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Give both columns the same type; for whole numbers INTEGER or BIGINT.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, statement) in cx.created() {
        for key in &table.foreign_keys {
            let Some(found) = find(cx, table, key) else {
                continue;
            };
            let span = table
                .column(&found.column)
                .map_or(statement.span, |column| column.span);
            let retype = edits::column(create, &found.column)
                .map(|column| edits::replace(cx, column.type_span, &found.type_there));
            let fix = edits::unsafe_fix(retype.into_iter().collect());
            findings.push(found.at(cx.location(span)).with_fix(fix));
        }
    }
    findings
}

fn find(cx: &Context<'_>, table: &Table, key: &ForeignKey) -> Option<MismatchedKeyTypes> {
    let referred = cx.schema.resolve(&key.table)?;
    let column = table.column(key.columns.first()?)?;
    let there = key
        .referred_columns
        .first()
        .or(referred.primary_key.first())?;
    let there = referred.column(there)?;
    if family(&column.data_type)? == family(&there.data_type)? {
        return None;
    }
    Some(MismatchedKeyTypes {
        table: table.name.clone(),
        column: column.name.clone(),
        type_here: column.data_type.to_string(),
        referred: format!("{}.{}", referred.name, there.name),
        type_there: there.data_type.to_string(),
    })
}

/// Types whose equal values are placed on the same slice.
fn family(data_type: &DataType) -> Option<u8> {
    match data_type {
        DataType::SmallInt | DataType::Integer | DataType::BigInt => Some(0),
        DataType::Decimal { .. } => Some(1),
        DataType::Real | DataType::DoublePrecision => Some(2),
        DataType::Char(_) | DataType::Varchar(_) => Some(3),
        DataType::Date => Some(4),
        DataType::Timestamp | DataType::TimestampTz => Some(5),
        _ => None,
    }
}
