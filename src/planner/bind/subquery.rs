//! Subqueries in expressions, and IN.

use sqlparser::ast::{self, Expr as Ast, InTarget};

use crate::planner::PlannerError;
use crate::planner::logical::expr::Expr;
use crate::planner::logical::expr::SubqueryId;

use super::Binder;
use super::place::Place;
use super::scope::Scope;

impl<'a> Binder<'a, '_> {
    /// A subquery in an expression.
    pub(super) fn subquery(
        &mut self,
        query: &'a ast::Query,
        place: Place<'_, '_, 'a>,
    ) -> Result<SubqueryId, PlannerError> {
        let bound = self.query(query, &Scope::inside(place.scope))?;
        self.subqueries.push(bound);
        Ok(SubqueryId(self.subqueries.len() - 1))
    }

    /// `operand IN (SELECT …)`.
    pub(super) fn in_subquery(
        &mut self,
        operand: &'a Ast,
        query: &'a ast::Query,
        negated: bool,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let operands = match self.expr(operand, place)? {
            Expr::Function { name, args } if name == "row" => args,
            one => vec![one],
        };
        let query = self.subquery(query, place)?;
        Ok(Expr::InQuery {
            operands,
            query,
            negated,
        })
    }

    /// `= ANY (SELECT …)` is IN, `<> ALL (SELECT …)` NOT IN.
    pub(super) fn in_any(
        &mut self,
        operand: &'a Ast,
        subquery: &'a Ast,
        negated: bool,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        match subquery {
            Ast::Subquery(query) => self.in_subquery(operand, query, negated, place),
            other => Err(PlannerError::unsupported(
                "ANY or ALL over anything but a subquery",
                other,
            )),
        }
    }

    pub(super) fn in_target(
        &mut self,
        operand: &'a Ast,
        target: &'a InTarget,
        negated: bool,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        match target {
            InTarget::List(list) => {
                let operand = Box::new(self.expr(operand, place)?);
                let mut items = Vec::with_capacity(list.len());
                for item in list {
                    items.push(self.expr(item, place)?);
                }
                Ok(Expr::InList {
                    operand,
                    items,
                    negated,
                })
            }
            InTarget::Subquery(query) => self.in_subquery(operand, query, negated, place),
            other => Err(PlannerError::unsupported(
                "IN over anything but a list or a subquery",
                other,
            )),
        }
    }
}
