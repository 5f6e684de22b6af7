//! Keys that name the columns of a query by their positions: `SORTKEY (1, 3)`.

use sqlparser::ast as sp;

use super::ast::{InnerQuery, Named, TableAttribute};
use super::cursor::Cursor;
use super::folded;
use crate::name::Ident;

/// The columns of the keys that are named by their position in a query.
pub(super) fn positions<'t>(
    cursor: &Cursor<'_>,
    attributes: &'t mut [TableAttribute],
) -> Vec<&'t mut Named> {
    let columns = attributes.iter_mut().flat_map(|attribute| match attribute {
        TableAttribute::DistKey(column, _) => std::slice::from_mut(column),
        TableAttribute::SortKey(_, columns, _) => columns,
        _ => &mut [],
    });
    // A name that looks like a number is in quotes.
    let is_position = |column: &&mut Named| {
        let text = cursor.text(column.1);
        text.starts_with(|c: char| c.is_ascii_digit())
    };
    columns.filter(is_position).collect()
}

/// Gives keys by position the names of the query's columns, as far as the statement says them.
pub(super) fn name_positions(
    cursor: &Cursor<'_>,
    attributes: &mut [TableAttribute],
    names: &[Named],
    query: &InnerQuery,
) {
    for (key, _) in positions(cursor, attributes) {
        let Ok(position) = key.as_str().parse::<usize>() else {
            continue;
        };
        let given = names.get(position.wrapping_sub(1));
        let own = || output_name(query.query.as_ref()?, position);
        if let Some(name) = given.map(|(name, _)| name.clone()).or_else(own) {
            *key = name;
        }
    }
}

/// The name of a query's column at a position, from 1, where the query says it.
fn output_name(query: &sp::Query, position: usize) -> Option<Ident> {
    let mut body = &*query.body;
    let select = loop {
        match body {
            sp::SetExpr::Select(select) => break select,
            sp::SetExpr::SetOperation { left, .. } => body = left,
            sp::SetExpr::Query(query) => body = &query.body,
            _ => return None,
        }
    };
    let before = select.projection.get(..position)?;
    let is_one = |item: &sp::SelectItem| {
        matches!(
            item,
            sp::SelectItem::UnnamedExpr(_) | sp::SelectItem::ExprWithAlias { .. }
        )
    };
    match before.last()? {
        _ if !before.iter().all(is_one) => None,
        sp::SelectItem::ExprWithAlias { alias, .. } => Some(folded::ident(alias)),
        sp::SelectItem::UnnamedExpr(sp::Expr::Identifier(name)) => Some(folded::ident(name)),
        sp::SelectItem::UnnamedExpr(sp::Expr::CompoundIdentifier(parts)) => {
            parts.last().map(folded::ident)
        }
        _ => None,
    }
}
