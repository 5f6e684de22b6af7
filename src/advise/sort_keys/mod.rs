//! Which sort key every table should have: by the blocks that the workload reads, now and when
//! rows have arrived.

mod arrivals;
mod asked;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::Request;
use super::design::Design;
use super::evaluate::{Evaluated, LARGE_WORKLOAD, Planned, measure_likely};
use super::found::Found;
use super::memo::Memo;
use super::present::Present;
use crate::name::Ident;
use crate::schema::{Table, TableName};
use crate::work::BLOCK_BYTES;

pub(super) use arrivals::is_time;
use asked::Asked;

/// The share of blocks that a new key has to save. Chosen: less is within what zone maps
/// are estimated to.
const WORTH: f64 = 0.05;

/// What a key by which rows don't arrive may read of what one reads by which they do. Chosen: each
/// time it is sorted, the whole table is merged anew.
const OUT_OF_ORDER: f64 = 0.5;

/// Keys of a table that are shown beside the one that is recommended.
const SHOWN: usize = 3;

/// A sort key and what the workload reads of its table under it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Tried {
    /// Its columns; none for a table that is not sorted.
    pub columns: Vec<Ident>,
    /// Blocks over one run of the workload, as sorted as it is now.
    pub blocks: f64,
    /// Blocks when rows have arrived since the last sort.
    pub blocks_arrived: f64,
}

/// A sort key that reads fewer blocks.
#[derive(Debug, Clone)]
pub(super) struct Better {
    pub table: TableName,
    pub columns: Vec<Ident>,
    pub blocks_before: f64,
    pub blocks_after: f64,
}

/// What was tried of one table.
#[derive(Debug, Clone, Default)]
pub(super) struct OfTable {
    /// The keys, those that read least first; the present one is among them.
    pub tried: Vec<Tried>,
    /// Columns that are asked for by value and were not tried, since nothing tells how many values
    /// they have.
    pub uncounted: Vec<Ident>,
    /// Columns by which rows are taken to arrive in order.
    pub arriving: BTreeSet<Ident>,
    /// Columns that no filter asks for but the join with a filtered table.
    pub looked_up: BTreeSet<Ident>,
}

/// Sort keys that were tried and taken back.
pub(super) type RefusedKeys = BTreeSet<(TableName, Vec<Ident>)>;

/// The design with the sort keys that read fewer blocks.
pub(super) fn sorted(present: &Present<'_>, mut found: Found, refused: &RefusedKeys) -> Found {
    let planned = &found.planned;
    let large = planned.all.len() > LARGE_WORKLOAD;
    let mut better = search(present.request, planned, &present.memo, large);
    better.retain(|key| {
        if refused.contains(&(key.table.clone(), key.columns.clone())) {
            return false;
        }
        // What is rewritten anyway is sorted in one go.
        let moved = present.design().style(&key.table) != planned.design.style(&key.table);
        moved || pays(present, &key.table, key.blocks_before - key.blocks_after)
    });
    if better.is_empty() {
        return found;
    }
    let mut design = planned.design.clone();
    for key in &better {
        design.sort(&key.table, &key.columns);
    }
    found.planned = present.plan(design);
    found
}

/// Whether a sort key saves, over the runs given, the reading of as many bytes as
/// rewriting the table takes.
fn pays(present: &Present<'_>, name: &TableName, blocks_saved: f64) -> bool {
    let design = present.design();
    let bytes = design.table(name).and_then(|table| design.raw_bytes(table));
    let runs = present.request.env.config.advise.runs;
    bytes.is_none_or(|bytes| blocks_saved * BLOCK_BYTES * runs >= bytes)
}

/// Keys that read fewer blocks than those of the design, table by table.
pub(super) fn search(
    request: &Request<'_>,
    planned: &Planned,
    memo: &Memo,
    best_effort: bool,
) -> Vec<Better> {
    let every = Reads::of_every_table(request, planned, memo);
    let better = every
        .par_iter()
        .filter_map(|reads| reads.best(&reads.under_every_key(best_effort)));
    better.collect()
}

/// Every table's keys that were tried under a design, for the answer.
pub(super) fn all_tried(present: &Present<'_>, planned: &Planned) -> BTreeMap<TableName, OfTable> {
    let design = &planned.design;
    let large = planned.all.len() > LARGE_WORKLOAD;
    let every = Reads::of_every_table(present.request, planned, &present.memo);
    let found = every.par_iter().map(|reads| {
        let mut keys = reads.under_every_key(large);
        let own = keys.remove(0);
        keys.sort_by(|a, b| a.blocks_arrived.total_cmp(&b.blocks_arrived));
        keys.truncate(SHOWN);
        keys.insert(0, own);
        let of_table = OfTable {
            tried: keys,
            uncounted: reads.asked.uncounted(design, reads.table),
            arriving: reads.asked.arriving.clone(),
            looked_up: reads.asked.looked_up(),
        };
        (reads.table.name.clone(), of_table)
    });
    found.collect::<Vec<_>>().into_iter().collect()
}

/// What the workload reads of one table under other keys.
struct Reads<'a> {
    request: &'a Request<'a>,
    design: &'a Design,
    all: &'a [Evaluated],
    memo: &'a Memo,
    table: &'a Table,
    asked: Asked,
}

impl<'a> Reads<'a> {
    /// Of every table that the entries filter.
    fn of_every_table(request: &'a Request<'a>, planned: &'a Planned, memo: &'a Memo) -> Vec<Self> {
        let (design, all) = (&planned.design, planned.all.as_slice());
        let asked = asked::asked(request, design, all).into_iter();
        let every = asked.filter_map(|(name, asked)| {
            Some(Self {
                request,
                design,
                all,
                memo,
                table: design.table(&name)?,
                asked,
            })
        });
        every.collect()
    }

    /// What is read under the present key first, then under those to try.
    fn under_every_key(&self, best_effort: bool) -> Vec<Tried> {
        let now = self.table.sort_columns().to_vec();
        let mut keys = self.asked.keys(self.design, self.table, best_effort);
        keys.retain(|key| *key != now);
        keys.insert(0, now);
        let name = &self.table.name;
        let unsorted = self.unsorted_now();
        // The design of all tables is copied once; the present key comes first, and each key
        // replaces the one before.
        let mut changed = self.design.clone();
        let mut tried = |columns: Vec<Ident>| {
            if columns != self.table.sort_columns() {
                changed.sort(name, &columns);
            }
            let later = arrivals::unsorted(self.design, self.table, self.in_order(&columns));
            changed.stats.table_mut(name).unsorted = unsorted;
            let blocks = self.blocks(&changed);
            let mut blocks_arrived = blocks;
            if unsorted.unwrap_or(0.0) != later {
                changed.stats.table_mut(name).unsorted = Some(later);
                blocks_arrived = self.blocks(&changed);
            }
            Tried {
                columns,
                blocks,
                blocks_arrived,
            }
        };
        let mut all = Vec::with_capacity(keys.len());
        for key in keys {
            all.push(tried(key));
        }
        all
    }

    /// Whether what a key saves is nothing but what a join may hand down to the scan, and is not
    /// by a calendar, for which timings show it: then one by a filter comes first.
    fn is_assumed(&self, one: &Tried) -> bool {
        let first = one.columns.first();
        first.is_some_and(|first| {
            self.asked.is_looked_up(first) && !self.asked.arriving.contains(first)
        })
    }

    /// Whether rows arrive in the order of a key.
    fn in_order(&self, columns: &[Ident]) -> bool {
        let first = columns.first();
        first.is_some_and(|first| self.asked.arriving.contains(first))
    }

    /// The key that reads least. Of keys by which rows arrive alike that is told by the blocks of
    /// the sorted rows; those that lie unsorted are the same.
    fn best(&self, keys: &[Tried]) -> Option<Better> {
        let (now, others) = keys.split_first()?;
        let saves = |one: &Tried| one.blocks_arrived < now.blocks_arrived * (1.0 - WORTH);
        let filtered = |one: &Tried| {
            let first = one.columns.first();
            first.is_some_and(|first| self.asked.is_filtered(first))
        };
        let certain = filtered(now) || others.iter().any(|one| filtered(one) && saves(one));
        let others = others
            .iter()
            .filter(|one| !certain || !self.is_assumed(one));
        let of_kind = |in_order: bool| {
            let others = others.clone();
            let alike = others.filter(|one| self.in_order(&one.columns) == in_order);
            alike.fold(None::<&Tried>, |best, one| match best {
                Some(best) if !reads_less(one, best) => Some(best),
                _ => Some(one),
            })
        };
        let in_order = of_kind(true);
        let reached = in_order
            .into_iter()
            .chain(self.in_order(&now.columns).then_some(now));
        let reached = reached.map(|one| one.blocks_arrived).reduce(f64::min);
        let other = of_kind(false).filter(|one| {
            let half = reached.map(|reached| reached * OUT_OF_ORDER);
            half.is_none_or(|half| one.blocks_arrived < half)
        });
        let best = in_order.into_iter().chain(other);
        let best = best.min_by(|a, b| a.blocks_arrived.total_cmp(&b.blocks_arrived))?;
        let alike = self.in_order(&now.columns) == self.in_order(&best.columns);
        let (before, after) = match alike && !now.columns.is_empty() {
            true => (now.blocks, best.blocks),
            false => (now.blocks_arrived, best.blocks_arrived),
        };
        (after < before * (1.0 - WORTH)).then(|| Better {
            table: self.table.name.clone(),
            columns: best.columns.clone(),
            blocks_before: before,
            blocks_after: after,
        })
    }

    fn unsorted_now(&self) -> Option<f64> {
        self.design.stats.table(&self.table.name)?.unsorted
    }

    /// Blocks that scans of the table read under a design, over the workload.
    fn blocks(&self, design: &Design) -> f64 {
        let name = &self.table.name;
        let columns = design.table(name).map_or(&[][..], Table::sort_columns);
        let stats = design.stats.table(name);
        let unsorted = stats.and_then(|stats| stats.unsorted);
        let places = self.asked.scanned_by.iter();
        let entries = places.filter_map(|place| self.all.get(*place));
        let each = entries.map(|one| {
            let read = || self.blocks_of(design, one);
            let plan = self.memo.key(one.entry, self.design);
            let blocks = self.memo.blocks.of(plan, (name, columns), unsorted, read);
            self.request.workload.entries[one.entry].frequency * blocks
        });
        each.sum()
    }

    /// The same of one run of one entry.
    fn blocks_of(&self, design: &Design, one: &Evaluated) -> f64 {
        let work = measure_likely(self.request, design, &one.plan);
        let scans = one.plan.nodes.iter().filter(|node| {
            let name = node.operator.is_scan().then(|| node.table_name()).flatten();
            let table = name.and_then(|name| design.schema.resolve(&name));
            table.is_some_and(|table| table.name == self.table.name)
        });
        let read = scans.filter_map(|node| work.step(node.id)?.scan.as_ref());
        read.map(|scan| scan.blocks_read).sum()
    }
}

/// Whether a key reads less than another by which rows arrive alike. A longer one has to be worth
/// its second column.
fn reads_less(one: &Tried, other: &Tried) -> bool {
    let longer = one.columns.len() > other.columns.len();
    let least = match longer {
        true => other.blocks * (1.0 - WORTH),
        false => other.blocks,
    };
    one.blocks < least
}
