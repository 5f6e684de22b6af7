//! What statements do with tables: which columns they join and filter by, and what they change.
//! Read off the syntax of each file, before names are known; resolved by the schema of all.

mod expression;
mod read;

use std::collections::HashMap;

use super::{Column, Schema, Table};
use crate::name::{Ident, TableName};
use crate::sql::Script;
use crate::text::Span;

/// A column as a query names it: of one of these tables, the only one that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The table that it is qualified by, or all that the query reads at that place.
    pub tables: Vec<TableName>,
    /// Its name.
    pub column: Ident,
}

/// A condition on one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The column.
    pub used: Used,
    /// The function or cast that stands around it; `None` where it stands bare.
    pub around: Option<String>,
    /// Where the column stands.
    pub span: Span,
    /// Which SELECT of the file it belongs to.
    pub select: usize,
}

/// How a statement changes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Change {
    Copy,
    Insert,
    Update,
    Delete,
    Merge,
    Truncate,
}

/// A statement that changes a table's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The table.
    pub table: TableName,
    /// How.
    pub change: Change,
    /// Whether no WHERE and no join restricts it.
    pub whole: bool,
    /// The statement.
    pub span: Span,
}

/// What statements do with tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Pairs of columns of two tables that are compared for equality.
    pub joins: Vec<(Used, Used)>,
    /// Conditions on one column that every row has to meet.
    pub filters: Vec<Filter>,
    /// Columns of one table of which a query asks any for the same value.
    any_of: Vec<Vec<Used>>,
    /// Changes of rows, in their order.
    pub writes: Vec<Write>,
    selects: usize,
    /// Of all files: which of them speak of a table, by its name without a schema.
    of_table: HashMap<Ident, OfTable>,
}

/// Positions among the uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct OfTable {
    joins: Vec<usize>,
    any_of: Vec<usize>,
    writes: Vec<usize>,
}

impl Uses {
    /// Takes in what the statements of a part of a file do; places are those of its text.
    pub fn read(&mut self, text: &str, script: &Script) {
        read::uses(text, script, self);
    }

    /// Adds what another file does, without its filters.
    pub fn add(&mut self, other: &Self) {
        for (a, b) in &other.joins {
            let at = self.joins.len();
            for name in a.tables.iter().chain(&b.tables) {
                let of_table = self.of_table.entry(name.name.clone()).or_default();
                if of_table.joins.last() != Some(&at) {
                    of_table.joins.push(at);
                }
            }
            self.joins.push((a.clone(), b.clone()));
        }
        for columns in &other.any_of {
            let at = self.any_of.len();
            for name in columns.iter().flat_map(|used| &used.tables) {
                let of_table = self.of_table.entry(name.name.clone()).or_default();
                if of_table.any_of.last() != Some(&at) {
                    of_table.any_of.push(at);
                }
            }
            self.any_of.push(columns.clone());
        }
        for write in &other.writes {
            let of_table = self.of_table.entry(write.table.name.clone()).or_default();
            of_table.writes.push(self.writes.len());
            self.writes.push(write.clone());
        }
    }

    /// The changes of rows of the statement with this span.
    pub fn writes_of(&self, statement: Span) -> &[Write] {
        let before = |write: &Write| write.span < statement;
        let first = self.writes.partition_point(before);
        let of_it = self.writes[first..].partition_point(|write| write.span == statement);
        &self.writes[first..first + of_it]
    }

    /// The uses that may be of a table, picked by `positions` from `all`.
    fn of_table<'s, T>(
        &'s self,
        table: &Table,
        all: &'s [T],
        positions: fn(&OfTable) -> &Vec<usize>,
    ) -> impl Iterator<Item = &'s T> {
        let found = self.of_table.get(&table.name.name).map(positions);
        found.into_iter().flatten().filter_map(|at| all.get(*at))
    }

    /// The columns that a column is joined with.
    pub fn joined<'s>(
        &'s self,
        schema: &'s Schema,
        table: &Table,
        column: &Ident,
    ) -> impl Iterator<Item = (&'s Table, &'s Column)> {
        let is_it = used_as(schema, table, column);
        let joins = self.of_table(table, &self.joins, |of_table| &of_table.joins);
        joins.filter_map(move |(a, b)| match (is_it(a), is_it(b)) {
            (true, _) => b.resolve(schema),
            (_, true) => a.resolve(schema),
            _ => None,
        })
    }

    /// Whether a query compares a column with one of another table, known or not.
    pub fn joins_on(&self, schema: &Schema, table: &Table, column: &Ident) -> bool {
        let is_it = used_as(schema, table, column);
        let mut joins = self.of_table(table, &self.joins, |of_table| &of_table.joins);
        joins.any(|(a, b)| is_it(a) || is_it(b))
    }

    /// Columns, some of this table, of which a query asks any for the same value.
    pub fn any_of(&self, table: &Table) -> impl Iterator<Item = &Vec<Used>> {
        self.of_table(table, &self.any_of, |of_table| &of_table.any_of)
    }

    /// The changes of a table's rows.
    pub fn changes<'s>(
        &'s self,
        schema: &'s Schema,
        table: &Table,
    ) -> impl Iterator<Item = &'s Write> {
        let name = table.name.clone();
        let writes = self.of_table(table, &self.writes, |of_table| &of_table.writes);
        writes.filter(move |write| {
            let found = schema.resolve(&write.table);
            found.is_some_and(|found| found.name == name)
        })
    }
}

/// Whether what a query names is this column.
fn used_as<'s>(
    schema: &'s Schema,
    table: &Table,
    column: &Ident,
) -> impl Fn(&Used) -> bool + use<'s> {
    let (name, column) = (table.name.clone(), column.clone());
    move |used| {
        used.column == column
            && used
                .resolve(schema)
                .is_some_and(|(table, _)| table.name == name)
    }
}

impl Used {
    /// The table and the column, where exactly one of the tables has it.
    pub fn resolve<'s>(&self, schema: &'s Schema) -> Option<(&'s Table, &'s Column)> {
        let mut found = self.tables.iter().filter_map(|name| {
            let table = schema.resolve(name)?;
            Some((table, table.column(&self.column)?))
        });
        let first = found.next()?;
        let known = |name: &TableName| {
            let table = schema.resolve(name);
            table.is_some_and(|table| table.columns_known)
        };
        // Of a table that is not known, it may be as well.
        let sure = self.tables.len() == 1 || self.tables.iter().all(known);
        (found.next().is_none() && sure).then_some(first)
    }
}
