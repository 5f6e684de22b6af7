//! The queries behind the views that a query reads, parsed beforehand so that
//! planning can borrow them.

use std::collections::BTreeMap;

use sqlparser::ast::Query;

use crate::schema::{Schema, TableKind, TableName};
use crate::sql::parse_query;

/// Parsed view definitions.
pub(super) type Views = BTreeMap<TableName, Query>;

/// Parses the definitions of all views, if the schema has any whose name occurs
/// in the query or in such a view. Definitions that don't parse are left out: the
/// view is then read like a table.
pub(super) fn parse(query: &Query, schema: &Schema) -> Views {
    let mut views = Views::new();
    let candidates: Vec<_> = schema
        .tables
        .values()
        .filter(|table| table.kind == TableKind::View)
        .filter_map(|table| Some((table, table.query.as_deref()?)))
        .collect();
    if candidates.is_empty() {
        return views;
    }
    let mut texts = vec![query.to_string().to_lowercase()];
    while let Some(text) = texts.pop() {
        for (table, definition) in &candidates {
            if views.contains_key(&table.name) || !text.contains(table.name.name.as_str()) {
                continue;
            }
            if let Ok(query) = parse_query(definition) {
                views.insert(table.name.clone(), *query);
                texts.push(definition.to_lowercase());
            }
        }
    }
    views
}
