//! DK215: LZO where better encodings exist.

use serde::Serialize;

use super::encoding_not_allowed::is_allowed;
use super::{Context, compressed_sort_key, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{Encoding, Table};
use crate::sql::CreateTable;
use crate::sql::write::{self, Action};

crate::declare_rule! {
    /// ## What it does
    /// Reports explicit ENCODE LZO.
    ///
    /// ## Why is this bad?
    /// ZSTD is usually smaller for text, and AZ64 is smaller and faster for numbers, dates and
    /// timestamps; both are newer than most tables that say LZO.
    ///
    /// ## Example
    /// ```sql
    /// create table t (id bigint encode lzo, name varchar(200) encode lzo);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t (id bigint encode az64, name varchar(200) encode zstd);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Compression encodings:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html>
    pub const RULE = ("DK215", "lzo-encoding", Schema, Hint, ["Amazon Redshift Database Developer Guide: Compression encodings, https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html"]);
}

/// The columns and what suits them.
#[derive(Debug, Serialize)]
pub(super) struct LzoEncoding {
    table: TableName,
    /// Columns with the encoding that suits them.
    columns: Vec<(Ident, Encoding)>,
}

impl Violation for LzoEncoding {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        format!("`{}` encodes {} as LZO", self.table, columns.join(", "))
    }

    fn remedy(&self) -> Remedy {
        let changes: Vec<Action<'_>> = self
            .columns
            .iter()
            .map(|(name, encoding)| Action::Encode(name, *encoding))
            .collect();
        Remedy::text("Use ZSTD for text, AZ64 for numbers and times.")
            .with_sql(write::alter(&self.table, &changes))
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
    let columns: Vec<(Ident, Encoding)> = table
        .columns
        .iter()
        .filter(|column| column.encoding == Some(Encoding::Lzo))
        // DK213 wants it uncompressed.
        .filter(|column| !compressed_sort_key::speaks_of(table, column))
        .map(|column| {
            let better = match is_allowed(Encoding::Az64, &column.data_type) {
                true => Encoding::Az64,
                false => Encoding::Zstd,
            };
            (column.name.clone(), better)
        })
        .collect();
    if columns.is_empty() {
        return None;
    }
    let fix = edits::safe(edits::encode_as(cx, create, &columns));
    let place = cx.at_column(create, &columns.first()?.0);
    let finding = LzoEncoding {
        table: table.name.clone(),
        columns,
    };
    Some(finding.at(place).with_fix(fix))
}
