//! Constraints by name, so that DROP CONSTRAINT finds them, and what goes with a column.

use super::{Ident, Table};

/// A constraint of a table: its kind and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constraint {
    PrimaryKey(Vec<Ident>),
    Unique(Vec<Ident>),
    ForeignKey(Vec<Ident>),
}

impl Constraint {
    fn columns(&self) -> &[Ident] {
        match self {
            Constraint::PrimaryKey(columns)
            | Constraint::Unique(columns)
            | Constraint::ForeignKey(columns) => columns,
        }
    }

    fn columns_mut(&mut self) -> &mut Vec<Ident> {
        match self {
            Constraint::PrimaryKey(columns)
            | Constraint::Unique(columns)
            | Constraint::ForeignKey(columns) => columns,
        }
    }

    /// The name that Redshift gives where the statement gives none: `t_pkey`, `t_c_key`,
    /// `t_c_fkey`, with the first column.
    fn default_name(&self, table: &str) -> Ident {
        let first = self.columns().first().map_or("", Ident::as_str);
        Ident::exact(match self {
            Constraint::PrimaryKey(_) => format!("{table}_pkey"),
            Constraint::Unique(_) => format!("{table}_{first}_key"),
            Constraint::ForeignKey(_) => format!("{table}_{first}_fkey"),
        })
    }
}

/// The constraints of a table by name, in the order of their names. Most tables have one or two: a
/// tree would take ten times their memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Constraints(Vec<(Ident, Constraint)>);

impl Constraints {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(one, _)| one.as_str().cmp(name))
    }

    pub fn contains(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    fn insert(&mut self, name: Ident, constraint: Constraint) {
        match self.place(&name) {
            Ok(at) => self.0[at].1 = constraint,
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (name, constraint));
            }
        }
    }

    fn remove(&mut self, name: &str) -> Option<Constraint> {
        let at = self.place(name).ok()?;
        Some(self.0.remove(at).1)
    }
}

/// Keeps a constraint under its name, or under the one that Redshift gives it.
pub(super) fn keep(table: &mut Table, name: Option<&Ident>, constraint: Constraint) {
    let default = || constraint.default_name(&table.name.name);
    let name = name.cloned().unwrap_or_else(default);
    let taken = |name: &Ident| table.constraints.contains(name);
    let mut free = name.clone();
    let mut number = 0;
    while taken(&free) {
        number += 1;
        free = Ident::exact(format!("{}{number}", name.as_str()));
    }
    table.constraints.insert(free, constraint);
}

/// Takes a constraint out.
pub(super) fn drop(table: &mut Table, name: &str) {
    if let Some(constraint) = table.constraints.remove(name) {
        take_out(table, &constraint);
    }
}

fn take_out(table: &mut Table, constraint: &Constraint) {
    match constraint {
        Constraint::PrimaryKey(_) => table.primary_key.clear(),
        Constraint::Unique(columns) => {
            let at = table.unique.iter().position(|unique| unique == columns);
            at.map(|at| table.unique.remove(at));
        }
        Constraint::ForeignKey(columns) => {
            let at = table
                .foreign_keys
                .iter()
                .position(|key| key.columns == *columns);
            at.map(|at| table.foreign_keys.remove(at));
        }
    }
}

/// Takes a foreign key out, with its name.
pub(super) fn drop_foreign_key(table: &mut Table, at: usize) {
    let key = Constraint::ForeignKey(table.foreign_keys.remove(at).columns);
    let mut names = table.constraints.0.iter();
    let name = names.find_map(|(name, constraint)| (*constraint == key).then(|| name.clone()));
    if let Some(name) = name {
        table.constraints.remove(&name);
    }
}

/// Takes a column out, with the constraints that it is part of.
pub(super) fn drop_column(table: &mut Table, name: &str) {
    table.columns.retain(|column| column.name != *name);
    let of_it: Vec<Ident> = table
        .constraints
        .0
        .iter()
        .filter(|(_, constraint)| constraint.columns().iter().any(|column| *column == *name))
        .map(|(constraint, _)| constraint.clone())
        .collect();
    for constraint in of_it {
        drop(table, &constraint);
    }
}

/// Gives a column of the constraints another name.
pub(super) fn rename_column(table: &mut Table, from: &Ident, to: &Ident) {
    for (_, constraint) in &mut table.constraints.0 {
        for column in constraint.columns_mut() {
            if *column == *from {
                column.clone_from(to);
            }
        }
    }
}
