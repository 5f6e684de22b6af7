//! DK234: a list spread over columns.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Context;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::sql::CreateTable;

crate::declare_rule! {
    /// ## What it does
    /// Reports columns whose names differ only in a trailing number where a query of the files asks
    /// several of them for one value.
    ///
    /// ## Why is this bad?
    /// It is a list: the search has to read every column, no sort key serves more than the first,
    /// and the next value needs another column. Numbered columns that each mean something of their
    /// own, as a source names its fields, are left alone.
    ///
    /// ## Example
    /// ```sql
    /// create table t (id bigint, tag1 varchar(40), tag2 varchar(40), tag3 varchar(40));
    /// select id from t where tag1 = 'new' or tag2 = 'new' or tag3 = 'new';
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table t_tags (id bigint, tag varchar(40));
    /// select id from t_tags where tag = 'new';
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Best practices for designing tables:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-tables-best-practices.html>
    pub const RULE = ("DK234", "numbered-columns", Schema, Hint, ["Amazon Redshift Database Developer Guide: Best practices for designing tables, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-tables-best-practices.html"]);
}

/// The columns.
#[derive(Debug, Serialize)]
pub(super) struct NumberedColumns {
    table: TableName,
    stem: String,
    columns: usize,
    /// How many of them a query asks for one value.
    asked: usize,
}

impl Violation for NumberedColumns {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "`{}` spreads a list over {} columns `{}…`: a query here asks {} of them for one value",
            self.table, self.columns, self.stem, self.asked
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Keep one row per value in a table of its own, or the list in a SUPER column.")
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
    let mut found = cx.uses.any_of(table).filter_map(|columns| {
        let mut stems: BTreeMap<&str, BTreeSet<&Ident>> = BTreeMap::new();
        for used in columns {
            let (owner, column) = used.resolve(cx.schema)?;
            if let Some(stem) = stem_of(&column.name).filter(|_| owner.name == table.name) {
                stems.entry(stem).or_default().insert(&column.name);
            }
        }
        stems.into_iter().find(|(_, columns)| columns.len() > 1)
    });
    let (stem, asked) = found.next()?;
    let is_of = |name: &Ident| stem_of(name) == Some(stem);
    let of_stem = || table.columns.iter().filter(|column| is_of(&column.name));
    let finding = NumberedColumns {
        table: table.name.clone(),
        stem: stem.to_owned(),
        columns: of_stem().count(),
        asked: asked.len(),
    };
    let first = of_stem().next()?;
    Some(finding.at(cx.at_column(create, &first.name)))
}

/// The name before a trailing number.
fn stem_of(name: &Ident) -> Option<&str> {
    let stem = name.as_str().trim_end_matches(|c: char| c.is_ascii_digit());
    (!stem.is_empty() && stem.len() < name.as_str().len()).then_some(stem)
}
