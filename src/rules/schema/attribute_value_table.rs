//! DK240: one row per attribute (entity, attribute, value).

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::{DataType, Table};
use crate::sql::CreateTable;
use crate::text::units::count;
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Reports tables with one row per attribute of an entity. They have at most six columns, among
    /// them the key of the entity, the name of the attribute, and a text that holds any value.
    ///
    /// ## Why is this bad?
    /// Every attribute that a search needs is one more self-join or a pivot over all rows; values
    /// of all kinds share one VARCHAR, so that no zone map orders numbers or dates among them.
    ///
    /// ## Example
    /// ```sql
    /// create table product_attribute (
    ///   product_id bigint, attribute_name varchar(100), attribute_value varchar(1000));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table product (product_id bigint, colour varchar(20), weight decimal(8,2), other super);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Designing tables:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Creating_tables.html>
    /// - Amazon Redshift Database Developer Guide: SUPER type:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_SUPER_type.html>
    pub const RULE = ("DK240", "attribute-value-table", Schema, Hint, ["Amazon Redshift Database Developer Guide: Designing tables, https://docs.aws.amazon.com/redshift/latest/dg/t_Creating_tables.html"]);
}

/// The three columns.
#[derive(Debug, Serialize)]
pub(super) struct AttributeValueTable {
    table: TableName,
    entity: Ident,
    attribute: Ident,
    value: Ident,
    rows: Option<f64>,
}

impl Violation for AttributeValueTable {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let rows = self
            .rows
            .map_or(String::new(), |rows| format!(" over {} rows", count(rows)));
        format!(
            "`{}` keeps one row per `{}` and `{}` with any value in `{}`: each attribute of a \
             search is another self-join{rows}",
            self.table, self.entity, self.attribute, self.value
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Give attributes that are searched a typed column of the entity's table; keep rare ones in one SUPER column.",
        )
    }

    fn severity(&self) -> Severity {
        match self.rows.is_some_and(|rows| rows >= ALERT_ROWS) {
            true => Severity::Warning,
            false => Severity::Hint,
        }
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
    if table.columns.len() > 6 {
        return None;
    }
    let text = |data_type: &DataType| {
        matches!(
            data_type,
            DataType::Varchar(_) | DataType::Char(_) | DataType::Super
        )
    };
    let last_word = |name: &str| name.rsplit('_').next().unwrap_or_default().to_owned();
    let entity = table
        .columns
        .iter()
        .find(|column| last_word(&column.name) == "id" && !text(&column.data_type))?;
    let attribute = table.columns.iter().find(|column| {
        let named = ["attribute", "property", "attr"]
            .iter()
            .any(|word| column.name.split('_').any(|part| part == *word));
        named && last_word(&column.name) != "value" && column.name != entity.name
    })?;
    let value = table
        .columns
        .iter()
        .find(|column| last_word(&column.name) == "value" && text(&column.data_type))?;
    let finding = AttributeValueTable {
        table: table.name.clone(),
        entity: entity.name.clone(),
        attribute: attribute.name.clone(),
        value: value.name.clone(),
        rows: cx.rows_of(table),
    };
    Some(finding.at(cx.location(create.name.span)))
}
