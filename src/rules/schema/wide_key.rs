//! DK210: a very wide text as a key.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::{DataType, DistStyle, Table};
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports sort and distribution keys on VARCHAR columns declared for 1,024 bytes or more.
    ///
    /// ## Why is this bad?
    /// Zone maps keep only the first bytes of a text, so long values with a common start, such as
    /// URLs, skip nothing; and every join by such a key carries and hashes the whole text.
    ///
    /// ## Example
    /// ```sql
    /// create table hits (url varchar(4000), at timestamp) sortkey(url);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table hits (url varchar(4000), at timestamp) sortkey(at);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best sort key:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    pub const RULE = ("DK210", "wide-key", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html"]);
}

/// The key column.
#[derive(Debug, Serialize)]
pub(super) struct WideKey {
    table: TableName,
    column: Ident,
    bytes: u32,
}

impl Violation for WideKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` uses `{}`, a VARCHAR({}), as a key",
            self.table, self.column, self.bytes
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Sort or distribute by a number or a date; if it must be the text, keep its hash in a BIGINT column.",
        )
    }
}

/// Declared bytes from which a text is no key. Chosen: zone maps keep the first eight
/// bytes of a text only, and no key of a row needs a kilobyte.
const WIDE: u32 = 1_024;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        findings.extend(find(cx, create, table));
    }
    findings
}

fn find(cx: &Context<'_>, create: &CreateTable, table: &Table) -> Option<Finding> {
    let dist = match &table.dist_style {
        DistStyle::Key(column) => Some(column),
        _ => None,
    };
    let mut keys = table.sort_columns().iter().chain(dist);
    let (column, bytes) = keys.find_map(|name| match table.column(name)?.data_type {
        DataType::Varchar(length) if length >= WIDE => Some((name.clone(), length)),
        _ => None,
    })?;
    let place = cx.at_column(create, &column);
    let finding = WideKey {
        table: table.name.clone(),
        column,
        bytes,
    };
    Some(finding.at(place))
}
