//! DK213: the first sort column is compressed.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Column, DataType, Encoding, Table};
use crate::sql::CreateTable;
use crate::sql::write::{self, Action};

crate::declare_rule! {
    /// ## What it does
    /// Reports a first sort key column with an encoding other than RAW, in tables with wide
    /// VARCHARs beside it.
    ///
    /// ## Why is this bad?
    /// Compressed, a block of the sort column holds many more rows than a block of the wide
    /// columns, so that skipping by it is coarse for those. AWS words it as a possibility, and so
    /// does this rule.
    ///
    /// ## Example
    /// ```sql
    /// create table events (at timestamp encode az64, body varchar(2000) encode zstd) sortkey(at);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table events (at timestamp encode raw, body varchar(2000) encode zstd) sortkey(at);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Let COPY choose compression encodings:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-auto-compression.html>
    pub const RULE = ("DK213", "compressed-sort-key", Schema, Hint, ["Amazon Redshift Database Developer Guide: Let COPY choose compression encodings, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-auto-compression.html"]);
}

/// The column.
#[derive(Debug, Serialize)]
pub(super) struct CompressedSortKey {
    table: TableName,
    column: Ident,
    encoding: Encoding,
    /// Declared bytes of the other text columns.
    wide_bytes: u32,
}

impl Violation for CompressedSortKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` compresses its first sort column `{}` ({}) beside {} bytes of VARCHAR: skipping may get coarse",
            self.table, self.column, self.encoding, self.wide_bytes
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Leave the first sort column RAW, and compare blocks read before and after.")
            .with_sql(write::alter(
                &self.table,
                &[Action::Encode(&self.column, Encoding::Raw)],
            ))
    }
}

/// Declared bytes of text beside the key from which its blocks hold many more rows than
/// theirs. Chosen: AWS speaks of "many wide VARCHARs" without a number.
const WIDE_BYTES: u32 = 1_000;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

/// Whether the rule speaks of a column: what it wants is that it is not compressed at all.
pub(super) fn speaks_of(table: &Table, column: &Column) -> bool {
    table.sort_columns().first() == Some(&column.name) && wide_bytes(table, column) >= WIDE_BYTES
}

/// Bytes of VARCHAR beside a column, as declared.
fn wide_bytes(table: &Table, column: &Column) -> u32 {
    table
        .columns
        .iter()
        .fold(0u32, |sum, other| match other.data_type {
            DataType::Varchar(length) if other.name != column.name => sum.saturating_add(length),
            _ => sum,
        })
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let column = table.column(table.sort_columns().first()?)?;
    let encoding = column
        .encoding
        .filter(|encoding| *encoding != Encoding::Raw)?;
    let wide_bytes = wide_bytes(table, column);
    if wide_bytes < WIDE_BYTES {
        return None;
    }
    let raw = [(column.name.clone(), Encoding::Raw)];
    let fix = edits::unsafe_fix(edits::encode_as(cx, create, &raw));
    let finding = CompressedSortKey {
        table: table.name.clone(),
        column: column.name.clone(),
        encoding,
        wide_bytes,
    };
    Some(finding.at(cx.at_column(create, &column.name)).with_fix(fix))
}
