//! Names of sqlparser's syntax tree, folded.

use sqlparser::ast as sp;

use crate::name::{Ident, TableName};

/// A name without dots.
pub fn ident(name: &sp::Ident) -> Ident {
    Ident::folded(&name.value)
}

/// A possibly qualified name; a database is left out.
pub fn table_name(name: &sp::ObjectName) -> TableName {
    let mut parts = name.0.iter().rev().filter_map(|part| part.as_ident());
    let table = parts.next().map(ident).unwrap_or_default();
    TableName::new(parts.next().map(ident), table)
}
