//! DK252: RUNLENGTH on the column that leads the sort key.

use serde::Serialize;

use super::{Context, edits};
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Encoding;
use crate::sql::write::{self, Action};

crate::declare_rule! {
    /// ## What it does
    /// Reports RUNLENGTH on columns of the sort key.
    ///
    /// ## Why is this bad?
    /// A sorted column has long runs, so that one block holds the rows of many blocks of the other
    /// columns. A range of the sort key then skips few blocks of those: "We do not recommend
    /// applying runlength encoding on any column that is designated as a sort key."
    ///
    /// ## Example
    /// ```sql
    /// create table visits (day date encode runlength, page varchar(200)) sortkey (day);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table visits (day date encode raw, page varchar(200)) sortkey (day);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Compression encodings:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html>
    pub const RULE = ("DK252", "runlength-sort-key", Schema, Warning, ["Amazon Redshift Database Developer Guide: Compression encodings, https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html"]);
}

/// The column.
#[derive(Debug, Serialize)]
pub(super) struct RunlengthSortKey {
    table: TableName,
    column: Ident,
}

impl Violation for RunlengthSortKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is sorted by `{}`, which is encoded RUNLENGTH: a range of it skips few blocks of the \
             other columns",
            self.table, self.column
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Leave the sort key uncompressed.").with_sql(write::alter(
            &self.table,
            &[Action::Encode(&self.column, Encoding::Raw)],
        ))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        let sorted_by = table.sort_columns().iter();
        let columns = sorted_by.filter_map(|name| table.column(name));
        for column in columns.filter(|column| column.encoding == Some(Encoding::Runlength)) {
            let raw = [(column.name.clone(), Encoding::Raw)];
            let fix = edits::unsafe_fix(edits::encode_as(cx, create, &raw));
            let finding = RunlengthSortKey {
                table: table.name.clone(),
                column: column.name.clone(),
            };
            findings.push(finding.at(cx.at_column(create, &column.name)).with_fix(fix));
        }
    }
    findings
}
