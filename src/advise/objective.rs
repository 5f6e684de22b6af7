//! What the search for distribution keys minimises, over one run of the workload, in bytes:
//! what moves between nodes by the planner, what copies store, weighed, and what is rewritten,
//! spread over the runs that repay it.

use schemars::JsonSchema;
use serde::Serialize;

use super::Request;
use super::design::{Design, effective};
use super::evaluate::{Planned, totals};
use super::present::Present;
use crate::schema::{DistStyle, Table};
use crate::work::BLOCK_BYTES;

/// The terms of the objective, in bytes over one run of the workload.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct Terms {
    /// What moves between nodes.
    pub moved: f64,
    /// What DISTSTYLE ALL stores beyond EVEN, times `advise.storage-weight`.
    pub copies: f64,
    /// The tables that are distributed anew, over `advise.runs`.
    pub rewritten: f64,
}

impl Terms {
    /// Their sum, which is the objective.
    pub fn sum(&self) -> f64 {
        self.moved + self.copies + self.rewritten
    }
}

/// The terms of a design; tables are rewritten from what they are at present.
pub(super) fn terms(present: &Present<'_>, planned: &Planned) -> Terms {
    let (moved, _, _) = totals(present.request, &planned.all);
    let mut terms = Terms {
        moved,
        ..Terms::default()
    };
    for (name, table) in &present.design().schema.tables {
        let style = planned.design.style(name);
        let own = own_terms(present.request, present.design(), table, &style);
        terms.copies += own.copies;
        terms.rewritten += own.rewritten;
    }
    terms
}

/// What a style costs a table by itself; `design` is the present one.
pub(super) fn own_terms(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    style: &DistStyle,
) -> Terms {
    let weights = &request.env.config.advise;
    let mut own = Terms::default();
    if *style == DistStyle::All {
        own.copies = copies(request, design, table) * weights.storage_weight;
    }
    if effective(&table.dist_style) != *style {
        own.rewritten = design.raw_bytes(table).unwrap_or(0.0) / weights.runs.max(1.0);
    }
    own
}

/// Bytes that a copy on every node takes beyond one row on one slice. Each column takes
/// a block of 1 MB at least wherever it has rows [AWS: Why does a table in my Amazon
/// Redshift cluster consume more disk storage space than expected?], so that copies of
/// a tiny table take less than spreading it over all slices.
pub(super) fn copies(request: &Request<'_>, design: &Design, table: &Table) -> f64 {
    let bytes = design.raw_bytes(table).unwrap_or(0.0);
    let blocks = table.columns.len() as f64 * BLOCK_BYTES;
    let copied = bytes.max(blocks) * request.env.cluster.nodes();
    let spread = bytes.max(blocks * request.env.cluster.slices());
    (copied - spread).max(0.0)
}
