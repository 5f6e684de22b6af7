//! Which columns of a query's relations are keys, and to which keys columns refer: what
//! tells how many rows a join keeps where no distinct counts are known.

use std::collections::HashMap;

use crate::name::TableName;

use super::expr::{ColumnId, Expr};

/// What makes a set of columns a key, from the surest down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    /// GROUP BY or DISTINCT made it.
    Built,
    /// PRIMARY KEY, UNIQUE, IDENTITY, or what a REFERENCES points to.
    Declared,
    /// The column is named like the key of its table.
    Named,
    /// MERGE matches its target's rows by it.
    Matched,
    /// It alone is both DISTKEY and SORTKEY. Facts are laid out so as well.
    LaidOut,
}

impl Evidence {
    /// Whether a join may be reckoned by it without a wide range.
    pub(crate) fn is_strong(self) -> bool {
        !matches!(self, Evidence::Matched | Evidence::LaidOut)
    }
}

/// Columns that together hold no value twice.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unique {
    pub columns: Vec<ColumnId>,
    pub evidence: Evidence,
}

/// The key of another table that a column's values are taken from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reference {
    /// The table.
    pub table: String,
    /// Its rows, and so the most values there are.
    pub rows: f64,
    /// Whether REFERENCES says so; else the name does.
    pub declared: bool,
}

/// A relation of the FROM clause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Keyed {
    /// The table, where it is one.
    pub table: Option<TableName>,
    /// Rows before any filter.
    pub rows: f64,
    pub unique: Vec<Unique>,
    /// What its scan filters by.
    pub filters: Vec<Expr>,
}

/// The keys of all relations of a query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    relations: Vec<Keyed>,
    of: HashMap<ColumnId, usize>,
    references: HashMap<ColumnId, Reference>,
}

impl Keys {
    /// Registers a relation by its columns; one that was registered before is replaced.
    pub(crate) fn add(&mut self, columns: impl IntoIterator<Item = ColumnId>, keyed: Keyed) {
        self.relations.push(keyed);
        let at = self.relations.len() - 1;
        self.of.extend(columns.into_iter().map(|id| (id, at)));
    }

    /// Says that columns of a relation, which was registered, are a key of it.
    pub(crate) fn tell_apart(&mut self, key: Unique) {
        let at = key.columns.first().and_then(|id| self.of.get(id));
        if let Some(keyed) = at.and_then(|at| self.relations.get_mut(*at)) {
            keyed.unique.push(key);
        }
    }

    /// Says what the scan of a relation, by one of its columns, filters by.
    pub(crate) fn filter(&mut self, column: ColumnId, filters: &[Expr]) {
        let at = self.of.get(&column);
        if let Some(keyed) = at.and_then(|at| self.relations.get_mut(*at)) {
            keyed.filters = filters.to_vec();
        }
    }

    /// Says to which key a column refers.
    pub(crate) fn refer(&mut self, id: ColumnId, reference: Reference) {
        self.references.insert(id, reference);
    }

    /// The relation of a column, by an index that tells relations apart.
    pub(crate) fn relation(&self, id: ColumnId) -> Option<(usize, &Keyed)> {
        let at = *self.of.get(&id)?;
        Some((at, self.relations.get(at)?))
    }

    /// The key that a column refers to.
    pub(crate) fn reference(&self, id: ColumnId) -> Option<&Reference> {
        self.references.get(&id)
    }

    /// Whether these columns are all of one relation.
    pub(crate) fn is_one(&self, columns: &[ColumnId]) -> bool {
        let mut relations = columns.iter().map(|id| self.of.get(id));
        let first = relations.next().flatten();
        first.is_some() && relations.all(|relation| relation == first)
    }
}
