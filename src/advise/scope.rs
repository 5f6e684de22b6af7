//! What an entry of the workload can tell apart of the tables' distributions, and what it
//! moves under each combination of that.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::candidates::Candidates;
use super::choices::Factor;
use super::design::Design;
use super::evaluate::{Evaluated, Planned};
use super::present::Present;
use crate::name::{Ident, TableName};
use crate::schema::DistStyle;

/// The tables of an entry that may be distributed otherwise, by their place among the
/// candidates.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub entry: usize,
    pub variables: Vec<usize>,
    /// By variable and choice, the class of the choice: an entry that reads no column of a
    /// DISTKEY can't tell it from another that it doesn't read.
    classes: Vec<Vec<usize>>,
}

impl Scope {
    /// How many combinations the entry tells apart.
    pub fn combinations(&self) -> usize {
        let classes = self.classes.iter().map(|of| distinct(of));
        classes.fold(1, |product: usize, count| product.saturating_mul(count))
    }

    /// How many there are of its choices.
    pub fn entries(&self) -> usize {
        let choices = self.classes.iter().map(Vec::len);
        choices.fold(1, |product: usize, count| product.saturating_mul(count))
    }
}

fn distinct(classes: &[usize]) -> usize {
    classes.iter().max().map_or(1, |most| most + 1)
}

/// The scope of every entry.
pub(super) fn scopes(from: &Planned, candidates: &[Candidates]) -> Vec<Scope> {
    let at: BTreeMap<&TableName, usize> = candidates
        .iter()
        .enumerate()
        .map(|(place, candidate)| (&candidate.table, place))
        .collect();
    let scope = |one: &Evaluated| {
        let tables = from.tables_of(one.entry);
        let mut variables: Vec<usize> = tables
            .iter()
            .filter_map(|name| at.get(name).copied())
            .collect();
        variables.sort_unstable();
        let classes = variables.iter().map(|&variable| {
            let candidate = &candidates[variable];
            classes(&candidate.styles, &read(from, one, &candidate.table))
        });
        Scope {
            entry: one.entry,
            classes: classes.collect(),
            variables,
        }
    };
    from.all.par_iter().map(scope).collect()
}

/// The columns of a table that an entry works with; `None` where it is not known, or where
/// the entry writes the table and every column places rows.
fn read(from: &Planned, one: &Evaluated, table: &TableName) -> Option<BTreeSet<Ident>> {
    if one.written(&from.design) == Some(table) {
        return None;
    }
    let mut found = BTreeSet::new();
    for node in one.plan.nodes.iter().filter(|node| node.operator.is_scan()) {
        let of = node
            .table_name()
            .and_then(|name| from.design.schema.resolve(&name));
        if of.is_some_and(|of| of.name == *table) {
            found.extend(node.scanned_columns()?.read.iter().cloned());
        }
    }
    Some(found)
}

fn classes(styles: &[DistStyle], read: &Option<BTreeSet<Ident>>) -> Vec<usize> {
    let (mut next, mut unread) = (0, None);
    let mut fresh = || {
        next += 1;
        next - 1
    };
    let class = |style: &DistStyle| match (style, read) {
        (DistStyle::Key(column), Some(read)) if !read.contains(column) => {
            *unread.get_or_insert_with(&mut fresh)
        }
        _ => fresh(),
    };
    styles.iter().map(class).collect()
}

/// What these entries move under every combination, weighed by how often they run; those of
/// one scope are summed. `None` where one can't be planned under some combination.
pub(super) fn tabulated(
    present: &Present<'_>,
    from: &Design,
    candidates: &[Candidates],
    scopes: &[&Scope],
) -> Option<Vec<Factor>> {
    let tables: Vec<Option<Vec<f64>>> = scopes
        .par_iter()
        .map_init(
            || from.clone(),
            |design, scope| table(present, from, design, candidates, scope),
        )
        .collect();
    let mut factors: BTreeMap<&[usize], Vec<f64>> = BTreeMap::new();
    for (scope, costs) in scopes.iter().zip(tables) {
        let costs = costs?;
        let weight = present.frequency(scope.entry);
        let sums = factors
            .entry(&scope.variables)
            .or_insert_with(|| vec![0.0; costs.len()]);
        for (sum, cost) in sums.iter_mut().zip(&costs) {
            *sum += weight * cost;
        }
    }
    let factors = factors.into_iter().map(|(scope, costs)| Factor {
        scope: scope.to_vec(),
        costs,
    });
    Some(factors.collect())
}

/// Bytes that one run moves, by combination of choices: the last variable runs fastest.
fn table(
    present: &Present<'_>,
    from: &Design,
    design: &mut Design,
    candidates: &[Candidates],
    scope: &Scope,
) -> Option<Vec<f64>> {
    let one = present.one(scope.entry);
    let mut by_class: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
    let mut costs = Vec::with_capacity(scope.entries());
    let mut choices = vec![0; scope.variables.len()];
    for entry in 0..scope.entries() {
        let mut rest = entry;
        for (place, classes) in scope.classes.iter().enumerate().rev() {
            choices[place] = rest % classes.len();
            rest /= classes.len();
        }
        let class: Vec<usize> = choices
            .iter()
            .zip(&scope.classes)
            .map(|(&choice, classes)| classes[choice])
            .collect();
        let cost = match by_class.get(&class) {
            Some(known) => *known,
            None => {
                for (&variable, &choice) in scope.variables.iter().zip(&choices) {
                    let candidate = &candidates[variable];
                    design.take_keys(from, &candidate.table, true, false);
                    design.distribute(&candidate.table, candidate.styles[choice].clone());
                }
                let moved = one.moved(design);
                by_class.insert(class, moved?);
                moved?
            }
        };
        costs.push(cost);
    }
    for &variable in &scope.variables {
        design.take_keys(from, &candidates[variable].table, true, false);
    }
    Some(costs)
}
