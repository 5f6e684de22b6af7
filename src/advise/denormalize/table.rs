//! The wide table: its columns, its name and the statement that makes it.

use std::collections::{BTreeMap, BTreeSet};

use crate::advise::design::{Design, effective};
use crate::name::{Ident, TableName};
use crate::schema::{Column, DistStyle, Table};
use crate::sql::write::{self, Distributed, Sql, Style};
use crate::sql::{Role, WideQuery};
use crate::stats::{ColumnStats, TableStats};

/// Bytes of an identifier [Names and identifiers].
const LONGEST_NAME: usize = 127;

/// One table that holds the columns of a fact's lookups.
#[derive(Debug)]
pub(super) struct WideTable {
    pub name: TableName,
    /// What each column of a lookup is called in it.
    columns: BTreeMap<(Role, Ident), Ident>,
}

impl WideTable {
    /// The table that these queries read.
    pub fn new(design: &Design, fact: &Table, queries: &[&WideQuery]) -> Self {
        let used: BTreeSet<(Role, Ident)> =
            queries.iter().flat_map(|query| query.columns()).collect();
        let roles: BTreeSet<&Role> = used.iter().map(|(role, _)| role).collect();
        let mut taken: BTreeSet<Ident> = fact.columns.iter().map(|c| c.name.clone()).collect();
        let mut columns = BTreeMap::new();
        for (role, column) in &used {
            let Some(step) = role.step() else { continue };
            let same = |other: &&&Role| other.step().is_some_and(|s| s.table == step.table);
            let lookup = step.table.name.as_str();
            let plain = match roles.iter().filter(same).count() {
                0 | 1 => format!("{lookup}_{}", column.as_str()),
                _ => {
                    let path = role.steps().iter().map(|step| step.from.as_str());
                    format!(
                        "{}_{lookup}_{}",
                        path.collect::<Vec<_>>().join("_"),
                        column.as_str()
                    )
                }
            };
            let name = free(&plain, |name| taken.contains(name));
            taken.insert(name.clone());
            columns.insert((role.clone(), column.clone()), name);
        }
        let schema = fact.name.schema.clone();
        let called = |name: &Ident| TableName::new(schema.clone(), name.clone());
        let plain = format!("{}_wide", fact.name.name.as_str());
        let name = free(&plain, |name| {
            design.schema.tables.contains_key(&called(name))
        });
        Self {
            name: called(&name),
            columns,
        }
    }

    /// The columns of lookups with their roles.
    pub fn columns(&self) -> impl Iterator<Item = &(Role, Ident)> {
        self.columns.keys()
    }

    /// The lookups.
    pub fn lookups(&self) -> BTreeSet<TableName> {
        let steps = self.columns().flat_map(|(role, _)| role.steps());
        steps.map(|step| step.table.clone()).collect()
    }

    /// What a column of a lookup is called.
    pub fn column(&self, role: &Role, column: &Ident) -> Ident {
        let key = (role.clone(), column.clone());
        self.columns.get(&key).cloned().unwrap_or_default()
    }

    /// The design with the wide table, its columns as long and as many as in the lookups.
    pub fn added_to(&self, star: &Design, fact: &Table) -> Design {
        let nothing = TableStats::default();
        let known = |table: &Table| star.stats.table(&table.name);
        let mut wide = fact.clone();
        let mut stats = known(fact).unwrap_or(&nothing).clone();
        wide.name = self.name.clone();
        wide.dist_style = effective(&fact.dist_style);
        // CREATE TABLE AS takes over no constraint.
        wide.primary_key.clear();
        wide.unique.clear();
        wide.foreign_keys.clear();
        for ((role, column), name) in &self.columns {
            let lookup = role
                .step()
                .and_then(|step| star.schema.resolve(&step.table));
            let Some((lookup, there)) = lookup.and_then(|l| Some((l, l.column(column)?))) else {
                continue;
            };
            wide.columns.push(Column {
                name: name.clone(),
                not_null: false,
                identity: false,
                default: None,
                ..there.clone()
            });
            let of_lookup = known(lookup).unwrap_or(&nothing);
            let there = of_lookup.columns.get(column);
            stats.columns.insert(
                name.clone(),
                ColumnStats {
                    distinct: there.and_then(|c| c.distinct).or(of_lookup.rows),
                    ..there.cloned().unwrap_or_default()
                },
            );
        }
        star.clone().with_table(wide, stats)
    }

    /// The statements that make it with these keys.
    pub fn create(&self, fact: &Table, keys: &Table) -> Vec<Sql> {
        let distributed = match &keys.dist_style {
            DistStyle::Key(column) => Distributed::Key(column),
            DistStyle::All => Distributed::Style(Style::All),
            DistStyle::Even | DistStyle::Auto(_) => Distributed::Style(Style::Even),
        };
        let mut roles: BTreeSet<Role> = BTreeSet::new();
        for (role, _) in self.columns() {
            let mut at = Some(role.clone());
            while let Some(role) = at {
                at = role.parent();
                roles.insert(role);
            }
        }
        let roles: Vec<Role> = roles.into_iter().collect();
        let place = |role: &Role| roles.iter().position(|other| other == role);
        let joins: Vec<write::LookedUp<'_>> = roles
            .iter()
            .filter_map(|role| {
                let step = role.step()?;
                Some(write::LookedUp {
                    after: role.parent().and_then(|parent| place(&parent)),
                    from: &step.from,
                    table: &step.table,
                    key: &step.key,
                })
            })
            .collect();
        let columns: Vec<(usize, &Ident, &Ident)> = self
            .columns
            .iter()
            .filter_map(|((role, column), name)| Some((place(role)?, column, name)))
            .collect();
        vec![
            write::create_wide(
                &self.name,
                distributed,
                keys.sort_columns(),
                &fact.name,
                &joins,
                &columns,
            ),
            write::analyze(&self.name),
        ]
    }

    /// Queries that return no row where every lookup has one row for a key: Redshift enforces no
    /// key, and the wide table would have a row for each otherwise.
    pub fn checks(&self) -> Vec<Sql> {
        let steps = self.columns().flat_map(|(role, _)| role.steps());
        let keys: BTreeSet<(&TableName, &Ident)> =
            steps.map(|step| (&step.table, &step.key)).collect();
        keys.into_iter()
            .map(|(table, key)| write::not_unique(table, key))
            .collect()
    }
}

/// A name that is not taken: numbered, and cut to what Redshift takes.
fn free(plain: &str, taken: impl Fn(&Ident) -> bool) -> Ident {
    let cut = |text: &str, most: usize| {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        let end = ends.take_while(|end| *end <= most).last().unwrap_or(0);
        text[..end].to_owned()
    };
    let first = Ident::exact(cut(plain, LONGEST_NAME));
    if !taken(&first) {
        return first;
    }
    let mut number = 2usize;
    loop {
        let ending = format!("_{number}");
        let name = cut(plain, LONGEST_NAME - ending.len()) + &ending;
        let name = Ident::exact(name);
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}
