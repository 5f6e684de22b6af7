//! DK212: money in a floating-point column.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DataType, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports REAL and DOUBLE PRECISION columns whose name says money: price, amount, cost,
    /// total, revenue, tax, fee, balance. The name is only a sign; the type is the mistake if it
    /// is money.
    ///
    /// ## Why is this bad?
    /// Binary fractions can't hold cents: sums differ by the order of addition, which differs
    /// between runs and slices, and equality filters miss.
    ///
    /// ## Example
    /// ```sql
    /// create table sales (sale_id bigint, total_price float);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table sales (sale_id bigint, total_price decimal(12,2));
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Numeric types:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html>
    pub const RULE = ("DK212", "money-in-float", Schema, Hint, ["Amazon Redshift Database Developer Guide: Numeric types, https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html"]);
}

/// The columns.
#[derive(Debug, Serialize)]
pub(super) struct MoneyInFloat {
    table: TableName,
    columns: Vec<Ident>,
}

impl Violation for MoneyInFloat {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        format!(
            "`{}` keeps {} in floating point: sums of money differ from run to run",
            self.table,
            columns.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Use DECIMAL(p,2), up to 19 digits in 8 bytes.")
    }
}

const WORDS: [&str; 8] = [
    "price", "amount", "cost", "total", "revenue", "tax", "fee", "balance",
];

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let is_money = |name: &str| name.split('_').any(|word| WORDS.contains(&word));
    let columns: Vec<Ident> = table
        .columns
        .iter()
        .filter(|c| {
            matches!(c.data_type, DataType::Real | DataType::DoublePrecision) && is_money(&c.name)
        })
        .map(|column| column.name.clone())
        .collect();
    if columns.is_empty() {
        return None;
    }
    let types = columns
        .iter()
        .filter_map(|name| Some(edits::column(create, name)?.type_span));
    let decimal = types.map(|span| edits::replace(cx, span, "decimal(18,2)"));
    let fix = edits::unsafe_fix(decimal.collect());
    let place = cx.at_column(create, columns.first()?);
    let finding = MoneyInFloat {
        table: table.name.clone(),
        columns,
    };
    Some(finding.at(place).with_fix(fix))
}
