//! One SELECT, and which of its conditions read the block around it.

use sqlparser::ast::{self, Distinct};

use crate::planner::PlannerError;
use crate::planner::logical::expr::Expr;
use crate::planner::logical::tree::{Body, Query, Select};

use super::Binder;
use super::names::conjuncts;
use super::place::Place;
use super::query::limit_of;
use super::scope::Scope;

impl<'a> Binder<'a, '_> {
    /// Binds a SELECT. `tail` carries its ORDER BY and LIMIT.
    pub(super) fn select(
        &mut self,
        select: &'a ast::Select,
        tail: Option<&'a ast::Query>,
        around: &Scope<'_, 'a>,
    ) -> Result<Query<'a>, PlannerError> {
        let mut scope = around.fresh();
        let mut from = self.from(&select.from, &mut scope)?;
        let outputs = self.outputs(&select.projection, &mut scope)?;
        let mut conditions = std::mem::take(&mut from.conditions);
        for conjunct in select.selection.iter().flat_map(|expr| conjuncts(expr)) {
            let bound = self.expr(conjunct, Place::new(&scope))?;
            if bound.has_aggregate() || bound.has_window() {
                let what = "an aggregate or window function in WHERE";
                return Err(PlannerError::refused(what, conjunct).at(conjunct));
            }
            conditions.extend(bound.into_conjuncts());
        }
        let keys = self.group_keys(&select.group_by, &outputs, &scope)?;
        let having = match &select.having {
            Some(expr) => self.expr(expr, Place::new(&scope))?.into_conjuncts(),
            None => Vec::new(),
        };
        let qualify = match &select.qualify {
            Some(expr) => Some(self.expr(expr, Place::new(&scope))?),
            None => None,
        };
        let order = self.order_keys(tail, &outputs, &scope)?;
        let own = from.columns();
        let (correlated, conditions): (Vec<Expr>, Vec<Expr>) = conditions
            .into_iter()
            .partition(|condition| condition.columns().any(|id| !own.contains(&id)));
        if correlated.iter().any(Expr::has_subquery) {
            return Err(PlannerError::unsupported(
                "a condition with a subquery and a correlated reference",
                select,
            ));
        }
        from.conditions = conditions;
        let shared = correlated
            .iter()
            .flat_map(|condition| condition.columns())
            .filter(|id| own.contains(id))
            .collect();
        let columns = outputs.iter().map(|o| (o.name.clone(), o.id)).collect();
        Ok(Query {
            body: Body::Select(Box::new(Select {
                from,
                correlated,
                shared,
                outputs,
                keys,
                having,
                qualify,
                distinct: matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))),
            })),
            order,
            limit: limit_of(tail, select.top.as_ref()),
            outputs: columns,
        })
    }
}
