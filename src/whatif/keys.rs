//! Changes of keys that are proposed: made, put together, told from what the tables have already,
//! and written as statements.

use std::fmt;

use super::change::Changes;
use crate::name::{self, Ident, TableName};
use crate::schema::{DistStyle, Schema, SortKey};
use crate::sql::write::{self, Action, Sql, Style};

impl fmt::Display for Changes {
    /// The changes of keys in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One style of several tables is said once.
        let mut by_style: Vec<(String, Vec<String>)> = Vec::new();
        for (table, style) in &self.distributions {
            let style = match style {
                DistStyle::Key(column) => format!("DISTKEY({column})"),
                style => format!("DISTSTYLE {style}"),
            };
            let table = format!("`{table}`");
            match by_style.iter_mut().find(|(known, _)| *known == style) {
                Some((_, tables)) => tables.push(table),
                None => by_style.push((style, vec![table])),
            }
        }
        let styles = by_style
            .iter()
            .map(|(style, tables)| format!("{style} for {}", listed(tables)));
        let sorted = self.sort_keys.iter();
        let sorted = sorted
            .map(|(table, columns)| format!("SORTKEY({}) for `{table}`", name::list(columns)));
        let all: Vec<String> = styles.chain(sorted).collect();
        f.write_str(&match all.is_empty() {
            true => "nothing".to_owned(),
            false => listed(&all),
        })
    }
}

/// `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

impl Changes {
    /// A copy of a table on every node.
    pub fn copied(table: &TableName) -> Self {
        Self {
            distributions: vec![(table.clone(), DistStyle::All)],
            ..Self::default()
        }
    }

    /// A table distributed by a column.
    pub fn distributed(table: &TableName, column: &Ident) -> Self {
        Self {
            distributions: vec![(table.clone(), DistStyle::Key(column.clone()))],
            ..Self::default()
        }
    }

    /// A table sorted by columns.
    pub fn sorted(table: &TableName, columns: &[Ident]) -> Self {
        Self {
            sort_keys: vec![(table.clone(), columns.to_vec())],
            ..Self::default()
        }
    }

    /// These changes and others; `None` where both change one thing of a table in two ways.
    pub fn and(&self, others: &Self) -> Option<Self> {
        let mut all = self.clone();
        for (table, style) in &others.distributions {
            match self.distributions.iter().find(|(name, _)| name == table) {
                Some((_, own)) if own != style => return None,
                Some(_) => {}
                None => all.distributions.push((table.clone(), style.clone())),
            }
        }
        for (table, columns) in &others.sort_keys {
            match self.sort_keys.iter().find(|(name, _)| name == table) {
                Some((_, own)) if own != columns => return None,
                Some(_) => {}
                None => all.sort_keys.push((table.clone(), columns.clone())),
            }
        }
        all.scales.extend(others.scales.iter().cloned());
        Some(all)
    }

    /// These changes of keys without those that others make.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let mut rest = self.clone();
        rest.distributions
            .retain(|change| !others.distributions.contains(change));
        rest.sort_keys
            .retain(|change| !others.sort_keys.contains(change));
        rest
    }

    /// These changes of keys without what the tables have already.
    #[must_use]
    pub fn new_to(&self, schema: &Schema) -> Self {
        let mut rest = self.clone();
        rest.distributions.retain(|(name, style)| {
            let table = schema.resolve(name);
            table.is_none_or(|table| table.dist_style != *style)
        });
        rest.sort_keys.retain(|(name, columns)| {
            let wanted = SortKey::Compound(columns.clone());
            let table = schema.resolve(name);
            table.is_none_or(|table| table.sort_key != wanted)
        });
        rest
    }

    /// The statements that make the changes of keys, those of one table together where Redshift
    /// takes them so [ALTER TABLE: SORTKEY with DISTKEY or DISTSTYLE ALL].
    pub fn statements(&self) -> Vec<Sql> {
        let mut out = Vec::new();
        for table in self.tables() {
            let style = self.distributions.iter().find(|(name, _)| name == table);
            let columns = self.sort_keys.iter().find(|(name, _)| name == table);
            let sort = columns.map(|(_, columns)| Action::SortKey(columns));
            let style = style.map(|(_, style)| match style {
                DistStyle::Key(column) => Action::DistKey(column),
                DistStyle::All => Action::DistStyle(Style::All),
                DistStyle::Even => Action::DistStyle(Style::Even),
                DistStyle::Auto(_) => Action::DistStyle(Style::Auto),
            });
            let together = !matches!(style, Some(Action::DistStyle(Style::Even | Style::Auto)));
            let actions: Vec<Action<'_>> = sort.into_iter().chain(style).collect();
            match together {
                true => out.push(write::alter(table, &actions)),
                false => out.extend(
                    actions
                        .iter()
                        .map(|one| write::alter(table, std::slice::from_ref(one))),
                ),
            }
        }
        out
    }
}
