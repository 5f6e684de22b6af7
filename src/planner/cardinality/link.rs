//! The conditions between two relations: what they equate, and by what rows are placed.

use std::collections::HashSet;

use crate::schema::{placed_alike, rank};

use crate::planner::join_choice::Key;
use crate::planner::logical::columns::Columns;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::operator::BinaryOp;

/// The conditions between two relations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    /// `left = right`, an expression of each side.
    pub equalities: Vec<(Expr, Expr)>,
    /// Other conditions on pairs of rows.
    pub filters: Vec<Expr>,
}

impl Link {
    /// Sorts conditions into equalities between the sides and others.
    pub(crate) fn new(conditions: Vec<Expr>, left: &[ColumnId], right: &[ColumnId]) -> Self {
        let left: HashSet<ColumnId> = left.iter().copied().collect();
        let right: HashSet<ColumnId> = right.iter().copied().collect();
        let mut link = Link::default();
        for condition in conditions {
            link.add(condition, |id| left.contains(id), |id| right.contains(id));
        }
        link
    }

    /// Adds a condition between sides that hold these columns.
    pub(crate) fn add(
        &mut self,
        condition: Expr,
        left: impl Fn(&ColumnId) -> bool,
        right: impl Fn(&ColumnId) -> bool,
    ) {
        match equality(&condition, left, right) {
            Some(pair) => self.equalities.push(pair),
            None => self.filters.push(condition),
        }
    }

    /// The same link seen from the other side.
    pub(crate) fn swapped(&self) -> Self {
        let swap = |(a, b): &(Expr, Expr)| (b.clone(), a.clone());
        Self {
            equalities: self.equalities.iter().map(swap).collect(),
            filters: self.filters.clone(),
        }
    }
}

/// `a = b` with each side's columns all in one relation: the left one first.
fn equality(
    condition: &Expr,
    left: impl Fn(&ColumnId) -> bool,
    right: impl Fn(&ColumnId) -> bool,
) -> Option<(Expr, Expr)> {
    let Expr::Binary {
        op: BinaryOp::Equal,
        left: a,
        right: b,
    } = condition
    else {
        return None;
    };
    if a.is_constant() || b.is_constant() {
        return None;
    }
    let within = |expr: &Expr, side: &dyn Fn(&ColumnId) -> bool| expr.columns().all(|id| side(&id));
    if within(a, &left) && within(b, &right) {
        return Some(((**a).clone(), (**b).clone()));
    }
    (within(b, &left) && within(a, &right)).then(|| ((**b).clone(), (**a).clone()))
}

impl Columns<'_> {
    /// The key that an equality makes: sides that are converted don't count.
    pub(crate) fn key(&self, outer: &Expr, inner: &Expr) -> Key {
        let (a, b) = (outer.as_column(), inner.as_column());
        let mut key = Key {
            outer: a.map(|id| self.root(id)),
            inner: b.map(|id| self.root(id)),
        };
        if let (Some(a), Some(b)) = (self.type_of(outer), self.type_of(inner))
            && placed_alike(&a, &b) == Some(false)
        {
            if rank(&a) <= rank(&b) {
                key.outer = None;
            }
            if rank(&b) <= rank(&a) {
                key.inner = None;
            }
        }
        key
    }
}
