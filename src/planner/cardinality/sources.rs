//! What bounds the values of columns: the relations that they come from.

use std::collections::{BTreeMap, BTreeSet};

use crate::planner::logical::columns::Columns;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::operator::BinaryOp;

use super::count::Count;
use super::share::Share;

/// A relation that a plan reads or makes, as far as it bounds the values of its columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// Its columns.
    pub columns: BTreeSet<ColumnId>,
    /// Rows before its filters.
    pub before: Option<Count>,
    /// Rows after them.
    pub after: Option<Count>,
    /// Sets of columns of which each tells all its rows apart.
    pub keys: Vec<Vec<ColumnId>>,
    /// What its filters on one column alone leave of that column's values.
    pub kept: BTreeMap<ColumnId, Kept>,
    /// Distinct values of its columns, where it puts together what several relations hold:
    /// nothing that is known of these bounds it.
    pub merged: Option<BTreeMap<ColumnId, Option<f64>>>,
}

/// What filters on a column alone leave of its values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// Their share.
    pub share: Share,
    /// How many there are at most, where they are listed.
    pub values: Option<f64>,
}

/// The relations that a plan reads or makes, in the order in which they come up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    /// Adds a relation.
    pub(crate) fn add(&mut self, source: Source) {
        self.0.push(source);
    }

    /// Those that bound a column: by its own id, and by those that it hands on.
    pub(super) fn bounding(&self, columns: &Columns<'_>, id: ColumnId) -> Vec<(&Source, ColumnId)> {
        let handed: Vec<ColumnId> = columns.handed_on(id).collect();
        let holding = |source: &Source| {
            handed
                .iter()
                .find(|id| source.columns.contains(id))
                .copied()
        };
        let all: Vec<(&Source, ColumnId)> = self
            .0
            .iter()
            .filter_map(|source| Some((source, holding(source)?)))
            .collect();
        let first = all.iter().rposition(|(source, _)| source.merged.is_some());
        all[first.unwrap_or(0)..].to_vec()
    }
}

impl Columns<'_> {
    /// What filters on one column alone leave of its values, column by column.
    pub(crate) fn kept_values(&self, filters: &[Expr]) -> BTreeMap<ColumnId, Kept> {
        let mut own: BTreeMap<ColumnId, Vec<Expr>> = BTreeMap::new();
        for filter in filters {
            let read: BTreeSet<ColumnId> = filter.columns().collect();
            let mut read = read.into_iter();
            if let (Some(only), None) = (read.next(), read.next()) {
                own.entry(only).or_default().push(filter.clone());
            }
        }
        let kept = |(id, filters): (ColumnId, Vec<Expr>)| {
            let listed = filters.iter().filter_map(|filter| listed(filter, id));
            let values = listed.reduce(f64::min);
            let share = self.share_of_all(&filters);
            (id, Kept { share, values })
        };
        own.into_iter().map(kept).collect()
    }
}

/// How many values of a column a condition lists.
fn listed(condition: &Expr, column: ColumnId) -> Option<f64> {
    match condition {
        Expr::Binary {
            op: BinaryOp::Equal,
            left,
            right,
        } => {
            let one = |a: &Expr, b: &Expr| a.as_column() == Some(column) && b.is_constant();
            (one(left, right) || one(right, left)).then_some(1.0)
        }
        Expr::InList {
            operand,
            items,
            negated: false,
        } => {
            let constant = items.iter().all(Expr::is_constant);
            (constant && operand.as_column() == Some(column)).then_some(items.len() as f64)
        }
        Expr::IsNull {
            operand,
            negated: false,
        } => (operand.as_column() == Some(column)).then_some(1.0),
        Expr::Or(parts) => parts.iter().map(|part| listed(part, column)).sum(),
        _ => None,
    }
}
