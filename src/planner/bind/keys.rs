//! A key of GROUP BY, and those of ORDER BY: ordinals, aliases, expressions.

use sqlparser::ast::{self, OrderByKind};

use crate::planner::PlannerError;
use crate::planner::logical::expr::Expr;
use crate::planner::logical::tree::Output;

use super::Binder;
use super::names::folded;
use super::place::Place;
use super::scope::Scope;

impl<'a> Binder<'a, '_> {
    /// One key of GROUP BY. A column of FROM hides an output name, as in PostgreSQL.
    pub(super) fn group_key(
        &mut self,
        expr: &'a ast::Expr,
        outputs: &[Output],
        scope: &Scope<'_, 'a>,
    ) -> Result<Expr, PlannerError> {
        if let Some(output) = ordinal(expr, outputs) {
            return Ok(output.clone());
        }
        if let (ast::Expr::Identifier(ident), Some(output)) = (expr, output_called(expr, outputs))
            && scope.own(&[], &folded(ident))?.is_none()
        {
            return Ok(output.clone());
        }
        self.expr(expr, Place::new(scope))
    }

    /// The keys of ORDER BY. An output name hides a column of FROM where it stands alone.
    pub(super) fn order_keys(
        &mut self,
        tail: Option<&'a ast::Query>,
        outputs: &[Output],
        scope: &Scope<'_, 'a>,
    ) -> Result<Vec<Expr>, PlannerError> {
        let Some(OrderByKind::Expressions(exprs)) = tail
            .and_then(|query| query.order_by.as_ref())
            .map(|by| &by.kind)
        else {
            return Ok(Vec::new());
        };
        let mut keys = Vec::with_capacity(exprs.len());
        for by in exprs {
            let known = ordinal(&by.expr, outputs).or_else(|| output_called(&by.expr, outputs));
            keys.push(match known {
                Some(output) => output.clone(),
                None => self.expr(&by.expr, Place::new(scope))?,
            });
        }
        Ok(keys)
    }
}

/// The output that a whole number means.
fn ordinal<'o>(expr: &ast::Expr, outputs: &'o [Output]) -> Option<&'o Expr> {
    let ast::Expr::Value(value) = expr else {
        return None;
    };
    let ast::Value::Number(text, _) = &value.value else {
        return None;
    };
    let n: usize = text.parse().ok()?;
    outputs.get(n.checked_sub(1)?).map(|output| &output.expr)
}

/// The output that a name alone means.
fn output_called<'o>(expr: &ast::Expr, outputs: &'o [Output]) -> Option<&'o Expr> {
    let ast::Expr::Identifier(ident) = expr else {
        return None;
    };
    let name = folded(ident);
    let found = outputs.iter().find(|output| output.name == name);
    found.map(|output| &output.expr)
}
