//! DK233: one table per year or month.

use serde::Serialize;

use super::Context;
use std::collections::BTreeMap;

use crate::name::{self, Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::schema::Table;
use crate::text::Span;

crate::declare_rule! {
    /// ## What it does
    /// Reports three or more tables with the same columns whose names differ only in a number, as
    /// `sales_2024`, `sales_2025`.
    ///
    /// ## Why is this bad?
    /// Every query over time becomes a UNION, and every change of a column is made many times.
    /// One table sorted by the date skips the other years by its zone maps. Separate tables are
    /// right where old periods are dropped whole.
    ///
    /// ## Example
    /// ```sql
    /// create table sales_2024 (id bigint, at date);
    /// create table sales_2025 (id bigint, at date);
    /// create table sales_2026 (id bigint, at date);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table sales (id bigint, at date) sortkey(at);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Use time-series tables:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-time-series-tables.html>
    pub const RULE = ("DK233", "tables-per-period", Schema, Hint, ["Amazon Redshift Database Developer Guide: Use time-series tables, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-time-series-tables.html"]);
}

/// The tables.
#[derive(Debug, Serialize)]
pub(super) struct TablesPerPeriod {
    stem: String,
    tables: Vec<TableName>,
}

impl Violation for TablesPerPeriod {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} tables differ only in a number: {}",
            self.tables.len(),
            name::list(&self.tables)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Use one table sorted by the date, or a view over all of them if old ones are dropped whole.",
        )
    }
}

/// Tables with one stem and the same columns, with the places of their names.
type Group<'a> = Vec<(&'a Table, Span)>;

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, Vec<Ident>), Group<'_>> = BTreeMap::new();
    for (create, table, _) in cx.created() {
        let Some(stem) = stem(&table.name.name) else {
            continue;
        };
        let columns = table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        groups
            .entry((stem, columns))
            .or_default()
            .push((table, create.name.span));
    }
    let several = groups.into_iter().filter(|(_, tables)| tables.len() >= 3);
    several
        .map(|((stem, _), tables)| {
            let finding = TablesPerPeriod {
                stem,
                tables: tables.iter().map(|(table, _)| table.name.clone()).collect(),
            };
            finding.at(cx.location(tables[0].1))
        })
        .collect()
}

/// The name without a number of four to eight digits in it, as periods have.
fn stem(name: &str) -> Option<String> {
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let digits = name[start..].bytes().take_while(u8::is_ascii_digit).count();
    let period = (4..=8).contains(&digits)
        && (name[start..].starts_with("19") || name[start..].starts_with("20"));
    period.then(|| format!("{}…{}", &name[..start], &name[start + digits..]))
}
