//! DK106: Redshift says that tables have no statistics.

use serde::Serialize;

use super::Context;
use crate::graph::scanned_table;
use crate::name::{Ident, TableName};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::write;

crate::declare_rule! {
    /// ## What it does
    /// Reports the tables that Redshift names under the plan as missing statistics.
    ///
    /// ## Why is this bad?
    /// Without statistics the planner works with defaults (200 distinct values, for one), so join
    /// order, broadcasts and every row count in the plan are guesses. It comes before any other
    /// finding because it puts their numbers in doubt.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    /// ----- Tables missing statistics: orders -----
    /// ----- Update statistics by running the ANALYZE command on these tables -----
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    /// ```
    ///
    /// ## References
    /// - Analyzing tables (Amazon Redshift Database Developer Guide)
    pub const RULE = ("DK106", "missing-statistics", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Analyzing tables",
    ]);
}

/// The tables that Redshift names.
#[derive(Debug, Serialize)]
pub(super) struct MissingStatistics {
    tables: Vec<TableName>,
}

impl Violation for MissingStatistics {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(|t| format!("`{t}`")).collect();
        let (verb, noun) = match tables.len() {
            1 => ("has", "it"),
            _ => ("have", "them"),
        };
        format!(
            "{} {verb} no statistics: every row count that depends on {noun} is a default",
            tables.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        let mut remedy = Remedy::text(
            "Run ANALYZE, then EXPLAIN again before acting on anything else in this plan.",
        );
        remedy.sql = self.tables.iter().map(write::analyze).collect();
        remedy
    }

    fn weight(&self) -> f64 {
        // It puts the numbers of all others in doubt.
        f64::INFINITY
    }
}

const NOTICE: &str = "Tables missing statistics:";

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut tables: Vec<TableName> = Vec::new();
    for notice in &cx.plan.notices {
        let Some(names) = notice.strip_prefix(NOTICE) else {
            continue;
        };
        for name in names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let table = meant(cx, name);
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
    }
    if tables.is_empty() {
        return Vec::new();
    }
    let scan = cx.plan.nodes.iter().find(|node| {
        let scanned = scanned_table(node);
        scanned.is_some_and(|name| tables.iter().any(|table| table.matches(&name)))
    });
    let node = scan.map_or(0, |scan| scan.id);
    vec![MissingStatistics { tables }.at_node(node)]
}

/// The table of a name in a notice, which Redshift prints bare: a scan of the plan that is called
/// so, else the name as it stands.
fn meant(cx: &Context<'_>, name: &str) -> TableName {
    let mut scanned = cx.plan.nodes.iter().filter_map(scanned_table);
    let found = scanned.find(|table| table.name == *name || table.bare() == name);
    found.unwrap_or_else(|| match name.contains('"') && !name.starts_with('"') {
        true => TableName::new(None, Ident::exact(name)),
        false => TableName::printed(name),
    })
}
