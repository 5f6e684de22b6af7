//! DK131: IN or EXISTS asks what a join has answered.

use serde::Serialize;

use super::{Context, by_rows};
use crate::graph;
use crate::name::TableName;
use crate::plan::{JoinKind, Node, Operator};
use crate::rules::{Finding, Remedy, RuleInfo, Severity, Violation};
use crate::text::units::{count, size};
use crate::whatif::Rewrite;

crate::declare_rule! {
    /// ## What it does
    /// Finds an IN or EXISTS over a table that the same rows are joined with by the same column
    /// anyhow, where the join filters that table at least as much.
    ///
    /// ## Why is this bad?
    /// The join drops the rows without a match by itself. The IN reads the table, builds a hash
    /// table of it and looks every row up a second time, to the same end.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..600000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Hash IN Join DS_DIST_NONE  (cost=50000.00..300000.00 rows=9000000 width=20)
    ///         Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///         ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///         ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=8)
    ///               ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows=4000000 width=8)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers b  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_NONE  (cost=50000.00..300000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".buyer_id = "inner".buyer_id)
    ///   ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=40000.00..40000.00 rows=4000000 width=24)
    ///         ->  XN Seq Scan on buyers b  (cost=0.00..40000.00 rows=4000000 width=24)
    /// ```
    ///
    /// ## References
    /// - Best practices for designing queries (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html>
    pub const RULE = ("DK131", "redundant-semijoin", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Best practices for designing queries, https://docs.aws.amazon.com/redshift/latest/dg/c_designing-queries-best-practices.html",
    ]);
}

/// A semijoin and the join that answers it.
#[derive(Debug, Serialize)]
pub(super) struct RedundantSemijoin {
    table: TableName,
    rows_in: f64,
    bytes: f64,
    #[serde(skip)]
    semijoin: usize,
}

impl Violation for RedundantSemijoin {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!(
            "{} rows, {}, are looked up in `{}` for an IN or EXISTS that a join with it by the same \
             column answers as well",
            count(self.rows_in),
            size(self.bytes),
            self.table
        )
    }

    fn remedy(&self) -> Remedy {
        Remedy::text(format!(
            "Leave out the IN or EXISTS over `{}`: the join by the same column drops the same rows.",
            self.table
        ))
        .rewriting(Rewrite::Without(vec![self.semijoin]))
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows_in)
    }

    fn weight(&self) -> f64 {
        self.bytes
    }
}

/// A side of a join that is one scan: its table, the columns it is joined by, and its conditions.
struct Looked<'a> {
    table: TableName,
    /// The table of the outer column, where that is certain, and both columns.
    pairs: Vec<(Option<TableName>, &'a str, &'a str)>,
    filters: Vec<&'a str>,
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let nodes = cx.plan.nodes.iter();
    let semijoins = nodes.filter(|node| matches!(node.operator, Operator::Join(_, JoinKind::In)));
    semijoins.filter_map(|semi| find(cx, semi)).collect()
}

fn find(cx: &Context<'_>, semi: &Node) -> Option<Finding> {
    let asked = looked(cx, semi)?;
    // Of rows that an outer side preserves nothing is dropped by the join.
    let joins = cx.plan.nodes.iter().filter(|node| {
        let inner = matches!(node.operator, Operator::Join(_, JoinKind::Inner));
        inner && on_one_line(cx, semi, node)
    });
    joins
        .filter_map(|join| Some((join, looked(cx, join)?)))
        .find(|(join, answer)| {
            // Right above the join of two scans, either of its columns is the one that is asked for.
            let above = cx
                .plan
                .outer(semi.id)
                .is_some_and(|outer| outer.id == join.id);
            let of_two = above && scans(cx, join).len() == 2;
            let same_pairs = asked.pairs.iter().all(|(owner, outer, inner)| {
                answer.pairs.iter().any(|(other, joined, with)| {
                    let same = owner.is_some() && owner == other && outer == joined;
                    let either = of_two && (outer == joined || outer == with);
                    (same || either) && inner == with
                })
            });
            // Whatever the IN's table must fulfil, the join's rows fulfil too.
            let as_strict = asked.filters.iter().all(|one| answer.filters.contains(one));
            answer.table == asked.table && same_pairs && as_strict
        })?;
    let outer = cx.plan.outer(semi.id)?;
    let finding = RedundantSemijoin {
        table: asked.table,
        rows_in: outer.rows?,
        bytes: outer.bytes().unwrap_or(0.0) + cx.plan.inner(semi.id)?.bytes().unwrap_or(0.0),
        semijoin: semi.id,
    };
    Some(finding.at_node(semi.id))
}

/// Whether the rows of one join reach the other as its outer side, with nothing between but joins.
fn on_one_line(cx: &Context<'_>, semi: &Node, join: &Node) -> bool {
    let (above, below) = if semi.id < join.id {
        (semi, join)
    } else {
        (join, semi)
    };
    let mut at = cx.plan.outer(above.id);
    while let Some(node) = at {
        if node.id == below.id {
            return true;
        }
        at = match node.operator {
            Operator::Join(_, JoinKind::Inner | JoinKind::In) => cx.plan.outer(node.id),
            _ => None,
        };
    }
    false
}

fn looked<'a>(cx: &Context<'a>, join: &'a Node) -> Option<Looked<'a>> {
    let inner = cx.plan.inner(join.id)?;
    let outer = cx.plan.outer(join.id)?;
    let scan = cx.plan.subtree(inner.id).last()?;
    let straight = cx
        .plan
        .subtree(inner.id)
        .all(|node| node.operator.is_scan() || node.operator == Operator::SubqueryScan);
    let filters: Option<Vec<&str>> = match scan.filter() {
        Some(all) => Some(all.iter().map(|one| one.text.as_str()).collect()),
        None => Some(Vec::new()),
    };
    let pairs = join.join_keys().iter().map(|pair| {
        let owner = owner(cx, outer, pair.outer.as_str());
        (owner, pair.outer.as_str(), pair.inner.as_str())
    });
    let pairs: Vec<_> = pairs.collect();
    let table = graph::scanned_table(scan)?;
    // A condition beside the equalities may keep rows that the other drops.
    let plain = join.filters().next().is_none()
        && join
            .details
            .iter()
            .all(|detail| detail.kind != crate::plan::DetailKind::JoinFilter);
    (straight && plain && !pairs.is_empty()).then_some(Looked {
        table,
        pairs,
        filters: filters?,
    })
}

/// Whether the columns of a scan do not reach a step above it, as it only answers an IN.
fn is_hidden(cx: &Context<'_>, side: &Node, scan: &Node) -> bool {
    let mut below = scan;
    cx.plan.ancestors(scan.id).any(|above| {
        let asks = matches!(
            above.operator,
            Operator::Join(_, JoinKind::In | JoinKind::NotIn)
        );
        let is_inner = above.children.get(1) == Some(&below.id);
        below = above;
        above.id >= side.id && asks && is_inner
    })
}

/// The scans below a step whose columns reach it.
fn scans<'a>(cx: &Context<'a>, side: &Node) -> Vec<&'a Node> {
    let all = cx.plan.subtree(side.id);
    let all = all.filter(|node| graph::scanned_table(node).is_some());
    all.filter(|node| !is_hidden(cx, side, node)).collect()
}

/// The table of a join's outer side that a column is of, if that is certain.
fn owner(cx: &Context<'_>, side: &Node, column: &str) -> Option<TableName> {
    match scans(cx, side).as_slice() {
        [only] => graph::scanned_table(only),
        _ => {
            let (scan, certain) = graph::owner(cx.plan, side.id, Some(column), cx.schema)?;
            graph::scanned_table(scan).filter(|_| certain)
        }
    }
}
