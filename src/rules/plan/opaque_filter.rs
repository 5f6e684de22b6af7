//! DK107: a filter that zone maps can't serve.

use serde::Serialize;

use super::{Context, by_rows};
use crate::graph::scanned_table;
use crate::name::{Ident, TableName};
use crate::plan::condition::{Comparison, Conjunct};
use crate::plan::{Node, cost};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::count;

crate::declare_rule! {
    /// ## What it does
    /// Finds filters on a function, an operation or a cast of a column, or against a value that
    /// is computed by another step (`$0`).
    ///
    /// ## Why is this bad?
    /// Zone maps hold the smallest and largest value of a column in each block; they say nothing
    /// of a function of it, so every block is read. The planner can't estimate such a filter
    /// either: it assumes that 0.5 % of the rows pass (read off public plans), and join order
    /// suffers.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..112500.00 rows=45000 width=20)
    ///   Filter: (date_trunc('month'::text, placed_at) = '2024-03-01 00:00:00'::timestamp without time zone)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..5625.00 rows=375000 width=20)
    ///   Filter: ((placed_at < '2024-04-01 00:00:00'::timestamp without time zone) AND (placed_at >= '2024-03-01 00:00:00'::timestamp without time zone))
    /// ```
    ///
    /// ## References
    /// - Best practices for designing queries (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html>
    pub const RULE = ("DK107", "opaque-filter", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Best practices for designing queries, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html",
    ]);
}

/// An opaque condition on a scan.
#[derive(Debug, Serialize)]
pub(super) struct OpaqueFilter {
    table: TableName,
    condition: String,
    columns: Vec<Ident>,
    /// What stands around the column.
    around: Option<String>,
    parameter: bool,
    rows_scanned: f64,
    rows_out: f64,
    /// Another condition of the same filter that zone maps may serve.
    prunable: Option<String>,
    /// Whether the DDL sorts the table by the column.
    sorted_by: bool,
    #[serde(skip)]
    bytes: f64,
}

impl Violation for OpaqueFilter {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        let columns = self
            .columns
            .iter()
            .map(|c| format!("`{c}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let why = match (&self.around, self.parameter) {
            (Some(around), _) => format!("`{around}` stands around {columns}"),
            (None, _) => format!("{columns} is compared with a value known only at run time"),
        };
        let beside = match &self.prunable {
            Some(other) => format!("; only `{other}` can narrow the scan"),
            None => String::new(),
        };
        format!(
            "`{}` can't skip blocks of `{}`: {why}; {} rows are read for an estimated {}{beside}",
            self.condition,
            self.table,
            count(self.rows_scanned),
            count(self.rows_out)
        )
    }

    fn remedy(&self) -> Remedy {
        if let (true, [column]) = (self.sorted_by, self.columns.as_slice()) {
            return Remedy::text(format!(
                "`{}` is sorted by `{column}`: compare the bare column with constants, a range instead of \
                 a function or a cast, and zone maps skip the other blocks.",
                self.table
            ));
        }
        // A function around the column stands in the way whatever the value is.
        Remedy::text(match self.parameter && self.around.is_none() {
            true => {
                "Compute the value first and put it into the query as a constant: the planner then \
                 estimates it, and zone maps can skip blocks."
            }
            false => {
                "Compare the bare column with constants (a range instead of `date_trunc` or a \
                 cast), or store the computed value in a column of its own and sort by it."
            }
        })
    }

    fn severity(&self) -> Severity {
        match self.prunable {
            Some(_) if !self.sorted_by => Severity::Hint,
            _ => by_rows(self.rows_scanned),
        }
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let scans = cx
        .plan
        .nodes
        .iter()
        .filter(|node| cost::is_table_scan(node));
    scans.filter_map(|scan| find(cx, scan)).collect()
}

/// Whether the rule has something to say of a scan.
pub(super) fn speaks_of(scan: &Node) -> bool {
    scan.filter().is_some_and(|all| all.iter().any(is_opaque))
}

/// Whether a function, a cast or a value of run time hides the column that the DDL sorts a scanned
/// table by.
pub(super) fn hides_sort_key(cx: &Context<'_>, scan: &Node) -> bool {
    let first = cx
        .table(scan)
        .and_then(|table| table.sort_columns().first());
    let Some(first) = first else {
        return false;
    };
    let hidden = scan.filters().filter(|one| is_opaque(one));
    let bare = scan
        .filters()
        .any(|one| is_prunable(one) && one.columns.contains(first));
    !bare && hidden.into_iter().any(|one| one.columns == [first.clone()])
}

fn find(cx: &Context<'_>, scan: &Node) -> Option<Finding> {
    let all = scan.filter()?;
    let opaque = all.iter().find(|c| is_opaque(c))?;
    let step = cx.step(scan);
    let prunable = all.iter().find(|c| is_prunable(c));
    let bytes = step
        .scan
        .as_ref()
        .map_or(0.0, |scan| scan.fixed_bytes + scan.text_bytes);
    let finding = OpaqueFilter {
        table: scanned_table(scan)?,
        condition: opaque.text.clone(),
        columns: opaque.columns.clone(),
        around: opaque.around.clone(),
        parameter: opaque.parameter,
        rows_scanned: step.rows_in,
        rows_out: scan.rows.unwrap_or(0.0),
        prunable: prunable.map(|c| c.text.clone()),
        sorted_by: hides_sort_key(cx, scan),
        bytes,
    };
    Some(finding.at_node(scan.id))
}

/// Patterns and NULL tests are never served by zone maps and are no mistake.
fn is_opaque(conjunct: &Conjunct) -> bool {
    let compares = matches!(
        conjunct.comparison,
        Comparison::Equal | Comparison::Range | Comparison::OneOf | Comparison::Ranges
    );
    compares && !conjunct.columns.is_empty() && (conjunct.around.is_some() || conjunct.parameter)
}

fn is_prunable(conjunct: &Conjunct) -> bool {
    let compares = matches!(
        conjunct.comparison,
        Comparison::Equal | Comparison::Range | Comparison::OneOf | Comparison::Ranges
    );
    compares && conjunct.columns.len() == 1 && conjunct.around.is_none() && !conjunct.parameter
}
