//! DK130: rows that differ already are searched for duplicates.

use serde::Serialize;

use super::{Context, by_rows};
use crate::plan::{Node, Operator, Plan};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::whatif::Rewrite;

crate::declare_rule! {
    /// ## What it does
    /// Finds a DISTINCT, or a GROUP BY of all columns, over the result of another GROUP BY or
    /// DISTINCT of the same columns.
    ///
    /// ## Why is this bad?
    /// The rows of a GROUP BY differ in the columns that it groups by. A DISTINCT over them sorts or
    /// hashes every group once more, and drops none.
    ///
    /// ## Example
    /// ```text
    /// XN Unique  (cost=1000.00..1400.00 rows=4000000 width=16)
    ///   ->  XN HashAggregate  (cost=1000.00..1200.00 rows=4000000 width=16)
    ///         ->  XN Seq Scan on orders  (cost=0.00..900.00 rows=9000000 width=16)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN HashAggregate  (cost=1000.00..1200.00 rows=4000000 width=16)
    ///   ->  XN Seq Scan on orders  (cost=0.00..900.00 rows=9000000 width=16)
    /// ```
    ///
    /// ## References
    /// - Best practices for designing queries (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html>
    pub const RULE = ("DK130", "repeated-distinct", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Best practices for designing queries, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html",
    ]);
}

/// The rows that are compared once more.
#[derive(Debug, Serialize)]
pub(super) struct RepeatedDistinct {
    rows: f64,
    bytes: f64,
    #[serde(skip)]
    saved: Vec<usize>,
}

impl Violation for RepeatedDistinct {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} rows, {}, that a GROUP BY or DISTINCT has made differ are searched for duplicates \
             once more",
            count(self.rows),
            size(self.bytes)
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Leave out the second DISTINCT or GROUP BY. It is needed only if a column that is grouped \
             by is not selected.",
        )
        .rewriting(Rewrite::Without(self.saved.clone()))
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows)
    }

    fn weight(&self) -> f64 {
        // Of rows without a width, as of constants, there is something at least.
        self.bytes.max(self.rows)
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let nodes = cx.plan.nodes.iter();
    let compares = nodes.filter(|node| groups(node));
    compares.filter_map(|node| find(cx.plan, node)).collect()
}

fn groups(node: &Node) -> bool {
    matches!(
        node.operator,
        Operator::Unique | Operator::HashAggregate | Operator::GroupAggregate
    )
}

fn find(plan: &Plan, node: &Node) -> Option<Finding> {
    let mut saved = vec![node.id];
    let mut below = plan.child(node.id)?;
    loop {
        match below.operator {
            Operator::Sort | Operator::Network | Operator::Merge => saved.push(below.id),
            // Redshift counts distinct values in two steps; both are needed.
            Operator::SubqueryScan if counts_distinct(below) => return None,
            Operator::SubqueryScan => {}
            _ => break,
        }
        below = plan.child(below.id)?;
    }
    // Other rows or other columns are another grouping; of a DISTINCT over a GROUP BY the planner
    // expects that nothing is dropped.
    let same = groups(below) && node.rows == below.rows && node.width == below.width;
    let rows = node.rows.filter(|_| same)?;
    // An aggregate's input is part of what it computes, and its own width only chance.
    if node.operator != Operator::Unique && !is_bare(plan, node) {
        return None;
    }
    let finding = RepeatedDistinct {
        rows,
        bytes: below.bytes().unwrap_or(0.0),
        saved,
    };
    Some(finding.at_node(node.id))
}

fn counts_distinct(scan: &Node) -> bool {
    let name = scan.table_name().unwrap_or_default();
    name.name.starts_with("volt_dt_")
}

/// Whether a grouping only compares: nothing above it sorts by, or filters by, an aggregate of it.
fn is_bare(plan: &Plan, node: &Node) -> bool {
    let own = node.filters().next().is_none();
    let above = plan.ancestors(node.id).flat_map(|above| &above.details);
    own && !above.into_iter().any(|detail| {
        let text = detail.text();
        ["count(", "sum(", "min(", "max(", "avg("]
            .iter()
            .any(|call| text.contains(call))
    })
}
