//! Queries: WITH, set operations, ORDER BY and LIMIT.

use sqlparser::ast::{self, LimitClause, SetExpr, SetOperator, SetQuantifier, TopQuantity};

use crate::planner::PlannerError;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::tree::{Body, Output, Query, SetOp};

use super::construct;
use super::cte::Cte;
use super::scope::{Scope, Source};
use super::{Binder, DEEPEST_BLOCK};

impl<'a> Binder<'a, '_> {
    /// Binds a query. `around` is the scope that its blocks start with.
    pub(super) fn query(
        &mut self,
        query: &'a ast::Query,
        around: &Scope<'_, 'a>,
    ) -> Result<Query<'a>, PlannerError> {
        if around.level >= DEEPEST_BLOCK {
            return Err(PlannerError::too_deep(
                "subqueries, views and CTEs",
                DEEPEST_BLOCK,
            ));
        }
        let Some(with) = &query.with else {
            return self.body(&query.body, Some(query), around);
        };
        if with.recursive && around.nested {
            let what = "WITH RECURSIVE in a subquery";
            return Err(PlannerError::refused(what, with).at(with));
        }
        let mut inside = around.fresh();
        inside.ctes = Cte::all(with, around.ctes.clone());
        self.body(&query.body, Some(query), &inside)
    }

    /// The part of a query under ORDER BY and LIMIT, which `tail` carries.
    pub(super) fn body(
        &mut self,
        body: &'a SetExpr,
        tail: Option<&'a ast::Query>,
        around: &Scope<'_, 'a>,
    ) -> Result<Query<'a>, PlannerError> {
        let (body, outputs) = match body {
            SetExpr::Select(select) => return self.select(select, tail, around),
            SetExpr::Query(inner) => {
                let inner = self.query(inner, &around.deeper())?;
                let outputs = inner.outputs.clone();
                (Body::Query(Box::new(inner)), outputs)
            }
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => self.set_operation(left, *op, *set_quantifier, right, around)?,
            SetExpr::Values(values) => (Body::Values(values.rows.len()), Vec::new()),
            other => {
                let what = construct::of_body(other);
                return Err(PlannerError::unsupported(what, other).at(other));
            }
        };
        let order = self.order_of_outputs(tail, &outputs, around)?;
        let limit = limit_of(tail, None);
        let open = match &body {
            Body::Query(inner) => inner.open.clone(),
            Body::SetOperation { branches, .. } => {
                let open = branches
                    .iter()
                    .flat_map(|branch| branch.open.iter().cloned());
                open.collect()
            }
            _ => Vec::new(),
        };
        Ok(match body {
            Body::Query(inner) if order.is_empty() && limit.is_none() => *inner,
            body => Query {
                body,
                order,
                limit,
                outputs,
                open,
            },
        })
    }

    /// Branches of a set operation; chains of UNION are gathered.
    fn set_operation(
        &mut self,
        left: &'a SetExpr,
        op: SetOperator,
        quantifier: SetQuantifier,
        right: &'a SetExpr,
        around: &Scope<'_, 'a>,
    ) -> Result<Branches<'a>, PlannerError> {
        let mut branches = vec![right];
        let mut at = left;
        while let SetExpr::SetOperation {
            left,
            op: same,
            set_quantifier,
            right,
        } = at
            && *same == op
            && *set_quantifier == quantifier
            && op == SetOperator::Union
        {
            branches.push(right);
            at = left;
        }
        branches.push(at);
        let around = around.deeper();
        if around.level >= DEEPEST_BLOCK {
            return Err(PlannerError::too_deep("set operations", DEEPEST_BLOCK));
        }
        let mut bound = Vec::with_capacity(branches.len());
        for branch in branches.into_iter().rev() {
            bound.push(self.body(branch, None, &around)?);
        }
        let op = match op {
            SetOperator::Union if quantifier == SetQuantifier::All => SetOp::UnionAll,
            SetOperator::Union => SetOp::Union,
            SetOperator::Intersect => SetOp::Intersect,
            SetOperator::Except | SetOperator::Minus => SetOp::Except,
        };
        let outputs = bound
            .first()
            .map_or_else(Vec::new, |first| first.outputs.clone());
        Ok((
            Body::SetOperation {
                op,
                branches: bound,
            },
            outputs,
        ))
    }

    /// ORDER BY over a set operation or a query in parentheses: only what comes out of it
    /// has a name.
    fn order_of_outputs(
        &mut self,
        tail: Option<&'a ast::Query>,
        columns: &[(String, ColumnId)],
        around: &Scope<'_, 'a>,
    ) -> Result<Vec<Expr>, PlannerError> {
        let mut scope = around.fresh();
        scope.parent = None;
        scope.sources.push(Source {
            name: String::new(),
            schema: None,
            database: None,
            columns: columns.to_vec(),
            open: Vec::new(),
        });
        let outputs: Vec<Output> = columns
            .iter()
            .map(|(name, id)| Output {
                name: name.clone(),
                expr: Expr::Column(*id),
                id: *id,
            })
            .collect();
        self.order_keys(tail, &outputs, &scope)
    }
}

/// The branches of a set operation, and what comes out of it.
type Branches<'a> = (Body<'a>, Vec<(String, ColumnId)>);

/// LIMIT + OFFSET, FETCH or TOP, where it is a number.
pub(super) fn limit_of(tail: Option<&ast::Query>, top: Option<&ast::Top>) -> Option<f64> {
    let number = |expr: &ast::Expr| match expr {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Number(text, _) => text.parse::<f64>().ok(),
            _ => None,
        },
        _ => None,
    };
    if let Some(top) = top {
        return match top.quantity.as_ref()? {
            TopQuantity::Constant(n) => Some(*n as f64),
            TopQuantity::Expr(expr) => number(expr),
        };
    }
    let query = tail?;
    if let Some(fetch) = &query.fetch {
        return fetch.quantity.as_ref().and_then(number);
    }
    match query.limit_clause.as_ref()? {
        LimitClause::LimitOffset { limit, offset, .. } => {
            let offset = offset
                .as_ref()
                .and_then(|offset| number(&offset.value))
                .unwrap_or(0.0);
            Some(limit.as_ref().and_then(number)? + offset)
        }
        LimitClause::OffsetCommaLimit { offset, limit } => Some(number(limit)? + number(offset)?),
    }
}
