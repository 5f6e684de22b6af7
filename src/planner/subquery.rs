//! Subqueries in expressions: joins for what depends on the row, `$n` for what
//! does not.

use std::collections::BTreeSet;

use sqlparser::ast::{Expr as Ast, Query};

use crate::plan::JoinKind;

use super::expr::{ColumnId, Expr, LiteralKind};
use super::joins::Link;
use super::place::{Place, SubqueryJoin};
use super::rel::Rel;
use super::{Planner, PlannerError};

impl<'a> Planner<'a> {
    /// `operand IN (SELECT …)`: a semijoin; with NOT an antijoin.
    pub(super) fn in_subquery(
        &mut self,
        operand: &'a Ast,
        query: &'a Query,
        negated: bool,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let operand = self.expr(operand, place)?;
        let block = self.query(query, Some(place.scope))?;
        let operands = match operand {
            Expr::Function { name, args } if name == "row" => args,
            one => vec![one],
        };
        let mut conditions = block.correlated;
        for (operand, (_, column)) in operands.into_iter().zip(&block.outputs) {
            conditions.push(Expr::Binary {
                op: "=".to_owned(),
                left: Box::new(operand),
                right: Box::new(Expr::Column(*column)),
            });
        }
        place.joins.push(SubqueryJoin {
            kind: if negated {
                JoinKind::NotIn
            } else {
                JoinKind::In
            },
            rel: block.rel,
            conditions,
        });
        Ok(always_true())
    }

    /// `EXISTS (SELECT …)`: a semijoin on what it shares with the block around it.
    pub(super) fn exists(
        &mut self,
        query: &'a Query,
        negated: bool,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        self.existence = true;
        let block = self.query(query, Some(place.scope))?;
        if block.correlated.is_empty() {
            return Ok(self.parameter(block.rel));
        }
        place.joins.push(SubqueryJoin {
            kind: if negated {
                JoinKind::NotIn
            } else {
                JoinKind::In
            },
            rel: block.rel,
            conditions: block.correlated,
        });
        Ok(always_true())
    }

    /// `(SELECT …)` for one value: `$n` if it is the same for every row, else a
    /// join with the subquery grouped by what it shares with the block around it.
    pub(super) fn scalar_subquery(
        &mut self,
        query: &'a Query,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let block = self.query(query, Some(place.scope))?;
        let Some((_, value)) = block.outputs.first().cloned() else {
            return Err(PlannerError::unsupported(
                "a scalar subquery without a column",
                query,
            ));
        };
        if block.correlated.is_empty() {
            return Ok(self.parameter(block.rel));
        }
        place.joins.push(SubqueryJoin {
            kind: JoinKind::Left,
            rel: block.rel,
            conditions: block.correlated,
        });
        Ok(Expr::Column(value))
    }

    fn parameter(&mut self, rel: Rel) -> Expr {
        self.assume(
            "A subquery that does not depend on the row runs once, before the query; EXPLAIN prints only its value, as `$0`.".to_owned(),
        );
        self.parameters.push(rel);
        Expr::Parameter(self.parameters.len() - 1)
    }

    /// Applies the joins of subqueries on top of the joined tables.
    pub(super) fn join_subqueries(
        &mut self,
        mut rel: Rel,
        joins: Vec<SubqueryJoin>,
        needed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let mut joins: Vec<SubqueryJoin> = joins;
        // Semijoins first: they make the rest smaller.
        joins.sort_by_key(|join| join.kind == JoinKind::Left);
        let mut pending: std::collections::VecDeque<SubqueryJoin> = joins.into();
        while let Some(join) = pending.pop_front() {
            let mut later = needed.clone();
            for other in &pending {
                later.extend(
                    other
                        .conditions
                        .iter()
                        .flat_map(|condition| condition.columns()),
                );
            }
            let link = Link::new(join.conditions, &rel.columns, &join.rel.columns);
            rel = self.join(rel, join.rel, join.kind, link, &later);
        }
        rel
    }
}

/// What stays of a predicate that has become a join.
fn always_true() -> Expr {
    Expr::Literal {
        text: "true".to_owned(),
        kind: LiteralKind::Boolean,
    }
}

/// Whether a predicate has become a join and asks nothing any more.
pub(super) fn is_always_true(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal { text, kind: LiteralKind::Boolean } if text == "true")
}
