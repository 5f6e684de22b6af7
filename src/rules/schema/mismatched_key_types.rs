//! DK205: a foreign key of another type than what it refers to.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{ColumnRef, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Column, DataType, DistStyle, ForeignKey, Table, placed_alike};

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
    /// - Inferred from the labels of public plans over tables distributed on INTEGER, BIGINT and
    ///   NUMERIC keys
    /// - Choose the best distribution style (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK205", "mismatched-key-types", Schema, Warning, ["Inferred from the labels of public plans over INTEGER, BIGINT and NUMERIC keys",
        "Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// Both columns.
#[derive(Debug, Serialize)]
pub(super) struct MismatchedKeyTypes {
    table: TableName,
    column: Ident,
    type_here: String,
    referred: ColumnRef,
    type_there: String,
    /// Whether both are numbers: else what one type holds may be nothing that the other takes.
    #[serde(skip)]
    numbers: bool,
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
                .filter(|_| found.numbers && !has_default(table, &found.column))
                .map(|column| edits::replace(cx, column.type_span, &found.type_there));
            let fix = edits::unsafe_fix(retype.into_iter().collect());
            findings.push(found.at(cx.location(span)).with_fix(fix));
        }
    }
    findings
}

/// The first pair of columns whose types keep equal values apart. A join on several columns is
/// co-located by any one of them, so a pair that agrees settles it, unless the tables are
/// distributed by another.
fn find(cx: &Context<'_>, table: &Table, key: &ForeignKey) -> Option<MismatchedKeyTypes> {
    let referred = cx.schema.resolve(&key.table)?;
    let there = match key.referred_columns.is_empty() {
        true => &referred.primary_key,
        false => &key.referred_columns,
    };
    let pairs: Vec<(&Column, &Column)> = key
        .columns
        .iter()
        .zip(there)
        .filter_map(|(here, there)| Some((table.column(here)?, referred.column(there)?)))
        .collect();
    let apart = |(here, there): &&(&Column, &Column)| {
        placed_alike(&here.data_type, &there.data_type) == Some(false)
    };
    let by = |table: &Table, column: &Column| match &table.dist_style {
        DistStyle::Key(key) => *key == column.name,
        _ => false,
    };
    let mismatched = pairs.iter().filter(apart);
    let all = mismatched.clone().count() == pairs.len();
    let (column, there) = mismatched
        .into_iter()
        .find(|(here, there)| all || by(table, here) || by(referred, there))?;
    Some(MismatchedKeyTypes {
        table: table.name.clone(),
        column: column.name.clone(),
        type_here: column.data_type.to_string(),
        referred: ColumnRef {
            table: referred.name.clone(),
            column: there.name.clone(),
        },
        type_there: there.data_type.to_string(),
        numbers: is_number(&column.data_type) && is_number(&there.data_type),
    })
}

fn is_number(data_type: &DataType) -> bool {
    use DataType as T;
    let whole = matches!(data_type, T::SmallInt | T::Integer | T::BigInt);
    whole || matches!(data_type, T::Decimal { .. } | T::Real | T::DoublePrecision)
}

/// Whether a value stands in the definition that another type may refuse.
fn has_default(table: &Table, column: &Ident) -> bool {
    let column = table.column(column);
    column.is_some_and(|column| column.default.is_some() || column.identity)
}
