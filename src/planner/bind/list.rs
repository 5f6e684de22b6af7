//! The select list: stars, and names for later use.

use sqlparser::ast::{self, ExcludeSelectItem, SelectItem, SelectItemQualifiedWildcardKind};

use crate::name::{TableName, nearest};
use crate::planner::PlannerError;
use crate::planner::logical::columns::Column;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::tree::Output;
use crate::schema::DataType;

use super::Binder;
use super::names::{folded, name_parts};
use super::place::Place;
use super::scope::Scope;

impl<'a> Binder<'a, '_> {
    /// The select list, stars written out. The aliases it defines come into `scope`: a later
    /// item may use that of an earlier one.
    pub(super) fn outputs(
        &mut self,
        projection: &'a [SelectItem],
        scope: &mut Scope<'_, 'a>,
    ) -> Result<Vec<Output>, PlannerError> {
        let mut out: Vec<Output> = Vec::new();
        let mut without: Option<Vec<String>> = None;
        // Whether the names after EXCLUDE are not in parentheses: then more may follow.
        let mut bare = false;
        for item in projection {
            // "EXCLUDE column_list" ends the list: what follows are more names of columns.
            if let Some(without) = &mut without {
                match item {
                    SelectItem::UnnamedExpr(ast::Expr::Identifier(name)) if bare => {
                        without.push(folded(name));
                        continue;
                    }
                    other => {
                        return Err(PlannerError::refused(
                            "anything but a column after EXCLUDE",
                            other,
                        ));
                    }
                }
            }
            let (expr, alias) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(folded(alias))),
                SelectItem::Wildcard(options) => {
                    out.extend(all_columns(scope).map(column_output));
                    without = options.opt_exclude.as_ref().map(exclude_names);
                    bare = matches!(options.opt_exclude, Some(ExcludeSelectItem::Single(_)));
                    continue;
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    let columns = columns_of(scope, &name_parts(name));
                    let columns = columns.map_err(|error| error.at(item))?;
                    out.extend(columns.into_iter().map(column_output));
                    without = options.opt_exclude.as_ref().map(exclude_names);
                    bare = matches!(options.opt_exclude, Some(ExcludeSelectItem::Single(_)));
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
        excluded(&mut out, without.unwrap_or_default())?;
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
    pub(super) fn output_column(&mut self, name: &str) -> ColumnId {
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

/// The columns that EXCLUDE names.
pub(super) fn exclude_names(exclude: &ExcludeSelectItem) -> Vec<String> {
    let names = match exclude {
        ExcludeSelectItem::Single(name) => std::slice::from_ref(name),
        ExcludeSelectItem::Multiple(names) => names,
    };
    let last = |name| name_parts(name).pop();
    names.iter().filter_map(last).collect()
}

/// Takes columns out of a select list; there must be one of each name.
pub(super) fn excluded(outputs: &mut Vec<Output>, names: Vec<String>) -> Result<(), PlannerError> {
    if let Some(name) = names
        .iter()
        .find(|name| !outputs.iter().any(|output| output.name == **name))
    {
        return Err(PlannerError::UnknownColumn {
            name: name.clone(),
            nearest: nearest(name, outputs.iter().map(|output| output.name.as_str())),
            of: Vec::new(),
        });
    }
    outputs.retain(|output| !names.contains(&output.name));
    Ok(())
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

/// The tables of which a select list hands on columns that are not known: see [`Query::open`].
///
/// [`Query::open`]: crate::planner::logical::tree::Query::open
pub(super) fn open_stars(projection: &[SelectItem], scope: &Scope<'_, '_>) -> Vec<TableName> {
    use SelectItemQualifiedWildcardKind::ObjectName;
    let stars = projection.iter().filter_map(|item| match item {
        SelectItem::Wildcard(_) => Some(Vec::new()),
        SelectItem::QualifiedWildcard(ObjectName(name), _) => Some(name_parts(name)),
        _ => None,
    });
    let sources = stars.flat_map(|qualifier| {
        let sources = scope
            .sources
            .iter()
            .filter(|source| !source.open.is_empty());
        let called = sources.filter(|source| source.is_called(&qualifier));
        called.collect::<Vec<_>>()
    });
    let sources: Vec<_> = sources.collect();
    match sources.as_slice() {
        [only] => only.open.clone(),
        _ => Vec::new(),
    }
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
            of: Vec::new(),
        });
    }
    Ok(found.flat_map(|source| source.columns.clone()).collect())
}
