//! The columns of a query: their names, and what is known of their values.

use std::collections::HashSet;

use crate::schema::DataType;
use crate::stats::{ColumnStats, Known};

use super::covered::Covered;
use super::expr::{ColumnId, Expr};
use super::keys::Keys;

/// What is known of a column of the query.
#[derive(Debug, Clone)]
pub(crate) struct Column<'a> {
    /// Its folded name.
    pub name: String,
    /// The name of its relation, where conditions print it: a block of one relation needs none.
    pub qualifier: String,
    /// Its type.
    pub data_type: DataType,
    /// Distinct values, where known.
    pub distinct: Option<f64>,
    /// Average bytes of a value.
    pub bytes: f64,
    /// Rows of its relation, before filters.
    pub rows: f64,
    /// What the statistics say of it.
    pub stats: Option<&'a ColumnStats>,
    /// Whether its name is an expression's text, printed as it stands.
    pub computed: bool,
    /// The column that it hands on unchanged.
    pub origin: Option<ColumnId>,
}

/// All columns of a query, by [`ColumnId`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns<'a> {
    all: Vec<Column<'a>>,
    /// Columns of tables without NULLs.
    not_null: HashSet<ColumnId>,
    /// Which of them are keys.
    pub keys: Keys,
    /// What was found of filters on keys that are used in part: every order of joins asks again.
    pub covered: Covered,
}

impl<'a> Columns<'a> {
    /// Registers a column.
    pub(crate) fn add(&mut self, column: Column<'a>) -> ColumnId {
        self.all.push(column);
        ColumnId(self.all.len() - 1)
    }

    /// What is known of a column.
    pub(crate) fn get(&self, id: ColumnId) -> &Column<'a> {
        &self.all[id.0]
    }

    /// Holds a column of a table for one without NULLs.
    pub(crate) fn set_not_null(&mut self, id: ColumnId) {
        self.not_null.insert(id);
    }

    /// What shares of the column's rows can be reckoned from.
    pub(crate) fn known(&self, id: ColumnId) -> Known<'a> {
        let column = self.get(id);
        Known {
            stats: column.stats.unwrap_or(ColumnStats::UNKNOWN),
            distinct: column.distinct,
            text: matches!(column.data_type, DataType::Char(_) | DataType::Varchar(_)),
            not_null: self.not_null.contains(&self.root(id)),
            rows: column.rows,
        }
    }

    /// Replaces what is known of a column.
    pub(crate) fn set(&mut self, id: ColumnId, column: Column<'a>) {
        if let Some(slot) = self.all.get_mut(id.0) {
            *slot = column;
        }
    }

    /// Prints columns without the name of their relation.
    pub(crate) fn unqualify(&mut self, columns: impl IntoIterator<Item = ColumnId>) {
        for id in columns {
            if let Some(column) = self.all.get_mut(id.0) {
                column.qualifier.clear();
            }
        }
    }

    /// The column of a table that this one hands on unchanged, or itself.
    pub(crate) fn root(&self, id: ColumnId) -> ColumnId {
        let mut at = id;
        while let Some(origin) = self.get(at).origin {
            at = origin;
        }
        at
    }

    /// A column and those that it hands on unchanged, down to that of a table.
    pub(crate) fn handed_on(&self, id: ColumnId) -> impl Iterator<Item = ColumnId> + '_ {
        std::iter::successors(Some(id), |id| self.get(*id).origin)
    }

    /// The type of a column or a cast; other expressions are not typed.
    pub(crate) fn type_of(&self, expr: &Expr) -> Option<DataType> {
        match expr {
            Expr::Column(id) => Some(self.get(*id).data_type.clone()),
            Expr::Cast { to, .. } => Some(to.clone()),
            _ => None,
        }
    }

    /// The average bytes of a row of these columns.
    pub(crate) fn width<'c>(&self, columns: impl Iterator<Item = &'c ColumnId>) -> f64 {
        columns.map(|id| self.get(*id).bytes).sum()
    }
}
