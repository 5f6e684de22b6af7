//! DK254: more sort columns than zone maps can use.

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::SortKey;

crate::declare_rule! {
    /// ## What it does
    /// Reports compound sort keys of more than four columns.
    ///
    /// ## Why is this bad?
    /// A column of the key orders the rows within equal values of those before it. After a few of
    /// them hardly two rows are alike, so that the last ones skip no block; each is compared by
    /// every VACUUM and load nevertheless.
    ///
    /// ## Example
    /// ```sql
    /// create table visits (day date, country char(2), site int, page int, device int, visitor bigint)
    /// compound sortkey (day, country, site, page, device, visitor);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table visits (day date, country char(2), site int, page int, device int, visitor bigint)
    /// compound sortkey (day, country, site);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Engineering's Advanced Table Design Playbook: Compound and Interleaved Sort
    ///   Keys:
    ///   <https://aws.amazon.com/blogs/big-data/amazon-redshift-engineerings-advanced-table-design-playbook-compound-and-interleaved-sort-keys/>
    pub const RULE = ("DK254", "long-sort-key", Schema, Hint, ["Amazon Redshift Engineering's Advanced Table Design Playbook: Compound and Interleaved Sort Keys, https://aws.amazon.com/blogs/big-data/amazon-redshift-engineerings-advanced-table-design-playbook-compound-and-interleaved-sort-keys/"]);
}

/// The key.
#[derive(Debug, Serialize)]
pub(super) struct LongSortKey {
    table: TableName,
    columns: Vec<Ident>,
}

impl Violation for LongSortKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` is sorted by {} columns: those after the fourth, from `{}` on, hardly skip a block",
            self.table,
            self.columns.len(),
            self.columns.get(MOST).map_or("", |name| name.as_str())
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Sort by the one to four columns that queries filter by most, those with few values first.",
        )
    }
}

/// Columns of a compound key from which on AWS's engineers see marginal gains.
const MOST: usize = 4;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (create, table, _) in cx.created() {
        let SortKey::Compound(columns) = &table.sort_key else {
            continue;
        };
        if columns.len() <= MOST {
            continue;
        }
        let finding = LongSortKey {
            table: table.name.clone(),
            columns: columns.clone(),
        };
        findings.push(finding.at(cx.location(create.name.span)));
    }
    findings
}
