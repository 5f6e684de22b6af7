//! What the three redistribution rules share: which sides move, and how much.

use serde::Serialize;

use super::join_side::{Side, reason, sides};
use super::{Context, by_rows};
use crate::plan::Distribution;
use crate::rules::{Finding, Severity, Violation};
use crate::text::units::{count, size};
use crate::work::rows_moved;

/// A join whose rows are sent to other slices.
#[derive(Debug, Serialize)]
pub(super) struct Moved {
    pub outer: Side,
    pub inner: Side,
    /// Rows of the sides that move; `None` if the paste lost them.
    pub rows_moved: Option<f64>,
    /// Bytes that cross between nodes.
    pub bytes_moved: f64,
    /// Rows that leave the join.
    pub rows_out: f64,
}

impl Moved {
    /// Below Redshift's own alert it is a hint, and where the rows are not known: what the join
    /// returns says nothing of what moves.
    pub fn severity(&self) -> Severity {
        self.rows_moved.map_or(Severity::Hint, by_rows)
    }

    /// How much moves, and why if the DDL tells.
    pub fn amount(&self) -> String {
        match self.rows_moved {
            Some(rows) => format!(
                "{} rows, {} between nodes{}",
                count(rows),
                size(self.bytes_moved),
                reason(&self.outer, &self.inner)
            ),
            None => format!(
                "its rows are not in the paste, the join returns {} rows",
                count(self.rows_out)
            ),
        }
    }
}

/// The findings of one label.
pub(super) fn find<V: Violation>(
    cx: &Context<'_>,
    label: Distribution,
    violation: fn(Moved) -> V,
) -> Vec<Finding> {
    let joins = cx
        .plan
        .nodes
        .iter()
        .filter(|node| node.operator.is_join() && node.distribution == Some(label));
    joins
        .map(|join| {
            let (outer, inner) = sides(cx, join);
            let moved = Moved {
                rows_moved: rows_moved(label, outer.rows, inner.rows, cx.cluster_nodes()),
                bytes_moved: cx.step(join).network_bytes,
                rows_out: join.rows.unwrap_or(0.0),
                outer,
                inner,
            };
            violation(moved).at_node(join.id)
        })
        .collect()
}
