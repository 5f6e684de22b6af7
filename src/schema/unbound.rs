//! Late-binding views lose what they read when it is renamed or dropped: Redshift looks it up by its name
//! each time [CREATE VIEW].

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Ident, Place, Schema, Table, TableName};
use crate::sql::{AlterAction, ColumnRename, rename_table};

/// A late-binding view that no longer finds what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbound {
    /// The view.
    pub view: TableName,
    /// The table, as it was called.
    pub table: TableName,
    /// The column, where it is one, as it was called.
    pub column: Option<Ident>,
    /// What it is called now; `None` where it is gone.
    pub now: Option<Ident>,
}

/// What late-binding views may have lost so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// The views by the words of their queries, so that each change asks few of them.
    by_word: HashMap<String, Vec<TableName>>,
    /// Each with the place of the view's definition.
    lost: BTreeMap<Place, Vec<(Place, Unbound)>>,
}

impl Losses {
    /// Takes in a view.
    pub fn add(&mut self, view: &Table) {
        let Some(query) = view.query.as_ref().filter(|_| view.late_binding) else {
            return;
        };
        let folded = query.to_lowercase();
        let words = folded.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
        let words: HashSet<&str> = words.filter(|word| !word.is_empty()).collect();
        for word in words {
            let views = self.by_word.entry(word.to_owned()).or_default();
            if !views.contains(&view.name) {
                views.push(view.name.clone());
            }
        }
    }

    /// Keeps what views may lose by an action on a table, which is as it was before.
    pub fn by_action(
        &mut self,
        schema: &Schema,
        table: &TableName,
        action: &AlterAction,
        at: Place,
    ) {
        let (column, now) = match action {
            AlterAction::RenameTo((name, _)) => (None, Some(name.clone())),
            AlterAction::RenameColumn((from, _), (to, _)) => (Some(from), Some(to.clone())),
            AlterAction::DropColumn((name, _)) => (Some(name), None),
            _ => return,
        };
        self.keep(schema, table, column, now, at);
    }

    /// Keeps what views may lose by the end of a table, which is there still.
    pub fn by_drop(&mut self, schema: &Schema, table: &TableName, at: Place) {
        self.keep(schema, table, None, None, at);
    }

    fn keep(
        &mut self,
        schema: &Schema,
        table: &TableName,
        column: Option<&Ident>,
        now: Option<Ident>,
        at: Place,
    ) {
        let Some(views) = self.by_word.get(&table.name.to_lowercase()) else {
            return;
        };
        let views = views.iter().filter_map(|name| schema.tables.get(name));
        let views = views.filter(|view| view.late_binding && reads(schema, view, table, column));
        let lost = views.map(|view| {
            let unbound = Unbound {
                view: view.name.clone(),
                table: table.clone(),
                column: column.cloned(),
                now: now.clone(),
            };
            (view.defined_at, unbound)
        });
        let lost: Vec<(Place, Unbound)> = lost.collect();
        if !lost.is_empty() {
            self.lost.entry(at).or_default().extend(lost);
        }
    }

    /// What is still lost in the end: the view is as it was, and nothing has the name again.
    pub fn left(self, schema: &Schema) -> BTreeMap<Place, Vec<Unbound>> {
        let is_lost = |(defined_at, unbound): &(Place, Unbound)| {
            let view = schema.tables.get(&unbound.view);
            let stands = view.is_some_and(|view| view.defined_at == *defined_at);
            let there = schema.tables.get(&unbound.table);
            let found = match &unbound.column {
                None => there.is_some(),
                Some(column) => there.is_none_or(|table| table.column(column).is_some()),
            };
            stands && !found
        };
        let left = self.lost.into_iter().filter_map(|(at, views)| {
            let views: Vec<Unbound> = views
                .into_iter()
                .filter(is_lost)
                .map(|(_, unbound)| unbound)
                .collect();
            (!views.is_empty()).then_some((at, views))
        });
        left.collect()
    }
}

/// Whether a view's query names a table, or a column of it.
fn reads(schema: &Schema, view: &Table, table: &TableName, column: Option<&Ident>) -> bool {
    let Some(query) = view.query.as_deref() else {
        return false;
    };
    let is_it = |name: &TableName| {
        schema
            .resolve(name)
            .is_some_and(|found| found.name == *table)
    };
    let Some(column) = column else {
        // A name that nothing has, so that it stands only where the table was read.
        let mark = Ident::exact("unbound$$");
        let renamed = rename_table(query, &is_it, &mark);
        return renamed.is_some_and(|query| query.contains(mark.as_str()));
    };
    let rename = ColumnRename {
        is_it: &is_it,
        has: &|name| schema.has_column(name, column),
        from: column,
        to: column,
    };
    rename.apply(query).is_some()
}
