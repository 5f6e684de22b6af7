//! DK209: very wide columns.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DataType, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports VARCHAR columns that are declared for 16,384 bytes or more, or that `--stats` shows
    /// to be a hundred times wider than their average value.
    ///
    /// ## Why is this bad?
    /// Encoding keeps them small on disk, but sorts, hash tables and temporary tables take the
    /// declared length, and spill sooner.
    ///
    /// ## Example
    /// ```sql
    /// create table pages (url varchar(max), title varchar(200));
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table pages (url varchar(2048), title varchar(200));
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Use the smallest possible column size:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-smallest-column-size.html>
    pub const RULE = ("DK209", "wide-varchar", Schema, Hint, ["Amazon Redshift Database Developer Guide: Use the smallest possible column size, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-smallest-column-size.html"]);
}

/// The columns.
#[derive(Debug, Serialize)]
pub(super) struct WideVarchar {
    table: TableName,
    columns: Vec<String>,
}

impl Violation for WideVarchar {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` declares {}; scans and joins reserve memory for the declared width",
            self.table,
            self.columns.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Declare the longest value there is, with some room; `SELECT max(octet_length(column))` tells.",
        )
    }
}

/// A quarter of the largest VARCHAR, 65,535 bytes. Chosen: the page on column sizes names
/// no limit.
const WIDE: u32 = 16_384;
/// Declared length over average length. Chosen.
const TIMES: f64 = 100.0;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let mut columns = Vec::new();
    let mut first = None;
    for column in &table.columns {
        let DataType::Varchar(length) = column.data_type else {
            continue;
        };
        let average = cx
            .stats_of(table)
            .and_then(|stats| stats.columns.get(&column.name))
            .and_then(|known| known.average_bytes);
        let before = columns.len();
        match average {
            Some(bytes) if f64::from(length) > bytes.max(1.0) * TIMES => {
                columns.push(format!(
                    "`{}` as {} for {bytes:.0} bytes on average",
                    column.name, column.data_type
                ));
            }
            None if length >= WIDE => {
                columns.push(format!("`{}` as {}", column.name, column.data_type))
            }
            _ => {}
        }
        if columns.len() > before {
            first = first.or(Some(&column.name));
        }
    }
    let place = cx.at_column(create, first?);
    let finding = WideVarchar {
        table: table.name.clone(),
        columns,
    };
    Some(finding.at(place))
}
