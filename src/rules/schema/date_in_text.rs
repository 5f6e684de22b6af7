//! DK211: dates kept as text.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Column, DataType, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports CHAR and VARCHAR columns whose smallest and largest value in the statistics
    /// (`--stats`) are dates or times. A name says nothing: `delivery_time` may hold 'late'.
    ///
    /// ## Why is this bad?
    /// A DATE takes 4 bytes and a TIMESTAMP 8, both compress with AZ64, and zone maps order them
    /// by time. Text takes 10 to 26 bytes, is compared byte by byte, and a filter that casts it
    /// to a date can't skip blocks.
    ///
    /// ## Example
    /// ```sql
    /// create table orders (order_id bigint, order_date varchar(10), created_at char(19));
    /// ```
    /// ```json
    /// {"rows": {"orders": 1000000}, "columns": {"orders.order_date": {"min": "2024-01-01", "max": "2026-11-30"}}}
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table orders (order_id bigint, order_date date, created_at timestamp);
    /// ```
    /// ```json
    /// {"rows": {"orders": 1000000}, "columns": {"orders.order_date": {"min": "2024-01-01", "max": "2026-11-30"}}}
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Use date/time data types for date columns:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-timestamp-date-columns.html>
    pub const RULE = ("DK211", "date-in-text", Schema, Warning, ["Amazon Redshift Database Developer Guide: Use date/time data types for date columns, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-timestamp-date-columns.html"]);
}

/// The column.
#[derive(Debug, Serialize)]
pub(super) struct DateInText {
    table: TableName,
    column: Ident,
    data_type: String,
    /// Smallest and largest value.
    values: (String, String),
    instead: &'static str,
}

impl Violation for DateInText {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let (min, max) = &self.values;
        format!(
            "`{}.{}` is {} and holds dates, from {min} to {max}: a filter by time can't skip blocks as \
             it would on {}",
            self.table, self.column, self.data_type, self.instead
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Make it {}, if every value converts; ALTER TABLE can't, so add a column, fill it and \
             rename, or load into a new table.",
            self.instead
        ))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        for column in &table.columns {
            findings.extend(find(cx, create, table, column));
        }
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table, column: &Column) -> Option<Finding> {
    if !matches!(column.data_type, DataType::Char(_) | DataType::Varchar(_)) {
        return None;
    }
    let stats = cx.stats_of(table)?.columns.get(&column.name)?;
    let value = |value: &Option<serde_json::Value>| Some(value.as_ref()?.as_str()?.to_owned());
    let values = (value(&stats.min)?, value(&stats.max)?);
    if !is_date(&values.0) || !is_date(&values.1) {
        return None;
    }
    let instead = match values.0.len().max(values.1.len()) > 10 {
        true => "TIMESTAMP",
        false => "DATE",
    };
    // No fix: a value that is no date, or only a time, would fail the load.
    let definition = edits::column(create, &column.name)?;
    let finding = DateInText {
        table: table.name.clone(),
        column: column.name.clone(),
        data_type: column.data_type.to_string(),
        values,
        instead,
    };
    let place = cx.location(definition.span);
    Some(finding.at(place))
}

/// `2024-01-31`, `20240131`, either with a time after it.
fn is_date(value: &str) -> bool {
    let digits = |at: std::ops::Range<usize>| {
        let part = value.as_bytes().get(at).unwrap_or_default();
        !part.is_empty() && part.iter().all(u8::is_ascii_digit)
    };
    let month = |at: std::ops::Range<usize>| {
        let number = value.get(at).and_then(|part| part.parse::<u8>().ok());
        number.is_some_and(|month| (1..=12).contains(&month))
    };
    let bytes = value.as_bytes();
    let dashed = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    match dashed {
        true => digits(0..4) && month(5..7) && digits(8..10),
        false => bytes.len() == 8 && digits(0..8) && month(4..6),
    }
}
