//! From a syntax tree to a tree whose names are resolved.
//!
//! Tables, columns, stars, aliases of the select list, columns of the block around a
//! subquery, CTEs and views are looked up here, once; what comes after sees columns only.

mod calls;
mod connect;
mod construct;
mod cte;
mod expr;
mod fold;
mod from;
mod grouping;
mod interval;
mod key_index;
mod keys;
mod list;
mod literal;
mod matched;
mod moment;
mod names;
mod navigate;
mod operators;
mod oracle;
mod pivot;
mod place;
mod prepared;
mod query;
mod reader;
mod recursive;
mod relation;
mod scope;
mod select;
mod subquery;
mod table;
mod table_keys;
mod target;
mod unnest;
mod views;

pub use calls::is_aggregate;
pub use prepared::Prepared;
pub(super) use table::{default_rows, known_rows, least_rows};

use std::collections::HashMap;

use sqlparser::ast;

use crate::name::TableName;
use crate::schema::Schema;
use crate::sql::QueryStatement;
use crate::sql::WriteKind;
use crate::stats::Stats;

use super::PlannerError;
use super::assumptions::Assumptions;
use super::budget::Budget;
use super::logical::columns::Columns;
use super::logical::expr::ColumnId;
use super::logical::tree::{Bound, Query, Shared, SharedId};

use scope::Scope;

/// Blocks (subqueries, views, CTEs, branches of set operations) that may nest.
const DEEPEST_BLOCK: usize = 200;

/// Binds a statement.
pub(super) fn bind<'a>(
    statement: &'a QueryStatement,
    schema: &'a Schema,
    stats: &'a Stats,
    prepared: &'a Prepared,
    budget: &mut Budget,
) -> Result<Bound<'a>, PlannerError> {
    let query = &*statement.query;
    let catalog = Catalog {
        schema,
        stats,
        prepared,
    };
    let mut binder = Binder::new(catalog, budget, None);
    let mut root = binder.query(query, &Scope::default())?;
    // How often a CTE or view is read decides what becomes of it at its first reader: where there
    // is any, its readers were counted and it is bound again.
    if !binder.named.readers.is_empty() {
        let counted = std::mem::take(&mut binder.named.readers);
        binder = Binder::new(catalog, budget, Some(counted));
        root = binder.query(query, &Scope::default())?;
    }
    let write = statement.write.as_ref();
    if write.is_some_and(|write| write.kind == WriteKind::Merge) {
        binder.matched_by(&root);
    }
    let target = write.map(|write| binder.target(write, &root)).transpose()?;
    Ok(Bound {
        root,
        target,
        subqueries: binder.subqueries,
        shared: binder.named.shared,
        columns: binder.columns,
        assumptions: binder.assumptions,
    })
}

/// What names can mean beside what the query itself defines.
#[derive(Clone, Copy)]
struct Catalog<'a> {
    schema: &'a Schema,
    stats: &'a Stats,
    prepared: &'a Prepared,
}

/// A CTE, by the place of its definition, or a view.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum NamedQuery {
    Cte(*const ast::Cte),
    View(TableName),
}

/// CTEs and views as they are read.
#[derive(Default)]
struct Named<'a> {
    /// How often each has been read so far.
    readers: HashMap<NamedQuery, usize>,
    /// How often each will be read, once that has been counted.
    counted: Option<HashMap<NamedQuery, usize>>,
    shared: Vec<Shared<'a>>,
    ids: HashMap<NamedQuery, SharedId>,
}

/// Binds one query.
struct Binder<'a, 'b> {
    catalog: Catalog<'a>,
    columns: Columns<'a>,
    subqueries: Vec<Query<'a>>,
    named: Named<'a>,
    /// The CTEs that are being bound and may read themselves, the innermost last.
    working: Vec<recursive::Working>,
    /// How many there have been.
    recursions: usize,
    /// The parent rows of the CONNECT BY that is being bound.
    prior: Option<connect::Prior>,
    /// Columns that carry a `(+)`, until their condition is told of them.
    outer_marks: Vec<ColumnId>,
    /// The database under which a query names each table.
    databases: HashMap<TableName, String>,
    /// Tables read so far.
    relations: usize,
    assumptions: Assumptions,
    budget: &'b mut Budget,
}

impl<'a, 'b> Binder<'a, 'b> {
    fn new(
        catalog: Catalog<'a>,
        budget: &'b mut Budget,
        counted: Option<HashMap<NamedQuery, usize>>,
    ) -> Self {
        Self {
            catalog,
            columns: Columns::default(),
            subqueries: Vec::new(),
            named: Named {
                counted,
                ..Named::default()
            },
            working: Vec::new(),
            recursions: 0,
            prior: None,
            outer_marks: Vec::new(),
            databases: HashMap::new(),
            relations: 0,
            assumptions: Assumptions::default(),
            budget,
        }
    }
}
