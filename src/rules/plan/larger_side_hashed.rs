//! DK141: the larger input of a join is the one that is hashed.

use serde::Serialize;

use super::Context;
use super::join_side::{Side, sides};
use crate::plan::{Distribution, JoinKind, JoinMethod, MISSING_STATISTICS, Node, Operator, cost};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::sql::write;
use crate::text::units::{counted, size};
use crate::thresholds::ALERT_ROWS;

crate::declare_rule! {
    /// ## What it does
    /// Finds hash joins whose inner input, the one that is hashed, is a table with more than twice
    /// the rows and the bytes of the outer one. The table has a million rows or more.
    ///
    /// ## Why is this bad?
    /// Redshift generally takes the smaller input as the inner one: it is what is held in memory,
    /// broadcast or sent. Where it does not, the statistics are likely out of date, and the outer
    /// input is larger than the planner believes. Inputs that lie on every node are left out, since
    /// these serve a join on the inner side only.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_INNER  (cost=900000.00..48000000000.00 rows=150000 width=40)
    ///   Inner Dist Key: events.visitor_id
    ///   Hash Cond: ("outer".visitor_id = "inner".visitor_id)
    ///   ->  XN Seq Scan on visitors  (cost=0.00..1500.00 rows=150000 width=20)
    ///   ->  XN Hash  (cost=900000.00..900000.00 rows=90000000 width=28)
    ///         ->  XN Seq Scan on events  (cost=0.00..900000.00 rows=90000000 width=28)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_OUTER  (cost=1875.00..9000000.00 rows=150000 width=40)
    ///   Outer Dist Key: events.visitor_id
    ///   Hash Cond: ("outer".visitor_id = "inner".visitor_id)
    ///   ->  XN Seq Scan on events  (cost=0.00..900000.00 rows=90000000 width=28)
    ///   ->  XN Hash  (cost=1500.00..1500.00 rows=150000 width=20)
    ///         ->  XN Seq Scan on visitors  (cost=0.00..1500.00 rows=150000 width=20)
    /// ```
    ///
    /// ## References
    /// - Analyzing the query plan (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c-analyzing-the-query-plan.html>
    pub const RULE = ("DK141", "larger-side-hashed", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Analyzing the query plan, https://docs.aws.amazon.com/redshift/latest/dg/c-analyzing-the-query-plan.html",
    ]);
}

/// How many times the rows and the bytes of the outer input the inner one has at least. Chosen:
/// below it either order costs about the same.
const FACTOR: f64 = 2.0;

/// A join that hashes its larger input.
#[derive(Debug, Serialize)]
pub(super) struct LargerSideHashed {
    outer: Side,
    inner: Side,
    bytes_hashed: f64,
}

impl Violation for LargerSideHashed {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} of {}, {}, are hashed for {} of {}: the planner usually hashes the smaller input",
            self.inner.counted_rows(),
            self.inner.name(),
            size(self.bytes_hashed),
            counted(self.outer.rows.unwrap_or(0.0), "row"),
            self.outer.name()
        )
    }

    fn remedy(&self) -> Remedy {
        let known = [&self.outer, &self.inner].into_iter();
        let known = known.filter(|side| side.certain && !side.external);
        let tables = known.filter_map(|side| side.table.as_ref());
        tables.fold(
            Remedy::text(
                "The statistics are likely out of date: run ANALYZE, then EXPLAIN again. If the rows \
                 stay as they are, the order is the planner's choice.",
            ),
            |remedy, table| remedy.with_sql(write::analyze(table)),
        )
    }

    fn weight(&self) -> f64 {
        self.bytes_hashed
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let mut notices = cx.plan.notices.iter();
    // Redshift's own notice says more, and a plan made here was made with these statistics.
    if cx.plan.made_here || notices.any(|notice| notice.starts_with(MISSING_STATISTICS)) {
        return Vec::new();
    }
    let joins = cx.plan.nodes.iter().filter(|node| {
        // The other kinds of join have a side that has to be the outer, or the inner, one.
        node.operator == Operator::Join(JoinMethod::Hash, JoinKind::Inner)
    });
    joins.filter_map(|join| find(cx, join)).collect()
}

fn find(cx: &Context<'_>, join: &Node) -> Option<Finding> {
    if matches!(
        join.distribution,
        Some(Distribution::AllNone | Distribution::AllInner)
    ) {
        return None;
    }
    let larger = |a: Option<f64>, b: Option<f64>| Some(a? > b? * FACTOR);
    let (of_outer, of_inner) = (cx.plan.outer(join.id)?, cx.plan.inner(join.id)?);
    if !larger(of_inner.rows, of_outer.rows)? || !larger(of_inner.bytes(), of_outer.bytes())? {
        return None;
    }
    let (outer, inner) = sides(cx, join);
    let is_large = inner.rows.is_some_and(|rows| rows >= ALERT_ROWS);
    // Results of joins and groupings have rows that no statistics tell.
    if !is_large || !inner.certain || inner.external || is_confirmed(cx, of_outer) {
        return None;
    }
    let finding = LargerSideHashed {
        bytes_hashed: of_inner.bytes().unwrap_or(0.0),
        outer,
        inner,
    };
    Some(finding.at_node(join.id))
}

/// Whether the statistics at hand have as few rows of the outer table as the plan.
fn is_confirmed(cx: &Context<'_>, outer: &Node) -> bool {
    let rows = || {
        let known = cx.stats?.table(&outer.table_name()?)?.rows?;
        Some((known, cost::rows_scanned(outer)?))
    };
    rows().is_some_and(|(known, planned)| known <= planned * FACTOR)
}
