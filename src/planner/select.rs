//! Blocks: queries and their SELECTs, from FROM to LIMIT.

use std::collections::BTreeSet;

use sqlparser::ast::{
    self, Distinct, GroupByExpr, LimitClause, OrderByKind, Query, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TopQuantity,
};

use crate::plan::{DetailKind, Operator};

use super::cost::{self, Range};
use super::expr::{ColumnId, Expr};
use super::lower::{Place, conjuncts, folded, name_parts};
use super::rel::{Dist, Rel, Step};
use super::scope::Scope;
use super::subquery::SubqueryJoin;
use super::text::Names;
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

    /// The select list, wildcards written out.
    fn outputs(
        &mut self,
        projection: &'a [SelectItem],
        scope: &Scope<'_>,
        joins: &mut Vec<SubqueryJoin>,
    ) -> Result<Vec<Output>, PlannerError> {
        let mut out: Vec<Output> = Vec::new();
        for item in projection {
            let (expr, alias) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(folded(alias))),
                SelectItem::Wildcard(_) => {
                    self.all_columns(scope, &[], &mut out);
                    continue;
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    self.all_columns(scope, &name_parts(name), &mut out);
                    continue;
                }
                other => {
                    return Err(PlannerError::unsupported(
                        "this item of the select list",
                        other,
                    ));
                }
            };
            // A later item may use the alias of an earlier one.
            let lowered = match self.expr(expr, &mut Place::new(scope, joins)) {
                Err(PlannerError::UnknownColumn { name, nearest }) => {
                    let lateral = out.iter().find(|(alias, _)| *alias == name);
                    match lateral {
                        Some((_, expr)) => expr.clone(),
                        None => self
                            .with_aliases(expr, scope, joins, &out)
                            .ok_or(PlannerError::UnknownColumn { name, nearest })?,
                    }
                }
                other => other?,
            };
            let name = alias.unwrap_or_else(|| match &lowered {
                Expr::Column(id) => self.column(*id).name.clone(),
                Expr::Function { name, .. }
                | Expr::Aggregate { name, .. }
                | Expr::Window { name, .. } => name.clone(),
                _ => "?column?".to_owned(),
            });
            out.push((name, lowered));
        }
        Ok(out)
    }

    /// An expression that uses aliases of the same select list.
    fn with_aliases(
        &mut self,
        expr: &'a ast::Expr,
        scope: &Scope<'_>,
        joins: &mut Vec<SubqueryJoin>,
        earlier: &[Output],
    ) -> Option<Expr> {
        let columns = self.output_columns(earlier, 1.0);
        let source = super::scope::Source {
            name: String::new(),
            schema: None,
            columns: columns.iter().map(|(_, id)| *id).collect(),
        };
        let mut sources = scope.sources.clone();
        sources.push(source);
        let wider = Scope {
            sources,
            parent: scope.parent,
        };
        let lowered = self.expr(expr, &mut Place::new(&wider, joins)).ok()?;
        Some(lowered.replaced(&|part| {
            let id = part.as_column()?;
            let at = columns.iter().position(|(_, column)| *column == id)?;
            earlier.get(at).map(|(_, expr)| expr.clone())
        }))
    }

    fn all_columns(&self, scope: &Scope<'_>, qualifier: &[String], out: &mut Vec<Output>) {
        for source in scope
            .sources
            .iter()
            .filter(|source| source.is_called(qualifier))
        {
            out.extend(
                source
                    .columns
                    .iter()
                    .map(|id| (self.column(*id).name.clone(), Expr::Column(*id))),
            );
        }
    }

    fn group_keys(
        &mut self,
        group_by: &'a GroupByExpr,
        outputs: &[Output],
        scope: &Scope<'_>,
    ) -> Result<Vec<Expr>, PlannerError> {
        let GroupByExpr::Expressions(exprs, _) = group_by else {
            let plain = outputs.iter().filter(|(_, expr)| !expr.has_aggregate());
            return Ok(plain.map(|(_, expr)| expr.clone()).collect());
        };
        let mut keys = Vec::new();
        for expr in exprs {
            match expr {
                ast::Expr::GroupingSets(sets) | ast::Expr::Cube(sets) | ast::Expr::Rollup(sets) => {
                    self.assume("GROUPING SETS, CUBE and ROLLUP are planned as one grouping by all their columns.".to_owned());
                    for expr in sets.iter().flatten() {
                        keys.push(self.key_expr(expr, outputs, scope, false)?);
                    }
                }
                expr => keys.push(self.key_expr(expr, outputs, scope, false)?),
            }
        }
        Ok(keys)
    }

    fn order_keys(
        &mut self,
        tail: Option<&'a Query>,
        outputs: &[Output],
        scope: &Scope<'_>,
    ) -> Result<Vec<Expr>, PlannerError> {
        let Some(OrderByKind::Expressions(exprs)) = tail
            .and_then(|query| query.order_by.as_ref())
            .map(|by| &by.kind)
        else {
            return Ok(Vec::new());
        };
        exprs
            .iter()
            .map(|by| self.key_expr(&by.expr, outputs, scope, true))
            .collect()
    }

    /// A key of GROUP BY or ORDER BY: an ordinal, an alias or an expression. An
    /// alias hides a column in ORDER BY, a column hides an alias in GROUP BY.
    fn key_expr(
        &mut self,
        expr: &'a ast::Expr,
        outputs: &[Output],
        scope: &Scope<'_>,
        alias_first: bool,
    ) -> Result<Expr, PlannerError> {
        if let ast::Expr::Value(value) = expr
            && let ast::Value::Number(text, _) = &value.value
            && let Some((_, output)) = text
                .parse::<usize>()
                .ok()
                .and_then(|n| outputs.get(n.checked_sub(1)?))
        {
            return Ok(output.clone());
        }
        let alias = |name: &str| {
            outputs
                .iter()
                .find(|(output, _)| output == name)
                .map(|(_, expr)| expr.clone())
        };
        if let (true, ast::Expr::Identifier(ident)) = (alias_first, expr)
            && let Some(found) = alias(&folded(ident))
        {
            return Ok(found);
        }
        let mut joins = Vec::new();
        match self.expr(expr, &mut Place::new(scope, &mut joins)) {
            Err(error @ PlannerError::UnknownColumn { .. }) => {
                let named = match expr {
                    ast::Expr::Identifier(ident) => alias(&folded(ident)),
                    _ => None,
                };
                let found = named.or_else(|| self.with_aliases(expr, scope, &mut joins, outputs));
                found.ok_or(error)
            }
            other => other,
        }
    }

    /// Columns for the select list: plain columns stay themselves.
    pub(super) fn output_columns(
        &mut self,
        outputs: &[Output],
        rows: f64,
    ) -> Vec<(String, ColumnId)> {
        let mut columns = Vec::with_capacity(outputs.len());
        for (name, expr) in outputs {
            let id = match expr.as_column() {
                Some(id) => id,
                None => self.computed_column(expr, rows),
            };
            columns.push((name.clone(), id));
        }
        // Computed columns are called by their alias from outside.
        for (name, id) in &columns {
            if self.column(*id).computed
                && let Some(column) = self.columns.get_mut(id.0)
                && column.qualifier.is_empty()
            {
                column.alias = Some(name.clone());
            }
        }
        columns
    }

    /// ORDER BY, LIMIT over a set operation or a parenthesized query.
    fn order_outputs(
        &mut self,
        mut block: Block,
        tail: Option<&'a Query>,
    ) -> Result<Block, PlannerError> {
        let source = super::scope::Source {
            name: String::new(),
            schema: None,
            columns: block.outputs.iter().map(|(_, id)| *id).collect(),
        };
        let scope = Scope {
            sources: vec![source],
            parent: None,
        };
        let outputs: Vec<Output> = block
            .outputs
            .iter()
            .map(|(name, id)| (name.clone(), Expr::Column(*id)))
            .collect();
        let order = self.order_keys(tail, &outputs, &scope)?;
        let limit = self.limit_of(tail, None);
        let rel = self.sorted(block.rel, &order, &block.outputs, limit);
        block.rel = self.limited(rel, limit);
        Ok(block)
    }

    /// Sort, send to the leader, merge there.
    fn sorted(
        &mut self,
        rel: Rel,
        order: &[Expr],
        outputs: &[(String, ColumnId)],
        limit: Option<f64>,
    ) -> Rel {
        let keys: Vec<Expr> = order
            .iter()
            .filter(|key| !key.is_constant())
            .cloned()
            .collect();
        if keys.is_empty() {
            return rel;
        }
        let text = self.list(&keys, Names::Qualified);
        let width = self
            .width(outputs.iter().map(|(_, id)| id))
            .max(rel.width().min(1.0));
        let rows = rel.rows;
        let startup = cost::sort(rel.cost, rows);
        let range = Range {
            startup,
            total: startup + rows * cost::OPERATOR,
        };
        let mut sort = Step::new(Operator::Sort, Vec::new());
        sort.detail(DetailKind::SortKey, text.clone());
        sort.compute.keep = limit;
        let mut network = Step::new(Operator::Network, Vec::new());
        network.detail(DetailKind::SendToLeader, "");
        network.compute.keep = limit;
        let mut merge = Step::new(Operator::Merge, Vec::new());
        merge.detail(DetailKind::MergeKey, text);
        let rel = rel
            .on_top(sort, range, width)
            .on_top(network, range, width)
            .on_top(merge, range, width);
        Rel {
            dist: Dist::Single,
            sorted: Vec::new(),
            ..rel
        }
    }

    fn limited(&mut self, rel: Rel, limit: Option<f64>) -> Rel {
        let Some(limit) = limit else { return rel };
        let rows = limit.min(rel.rows);
        let run = rel.cost.total - rel.cost.startup;
        let total = rel.cost.startup + run * (rows / rel.rows.max(1.0)).min(1.0);
        let (startup, width, exact) = (rel.cost.startup, rel.width(), rel.range);
        let mut step = Step::new(Operator::Limit, Vec::new());
        step.compute.keep = Some(limit);
        let mut rel = rel.on_top(step, Range { startup, total }, width);
        rel.rows = rows.max(1.0);
        rel.range = exact.within(1.0 / rel.rows, limit.max(1.0) / rel.rows);
        rel.step.range = Some(rel.range);
        let cost = rel.cost;
        rel.step.numbers(cost, rows, width);
        Rel {
            dist: Dist::Single,
            ..rel
        }
    }

    /// LIMIT + OFFSET, FETCH or TOP, where it is a number.
    fn limit_of(&self, tail: Option<&Query>, top: Option<&ast::Top>) -> Option<f64> {
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
            LimitClause::OffsetCommaLimit { offset, limit } => {
                Some(number(limit)? + number(offset)?)
            }
        }
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
