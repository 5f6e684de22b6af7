//! DK138: row counts that look like defaults, though nothing says that statistics are missing.

use serde::Serialize;

use super::Context;
use crate::graph::scanned_table;
use crate::name::TableName;
use crate::plan::condition::{Comparison, Conjunct};
use crate::plan::{MISSING_STATISTICS, Node, Operator, cost};
use crate::rules::{Finding, Remedy, Role, RuleInfo, Violation};
use crate::sql::write;
use crate::text::units::count;
use crate::thresholds::DEFAULT_DISTINCT;

crate::declare_rule! {
    /// ## What it does
    /// Finds row counts that are exactly what the planner takes where a column has no statistics.
    /// That is 1/200, a third or a half of the rows for a filter, 200 or 40,000 for groups. Redshift
    /// prints its notice only for tables that were never analyzed at all.
    ///
    /// ## Why is this bad?
    /// ANALYZE may have left the column out (PREDICATE COLUMNS), or ran before the column was
    /// filled. What follows from the count is a guess: the sides of joins, what is broadcast, the
    /// memory that the query gets.
    ///
    /// ## Example
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..112500.00 rows=45000 width=20)
    ///   Filter: (shop_id = 17)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Seq Scan on orders  (cost=0.00..112500.00 rows=44213 width=20)
    ///   Filter: (shop_id = 17)
    /// ```
    ///
    /// ## References
    /// - Analyzing tables (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html>
    /// - Row estimation defaults, read off public plans; PostgreSQL's selfuncs.h has the same
    pub const RULE = ("DK138", "default-estimates", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Analyzing tables, https://docs.aws.amazon.com/redshift/latest/dg/t_Analyzing_tables.html",
    ]);
}

/// Rows below which a count may be exact by chance. Chosen.
const LEAST_ROWS: f64 = 10_000.0;

/// A count that looks like a default.
#[derive(Debug, Serialize)]
pub(super) struct DefaultEstimates {
    table: TableName,
    /// The condition whose rows are counted; groups are counted where there is none.
    condition: Option<String>,
    rows: f64,
    /// Rows that it is a share of.
    of: f64,
}

impl Violation for DefaultEstimates {
    const RULE: RuleInfo = RULE;
    const ROLE: Role = Role::DoubtsStep;

    fn message(&self) -> String {
        let (rows, of) = (count(self.rows), count(self.of));
        match &self.condition {
            Some(condition) => format!(
                "`{condition}` keeps exactly {rows} of {of} rows of `{}`: the share that the planner \
                 takes for a column without statistics",
                self.table
            ),
            None => format!(
                "Exactly {rows} groups of {of} rows of `{}`: the number that the planner takes for \
                 columns without statistics",
                self.table
            ),
        }
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Run ANALYZE for all columns and EXPLAIN again; if the count stays, it is no default but \
             what the values come to.",
        )
        .with_sql(write::analyze(&self.table))
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let noticed = cx.plan.notices.iter();
    let mut noticed = noticed.filter(|notice| notice.starts_with(MISSING_STATISTICS));
    // A plan made here says itself what it had to assume.
    if cx.plan.made_here || noticed.next().is_some() {
        return Vec::new();
    }
    let mut findings: Vec<(TableName, Finding)> = Vec::new();
    for node in &cx.plan.nodes {
        let Some(found) = of_scan(node).or_else(|| of_groups(cx, node)) else {
            continue;
        };
        // One ANALYZE mends all of a table.
        if findings.iter().all(|(table, _)| *table != found.table) {
            findings.push((found.table.clone(), found.at_node(node.id)));
        }
    }
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// A filter on one plain column that keeps a default share.
fn of_scan(node: &Node) -> Option<DefaultEstimates> {
    let table = scanned_table(node).filter(|_| cost::is_table_scan(node))?;
    let [condition] = node.filter()? else {
        return None;
    };
    let charged = cost::charged(node)?;
    let share = default_share(condition)?;
    let is_it = (charged.rows_out - charged.rows_scanned * share).abs() <= 1.0;
    (is_it && charged.rows_scanned >= LEAST_ROWS).then(|| DefaultEstimates {
        table,
        condition: Some(condition.text.clone()),
        rows: charged.rows_out,
        of: charged.rows_scanned,
    })
}

/// The share that the planner takes for a comparison without statistics (PostgreSQL, selfuncs.h:
/// DEFAULT_INEQ_SEL; the others read off public plans). What a function hides is a default whatever
/// the statistics are, and is not meant here.
fn default_share(condition: &Conjunct) -> Option<f64> {
    if condition.parameter || condition.columns.len() != 1 {
        return None;
    }
    if is_truth(condition) {
        return Some(0.5);
    }
    if condition.around.is_some() {
        return None;
    }
    match condition.comparison {
        Comparison::Equal => Some(1.0 / DEFAULT_DISTINCT),
        Comparison::Range => {
            let both = condition.lower.is_some() && condition.upper.is_some();
            Some(if both {
                1.0 / DEFAULT_DISTINCT
            } else {
                1.0 / 3.0
            })
        }
        Comparison::Other
        | Comparison::OneOf
        | Comparison::Ranges
        | Comparison::Null
        | Comparison::Pattern => None,
    }
}

/// Whether a condition is a column by itself: `is_paid`, `NOT is_paid`, `is_paid IS TRUE`.
fn is_truth(condition: &Conjunct) -> bool {
    let words = condition
        .text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let mut words = words.filter(|word| !word.is_empty());
    words.all(|word| {
        let column = condition
            .columns
            .iter()
            .any(|column| column.as_str() == word);
        column || ["NOT", "IS", "TRUE", "FALSE"].contains(&word)
    })
}

/// 200 groups, or 200 × 200, of many rows of one table.
fn of_groups(cx: &Context<'_>, node: &Node) -> Option<DefaultEstimates> {
    let groups = matches!(
        node.operator,
        Operator::HashAggregate | Operator::GroupAggregate | Operator::Unique
    );
    let rows = node.rows.filter(|_| groups)?;
    let defaults = [DEFAULT_DISTINCT, DEFAULT_DISTINCT * DEFAULT_DISTINCT];
    let of = cx.plan.child(node.id)?.rows?;
    // Fewer rows in a group than this, and the planner may have cut the number.
    let is_it = defaults.contains(&rows) && of >= rows * 10.0 && of >= LEAST_ROWS;
    if !is_it {
        return None;
    }
    let mut scans = cx
        .plan
        .subtree(node.id)
        .filter(|node| scanned_table(node).is_some());
    let (scan, others) = (scans.next()?, scans.next());
    // ANALYZE takes no external table.
    let table = scanned_table(scan).filter(|_| cost::is_table_scan(scan))?;
    others.is_none().then_some(DefaultEstimates {
        table,
        condition: None,
        rows,
        of,
    })
}
