//! One step of a plan.

use super::{Distribution, Engine, Operator};
use crate::name::{Ident, TableName};

/// A step's index in [`super::Plan::nodes`].
pub type NodeId = usize;

/// The planner's cost range: relative and cumulative, never a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Cost until the first row.
    pub startup: f64,
    /// Cost until the last row.
    pub total: f64,
}

/// What a detail line under a step says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DetailKind {
    /// `Hash Cond:`
    HashCond,
    /// `Merge Cond:`
    MergeCond,
    /// `Join Filter:`
    JoinFilter,
    /// `Filter:`
    Filter,
    /// `One-Time Filter:`
    OneTimeFilter,
    /// `Sort Key:`
    SortKey,
    /// `Merge Key:`
    MergeKey,
    /// `Inner Dist Key:`
    InnerDistKey,
    /// `Outer Dist Key:`
    OuterDistKey,
    /// `Partition:` of a window
    Partition,
    /// `Order:` of a window
    Order,
    /// `Send to leader`
    SendToLeader,
    /// `Send to slice 0`: everything on one slice
    SendToSlice0,
    /// `Distribute`
    Distribute,
    /// `Distribute Round Robin`
    DistributeRoundRobin,
    /// A labelled line that is none of these: the text holds label and value.
    Other,
}

impl DetailKind {
    /// Every labelled kind and every bare kind with the text that Redshift prints.
    pub const LABELS: &'static [(DetailKind, &'static str)] = &[
        (DetailKind::HashCond, "Hash Cond"),
        (DetailKind::MergeCond, "Merge Cond"),
        (DetailKind::JoinFilter, "Join Filter"),
        (DetailKind::Filter, "Filter"),
        (DetailKind::OneTimeFilter, "One-Time Filter"),
        (DetailKind::SortKey, "Sort Key"),
        (DetailKind::MergeKey, "Merge Key"),
        (DetailKind::InnerDistKey, "Inner Dist Key"),
        (DetailKind::OuterDistKey, "Outer Dist Key"),
        (DetailKind::Partition, "Partition"),
        (DetailKind::Order, "Order"),
        (DetailKind::SendToLeader, "Send to leader"),
        (DetailKind::SendToSlice0, "Send to slice 0"),
        (DetailKind::Distribute, "Distribute"),
        (DetailKind::DistributeRoundRobin, "Distribute Round Robin"),
    ];

    /// The label as Redshift prints it, without the colon; empty for [`DetailKind::Other`].
    pub fn label(self) -> &'static str {
        Self::LABELS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, label)| label)
    }

    /// Whether the line is the label alone, without a colon and a value.
    pub fn is_bare(self) -> bool {
        matches!(
            self,
            DetailKind::SendToLeader
                | DetailKind::SendToSlice0
                | DetailKind::Distribute
                | DetailKind::DistributeRoundRobin
        )
    }
}

/// A line under a step that is not a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What it says.
    pub kind: DetailKind,
    /// The value after the colon; the whole line for [`DetailKind::Other`];
    /// empty for bare lines.
    pub text: String,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    /// Index in [`super::Plan::nodes`].
    pub id: NodeId,
    /// The step that this one feeds.
    pub parent: Option<NodeId>,
    /// The steps that feed this one, in print order.
    pub children: Vec<NodeId>,
    /// Number of steps above it.
    pub depth: usize,
    /// Where it runs.
    pub engine: Engine,
    /// What it does.
    pub operator: Operator,
    /// How a join's rows reach each other.
    pub distribution: Option<Distribution>,
    /// The table, view, subquery or CTE it reads, as printed (quotes kept).
    pub relation: Option<String>,
    /// The table that it reads, where that is known beyond what is printed: plans leave out
    /// the schema.
    pub table: Option<TableName>,
    /// The alias after the relation, as printed.
    pub alias: Option<String>,
    /// Spectrum's `location:`, as printed (quotes kept).
    pub s3_location: Option<String>,
    /// Spectrum's `format:`.
    pub s3_format: Option<String>,
    /// The cost range; `None` where the paste lost it.
    pub cost: Option<Cost>,
    /// Rows that leave the step, estimated; `None` where the paste lost it.
    pub rows: Option<f64>,
    /// Average bytes of such a row; `None` where the paste lost it.
    pub width: Option<f64>,
    /// The lines under it.
    pub details: Vec<Detail>,
    /// Whether the paste lost the end of its line.
    pub cut: bool,
    /// 1-based line of the input; 0 for a step that was planned.
    pub line: usize,
}

impl Node {
    /// The value of the first detail of a kind.
    pub fn detail(&self, kind: DetailKind) -> Option<&str> {
        self.details
            .iter()
            .find(|detail| detail.kind == kind)
            .map(|detail| detail.text.as_str())
    }

    /// The table, view or subquery that it reads.
    pub fn table_name(&self) -> Option<TableName> {
        let printed = || self.relation.as_deref().map(TableName::printed);
        self.table.clone().or_else(printed)
    }

    /// The name that conditions use for this step's columns: the alias, else
    /// the relation without its schema.
    pub fn reference_name(&self) -> Option<Ident> {
        let alias = self.alias.as_deref().map(Ident::printed);
        alias.or_else(|| Some(self.table_name()?.name))
    }

    /// Rows × width in bytes, where both are known.
    pub fn bytes(&self) -> Option<f64> {
        Some(self.rows? * self.width?)
    }
}
