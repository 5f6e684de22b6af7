//! Where an expression stands, and the joins that its subqueries need.

use crate::plan::JoinKind;

use super::expr::Expr;
use super::rel::Rel;
use super::scope::Scope;

/// Where an expression stands.
pub(super) struct Place<'p, 's> {
    /// The names it can use.
    pub scope: &'p Scope<'s>,
    /// Joins that its subqueries need.
    pub joins: &'p mut Vec<SubqueryJoin>,
    /// Operators around it.
    pub depth: usize,
}

impl<'p, 's> Place<'p, 's> {
    pub(super) fn new(scope: &'p Scope<'s>, joins: &'p mut Vec<SubqueryJoin>) -> Self {
        Self {
            scope,
            joins,
            depth: 0,
        }
    }
}

/// A join that a subquery of the WHERE clause or select list needs.
#[derive(Debug, Clone)]
pub(super) struct SubqueryJoin {
    pub kind: JoinKind,
    pub rel: Rel,
    pub conditions: Vec<Expr>,
}
