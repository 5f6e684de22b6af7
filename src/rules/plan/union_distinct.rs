//! DK129: a UNION looks for duplicates.

use serde::Serialize;

use super::{Context, by_rows};
use crate::plan::{Node, Operator, Plan};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::whatif::Rewrite;

crate::declare_rule! {
    /// ## What it does
    /// Finds `UNION` without ALL: the rows of all branches are sorted or hashed to drop those that
    /// occur twice.
    ///
    /// ## Why is this bad?
    /// Every row is kept in memory, whole, and compared with the others. Where the branches can't
    /// hold the same row (another day each, another status each), nothing is dropped in the end.
    ///
    /// ## Example
    /// ```text
    /// XN Unique  (cost=2.40..4.10 rows=20000000 width=40)
    ///   ->  XN Append  (cost=0.00..2.40 rows=20000000 width=40)
    ///         ->  XN Subquery Scan "*SELECT* 1"  (cost=0.00..1.20 rows=10000000 width=40)
    ///               ->  XN Seq Scan on orders_2025  (cost=0.00..1.10 rows=10000000 width=40)
    ///         ->  XN Subquery Scan "*SELECT* 2"  (cost=0.00..1.20 rows=10000000 width=40)
    ///               ->  XN Seq Scan on orders_2026  (cost=0.00..1.10 rows=10000000 width=40)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Append  (cost=0.00..2.40 rows=20000000 width=40)
    ///   ->  XN Subquery Scan "*SELECT* 1"  (cost=0.00..1.20 rows=10000000 width=40)
    ///         ->  XN Seq Scan on orders_2025  (cost=0.00..1.10 rows=10000000 width=40)
    ///   ->  XN Subquery Scan "*SELECT* 2"  (cost=0.00..1.20 rows=10000000 width=40)
    ///         ->  XN Seq Scan on orders_2026  (cost=0.00..1.10 rows=10000000 width=40)
    /// ```
    ///
    /// ## References
    /// - UNION, INTERSECT, and EXCEPT (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/r_UNION.html>
    pub const RULE = ("DK129", "union-distinct", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: UNION, INTERSECT, and EXCEPT, https://docs.aws.amazon.com/redshift/latest/dg/r_UNION.html",
    ]);
}

/// What is searched for duplicates.
#[derive(Debug, Serialize)]
pub(super) struct UnionDistinct {
    branches: usize,
    rows: f64,
    bytes: f64,
    /// The steps that UNION ALL does without.
    #[serde(skip)]
    saved: Vec<usize>,
}

impl Violation for UnionDistinct {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "UNION searches {} rows, {}, of {} branches for duplicates",
            count(self.rows),
            size(self.bytes),
            self.branches
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(
            "Write UNION ALL if no row can be in two branches and none twice in one, or if rows may be \
             returned twice.",
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
    let appends = cx
        .plan
        .nodes
        .iter()
        .filter(|node| node.operator == Operator::Append);
    appends.filter_map(|append| find(cx.plan, append)).collect()
}

fn find(plan: &Plan, append: &Node) -> Option<Finding> {
    let mut saved = Vec::new();
    for above in plan.ancestors(append.id) {
        saved.push(above.id);
        match above.operator {
            Operator::Sort | Operator::Network => {}
            // A GROUP BY over UNION ALL looks the same, but keeps other columns, and is expected to
            // leave fewer rows; of a UNION the planner expects that all rows differ.
            Operator::Unique | Operator::HashAggregate => {
                let same = above.rows == append.rows && above.width == append.width;
                let (true, Some(rows)) = (same, append.rows) else {
                    return None;
                };
                let finding = UnionDistinct {
                    branches: append.children.len(),
                    rows,
                    bytes: append.bytes().unwrap_or(0.0),
                    saved,
                };
                return Some(finding.at_node(above.id));
            }
            _ => return None,
        }
    }
    None
}
