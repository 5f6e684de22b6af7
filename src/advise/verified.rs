//! Nothing is recommended that its own planner refutes.
//!
//! The workload is planned under the answer and under each single change taken back; a change
//! stays only if without it more bytes of the objective are left, or more time, and if it takes
//! no query its budget.

use std::collections::BTreeMap;

use super::candidates::Refused;
use super::design::{Design, effective};
use super::evaluate::{Planned, WITHIN_NOISE};
use super::found::Found;
use super::objective::copies;
use super::present::Present;
use super::sort_keys::RefusedKeys;
use super::sum::{Sum, is_over, sum};
use crate::name::{self, TableName};
use crate::schema::DistStyle;
use crate::text::units::{duration, size};
use crate::thresholds::LARGE_ROWS;
use crate::work::BLOCK_BYTES;

/// The share of the time that a change saves at least, where it saves no block. Chosen: what is
/// less is no reason to rewrite a table.
const WORTH: f64 = 0.01;

/// What was taken back and is not to be tried again.
#[derive(Debug, Default)]
pub(super) struct TakenBack {
    pub styles: Refused,
    pub sort_keys: RefusedKeys,
    /// In sentences, each once.
    pub reasons: Vec<String>,
    /// What would save too little, by table: said of those that are left as they are.
    pub little: BTreeMap<TableName, Vec<String>>,
}

impl TakenBack {
    /// How many keys are not to be tried again.
    pub fn barred(&self) -> usize {
        self.styles.len() + self.sort_keys.len()
    }
}

/// Why a change is taken back.
#[derive(Debug, Clone)]
enum Refutation {
    /// It is worse without it.
    Worse(String),
    /// It saves next to nothing.
    Little(String),
}

/// One thing that was changed about a table.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Distribution,
    SortKey,
}

/// The design without the changes that the planner refutes.
pub(super) fn verified(present: &Present<'_>, mut found: Found, back: &mut TakenBack) -> Found {
    let mut design = found.planned.design.clone();
    loop {
        let mut changed = false;
        for (name, part) in changes(present, &design) {
            let Some(reason) = refuted(present, &found.planned, &design, &name, part) else {
                continue;
            };
            note(back, &design, &name, part, reason);
            take_back(present, &mut design, &name, part);
            changed = true;
        }
        if !changed {
            break;
        }
    }
    for group in groups(present, &design) {
        if let Some(reason) = group_refuted(present, &design, &group) {
            for name in &group {
                for part in [Part::Distribution, Part::SortKey] {
                    if differs(present, &design, name, part) {
                        note(back, &design, name, part, Refutation::Worse(reason.clone()));
                        take_back(present, &mut design, name, part);
                    }
                }
            }
        }
    }
    if !design.changed_from(&found.planned.design).is_empty() {
        found.planned = present.plan(design);
    }
    found
}

/// What differs from the present: the tables with fewest rows first, which have least to lose.
fn changes(present: &Present<'_>, design: &Design) -> Vec<(TableName, Part)> {
    let mut names = design.changed_from(present.design());
    let order = |name: &TableName| {
        let table = present.design().table(name);
        let rows = table.and_then(|table| present.design().rows(table));
        (
            rows.unwrap_or(0.0),
            table.map(|table| (table.defined_at.0, table.defined_at.1.start)),
        )
    };
    names.sort_by(|a, b| {
        let ((x, first), (y, second)) = (order(a), order(b));
        x.total_cmp(&y).then(first.cmp(&second))
    });
    let parts = names
        .into_iter()
        .flat_map(|name| [Part::SortKey, Part::Distribution].map(|part| (name.clone(), part)));
    parts
        .filter(|(name, part)| differs(present, design, name, *part))
        .collect()
}

fn differs(present: &Present<'_>, design: &Design, name: &TableName, part: Part) -> bool {
    let both = present.design().table(name).zip(design.table(name));
    both.is_some_and(|(now, new)| match part {
        Part::Distribution => now.dist_style != new.dist_style,
        Part::SortKey => now.sort_key != new.sort_key,
    })
}

fn take_back(present: &Present<'_>, design: &mut Design, name: &TableName, part: Part) {
    let distribution = part == Part::Distribution;
    design.take_keys(present.design(), name, distribution, !distribution);
}

fn note(back: &mut TakenBack, design: &Design, name: &TableName, part: Part, why: Refutation) {
    let Some(table) = design.table(name) else {
        return;
    };
    let what = match part {
        Part::Distribution => distribution(&effective(&table.dist_style)),
        Part::SortKey => format!("SORTKEY({})", name::list(table.sort_columns())),
    };
    match part {
        Part::Distribution => {
            let style = effective(&table.dist_style);
            back.styles.insert((name.clone(), style));
        }
        Part::SortKey => {
            let columns = table.sort_columns().to_vec();
            back.sort_keys.insert((name.clone(), columns));
        }
    }
    let (said, text) = match why {
        Refutation::Worse(reason) => {
            let text = format!("`{name}` without {what}: {reason}");
            (&mut back.reasons, text)
        }
        Refutation::Little(saves) => {
            let of_table = back.little.entry(name.clone()).or_default();
            (of_table, format!("{what} would save {saves}"))
        }
    };
    if !said.contains(&text) {
        said.push(text);
    }
}

fn distribution(style: &DistStyle) -> String {
    match style {
        DistStyle::Key(column) => format!("DISTKEY({column})"),
        DistStyle::All => "DISTSTYLE ALL".to_owned(),
        _ => "DISTSTYLE EVEN".to_owned(),
    }
}

/// Why a change is taken back, if it is.
fn refuted(
    present: &Present<'_>,
    planned: &Planned,
    design: &Design,
    name: &TableName,
    part: Part,
) -> Option<Refutation> {
    let worse = |reason: String| Some(Refutation::Worse(reason));
    let table = design.table(name)?;
    let mut without = design.clone();
    take_back(present, &mut without, name, part);
    let this = std::slice::from_ref(name);
    let entries = entries(present, planned, this);
    let (with, without) = both(present, design, &without, &entries, this)?;
    if with.within < without.within {
        return worse(match lost(present, design, &entries) {
            Some(query) => format!("it would cost {query} its budget"),
            None => "it would cost a query its budget".to_owned(),
        });
    }
    // A key that leaves slices idle moves no more bytes for it: only the time tells.
    let unwanted = part == Part::Distribution && present.unwanted(name);
    if !unwanted && with.bytes > without.bytes * (1.0 + 1e-9) + 1.0 {
        let more = size(with.bytes - without.bytes);
        return worse(format!("it would move, store and rewrite {more} more"));
    }
    if with.ms > without.ms * (1.0 + WITHIN_NOISE) {
        return worse(slower(with, without));
    }
    let (saved_ms, saved_bytes) = (without.ms - with.ms, without.bytes - with.bytes);
    let copied = part == Part::Distribution && effective(&table.dist_style) == DistStyle::All;
    let rows = present.design().rows(table);
    // Each load of it writes every copy: as much has to stay off the network.
    if copied
        && rows.is_none_or(|rows| rows >= LARGE_ROWS)
        && saved_ms < without.ms * WITHIN_NOISE
        && saved_bytes < copies(present.request, present.design(), table)
    {
        return worse(format!(
            "a copy of so many rows on every node would save {} and {} of {}, and store {} more",
            size(saved_bytes.max(0.0)),
            duration(saved_ms.max(0.0)),
            duration(without.ms),
            size(copies(present.request, present.design(), table))
        ));
    }
    if !unwanted && saved_bytes < BLOCK_BYTES && saved_ms < without.ms * WORTH {
        return Some(Refutation::Little(format!(
            "{} and {} of {} over one run of the workload",
            size(saved_bytes.max(0.0)),
            duration(saved_ms.max(0.0)),
            duration(without.ms)
        )));
    }
    None
}

fn slower(with: Sum, without: Sum) -> String {
    format!(
        "its queries would take {} over one run of the workload instead of {}",
        duration(with.ms),
        duration(without.ms)
    )
}

/// Why what changes about several tables is taken back together.
fn group_refuted(present: &Present<'_>, design: &Design, group: &[TableName]) -> Option<String> {
    let without = design.with_tables_of(present.design(), group);
    let entries = entries(present, &present.planned, group);
    let (with, without) = both(present, design, &without, &entries, group)?;
    let unwanted = group.iter().any(|name| present.unwanted(name));
    if !unwanted && with.bytes > without.bytes * (1.0 + 1e-9) + 1.0 {
        let more = size(with.bytes - without.bytes);
        return Some(format!(
            "what was found together would move, store and rewrite {more} more"
        ));
    }
    (with.ms > without.ms * (1.0 + WITHIN_NOISE)).then(|| slower(with, without))
}

/// Changed tables that entries bring together.
fn groups(present: &Present<'_>, design: &Design) -> Vec<Vec<TableName>> {
    let changed = design.changed_from(present.design());
    let at: BTreeMap<&TableName, usize> = changed.iter().enumerate().map(|(i, n)| (n, i)).collect();
    let mut union = petgraph::unionfind::UnionFind::<usize>::new(changed.len());
    for one in &present.planned.all {
        let tables = present.memo.tables(one.entry).iter();
        let places: Vec<usize> = tables.filter_map(|name| at.get(name).copied()).collect();
        for pair in places.windows(2) {
            union.union(pair[0], pair[1]);
        }
    }
    let mut groups: BTreeMap<usize, Vec<TableName>> = BTreeMap::new();
    for (place, name) in changed.iter().enumerate() {
        let group = groups.entry(union.find(place)).or_default();
        group.push(name.clone());
    }
    groups.into_values().collect()
}

/// The entries that read or write one of these tables.
fn entries(present: &Present<'_>, planned: &Planned, names: &[TableName]) -> Vec<usize> {
    let all = planned.all.iter().map(|one| one.entry);
    all.filter(|entry| {
        let tables = present.memo.tables(*entry);
        names.iter().any(|name| tables.contains(name))
    })
    .collect()
}

/// What these entries and tables come to under two designs.
fn both(
    present: &Present<'_>,
    with: &Design,
    without: &Design,
    entries: &[usize],
    tables: &[TableName],
) -> Option<(Sum, Sum)> {
    Some((
        sum(present, with, entries, tables)?,
        sum(present, without, entries, tables)?,
    ))
}

/// The first of these queries that loses its budget.
fn lost<'a>(present: &'a Present<'_>, design: &Design, entries: &[usize]) -> Option<&'a str> {
    let budget = present.request.env.budget_ms;
    let entry = entries.iter().find(|&&entry| {
        let figures = present.figures(design, entry);
        let before = present.ms(entry);
        before
            .zip(figures)
            .is_some_and(|(before, [_, ms])| before <= budget && is_over(ms, before, budget))
    })?;
    Some(&present.request.workload.entries[*entry].name)
}
