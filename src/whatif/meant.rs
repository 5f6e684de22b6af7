//! Which tables changes mean: those of the DDL, by their full names.

use std::collections::BTreeSet;

use super::change::{ChangeError, Changes, Growth};
use crate::name::{Ident, Resolved, TableName};
use crate::schema::{DistStyle, Schema, SortKey};

/// The table of the DDL that a name means; without DDL, the name as it is.
fn meant(name: &TableName, schema: &Schema) -> Result<TableName, ChangeError> {
    if schema.tables.is_empty() {
        return Ok(name.clone());
    }
    match schema.lookup(name) {
        Resolved::Found(table, _) => Ok(table.clone()),
        Resolved::Unknown => match in_other_case(name, schema) {
            Some(table) => Ok(table.clone()),
            None => Err(ChangeError::Table {
                nearest: schema.nearest(name),
                table: name.clone(),
            }),
        },
        Resolved::Ambiguous(candidates) => Err(ChangeError::Ambiguous {
            table: name.clone(),
            candidates: candidates.into_iter().cloned().collect(),
        }),
    }
}

/// The only table of this name in upper and lower case: what is asked for is folded, the names in a
/// plan of a cluster that tells both apart are not.
fn in_other_case<'s>(name: &TableName, schema: &'s Schema) -> Option<&'s TableName> {
    let same = |a: &Ident, b: &Ident| a.eq_ignore_ascii_case(b);
    let mut found = schema.tables.keys().filter(|table| {
        let in_schema = match (&name.schema, &table.schema) {
            (Some(a), Some(b)) => same(a, b),
            (wanted, _) => wanted.is_none(),
        };
        in_schema && same(&name.name, &table.name)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The column of a table that a name means, likewise.
fn column_meant(column: &Ident, table: &TableName, schema: &Schema) -> Option<Ident> {
    let table = schema.resolve(table)?;
    if table.column(column).is_some() {
        return None;
    }
    let names = table.columns.iter().map(|column| &column.name);
    let mut found = names.filter(|name| name.eq_ignore_ascii_case(column));
    let first = found.next()?;
    found.next().is_none().then(|| first.clone())
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
        for (table, style) in &mut changes.distributions {
            if let DistStyle::Key(column) = style
                && let Some(meant) = column_meant(column, table, schema)
            {
                *column = meant;
            }
        }
        for (table, columns) in &mut changes.sort_keys {
            for column in columns {
                if let Some(meant) = column_meant(column, table, schema) {
                    *column = meant;
                }
            }
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
