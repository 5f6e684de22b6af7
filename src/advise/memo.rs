//! What one run of an entry moves, reads and takes under given keys, each planned once.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::Request;
use super::design::Design;
use super::evaluate::{self, Evaluated, Planned, Readied, evaluate_readied, predict};
use crate::name::{Ident, TableName};
use crate::plan::Plan;
use crate::schema::{DistStyle, SortKey};

/// An entry with the keys of the tables that it reads and writes: nothing else of a design
/// makes it another plan.
type Key = (usize, Vec<(DistStyle, SortKey)>);

/// Reads an entry, where it has to be planned.
type Reading<'r, 'a> = &'r dyn Fn() -> Option<Arc<Readied<'a>>>;

/// All that was planned so far.
#[derive(Debug, Default)]
pub(super) struct Memo {
    tables: BTreeMap<usize, Vec<TableName>>,
    moved: Mutex<HashMap<Key, f64>>,
    ms: Mutex<HashMap<Key, f64>>,
    /// Entries planned under whole designs.
    whole: Mutex<HashMap<Key, Evaluated>>,
    planned: AtomicUsize,
    /// What scans read under other sort keys.
    pub blocks: Blocks,
}

impl Memo {
    /// A memo of these entries.
    pub fn new(planned: &Planned) -> Self {
        let memo = Self::of_tables(planned);
        for one in &planned.all {
            let key = memo.key(one.entry, &planned.design);
            keep(&memo.whole, key, one.clone());
        }
        memo
    }

    fn of_tables(planned: &Planned) -> Self {
        let tables = planned.all.iter().map(|one| {
            let tables = planned.tables_of(one.entry).into_iter().cloned();
            (one.entry, tables.collect())
        });
        Self {
            tables: tables.collect(),
            ..Self::default()
        }
    }

    /// An entry planned under a whole design; `None` where it can't be.
    pub fn evaluated(
        &self,
        request: &Request<'_>,
        design: &Design,
        entry: usize,
        readied: Reading<'_, '_>,
    ) -> Option<Evaluated> {
        let key = self.key(entry, design);
        if let Some(known) = known(&self.whole, &key) {
            return Some(known);
        }
        let one = evaluate_readied(request, design, &*readied()?).ok()?;
        keep(&self.whole, key, one.clone());
        Some(one)
    }

    /// The tables that an entry reads and writes.
    pub fn tables(&self, entry: usize) -> &[TableName] {
        self.tables.get(&entry).map_or(&[], Vec::as_slice)
    }

    /// How many plans were made.
    pub fn planned(&self) -> usize {
        self.planned.load(Ordering::Relaxed)
    }

    /// Bytes that one run moves; `None` where it can't be planned so.
    pub fn moved(
        &self,
        request: &Request<'_>,
        design: &Design,
        entry: usize,
        readied: Reading<'_, '_>,
    ) -> Option<f64> {
        let key = self.key(entry, design);
        if let Some(known) = known(&self.moved, &key) {
            return Some(known);
        }
        let readied = readied()?;
        self.planned.fetch_add(1, Ordering::Relaxed);
        let moved = evaluate::moved(request, design, &readied).ok()?;
        keep(&self.moved, key, moved);
        Some(moved)
    }

    /// Bytes that one run moves, and the median of a warm run in milliseconds.
    pub fn figures(
        &self,
        request: &Request<'_>,
        design: &Design,
        entry: usize,
        readied: Reading<'_, '_>,
    ) -> Option<[f64; 2]> {
        let key = self.key(entry, design);
        if let (Some(moved), Some(ms)) = (known(&self.moved, &key), known(&self.ms, &key)) {
            return Some([moved, ms]);
        }
        let one = self.plan(request, design, &*readied()?)?;
        Some(self.take(request, design, &one, key))
    }

    /// The same of an entry that is planned already.
    pub fn figures_of(&self, request: &Request<'_>, design: &Design, one: &Evaluated) -> [f64; 2] {
        let key = self.key(one.entry, design);
        match (known(&self.moved, &key), known(&self.ms, &key)) {
            (Some(moved), Some(ms)) => [moved, ms],
            _ => self.take(request, design, one, key),
        }
    }

    fn take(&self, request: &Request<'_>, design: &Design, one: &Evaluated, key: Key) -> [f64; 2] {
        let moved = one.work.network_bytes();
        let ms = predict(request, design, one).warm.p50_ms;
        keep(&self.moved, key.clone(), moved);
        keep(&self.ms, key, ms);
        [moved, ms]
    }

    fn plan(
        &self,
        request: &Request<'_>,
        design: &Design,
        entry: &Readied<'_>,
    ) -> Option<Evaluated> {
        self.planned.fetch_add(1, Ordering::Relaxed);
        evaluate_readied(request, design, entry).ok()
    }

    fn key(&self, entry: usize, design: &Design) -> Key {
        let tables = self.tables(entry).iter();
        let keys = tables.filter_map(|name| {
            let table = design.table(name)?;
            Some((table.dist_style.clone(), table.sort_key.clone()))
        });
        (entry, keys.collect())
    }
}

/// A plan by its address, a table that it scans, and the key and the unsorted share that the table
/// is given.
type Scanned = (usize, TableName, Vec<Ident>, Option<u64>);

/// Blocks that one run of a plan reads of a table under another sort key of it.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// The plans are held, so that an address stands for one of them only.
    read: Mutex<HashMap<Scanned, (Arc<Plan>, f64)>>,
}

impl Blocks {
    /// What is known, or what is worked out now.
    pub fn of(
        &self,
        plan: &Arc<Plan>,
        (table, columns): (&TableName, &[Ident]),
        unsorted: Option<f64>,
        work_out: impl FnOnce() -> f64,
    ) -> f64 {
        let key = (
            Arc::as_ptr(plan) as usize,
            table.clone(),
            columns.to_vec(),
            unsorted.map(f64::to_bits),
        );
        if let Some((_, blocks)) = known(&self.read, &key) {
            return blocks;
        }
        let blocks = work_out();
        keep(&self.read, key, (Arc::clone(plan), blocks));
        blocks
    }
}

// A thread that panicked left whole values: they can be read all the same.
fn known<K: Eq + Hash, V: Clone>(map: &Mutex<HashMap<K, V>>, key: &K) -> Option<V> {
    let map = map
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    map.get(key).cloned()
}

fn keep<K: Eq + Hash, V>(map: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut map = map
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    map.insert(key, value);
}
