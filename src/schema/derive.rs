//! The columns that a query gives: for `CREATE TABLE AS` and views.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableFactor,
};

use super::{Column, DataType, Ident, Schema};
use crate::sql::{self, InnerQuery};
use crate::text::Span;

/// Columns of a query, under the names that the statement gives them. A type is
/// known where it follows from a column, a cast or a simple function; else it is
/// `Other("unknown")`.
pub(super) fn query_columns(schema: &Schema, query: &InnerQuery, names: &[Ident]) -> Vec<Column> {
    let mut columns = match &query.query {
        Some(query) => of_query(schema, query, DEEPEST),
        None => Vec::new(),
    };
    for (column, name) in columns.iter_mut().zip(names) {
        column.name.clone_from(name);
    }
    columns
}

/// Levels of subqueries that are followed.
const DEEPEST: usize = 8;

/// The columns that one table of a FROM clause offers, and its name there.
type Source = (Ident, Vec<Column>);

fn of_query(schema: &Schema, query: &Query, depth: usize) -> Vec<Column> {
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    let mut body = query.body.as_ref();
    // The first query of a UNION names and types the columns.
    while let SetExpr::SetOperation { left, .. } = body {
        body = left;
    }
    let select = match body {
        SetExpr::Select(select) => select,
        SetExpr::Query(query) => return of_query(schema, query, depth),
        _ => return Vec::new(),
    };
    let mut ctes: Vec<Source> = Vec::new();
    for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
        let mut columns = of_query(schema, &cte.query, depth);
        for (column, name) in columns.iter_mut().zip(&cte.alias.columns) {
            column.name = sql::ident(&name.name);
        }
        ctes.push((sql::ident(&cte.alias.name), columns));
    }
    let sources = sources(schema, select, &ctes, depth);
    let mut columns = Vec::new();
    for item in &select.projection {
        add_item(&mut columns, item, &sources);
    }
    columns
}

fn sources(schema: &Schema, select: &Select, ctes: &[Source], depth: usize) -> Vec<Source> {
    let factors = select.from.iter().flat_map(|from| {
        std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
    });
    factors
        .filter_map(|factor| match factor {
            TableFactor::Table { name, alias, .. } => {
                let table = sql::table_name(name);
                let alias = alias.as_ref().map(|alias| sql::ident(&alias.name));
                let cte = ctes
                    .iter()
                    .find(|(name, _)| table.schema.is_none() && *name == table.name);
                let columns = match cte {
                    Some((_, columns)) => columns.clone(),
                    None => schema.resolve(&table)?.columns.clone(),
                };
                Some((alias.unwrap_or(table.name), columns))
            }
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let alias = alias.as_ref().map(|alias| sql::ident(&alias.name));
                Some((alias.unwrap_or_default(), of_query(schema, subquery, depth)))
            }
            _ => None,
        })
        .collect()
}

fn add_item(columns: &mut Vec<Column>, item: &SelectItem, sources: &[Source]) {
    let (expr, alias) = match item {
        SelectItem::UnnamedExpr(expr) => (expr, None),
        SelectItem::ExprWithAlias { expr, alias } => (expr, Some(sql::ident(alias))),
        SelectItem::Wildcard(_) => {
            let all = sources.iter().flat_map(|(_, columns)| columns);
            return columns.extend(all.map(|column| plain(&column.name, &column.data_type)));
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
            let name = sql::table_name(name).name;
            let of_it = sources.iter().filter(|(source, _)| *source == name);
            let all = of_it.flat_map(|(_, columns)| columns);
            return columns.extend(all.map(|column| plain(&column.name, &column.data_type)));
        }
        _ => return,
    };
    let Some(name) = alias.or_else(|| own_name(expr)) else {
        return;
    };
    let data_type =
        type_of(expr, sources, DEEPEST).unwrap_or_else(|| DataType::Other("unknown".to_owned()));
    columns.push(plain(&name, &data_type));
}

/// The name that Redshift gives an expression without an alias.
fn own_name(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Identifier(name) => Some(sql::ident(name)),
        Expr::CompoundIdentifier(parts) => Some(sql::ident(parts.last()?)),
        Expr::Cast { expr, .. } | Expr::Nested(expr) => own_name(expr),
        Expr::Function(function) => Some(sql::table_name(&function.name).name),
        _ => None,
    }
}

fn type_of(expr: &Expr, sources: &[Source], depth: usize) -> Option<DataType> {
    let depth = depth.checked_sub(1)?;
    let find = |qualifier: Option<&Ident>, name: &Ident| {
        let offered = sources
            .iter()
            .filter(|(source, _)| qualifier.is_none_or(|q| q == source));
        let column = offered
            .flat_map(|(_, columns)| columns)
            .find(|column| column.name == *name)?;
        Some(column.data_type.clone())
    };
    match expr {
        Expr::Identifier(name) => find(None, &sql::ident(name)),
        Expr::CompoundIdentifier(parts) => {
            let [.., qualifier, name] = parts.as_slice() else {
                return None;
            };
            find(Some(&sql::ident(qualifier)), &sql::ident(name))
        }
        Expr::Nested(expr) => type_of(expr, sources, depth),
        Expr::Cast { data_type, .. } => sql::parse_type(&data_type.to_string()),
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            match name.as_str() {
                "count" => Some(DataType::BigInt),
                "getdate" | "sysdate" | "date_trunc" => Some(DataType::Timestamp),
                "current_date" => Some(DataType::Date),
                "min" | "max" | "coalesce" | "nvl" | "nullif" => {
                    type_of(first_argument(&function.args)?, sources, depth)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn first_argument(arguments: &FunctionArguments) -> Option<&Expr> {
    let FunctionArguments::List(list) = arguments else {
        return None;
    };
    match list.args.first()? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

/// A query keeps names and types, not constraints, encodings or identities.
fn plain(name: &Ident, data_type: &DataType) -> Column {
    Column {
        name: name.clone(),
        data_type: data_type.clone(),
        encoding: None,
        not_null: false,
        identity: false,
        default: None,
        span: Span::default(),
    }
}
