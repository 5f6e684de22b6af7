//! What one run of an entry moves and takes under given keys, each planned once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Request;
use super::design::Design;
use super::evaluate::{Evaluated, Planned, Readied, evaluate_readied, predict};
use crate::name::TableName;
use crate::schema::{DistStyle, SortKey};

/// An entry with the keys of the tables that it reads and writes: nothing else of a design
/// makes it another plan.
type Key = (usize, Vec<(DistStyle, SortKey)>);

/// All that was planned so far.
#[derive(Debug, Default)]
pub(super) struct Memo {
    tables: BTreeMap<usize, Vec<TableName>>,
    moved: Mutex<HashMap<Key, f64>>,
    ms: Mutex<HashMap<Key, f64>>,
    planned: AtomicUsize,
}

impl Memo {
    /// A memo of these entries.
    pub fn new(planned: &Planned) -> Self {
        let tables = planned.all.iter().map(|one| {
            let tables = planned.tables_of(one.entry).into_iter().cloned();
            (one.entry, tables.collect())
        });
        Self {
            tables: tables.collect(),
            ..Self::default()
        }
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
        entry: &Readied<'_>,
    ) -> Option<f64> {
        let key = self.key(entry.entry, design);
        if let Some(known) = known(&self.moved, &key) {
            return Some(known);
        }
        let one = self.plan(request, design, entry)?;
        let moved = one.work.network_bytes();
        keep(&self.moved, key, moved);
        Some(moved)
    }

    /// Bytes that one run moves, and the median of a warm run in milliseconds.
    pub fn figures(
        &self,
        request: &Request<'_>,
        design: &Design,
        entry: usize,
    ) -> Option<[f64; 2]> {
        let key = self.key(entry, design);
        if let (Some(moved), Some(ms)) = (known(&self.moved, &key), known(&self.ms, &key)) {
            return Some([moved, ms]);
        }
        let readied = Readied::new(request, entry).ok()?;
        let one = self.plan(request, design, &readied)?;
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

// A thread that panicked left whole values: they can be read all the same.
fn known(map: &Mutex<HashMap<Key, f64>>, key: &Key) -> Option<f64> {
    let map = map
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    map.get(key).copied()
}

fn keep(map: &Mutex<HashMap<Key, f64>>, key: Key, value: f64) {
    let mut map = map
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    map.insert(key, value);
}
