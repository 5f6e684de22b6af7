//! Whether a change pays for the rewriting it takes.

use super::adviser::{Adviser, distributed_as};
use super::distribution::{self, effective};
use super::evaluate::Design;
use crate::schema::{DistStyle, Table, TableName};
use crate::stats::TableStats;
use crate::text::units::{count, size};
use crate::work::bytes_of;

/// A block is 1 MB.
const BLOCK_BYTES: f64 = 1e6;

/// Bytes of a table before compression; `None` where its rows are not known.
pub(super) fn raw_bytes(design: &Design, table: &Table) -> Option<f64> {
    let nothing = TableStats::default();
    let known = design
        .stats
        .table(table.name.schema.as_deref(), &table.name.name)
        .unwrap_or(&nothing);
    let columns = table.columns.iter();
    let width: f64 = columns
        .map(|column| bytes_of(&column.data_type, known, &column.name))
        .sum();
    Some(known.rows? * width)
}

impl Adviser<'_> {
    /// Leaves tables as they are where a new distribution saves less, over the runs
    /// that the settings give it, than rewriting the table takes: the largest first.
    pub fn keep_what_pays(&mut self) {
        let runs = self.request.config.advise.runs;
        let mut changed: Vec<(f64, TableName)> = Vec::new();
        for (name, now) in &self.current.schema.tables {
            let new = self.design.schema.tables.get(name);
            if new.is_some_and(|new| effective(&new.dist_style) != effective(&now.dist_style)) {
                let bytes = raw_bytes(&self.current, now);
                changed.extend(bytes.map(|bytes| (bytes, name.clone())));
            }
        }
        changed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut kept = false;
        for (bytes, name) in changed {
            let with = self.objective_at(&name, false);
            let without = self.objective_at(&name, true);
            let saves = without - with;
            if saves * runs >= bytes {
                continue;
            }
            if saves > 0.0 {
                self.taken_back.push(format!(
                    "`{name}` keeps its distribution: another saves {} a run of the workload, and \
                     rewriting it takes {}, more than {} runs repay (`advise.runs`)",
                    size(saves),
                    size(bytes),
                    count(runs)
                ));
            }
            if let Some(now) = self.current.schema.tables.get(&name) {
                let style = now.dist_style.clone();
                distributed_as(&mut self.design, &name, style);
                self.design.stats.tables = restored(&self.design, &self.current, &name);
            }
            kept = true;
        }
        if kept {
            self.planned = self.evaluate(&self.design);
        }
    }

    /// What the joins of one table add to the objective: as recommended, or with that
    /// table as it is now.
    fn objective_at(&self, name: &TableName, as_now: bool) -> f64 {
        let mut joins = self.joins.of(name);
        distribution::cost(self.request, &self.current, &mut joins, &|other| {
            let of = match as_now && other == name {
                true => &self.current,
                false => &self.design,
            };
            let table = of.schema.tables.get(other);
            table.map_or(DistStyle::Even, |table| effective(&table.dist_style))
        })
    }

    /// Whether a sort key saves, over the runs given, the reading of as many bytes as
    /// rewriting the table takes.
    pub fn sorting_pays(&self, name: &TableName, blocks_saved: f64) -> bool {
        let table = self.current.schema.tables.get(name);
        let bytes = table.and_then(|table| raw_bytes(&self.current, table));
        bytes.is_none_or(|bytes| {
            blocks_saved * BLOCK_BYTES * self.request.config.advise.runs >= bytes
        })
    }
}

/// The statistics with those of one table as they are now.
fn restored(
    design: &Design,
    current: &Design,
    name: &TableName,
) -> std::collections::BTreeMap<String, TableStats> {
    let mut tables = design.stats.tables.clone();
    for (other, stats) in &current.stats.tables {
        if *other == name.to_string() || *other == name.name {
            tables.insert(other.clone(), stats.clone());
        }
    }
    tables
}
