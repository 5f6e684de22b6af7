//! What refers to a table follows it: foreign keys of other tables, and views.

use std::collections::BTreeSet;

use super::{Ident, Schema, Table, TableName, constraints};
use crate::name::of_name;
use crate::sql::{AlterAction, ColumnRename, rename_table};

/// The names of tables and views that may refer to others: what follows is looked for among these,
/// since a script may rename as many tables as it has. Without schemas, which may be told later.
#[derive(Debug, Clone, Default)]
pub(super) struct Followers(BTreeSet<Ident>);

impl Followers {
    /// Those among all tables.
    pub fn of(schema: &Schema) -> Self {
        let mut followers = Self::default();
        schema
            .tables
            .values()
            .for_each(|table| followers.add(table));
        followers
    }

    /// Takes in a table, if it refers to others.
    pub fn add(&mut self, table: &Table) {
        let refers = !table.foreign_keys.is_empty() || table.query.is_some();
        if refers && !self.0.contains(&table.name.name) {
            self.0.insert(table.name.name.clone());
        }
    }

    fn tables<'s>(&'s self, schema: &'s Schema) -> impl Iterator<Item = &'s Table> {
        self.0.iter().flat_map(|name| {
            let bare = TableName::new(None, name.clone());
            of_name(&schema.tables, &bare).map(|(_, table)| table)
        })
    }
}

impl Schema {
    /// Whether a name written in DDL means this table.
    fn means(&self, name: &TableName, table: &TableName) -> bool {
        self.resolve(name).is_some_and(|found| found.name == *table)
    }

    /// The foreign keys that refer to a table: whose, and which of its keys.
    fn references(&self, to: &TableName, followers: &Followers) -> Vec<(TableName, usize)> {
        let mut found = Vec::new();
        for table in followers.tables(self) {
            for (at, key) in table.foreign_keys.iter().enumerate() {
                if key.table.name == to.name && self.means(&key.table, to) {
                    found.push((table.name.clone(), at));
                }
            }
        }
        found
    }

    /// The views whose query names a table.
    pub fn reading(&self, table: &TableName) -> Vec<&Table> {
        let reads = |view: &&Table| {
            let query = view.query.as_deref().unwrap_or_default();
            let found = std::cell::Cell::new(false);
            let is_it = |name: &TableName| {
                let is_it = self.means(name, table);
                found.set(found.get() || is_it);
                is_it
            };
            table.name.may_stand_in(query)
                && rename_table(query, &is_it, &table.name).is_some()
                && found.get()
        };
        self.tables.values().filter(reads).collect()
    }

    /// Gives a table another name, also where others refer to it; the key that it has then.
    pub(super) fn rename_table(
        &mut self,
        from: &TableName,
        name: &Ident,
        followers: &mut Followers,
    ) -> TableName {
        let references = self.references(from, followers);
        let views: Vec<(TableName, String)> = followers
            .tables(self)
            .filter(|view| !view.late_binding)
            .filter_map(|view| {
                let is_it = |name: &TableName| self.means(name, from);
                let query = view.query.as_deref()?;
                let mentions = from.name.may_stand_in(query);
                let query = mentions.then(|| rename_table(query, &is_it, name))??;
                Some((view.name.clone(), query))
            })
            .collect();
        let Some(mut table) = self.tables.remove(from) else {
            return from.clone();
        };
        table.name.name.clone_from(name);
        let to = table.name.clone();
        followers.add(&table);
        self.tables.insert(to.clone(), table);
        for (view, query) in views {
            let view = if view == *from { &to } else { &view };
            if let Some(view) = self.tables.get_mut(view) {
                view.query = Some(query);
            }
        }
        for (table, at) in references {
            let table = if table == *from { &to } else { &table };
            let Some(table) = self.tables.get_mut(table) else {
                continue;
            };
            if let Some(key) = table.foreign_keys.get_mut(at) {
                key.table.clone_from(&to);
            }
        }
        to
    }

    /// Whether a table has a column; `None` where that is not known.
    pub(super) fn has_column(&self, table: &TableName, column: &Ident) -> Option<bool> {
        let table = self.resolve(table)?;
        let has = table.column(column).is_some();
        (has || table.columns_known).then_some(has)
    }

    /// Writes a column's new name into the queries of views: they keep the column, not its name.
    fn rename_in_views(
        &mut self,
        table: &TableName,
        from: &Ident,
        to: &Ident,
        followers: &Followers,
    ) {
        let views: Vec<(TableName, String)> = followers
            .tables(self)
            .filter(|view| !view.late_binding)
            .filter_map(|view| {
                let query = view.query.as_deref()?;
                if !table.name.may_stand_in(query) || !from.may_stand_in(query) {
                    return None;
                }
                let rename = ColumnRename {
                    is_it: &|name| self.means(name, table),
                    has: &|name| self.has_column(name, from),
                    from,
                    to,
                };
                Some((view.name.clone(), rename.apply(query)?))
            })
            .collect();
        for (view, query) in views {
            if let Some(view) = self.tables.get_mut(&view) {
                view.query = Some(query);
            }
        }
    }

    /// Lets views and the foreign keys of other tables follow what becomes of a column.
    pub(super) fn follow(
        &mut self,
        table: &TableName,
        action: &AlterAction,
        followers: &Followers,
    ) {
        let (column, renamed) = match action {
            AlterAction::RenameColumn((from, _), (to, _)) => (from, Some(to)),
            AlterAction::DropColumn((name, _)) => (name, None),
            _ => return,
        };
        if let Some(to) = renamed {
            self.rename_in_views(table, column, to, followers);
        }
        let key = self
            .tables
            .get(table)
            .map(|table| table.primary_key.clone());
        let in_key = key.is_some_and(|key| key.contains(column));
        // From the last on, so that the places of the others stay.
        for (name, at) in self.references(table, followers).into_iter().rev() {
            let Some(referring) = self.tables.get_mut(&name) else {
                continue;
            };
            let Some(key) = referring.foreign_keys.get_mut(at) else {
                continue;
            };
            match renamed {
                Some(to) => {
                    for referred in &mut key.referred_columns {
                        if referred == column {
                            referred.clone_from(to);
                        }
                    }
                }
                None => {
                    let whole_key = key.referred_columns.is_empty();
                    if key.referred_columns.contains(column) || (whole_key && in_key) {
                        constraints::drop_foreign_key(referring, at);
                    }
                }
            }
        }
    }
}
