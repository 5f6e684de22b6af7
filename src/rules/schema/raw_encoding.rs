//! DK214: columns kept uncompressed on purpose.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Encoding, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports explicit ENCODE RAW on columns that are not in the sort key and whose type
    /// compresses well. Such types are whole numbers, decimals, dates, timestamps and texts of four
    /// bytes or more.
    ///
    /// ## Why is this bad?
    /// Uncompressed columns take several times the blocks, and every scan reads them.
    ///
    /// ## Example
    /// ```sql
    /// create table t (id bigint, name varchar(200) encode raw, at timestamp encode raw) sortkey(id);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (id bigint encode az64, name varchar(200) encode zstd, at timestamp encode az64) sortkey(id);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Compression encodings:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html>
    pub const RULE = ("DK214", "raw-encoding", Schema, Hint, ["Amazon Redshift Database Developer Guide: Compression encodings, https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html"]);
}

/// The columns.
#[derive(Debug, Serialize)]
pub(super) struct RawEncoding {
    table: TableName,
    columns: Vec<Ident>,
}

impl Violation for RawEncoding {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        format!("`{}` keeps {} uncompressed", self.table, columns.join(", "))
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "AZ64 for numbers and times, ZSTD for text; or leave ENCODE out and let Redshift choose.",
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
    let raw = table
        .columns
        .iter()
        .filter(|c| c.encoding == Some(Encoding::Raw) && !table.sort_columns().contains(&c.name));
    let compressed: Vec<(Ident, Encoding)> = raw
        .filter_map(|c| Some((c.name.clone(), c.data_type.suited_encoding()?)))
        .collect();
    if compressed.is_empty() {
        return None;
    }
    let fix = edits::safe(edits::encode_as(cx, create, &compressed));
    let place = cx.at_column(create, &compressed.first()?.0);
    let finding = RawEncoding {
        table: table.name.clone(),
        columns: compressed.into_iter().map(|(name, _)| name).collect(),
    };
    Some(finding.at(place).with_fix(fix))
}
