//! DK133: two large tables that lie alike are hashed where they could be merged.

use serde::Serialize;

use super::Context;
use super::join_side::{Side, sides};
use super::text_join_key;
use super::unpruned_scan::prunable_columns;
use crate::plan::{Distribution, JoinKind, JoinMethod, Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Violation};
use crate::text::units::{counted, size};
use crate::thresholds::{LARGE_ROWS, UNSORTED};
use crate::whatif::Changes;

crate::declare_rule! {
    /// ## What it does
    /// Finds hash joins of two large tables that are distributed by the column they are joined by.
    /// Both have five million rows or more, and what sorting both by the column gains is tried.
    ///
    /// ## Why is this bad?
    /// Where the join's column is DISTKEY and first SORTKEY column of both tables, Redshift reads
    /// both in order and merges them: no hash table is built, and none can overflow to disk. A table
    /// has one sort key, so this pays where the join is what the tables are there for.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=1000000.00..3000000.00 rows=90000000 width=40)
    ///   Hash Cond: ("outer".order_id = "inner".order_id)
    ///   ->  XN Seq Scan on order_lines  (cost=0.00..900000.00 rows=90000000 width=20)
    ///   ->  XN Hash  (cost=400000.00..400000.00 rows=40000000 width=24)
    ///         ->  XN Seq Scan on orders  (cost=0.00..400000.00 rows=40000000 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Merge Join DS_DIST_NONE  (cost=0.00..2000000.00 rows=90000000 width=40)
    ///   Merge Cond: ("outer".order_id = "inner".order_id)
    ///   ->  XN Seq Scan on order_lines  (cost=0.00..900000.00 rows=90000000 width=20)
    ///   ->  XN Seq Scan on orders  (cost=0.00..400000.00 rows=40000000 width=24)
    /// ```
    ///
    /// ## References
    /// - Choose the best sort key (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html>
    pub const RULE = ("DK133", "merge-join-in-reach", Plan, Hint, [
        "Amazon Redshift Database Developer Guide: Choose the best sort key, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html",
    ]);
}

/// A hash join that could be a merge join.
#[derive(Debug, Serialize)]
pub(super) struct MergeJoinInReach {
    outer: Side,
    inner: Side,
    rows: f64,
    /// Bytes that are hashed.
    hashed_bytes: f64,
    /// What the tables are sorted by now; `None` where the DDL does not tell.
    sorted_by: Option<Vec<String>>,
    /// Whether the DDL says that both are sorted by the column.
    #[serde(skip)]
    sorted_so: bool,
}

impl Violation for MergeJoinInReach {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} of {} are hashed, {}, to be joined with {} of {}, which lie on the same slices",
            self.inner.counted_rows(),
            self.inner.name(),
            size(self.hashed_bytes),
            counted(self.outer.rows.unwrap_or(0.0), "row"),
            self.outer.name(),
        )
    }

    fn remedy(&self) -> Remedy {
        if self.sorted_so {
            return Remedy::text(
                "Both are sorted and distributed by the column already, so that they could be merged: \
                 look at `unsorted` in SVV_TABLE_INFO (20 % or more needs VACUUM), and whether the \
                 plan is older than the keys.",
            );
        }
        let mut remedy = Remedy::text(
            "Sorted by the column that they are joined and distributed by, both are merged without a \
             hash table.",
        );
        let key = |side: &Side| match (&side.table, &side.column) {
            (Some(table), Some(column)) => {
                Some(Changes::sorted(table, std::slice::from_ref(column)))
            }
            _ => None,
        };
        if let (Some(outer), Some(inner)) = (key(&self.outer), key(&self.inner))
            && let Some(both) = outer.and(&inner)
        {
            let present = match self.sorted_by.as_deref() {
                None => {
                    "If few queries need their present sort keys, which the plan does not show, sort"
                }
                Some([]) => "Sort",
                Some(_) => "If few queries need what is given up for it, sort",
            };
            let given_up = match self.sorted_by.as_deref() {
                None | Some([]) => String::new(),
                Some(keys) => format!(" Given up: {}.", keys.join(" and ")),
            };
            let text = format!(
                "{present} {} and {} by the column they are joined by: both are then merged instead of \
                 hashed, as long as less than {:.0} % of either is unsorted.{given_up}",
                self.outer.name(),
                self.inner.name(),
                UNSORTED * 100.0
            );
            remedy = remedy.propose(text, both);
        }
        remedy
    }

    fn weight(&self) -> f64 {
        self.hashed_bytes
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx.plan.nodes.iter();
    joins.filter_map(|join| find(cx, join)).collect()
}

/// Whether all rows of a join are needed for those that a LIMIT above leaves.
fn is_ordered(cx: &Context<'_>, join: &Node) -> bool {
    let streams = |node: &Node| {
        matches!(
            node.operator,
            Operator::Join(..) | Operator::SubqueryScan | Operator::Network | Operator::Result
        )
    };
    let mut above = cx.plan.ancestors(join.id);
    above
        .find(|node| !streams(node))
        .is_some_and(|node| node.operator != Operator::Limit)
}

fn find(cx: &Context<'_>, join: &Node) -> Option<Finding> {
    let hashed = matches!(
        join.operator,
        Operator::Join(
            JoinMethod::Hash,
            JoinKind::Inner | JoinKind::Left | JoinKind::Right
        )
    );
    if !hashed || join.distribution != Some(Distribution::None) {
        return None;
    }
    // A look at some rows ends before most of them are joined.
    if cx
        .plan
        .ancestors(join.id)
        .any(|node| node.operator == Operator::Limit)
        && !is_ordered(cx, join)
    {
        return None;
    }
    let (outer, inner) = sides(cx, join);
    let scanned = |side: &Side, node: Option<&Node>| {
        // What was joined or grouped before has no order of its own; a filter that zone maps can
        // serve has the better claim to the sort key.
        let is_scan = node.is_some_and(|node| {
            let own = node.filter().unwrap_or_default();
            let others = prunable_columns(own);
            let others = others.iter().any(|name| Some(name) != side.column.as_ref());
            node.operator == Operator::SeqScan && !others
        });
        is_scan
            && side.certain
            && !side.computed
            && side.rows.is_some_and(|rows| rows >= LARGE_ROWS)
    };
    if !scanned(&outer, cx.plan.outer(join.id)) || !scanned(&inner, cx.plan.inner(join.id)) {
        return None;
    }
    let sorted_by = [&outer, &inner]
        .into_iter()
        .try_fold(Vec::new(), |mut keys, side| {
            let table = cx.schema?.resolve(side.table.as_ref()?)?;
            let first = table.sort_columns().first();
            if first.is_some() && first != side.column.as_ref() {
                keys.push(format!("{} of `{}`", table.sort_key, table.name));
            }
            Some(keys)
        });
    let sorted_so = [&outer, &inner].into_iter().all(|side| {
        let own = |name| cx.schema?.resolve(name)?.sort_columns().first();
        side.column.is_some() && side.table.as_ref().and_then(own) == side.column.as_ref()
    });
    // Long texts are better replaced than sorted by.
    if !sorted_so && text_join_key::speaks_of(cx, join) {
        return None;
    }
    let finding = MergeJoinInReach {
        sorted_so,
        rows: outer.rows.unwrap_or(0.0) + inner.rows.unwrap_or(0.0),
        hashed_bytes: cx.plan.inner(join.id)?.bytes().unwrap_or(0.0),
        sorted_by,
        outer,
        inner,
    };
    Some(finding.at_node(join.id))
}
