//! One step of a plan.

use super::condition::Conjunct;
use super::detail::{Detail, DetailKind};
use super::join_keys::{KeyCast, KeyPair};
use super::{Distribution, Engine, Estimate, Operator, RowRange, ScannedColumns};
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
    /// What is known of it beyond what is printed; `None` where nothing is, as in a paste.
    pub estimate: Option<Box<Estimate>>,
    /// The lines under it.
    pub details: Vec<Detail>,
    /// Whether the paste lost the end of its line.
    pub cut: bool,
    /// 1-based line of the input; 0 for a step that was planned.
    pub line: usize,
}

impl Node {
    /// Whether nobody knows what it does; the head of a scalar subquery's plan does nothing itself.
    pub fn is_unknown(&self) -> bool {
        let is_head = |words: &str| words.starts_with("InitPlan") || words.starts_with("SubPlan");
        matches!(&self.operator, Operator::Other(words) if !is_head(words))
    }

    /// By how much the rows that come out may differ from what is printed.
    pub fn row_range(&self) -> RowRange {
        self.estimate
            .as_ref()
            .map_or(RowRange::EXACT, |known| known.rows)
    }

    /// The columns of a table that a scan works with, where that is known.
    pub fn scanned_columns(&self) -> Option<&ScannedColumns> {
        self.estimate.as_ref()?.columns.as_ref()
    }

    /// The value of the first detail of a kind.
    pub fn detail(&self, kind: DetailKind) -> Option<&str> {
        self.details
            .iter()
            .find(|detail| detail.kind == kind)
            .map(Detail::text)
    }

    /// The conditions that its filters join by AND; those of a filter that is not understood are
    /// not among them.
    pub fn filters(&self) -> impl Iterator<Item = &Conjunct> {
        let filters = self
            .details
            .iter()
            .filter(|detail| detail.kind == DetailKind::Filter);
        filters.filter_map(Detail::conjuncts).flatten()
    }

    /// The conditions of its first filter; `None` where it has none, or it is not understood.
    pub fn filter(&self) -> Option<&[Conjunct]> {
        let mut details = self.details.iter();
        details
            .find(|detail| detail.kind == DetailKind::Filter)?
            .conjuncts()
    }

    /// The equalities of a join's condition.
    pub fn join_keys(&self) -> &[KeyPair] {
        use DetailKind::{HashCond, JoinFilter, MergeCond};
        let of = |kind| self.details.iter().find(|detail| detail.kind == kind);
        let condition = of(HashCond).or(of(MergeCond)).or(of(JoinFilter));
        condition.map_or(&[], Detail::key_pairs)
    }

    /// A cast of a join's column by which equal values of both sides are kept apart: the condition
    /// shows it, or only what the rows are sent by does.
    pub fn key_cast(&self) -> Option<KeyCast> {
        let mut pairs = self.join_keys().iter();
        let of_condition = pairs.find_map(|pair| pair.cast.clone());
        of_condition.or_else(|| {
            let labels = [DetailKind::OuterDistKey, DetailKind::InnerDistKey];
            labels.into_iter().find_map(|kind| self.dist_key_cast(kind))
        })
    }

    /// Whether the outer, and the inner, side of one of a join's equalities compares what its table
    /// stores: rows that are distributed by the column then lie where the join looks for them.
    pub fn compares_stored(&self, pair: &KeyPair) -> [bool; 2] {
        let sent_as_cast = |kind, column: &Ident| {
            let cast = self.dist_key_cast(kind);
            cast.is_some_and(|cast| cast.column == *column)
        };
        let [outer, inner] = pair.compares_stored();
        [
            outer && !sent_as_cast(DetailKind::OuterDistKey, &pair.outer),
            inner && !sent_as_cast(DetailKind::InnerDistKey, &pair.inner),
        ]
    }

    fn dist_key_cast(&self, kind: DetailKind) -> Option<KeyCast> {
        self.detail(kind).and_then(KeyCast::of_dist_key)
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
