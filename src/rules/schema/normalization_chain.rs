//! DK208: lookup tables that only rename an id.

use serde::Serialize;

use super::Context;
use crate::name::TableName;
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::schema::{DataType, Table};
use crate::sql::CreateTable;
use crate::stats::TableStats;
use crate::text::units::{count, size};
use crate::work::bytes_of;

crate::declare_rule! {
    /// ## What it does
    /// Finds tables with two or more foreign keys to lookup tables that hold an id and at most
    /// two other columns, and follows them to the next lookup.
    ///
    /// ## Why is this bad?
    /// Each lookup is one more join for every search: each row is looked up once more, to fetch a
    /// name that hardly ever changes. It is a warning for the table that the workload searches,
    /// else a hint.
    ///
    /// ## Example
    /// ```sql
    /// create table departments (department_id int primary key, name varchar(40));
    /// create table categories (category_id int primary key, name varchar(40), department_id int references departments(department_id));
    /// create table brands (brand_id int primary key, name varchar(40));
    /// create table products (product_id bigint, price decimal(10,2), category_id int references categories(category_id), brand_id int references brands(brand_id))
    /// compound sortkey (category_id, price);
    /// ```
    ///
    /// ## Use instead
    /// ```sql
    /// create table products_wide (product_id bigint, price decimal(10,2), category_id int, category varchar(40), department varchar(40), brand varchar(40))
    /// compound sortkey (category_id, price);
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Database Developer Guide: Choose the best distribution style:
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK208", "normalization-chain", Schema, Warning, ["Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html"]);
}

/// The table, its lookups and what inlining them would store.
#[derive(Debug, Serialize)]
pub(super) struct NormalizationChain {
    table: TableName,
    lookups: Vec<TableName>,
    /// Joins on the longest way from the table to a name.
    hops: usize,
    rows: Option<f64>,
    /// Bytes that the inlined names take before encoding.
    inlined_bytes: Option<f64>,
    searched: bool,
}

impl Violation for NormalizationChain {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let names: Vec<String> = self
            .lookups
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let cost = match (self.rows, self.inlined_bytes) {
            (Some(rows), Some(bytes)) => format!(
                ": up to {} look-ups for a search, against {} to store the names in place, before encoding",
                count(rows * self.lookups.len() as f64),
                size(bytes)
            ),
            _ => String::new(),
        };
        format!(
            "{} lookup tables join to `{}`, up to {} joins away ({}){cost}",
            self.lookups.len(),
            self.table,
            self.hops,
            names.join(", ")
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Store the names that searches need in `{}` (BYTEDICT or ZSTD keeps repeated ones small), or \
             make the lookups DISTSTYLE ALL, which is usually as good: then nothing moves.",
            self.table
        ))
    }

    fn severity(&self) -> Severity {
        match self.searched {
            true => Severity::Warning,
            false => Severity::Hint,
        }
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
    let mut lookups: Vec<&Table> = Vec::new();
    let mut hops = 0;
    let mut level = vec![table];
    // Lookups of lookups; each table once, so that circles end.
    while !level.is_empty() {
        let mut next = Vec::new();
        for key in level.iter().flat_map(|table| &table.foreign_keys) {
            let Some(referred) = cx.schema.resolve(&key.table) else {
                continue;
            };
            if is_lookup(referred) && !lookups.iter().any(|seen| seen.name == referred.name) {
                lookups.push(referred);
                next.push(referred);
            }
        }
        hops += usize::from(!next.is_empty());
        level = next;
    }
    if lookups.len() < 2 || is_lookup(table) {
        return None;
    }
    let rows = cx.rows_of(table);
    let width: f64 = lookups.iter().map(|lookup| text_bytes(cx, lookup)).sum();
    let finding = NormalizationChain {
        table: table.name.clone(),
        lookups: lookups.iter().map(|lookup| lookup.name.clone()).collect(),
        hops,
        rows,
        inlined_bytes: rows.map(|rows| rows * width),
        searched: cx
            .config
            .workload
            .columns()
            .iter()
            .all(|name| table.column(name).is_some()),
    };
    Some(finding.at(cx.location(create.name.span)))
}

/// A key, and at most two other columns of which one is text.
fn is_lookup(table: &Table) -> bool {
    let others = table
        .columns
        .iter()
        .filter(|column| !table.primary_key.contains(&column.name));
    let texts = others
        .clone()
        .filter(|column| is_text(&column.data_type))
        .count();
    table.primary_key.len() == 1 && texts >= 1 && others.count() <= 2
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Varchar(_) | DataType::Char(_))
}

/// Average bytes of the texts.
fn text_bytes(cx: &Context<'_>, table: &Table) -> f64 {
    let nothing = TableStats::default();
    let stats = cx.stats_of(table).unwrap_or(&nothing);
    let texts = table.columns.iter().filter(|c| is_text(&c.data_type));
    texts
        .map(|column| bytes_of(&column.data_type, stats, &column.name))
        .sum()
}
