//! The select list: stars, and names for later use.

use sqlparser::ast::{self, SelectItem, SelectItemQualifiedWildcardKind};

use crate::planner::PlannerError;
use crate::planner::logical::columns::Column;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::tree::Output;
use crate::schema::DataType;

use super::Binder;
use super::names::{folded, name_parts};
use super::place::Place;
use super::scope::{Scope, nearest};

impl<'a> Binder<'a, '_> {
    /// The select list, stars written out. The aliases it defines come into `scope`: a later
    /// item may use that of an earlier one.
    pub(super) fn outputs(
        &mut self,
        projection: &'a [SelectItem],
        scope: &mut Scope<'_, 'a>,
    ) -> Result<Vec<Output>, PlannerError> {
        let mut out: Vec<Output> = Vec::new();
        for item in projection {
            let (expr, alias) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(folded(alias))),
                SelectItem::Wildcard(_) => {
                    out.extend(all_columns(scope).map(column_output));
                    continue;
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let columns = columns_of(scope, &name_parts(name));
                    let columns = columns.map_err(|error| error.at(item))?;
                    out.extend(columns.into_iter().map(column_output));
                    continue;
                }
                other => {
                    let what = "an item of this form in the select list";
                    return Err(PlannerError::unsupported(what, other).at(other));
                }
            };
            let bound = self.expr(expr, Place::new(scope))?;
            if let Some(alias) = &alias {
                scope.aliases.push((alias.clone(), bound.clone()));
            }
            let name = alias.unwrap_or_else(|| self.own_name(&bound, expr));
            let id = match bound.as_column() {
                Some(id) => id,
                None => self.output_column(&name),
            };
            out.push(Output {
                name,
                expr: bound,
                id,
            });
        }
        Ok(out)
    }

    /// What an item without AS is called.
    fn own_name(&self, bound: &Expr, written: &ast::Expr) -> String {
        match (bound, written) {
            (_, ast::Expr::Identifier(ident)) => folded(ident),
            (_, ast::Expr::CompoundIdentifier(parts)) => {
                parts.last().map(folded).unwrap_or_default()
            }
            (Expr::Column(id), _) => self.columns.get(*id).name.clone(),
            (
                Expr::Function { name, .. }
                | Expr::Aggregate { name, .. }
                | Expr::Window { name, .. },
                _,
            ) => name.clone(),
            _ => "?column?".to_owned(),
        }
    }

    /// The column of an expression's value. What is known of it comes with its plan.
    fn output_column(&mut self, name: &str) -> ColumnId {
        self.columns.add(Column {
            name: name.to_owned(),
            qualifier: String::new(),
            data_type: DataType::Other("expression".to_owned()),
            distinct: None,
            bytes: 0.0,
            rows: 1.0,
            stats: None,
            computed: true,
            origin: None,
        })
    }
}

fn column_output((name, id): (String, ColumnId)) -> Output {
    Output {
        name,
        expr: Expr::Column(id),
        id,
    }
}

/// `*`: columns that USING merged come first and once.
fn all_columns(scope: &Scope<'_, '_>) -> impl Iterator<Item = (String, ColumnId)> {
    let hidden = |id: &ColumnId| scope.merged.iter().any(|merged| merged.hidden == *id);
    let mut out: Vec<(String, ColumnId)> = Vec::new();
    for merged in scope.merged.iter().filter(|merged| !hidden(&merged.shown)) {
        let column = (merged.name.clone(), merged.shown);
        if !out.contains(&column) {
            out.push(column);
        }
    }
    let first = out.clone();
    let rest = scope
        .sources
        .iter()
        .flat_map(|source| &source.columns)
        .filter(|(_, id)| !hidden(id) && !first.iter().any(|(_, shown)| shown == id))
        .cloned();
    out.extend(rest);
    out.into_iter()
}

/// `name.*`.
fn columns_of(
    scope: &Scope<'_, '_>,
    qualifier: &[String],
) -> Result<Vec<(String, ColumnId)>, PlannerError> {
    let mut found = scope
        .sources
        .iter()
        .filter(|source| source.is_called(qualifier))
        .peekable();
    if found.peek().is_none() {
        let written = qualifier.last().map(String::as_str).unwrap_or_default();
        let names = scope.sources.iter().map(|source| source.name.as_str());
        return Err(PlannerError::UnknownColumn {
            name: format!("{}.*", qualifier.join(".")),
            nearest: nearest(written, names).map(|name| format!("{name}.*")),
        });
    }
    Ok(found.flat_map(|source| source.columns.clone()).collect())
}
