//! Which tables changes mean: those of the DDL, by their full names.

use super::change::{ChangeError, Changes, Growth};
use crate::name::{Ident, Resolved, TableName};
use crate::schema::Schema;

/// The table of the DDL that a name means; without DDL, the name as it is.
fn meant(name: &TableName, schema: &Schema) -> Result<TableName, ChangeError> {
    if schema.tables.is_empty() {
        return Ok(name.clone());
    }
    match schema.lookup(name) {
        Resolved::Found(table, _) => Ok(table.clone()),
        Resolved::Unknown => Err(ChangeError::Table(name.clone())),
        Resolved::Ambiguous(candidates) => Err(ChangeError::Ambiguous {
            table: name.clone(),
            candidates: candidates.into_iter().cloned().collect(),
        }),
    }
}

impl Changes {
    /// The same with the tables of the DDL that are meant.
    ///
    /// # Errors
    /// A table that the DDL does not define, or that several schemas have.
    pub fn meant(&self, schema: &Schema) -> Result<Self, ChangeError> {
        let mut changes = self.clone();
        let of_keys = changes.distributions.iter_mut().map(|(table, _)| table);
        let of_sort_keys = changes.sort_keys.iter_mut().map(|(table, _)| table);
        let of_scales = changes.scales.iter_mut();
        let of_scales = of_scales.filter_map(|scale| scale.table.as_mut());
        for table in of_keys.chain(of_sort_keys).chain(of_scales) {
            *table = meant(table, schema)?;
        }
        Ok(changes)
    }

    /// The same with each name replaced.
    #[must_use]
    pub fn renamed(&self, rename: &dyn Fn(&Ident) -> Ident) -> Self {
        use crate::schema::DistStyle;
        let mut changes = self.clone();
        for (table, style) in &mut changes.distributions {
            *table = renamed(table, rename);
            if let DistStyle::Key(column) = style {
                *column = rename(column);
            }
        }
        for (table, columns) in &mut changes.sort_keys {
            *table = renamed(table, rename);
            for column in columns {
                *column = rename(column);
            }
        }
        for scale in &mut changes.scales {
            scale.table = scale.table.as_ref().map(|table| renamed(table, rename));
        }
        changes
    }
}

impl Growth {
    /// The same with the table of the DDL that is meant.
    ///
    /// # Errors
    /// A table that the DDL does not define, or that several schemas have.
    pub fn meant(&self, schema: &Schema) -> Result<Self, ChangeError> {
        let table = meant(&self.table, schema)?;
        Ok(Self {
            table,
            ..self.clone()
        })
    }

    /// The same with the names of the table replaced.
    #[must_use]
    pub fn renamed(&self, rename: &dyn Fn(&Ident) -> Ident) -> Self {
        Self {
            table: renamed(&self.table, rename),
            ..self.clone()
        }
    }
}

fn renamed(table: &TableName, rename: &dyn Fn(&Ident) -> Ident) -> TableName {
    TableName::new(table.schema.as_ref().map(rename), rename(&table.name))
}
