//! What one run of an entry moves, reads and takes under given keys, each planned once.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Request;
use super::design::Design;
use super::evaluate::{self, Evaluated, Planned, Readied, evaluate_readied, predict};
use crate::name::{Ident, TableName};

/// An entry, and a hash of the keys of the tables that it reads and writes: nothing else of a
/// design makes it another plan. With a thousand designs of each of 10,000 entries, two of one entry
/// have the same 64 bits by chance once in a billion searches.
pub(super) type Key = (usize, u64);

/// Reads an entry, where it has to be planned.
type Reading<'r, 'a> = &'r dyn Fn() -> Option<Arc<Readied<'a>>>;

/// All that was planned so far.
#[derive(Debug, Default)]
pub(super) struct Memo {
    tables: BTreeMap<usize, Vec<TableName>>,
    moved: Mutex<HashMap<Key, f64>>,
    ms: Mutex<HashMap<Key, f64>>,
    /// Entries planned under whole designs, the last [`WHOLE`] of each.
    whole: Mutex<HashMap<usize, VecDeque<(u64, Evaluated)>>>,
    planned: AtomicUsize,
    /// What scans read under other sort keys.
    pub blocks: Blocks,
}

impl Memo {
    /// A memo of these entries.
    pub fn new(planned: &Planned) -> Self {
        let memo = Self::of_tables(planned);
        for one in &planned.all {
            memo.keep_whole(memo.key(one.entry, &planned.design), one);
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
        let known = {
            let whole = locked(&self.whole);
            let mut of_entry = whole.get(&entry).into_iter().flatten();
            of_entry
                .find(|(hash, _)| *hash == key.1)
                .map(|(_, one)| one.clone())
        };
        if known.is_some() {
            return known;
        }
        let one = evaluate_readied(request, design, &*readied()?).ok()?;
        self.keep_whole(key, &one);
        Some(one)
    }

    fn keep_whole(&self, (entry, hash): Key, one: &Evaluated) {
        let mut whole = locked(&self.whole);
        let of_entry = whole.entry(entry).or_default();
        if of_entry.len() == WHOLE {
            of_entry.pop_front();
        }
        of_entry.push_back((hash, one.clone()));
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
        keep(&self.moved, key, moved);
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

    /// What an entry's plan and work under a design are known by.
    pub fn key(&self, entry: usize, design: &Design) -> Key {
        // The same on every machine: it is seeded with nothing.
        let mut hash = DefaultHasher::new();
        for name in self.tables(entry) {
            if let Some(table) = design.table(name) {
                (&table.dist_style, &table.sort_key).hash(&mut hash);
            }
        }
        (entry, hash.finish())
    }
}

/// Designs of which an entry's whole plan is kept. Chosen: the best so far and the one that is
/// verified.
const WHOLE: usize = 2;

/// A plan, a table that it scans, and the key and the unsorted share that the table is given.
type Scanned = (Key, TableName, Vec<Ident>, Option<u64>);

/// Blocks that one run of an entry's plan reads of a table under another sort key of it.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    read: Mutex<HashMap<Scanned, f64>>,
}

impl Blocks {
    /// What is known, or what is worked out now.
    pub fn of(
        &self,
        plan: Key,
        (table, columns): (&TableName, &[Ident]),
        unsorted: Option<f64>,
        work_out: impl FnOnce() -> f64,
    ) -> f64 {
        let key = (
            plan,
            table.clone(),
            columns.to_vec(),
            unsorted.map(f64::to_bits),
        );
        if let Some(blocks) = known(&self.read, &key) {
            return blocks;
        }
        let blocks = work_out();
        keep(&self.read, key, blocks);
        blocks
    }
}

// A thread that panicked left whole values: they can be read all the same.
fn locked<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn known<K: Eq + Hash, V: Clone>(map: &Mutex<HashMap<K, V>>, key: &K) -> Option<V> {
    locked(map).get(key).cloned()
}

fn keep<K: Eq + Hash, V>(map: &Mutex<HashMap<K, V>>, key: K, value: V) {
    locked(map).insert(key, value);
}
