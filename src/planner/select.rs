//! Blocks: queries and their SELECTs, from FROM to LIMIT.

use std::collections::BTreeSet;

use sqlparser::ast::{self, Distinct, Query, SetExpr};

use super::expr::{ColumnId, Expr};
use super::names::{conjuncts, folded};
use super::place::{Place, SubqueryJoin};
use super::rel::Rel;
use super::scope::Scope;
use super::{Planner, PlannerError};

/// A planned block.
pub(super) struct Block {
    pub rel: Rel,
    /// Names and columns of the select list.
    pub outputs: Vec<(String, ColumnId)>,
    /// Conditions that read columns of the block around it.
    pub correlated: Vec<Expr>,
}

/// A select list item: its name and its expression.
pub(super) type Output = (String, Expr);

impl<'a> Planner<'a> {
    /// Plans a query; `parent` is the scope around a subquery.
    pub(super) fn query(
        &mut self,
        query: &'a Query,
        parent: Option<&Scope<'_>>,
    ) -> Result<Block, PlannerError> {
        self.deeper()?;
        let ctes = self.ctes.len();
        if let Some(with) = &query.with {
            if with.recursive {
                return Err(PlannerError::unsupported("a recursive CTE", with));
            }
            for cte in &with.cte_tables {
                self.ctes.push((folded(&cte.alias.name), &cte.query));
            }
        }
        let block = self.body(&query.body, Some(query), parent);
        self.ctes.truncate(ctes);
        self.depth -= 1;
        block
    }

    /// The part of a query under ORDER BY and LIMIT, which `tail` carries.
    pub(super) fn body(
        &mut self,
        body: &'a SetExpr,
        tail: Option<&'a Query>,
        parent: Option<&Scope<'_>>,
    ) -> Result<Block, PlannerError> {
        match body {
            SetExpr::Select(select) => self.select(select, tail, parent),
            SetExpr::Query(inner) => {
                let block = self.query(inner, parent)?;
                self.order_outputs(block, tail)
            }
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                let block = self.set_operation(left, *op, *set_quantifier, right, parent)?;
                self.order_outputs(block, tail)
            }
            SetExpr::Values(values) => {
                let mut rel = self.one_row();
                rel.rows = values.rows.len() as f64;
                let (cost, rows) = (rel.cost, rel.rows);
                rel.step.numbers(cost, rows, 0.0);
                Ok(Block {
                    rel,
                    outputs: Vec::new(),
                    correlated: Vec::new(),
                })
            }
            other => Err(PlannerError::unsupported("this statement", other)),
        }
    }

    fn select(
        &mut self,
        select: &'a ast::Select,
        tail: Option<&'a Query>,
        parent: Option<&Scope<'_>>,
    ) -> Result<Block, PlannerError> {
        let existence = std::mem::take(&mut self.existence);
        let mut scope = Scope {
            sources: Vec::new(),
            parent,
        };
        let group = self.from(&select.from, &mut scope)?;
        let local: BTreeSet<ColumnId> = scope
            .sources
            .iter()
            .flat_map(|source| source.columns.clone())
            .collect();
        let mut joins: Vec<SubqueryJoin> = Vec::new();
        let mut conditions = Vec::new();
        for conjunct in select.selection.iter().flat_map(|expr| conjuncts(expr)) {
            let lowered = self.expr(conjunct, &mut Place::new(&scope, &mut joins))?;
            conditions.extend(lowered.into_conjuncts());
        }
        let projection = if existence {
            &[]
        } else {
            select.projection.as_slice()
        };
        let outputs = self.outputs(projection, &scope, &mut joins)?;
        let mut keys = self.group_keys(&select.group_by, &outputs, &scope)?;
        let having = match &select.having {
            Some(expr) => self
                .expr(expr, &mut Place::new(&scope, &mut joins))?
                .into_conjuncts(),
            None => Vec::new(),
        };
        let qualify = match &select.qualify {
            Some(expr) => Some(self.expr(expr, &mut Place::new(&scope, &mut joins))?),
            None => None,
        };
        let order = self.order_keys(tail, &outputs, &scope)?;

        let subquery_columns: BTreeSet<ColumnId> = joins
            .iter()
            .flat_map(|join| join.rel.columns.clone())
            .collect();
        let (correlated, conditions): (Vec<Expr>, Vec<Expr>) =
            conditions.into_iter().partition(|condition| {
                condition
                    .columns()
                    .any(|id| !local.contains(&id) && !subquery_columns.contains(&id))
            });
        let (late, conditions): (Vec<Expr>, Vec<Expr>) = conditions
            .into_iter()
            .partition(|condition| condition.columns().any(|id| subquery_columns.contains(&id)));

        let aggregated = !keys.is_empty()
            || outputs
                .iter()
                .map(|(_, expr)| expr)
                .chain(&having)
                .chain(&order)
                .any(Expr::has_aggregate);
        let shared: Vec<ColumnId> = correlated
            .iter()
            .flat_map(|condition| condition.columns())
            .filter(|id| local.contains(id))
            .collect();
        if aggregated {
            // What the block around it compares with must survive the grouping.
            keys.extend(shared.iter().map(|id| Expr::Column(*id)));
        }

        let mut needed: BTreeSet<ColumnId> = shared.iter().copied().collect();
        let all = outputs
            .iter()
            .map(|(_, expr)| expr)
            .chain(&keys)
            .chain(&having)
            .chain(&order);
        needed.extend(all.chain(qualify.iter()).flat_map(|expr| expr.columns()));
        let mut below = needed.clone();
        below.extend(late.iter().flat_map(|expr| expr.columns()));
        below.extend(
            joins
                .iter()
                .flat_map(|join| &join.conditions)
                .flat_map(|expr| expr.columns()),
        );

        let mut rel = match group.items.is_empty() {
            true => self.one_row(),
            false => self.group(group, conditions, &below),
        };
        rel = self.join_subqueries(rel, joins, &below);
        rel = self.filtered(rel, late);
        self.finish_select(
            rel,
            select,
            tail,
            Parts {
                outputs,
                keys,
                having,
                qualify,
                order,
                aggregated,
            },
            shared,
            correlated,
        )
    }

    /// Everything above the joins.
    fn finish_select(
        &mut self,
        mut rel: Rel,
        select: &'a ast::Select,
        tail: Option<&'a Query>,
        mut parts: Parts,
        shared: Vec<ColumnId>,
        correlated: Vec<Expr>,
    ) -> Result<Block, PlannerError> {
        if parts.aggregated {
            rel = self.aggregate(rel, &mut parts);
        }
        rel = self.windows(rel, &mut parts);
        if let Some(qualify) = parts.qualify.take() {
            rel = self.filtered(rel, vec![qualify]);
        }
        if !parts.aggregated {
            let exprs: Vec<Expr> = parts.outputs.iter().map(|(_, expr)| expr.clone()).collect();
            let compute = self.compute_of(&exprs);
            rel.step.compute.add(compute);
        }
        let outputs = self.output_columns(&parts.outputs, rel.rows);
        rel.columns.extend(outputs.iter().map(|(_, id)| *id));
        if matches!(select.distinct, Some(Distinct::Distinct | Distinct::On(_))) {
            let exprs: Vec<Expr> = outputs.iter().map(|(_, id)| Expr::Column(*id)).collect();
            rel = self.unique(rel, &exprs);
        }
        let limit = self.limit_of(tail, select.top.as_ref());
        rel = self.sorted(rel, &parts.order, &outputs, limit);
        rel = self.limited(rel, limit);
        rel.columns = outputs.iter().map(|(_, id)| *id).chain(shared).collect();
        Ok(Block {
            rel,
            outputs,
            correlated,
        })
    }
}

/// What stands above the joins of a SELECT.
pub(super) struct Parts {
    pub outputs: Vec<Output>,
    pub keys: Vec<Expr>,
    pub having: Vec<Expr>,
    pub qualify: Option<Expr>,
    pub order: Vec<Expr>,
    pub aggregated: bool,
}

impl Parts {
    /// Replaces parts of every expression above a step.
    pub(super) fn replace(&mut self, with: &dyn Fn(&Expr) -> Option<Expr>) {
        for (_, expr) in &mut self.outputs {
            *expr = expr.replaced(with);
        }
        for expr in self
            .order
            .iter_mut()
            .chain(&mut self.having)
            .chain(&mut self.qualify)
        {
            *expr = expr.replaced(with);
        }
    }

    /// Every expression that is read above the grouping.
    pub(super) fn above(&self) -> impl Iterator<Item = &Expr> {
        self.outputs
            .iter()
            .map(|(_, expr)| expr)
            .chain(&self.having)
            .chain(&self.order)
            .chain(&self.qualify)
    }
}
