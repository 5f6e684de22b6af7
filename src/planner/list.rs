//! The select list, GROUP BY and ORDER BY: wildcards, aliases, ordinals.

use sqlparser::ast::{
    self, GroupByExpr, OrderByKind, Query, SelectItem, SelectItemQualifiedWildcardKind,
};

use super::expr::{ColumnId, Expr};
use super::names::{folded, name_parts};
use super::place::{Place, SubqueryJoin};
use super::scope::Scope;
use super::select::Output;
use super::{Planner, PlannerError};

impl<'a> Planner<'a> {
    /// The select list, wildcards written out.
    pub(super) fn outputs(
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
    pub(super) fn with_aliases(
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

    pub(super) fn all_columns(
        &self,
        scope: &Scope<'_>,
        qualifier: &[String],
        out: &mut Vec<Output>,
    ) {
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

    pub(super) fn group_keys(
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

    pub(super) fn order_keys(
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
    pub(super) fn key_expr(
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
}
