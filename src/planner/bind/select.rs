//! One SELECT, and which of its conditions read the block around it.

use sqlparser::ast::{self, Distinct};

use crate::planner::PlannerError;
use crate::planner::logical::expr::Expr;
use crate::planner::logical::tree::{Body, Group, Query, Select};

use super::Binder;
use super::grouping::check_grouping;
use super::list::{exclude_names, excluded, open_stars};
use super::names::conjuncts;
use super::oracle::Marked;
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
        if let Some(Distinct::On(_)) = select.distinct {
            return Err(PlannerError::refused("DISTINCT ON", select).at(select));
        }
        let mut scope = around.fresh();
        let marked_around = std::mem::take(&mut self.outer_marks);
        let groups = match select.connect_by.is_empty() {
            true => self.from(&select.from, &mut scope)?,
            false => vec![self.hierarchy(select, &mut scope)?],
        };
        let mut outputs = self.outputs(&select.projection, &mut scope)?;
        if let Some(exclude) = &select.exclude {
            excluded(&mut outputs, exclude_names(exclude))?;
        }
        self.no_outer_marks(select)?;
        let mut conditions = Vec::new();
        let mut marked = Vec::new();
        for conjunct in select.selection.iter().flat_map(|expr| conjuncts(expr)) {
            let bound = self.expr(conjunct, Place::new(&scope))?;
            if bound.has_aggregate() || bound.has_window() {
                let what = "an aggregate or window function in WHERE";
                return Err(PlannerError::refused(what, conjunct).at(conjunct));
            }
            match std::mem::take(&mut self.outer_marks) {
                columns if columns.is_empty() => conditions.extend(bound.into_conjuncts()),
                columns => marked.push(Marked {
                    condition: bound,
                    columns,
                    near: conjunct,
                }),
            }
        }
        let mut from = match marked.is_empty() {
            true => Group::all(groups),
            false if select.from.iter().any(|tables| !tables.joins.is_empty()) => {
                return Err(PlannerError::refused(
                    "the outer join operator (+) beside JOIN in FROM",
                    select,
                ));
            }
            false => self.outer_marked(groups, marked, &mut conditions, &scope)?,
        };
        let joined = std::mem::take(&mut from.conditions);
        let conditions = joined.into_iter().chain(conditions);
        let grouped = self.group_by(&select.group_by, &outputs, &scope)?;
        let having = match &select.having {
            Some(expr) => self.expr(expr, Place::new(&scope))?.into_conjuncts(),
            None => Vec::new(),
        };
        let qualify = match &select.qualify {
            Some(expr) => Some(self.expr(expr, Place::new(&scope))?),
            None => None,
        };
        let order = self.order_keys(tail, &outputs, &scope)?;
        self.no_outer_marks(select)?;
        self.outer_marks = marked_around;
        let own = from.columns();
        let (correlated, conditions): (Vec<Expr>, Vec<Expr>) =
            conditions.partition(|condition| condition.columns().any(|id| !own.contains(&id)));
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
        let bound = Select {
            from,
            correlated,
            shared,
            outputs,
            keys: grouped.keys,
            sets: grouped.sets,
            having,
            qualify,
            distinct: matches!(select.distinct, Some(Distinct::Distinct)),
        };
        check_grouping(&bound, &order, select)?;
        Ok(Query {
            body: Body::Select(Box::new(bound)),
            order,
            limit: limit_of(tail, select.top.as_ref()),
            outputs: columns,
            open: open_stars(&select.projection, &scope),
        })
    }
}
