//! What the planner shows of a column's worth as DISTKEY where no join compares it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::design::Design;
use super::evaluate::{Evaluated, LARGE_WORKLOAD, Planned};
use super::joins::Join;
use super::present::Present;
use crate::name::{Ident, TableName};
use crate::plan::Operator;
use crate::schema::DistStyle;

/// The share of what an entry moves below which what its steps beside the joins move is not looked
/// into, in a workload of more than [`LARGE_WORKLOAD`] entries. Chosen. Where the best keys spare the joins it may
/// be all that is left: so of few entries everything is.
const SLIGHT: f64 = 0.01;

/// One table's columns as DISTKEY, each tried under one entry against EVEN. Where the entry
/// writes the table, each goes with a column of a table that it reads: rows that are placed
/// alike stay where they are.
struct Trial {
    entry: usize,
    table: TableName,
    columns: Vec<Ident>,
    source: Option<(TableName, Vec<Ident>)>,
}

/// A column with the bytes that it saves over one run of the workload.
pub(super) type Evidence = (TableName, Ident, f64);

/// The columns that save bytes by themselves as the DISTKEY of their table, against EVEN: those
/// that later steps of a plan read and no join compares, and those of tables that are written.
/// Grouping, DISTINCT and windows show so.
pub(super) fn alone(
    present: &Present<'_>,
    from: &Planned,
    joins: &[Join],
    plans: usize,
) -> Vec<Evidence> {
    let mut left = plans;
    let mut trials = trials(from, joins);
    trials.retain(|trial| {
        let fits = trial.plans() <= left;
        left -= if fits { trial.plans() } else { 0 };
        fits
    });
    let tried: Vec<Vec<Evidence>> = trials
        .par_iter()
        .map_init(
            || from.design.clone(),
            |design, trial| {
                let tried = trial.run(present, design);
                let source = trial.source.iter().map(|(table, _)| table);
                for table in source.chain([&trial.table]) {
                    design.take_keys(&from.design, table, true, false);
                }
                tried.unwrap_or_default()
            },
        )
        .collect();
    tried.into_iter().flatten().collect()
}

fn trials(from: &Planned, joins: &[Join]) -> Vec<Trial> {
    let mut compared: BTreeSet<(usize, &TableName, &Ident)> = BTreeSet::new();
    for join in joins {
        for (x, y, _) in &join.pairs {
            compared.insert((join.entry, &join.sides[0].table, x));
            compared.insert((join.entry, &join.sides[1].table, y));
        }
    }
    let mut trials = Vec::new();
    for one in &from.all {
        let passed = passed(from, one);
        if let Some(target) = one
            .written(&from.design)
            .and_then(|name| from.design.table(name))
        {
            let columns: Vec<Ident> = target.columns.iter().map(|c| c.name.clone()).collect();
            let sources = passed.iter().filter(|(name, _)| **name != &target.name);
            let sources = sources.map(|(name, columns)| {
                let columns = columns.iter().map(|column| (*column).clone());
                Some(((*name).clone(), columns.collect()))
            });
            trials.extend(sources.chain([None]).map(|source| Trial {
                entry: one.entry,
                table: target.name.clone(),
                columns: columns.clone(),
                source,
            }));
        }
        let slight = from.all.len() > LARGE_WORKLOAD
            && beside_joins(one).is_some_and(|bytes| bytes < SLIGHT * one.work.network_bytes());
        for (table, columns) in passed {
            let here = from.design.style(table);
            let placed = match &here {
                DistStyle::Even => true,
                DistStyle::Key(column) => !columns.contains(column),
                _ => false,
            };
            if slight && placed {
                continue;
            }
            let columns = columns
                .into_iter()
                .filter(|column| !compared.contains(&(one.entry, table, *column)));
            trials.push(Trial {
                entry: one.entry,
                table: table.clone(),
                columns: columns.cloned().collect(),
                source: None,
            });
        }
    }
    trials
}

/// Bytes that steps other than joins move: the most that a column which no join compares can save
/// of them as the DISTKEY of a table whose rows now lie by none of the columns that are read. `None`
/// where a join may compare a column by another name, that of a subquery or of a UNION.
fn beside_joins(one: &Evaluated) -> Option<f64> {
    let mut bytes = 0.0;
    for node in &one.plan.nodes {
        match node.operator {
            Operator::Join(..) => {}
            Operator::SubqueryScan | Operator::Append | Operator::SetOp(_) => return None,
            _ => {
                bytes += one
                    .work
                    .step(node.id)
                    .map_or(0.0, |step| step.network_bytes)
            }
        }
    }
    Some(bytes)
}

/// The columns that later steps read, by table.
fn passed<'a>(
    from: &'a Planned,
    one: &'a Evaluated,
) -> BTreeMap<&'a TableName, BTreeSet<&'a Ident>> {
    let mut columns: BTreeMap<&TableName, BTreeSet<&Ident>> = BTreeMap::new();
    for node in &one.plan.nodes {
        let name = node.table_name();
        let table = name.and_then(|name| from.design.schema.resolve(&name));
        if let (Some(table), Some(read)) = (table, node.scanned_columns()) {
            let of_table = columns.entry(&table.name).or_default();
            of_table.extend(&read.passed);
        }
    }
    columns
}

impl Trial {
    /// Plans that it takes at most.
    fn plans(&self) -> usize {
        match self.columns.len() {
            0 => 0,
            columns => 1 + columns,
        }
    }

    fn run(&self, present: &Present<'_>, design: &mut Design) -> Option<Vec<Evidence>> {
        if self.columns.is_empty() {
            return None;
        }
        let frequency = present.frequency(self.entry);
        let one = present.one(self.entry);
        let mut moved = |style: DistStyle, source: Option<(&TableName, DistStyle)>| {
            design.distribute(&self.table, style);
            if let Some((table, style)) = source {
                design.distribute(table, style);
            }
            one.moved(design)
        };
        let source = self.source.as_ref();
        let even = moved(
            DistStyle::Even,
            source.map(|(table, _)| (table, DistStyle::Even)),
        )?;
        let mut found = Vec::new();
        for column in &self.columns {
            // A written column goes with the one of its name.
            let other = source.filter(|(_, columns)| columns.contains(column));
            if source.is_some() && other.is_none() {
                continue;
            }
            let key = || DistStyle::Key(column.clone());
            let saved = even - moved(key(), other.map(|(table, _)| (table, key())))?;
            if saved > 0.0 {
                let tables = other.map(|(table, _)| table).into_iter();
                let tables = tables.chain([&self.table]);
                found
                    .extend(tables.map(|table| (table.clone(), column.clone(), frequency * saved)));
            }
        }
        Some(found)
    }
}
