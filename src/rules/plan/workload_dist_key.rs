//! DK113: a join on a workload column moves rows.

use serde::Serialize;

use super::join_side::{Side, reason, sides};
use super::{Context, by_rows};
use crate::name::Ident;
use crate::plan::Node;
use crate::rules::{Finding, Remedy, Role, Severity, Violation};
use crate::text::units::{count, size};
use crate::thresholds::LARGE_ROWS;
use crate::whatif::Changes;
use crate::work::rows_moved;

crate::declare_rule! {
    /// ## What it does
    /// Reports joins on a column of the workload that move rows. The columns are `category_id` and
    /// `price`, unless `columns` under `[workload]` in `distkey.toml` names others.
    ///
    /// ## Why is this bad?
    /// The workload's join runs most often, so what it moves is moved most often. For a small
    /// lookup the cure is a copy on every node. DISTKEY(category_id) on the large table is a cure
    /// only if there are many more categories than slices: each value lies on one slice, and a
    /// search for one category then uses one slice.
    ///
    /// ## Example
    /// ```text
    /// XN Hash Join DS_BCAST_INNER  (cost=0.50..400000000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".category_id = "inner".category_id)
    ///   ->  XN Seq Scan on products  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=0.40..0.40 rows=40 width=24)
    ///         ->  XN Seq Scan on categories  (cost=0.00..0.40 rows=40 width=24)
    /// ```
    ///
    /// ## Use instead
    /// ```text
    /// XN Hash Join DS_DIST_ALL_NONE  (cost=0.50..200000.00 rows=9000000 width=40)
    ///   Hash Cond: ("outer".category_id = "inner".category_id)
    ///   ->  XN Seq Scan on products  (cost=0.00..90000.00 rows=9000000 width=20)
    ///   ->  XN Hash  (cost=0.40..0.40 rows=40 width=24)
    ///         ->  XN Seq Scan on categories  (cost=0.00..0.40 rows=40 width=24)
    /// ```
    ///
    /// ## References
    /// - Choose the best distribution style (Amazon Redshift Database Developer Guide):
    ///   <https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html>
    pub const RULE = ("DK113", "workload-dist-key", Plan, Warning, [
        "Amazon Redshift Database Developer Guide: Choose the best distribution style, https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html",
    ]);
}

/// A join on a workload column that moves rows.
#[derive(Debug, Serialize)]
pub(super) struct WorkloadDistKey {
    column: Ident,
    outer: Side,
    inner: Side,
    rows_moved: f64,
    bytes_moved: f64,
    slices: f64,
}

impl Violation for WorkloadDistKey {
    const RULE: crate::rules::RuleInfo = RULE;
    const ROLE: Role = Role::MovesAsWell;

    fn message(&self) -> String {
        format!(
            "{} and {} are not co-located on `{}`: {} rows, {} moved{}",
            self.outer.name(),
            self.inner.name(),
            self.column,
            count(self.rows_moved),
            size(self.bytes_moved),
            reason(&self.outer, &self.inner)
        )
    }

    fn remedy(&self) -> Remedy {
        let mut remedy = Remedy::text(format!(
            "Distribute both sides by `{}` if it has many more values than the {:.0} slices.",
            self.column, self.slices
        ));
        let small = self.inner.table_rows.is_some_and(|rows| rows < LARGE_ROWS);
        if let (true, true, Some(table)) = (small, self.inner.certain, &self.inner.table) {
            let text = format!(
                "Keep a copy of `{table}` on every node. DISTKEY({}) on the large side would leave \
                 slices empty unless there are many more values than the {:.0} slices.",
                self.column, self.slices
            );
            remedy = remedy.propose(text, Changes::copied(table));
        }
        remedy
    }

    fn severity(&self) -> Severity {
        by_rows(self.rows_moved)
    }

    fn weight(&self) -> f64 {
        self.bytes_moved
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let joins = cx.plan.nodes.iter().filter(|node| node.operator.is_join());
    joins.filter_map(|join| find(cx, join)).collect()
}

fn find(cx: &Context<'_>, join: &Node) -> Option<Finding> {
    let pair = join.join_keys().iter().find(|pair| {
        let columns = cx.config.workload.columns();
        columns.contains(&pair.outer) || columns.contains(&pair.inner)
    })?;
    let (outer, inner) = sides(cx, join);
    let label = join.distribution.filter(|label| label.moves())?;
    let or_none = |side: &Side| Some(side.rows.unwrap_or(0.0));
    let rows_moved = rows_moved(label, or_none(&outer), or_none(&inner), cx.cluster_nodes())?;
    let finding = WorkloadDistKey {
        column: pair.outer.clone(),
        rows_moved,
        bytes_moved: cx.step(join).network_bytes,
        slices: cx.cluster.slices(),
        outer,
        inner,
    };
    Some(finding.at_node(join.id))
}
