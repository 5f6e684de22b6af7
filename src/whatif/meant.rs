//! Which tables changes mean: those of the DDL, by their full names.

use std::collections::BTreeSet;

use super::change::{ChangeError, Changes, Growth};
use crate::name::{Ident, Resolved, TableName};
use crate::schema::{Schema, SortKey};

/// The table of the DDL that a name means; without DDL, the name as it is.
fn meant(name: &TableName, schema: &Schema) -> Result<TableName, ChangeError> {
    if schema.tables.is_empty() {
        return Ok(name.clone());
    }
    match schema.lookup(name) {
        Resolved::Found(table, _) => Ok(table.clone()),
        Resolved::Unknown => Err(ChangeError::Table {
            nearest: schema.nearest(name),
            table: name.clone(),
        }),
        Resolved::Ambiguous(candidates) => Err(ChangeError::Ambiguous {
            table: name.clone(),
            candidates: candidates.into_iter().cloned().collect(),
        }),
    }
}

/// That no table is named twice.
fn once<'t>(
    tables: impl Iterator<Item = &'t TableName>,
    what: &'static str,
) -> Result<(), ChangeError> {
    let mut seen = BTreeSet::new();
    for table in tables {
        if !seen.insert(table) {
            return Err(ChangeError::Twice {
                table: table.clone(),
                what,
            });
        }
    }
    Ok(())
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
        once(
            changes.distributions.iter().map(|(table, _)| table),
            "distributions",
        )?;
        once(
            changes.sort_keys.iter().map(|(table, _)| table),
            "sort keys",
        )?;
        Ok(changes)
    }

    /// The tables that are changed by name.
    pub fn tables(&self) -> BTreeSet<&TableName> {
        let of_keys = self.distributions.iter().map(|(table, _)| table);
        let of_sort_keys = self.sort_keys.iter().map(|(table, _)| table);
        let of_scales = self.scales.iter().filter_map(|scale| scale.table.as_ref());
        of_keys.chain(of_sort_keys).chain(of_scales).collect()
    }

    /// Keys that are asked for and that the tables have already, in words.
    pub fn kept(&self, schema: &Schema) -> Vec<String> {
        let table = |name: &TableName| schema.resolve(name);
        let distributions = self.distributions.iter().filter_map(|(name, style)| {
            let same = table(name)?.dist_style == *style;
            same.then(|| format!("`{name}` has DISTSTYLE {style} already"))
        });
        let sort_keys = self.sort_keys.iter().filter_map(|(name, columns)| {
            let wanted = SortKey::Compound(columns.clone());
            let same = table(name)?.sort_key == wanted;
            same.then(|| format!("`{name}` has the sort key {wanted} already"))
        });
        distributions.chain(sort_keys).collect()
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
