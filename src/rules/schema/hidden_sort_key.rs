//! DK255: a filter that hides the sort key from the zone maps.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports a query that filters by a function or a cast of the first column of a table's sort
    /// key, where no other condition of it names the bare column.
    ///
    /// ## Why is this bad?
    /// Zone maps hold the smallest and the largest value of the column in each block; they say
    /// nothing of a function of it. Every block of the table is read.
    ///
    /// ## Example
    /// ```sql
    /// create table visits (at timestamp, page int) sortkey (at);
    /// select count(*) from visits where date_trunc('month', at) = '2026-11-01';
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table visits (at timestamp, page int) sortkey (at);
    /// select count(*) from visits where at >= '2026-11-01' and at < '2026-12-01';
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Best practices for designing queries:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html>
    pub const RULE = ("DK255", "hidden-sort-key", Schema, Warning, ["Amazon Redshift Database Developer Guide: Best practices for designing queries, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html"]);
}

/// The filter.
#[derive(Debug, Serialize)]
pub(super) struct HiddenSortKey {
    table: TableName,
    column: Ident,
    around: String,
    temporary: bool,
}

impl Violation for HiddenSortKey {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` stands around `{}`, by which `{}` is sorted: no block is skipped",
            self.around, self.column, self.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Compare the bare column with constants: a range in place of the function.")
    }

    fn severity(&self) -> Severity {
        match self.temporary {
            true => Severity::Hint,
            false => Severity::Warning,
        }
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let sorted = |filter: &crate::schema::uses::Filter| {
        let (table, column) = filter.used.resolve(cx.schema)?;
        (table.sort_columns().first() == Some(&column.name)).then_some((table, column))
    };
    let bare = cx
        .here
        .filters
        .iter()
        .filter(|filter| filter.around.is_none());
    let bare: BTreeSet<(usize, TableName)> = bare
        .filter_map(|filter| Some((filter.select, sorted(filter)?.0.name.clone())))
        .collect();
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for filter in &cx.here.filters {
        let (Some(around), Some((table, column))) = (&filter.around, sorted(filter)) else {
            continue;
        };
        // One finding a query is enough.
        let key = (filter.select, table.name.clone());
        if bare.contains(&key) || !told.insert(key) {
            continue;
        }
        let finding = HiddenSortKey {
            table: table.name.clone(),
            column: column.name.clone(),
            around: around.clone(),
            temporary: table.kind == crate::schema::TableKind::Temporary,
        };
        findings.push(finding.at(cx.location(filter.span)));
    }
    findings
}
