//! The search, step by step: distribution, sort keys, then every query's budget.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rayon::prelude::*;

use super::distribution::{self, Candidates, Distribution, effective};
use super::evaluate::{Design, Evaluated, WITHIN_NOISE, evaluate, predict, raw_bytes, totals};
use super::{NetworkBytes, Request, joins, literals, sort_keys};
use crate::latency::Prediction;
use crate::name;
use crate::schema::{DistStyle, Table, TableName};
use crate::work::BLOCK_BYTES;

/// Rounds in which joins are read again from the plans of the last answer: other
/// keys make other join orders.
const ROUNDS: usize = 3;

/// Rounds of refusing what costs a query its budget.
const BUDGET_ROUNDS: usize = 6;

/// Workloads with more queries than this get fewer sort keys tried.
const LARGE_WORKLOAD: usize = 1_000;

/// The state of the search.
pub(super) struct Adviser<'a> {
    pub request: &'a Request<'a>,
    pub progress: &'a (dyn Fn(&str) + Sync),
    /// Entries that can be planned.
    pub entries: Vec<usize>,
    pub left_out: Vec<(String, String)>,
    pub current: Design,
    pub now: Vec<Evaluated>,
    /// The best so far.
    pub design: Design,
    pub planned: Vec<Evaluated>,
    pub joins: joins::Joins,
    pub candidates: Vec<Candidates>,
    pub distribution: Option<Distribution>,
    pub better: BTreeMap<TableName, sort_keys::Better>,
    pub taken_back: Vec<String>,
    /// Columns whose values are taken to span the workload's literals.
    pub reaching: Vec<String>,
}

impl<'a> Adviser<'a> {
    pub fn new(request: &'a Request<'a>, progress: &'a (dyn Fn(&str) + Sync)) -> Self {
        progress("planning the workload as things are");
        let mut current = Design {
            schema: request.schema.clone(),
            stats: request.stats.clone(),
        };
        let all: Vec<usize> = (0..request.workload.entries.len()).collect();
        let mut left_out = request.workload.left_out.clone();
        let mut now = Vec::new();
        for outcome in evaluate(request, &current, &all) {
            match outcome {
                Ok(evaluated) => now.push(evaluated),
                Err((at, error)) => {
                    left_out.push((request.workload.entries[at].name.clone(), error));
                }
            }
        }
        let reaching = literals::fill(&mut current, &now);
        if !reaching.is_empty() {
            let entries: Vec<usize> = now.iter().map(|one| one.entry).collect();
            let again = evaluate(request, &current, &entries);
            now = again.into_iter().filter_map(Result::ok).collect();
        }
        Self {
            reaching,
            request,
            progress,
            entries: now.iter().map(|one| one.entry).collect(),
            left_out,
            design: current.clone(),
            planned: now.clone(),
            current,
            now,
            joins: joins::Joins::default(),
            candidates: Vec::new(),
            distribution: None,
            better: BTreeMap::new(),
            taken_back: Vec::new(),
        }
    }

    fn evaluate(&self, design: &Design) -> Vec<Evaluated> {
        let outcomes = evaluate(self.request, design, &self.entries);
        outcomes.into_iter().filter_map(Result::ok).collect()
    }

    /// Distribution keys: searched on the joins of the plans, which are read again
    /// under each answer; the answer whose plans move fewest bytes stays.
    pub fn distribute(&mut self) {
        let seconds = self.request.env.config.advise.seconds.clamp(0.0, 3600.0);
        let mut seen: Vec<BTreeMap<TableName, DistStyle>> = Vec::new();
        let mut from = self.now.clone();
        let mut least = f64::INFINITY;
        for round in 0..ROUNDS {
            (self.progress)(&format!("searching distribution keys, round {}", round + 1));
            let narrow = sort_keys::narrowed(&self.current, &from);
            let found = joins::joins(self.request, &self.current, &from);
            let candidates = distribution::candidates(self.request, &self.current, &found, &narrow);
            let time = Duration::from_secs_f64(seconds / ROUNDS as f64);
            let answer =
                distribution::search(self.request, &self.current, &found, &candidates, time);
            if seen.contains(&answer.styles) {
                break;
            }
            seen.push(answer.styles.clone());
            let design = distributed(&self.current, &answer.styles);
            let planned = self.evaluate(&design);
            let (moved, _, _) = totals(self.request, &planned);
            from = planned.clone();
            if moved < least * (1.0 - 1e-9) {
                least = moved;
                self.design = design;
                self.planned = planned;
                self.joins = joins::Joins::new(found);
                self.candidates = candidates;
                self.distribution = Some(answer);
            }
        }
        self.polish(least);
    }

    /// The objective looks at two tables at a time; where the planner moves less
    /// with one table left as it is, it stays.
    fn polish(&mut self, mut least: f64) {
        let (moved_now, _, _) = totals(self.request, &self.now);
        // Less than a block is nothing.
        if least <= moved_now || least < BLOCK_BYTES {
            return;
        }
        let tables: Vec<TableName> = self.current.schema.tables.keys().cloned().collect();
        for name in tables {
            let (Some(now), Some(new)) = (
                self.current.schema.tables.get(&name),
                self.design.schema.tables.get(&name),
            ) else {
                continue;
            };
            if now.dist_style == new.dist_style {
                continue;
            }
            let mut design = self.design.clone();
            if let Some(table) = design.schema.tables.get_mut(&name) {
                table.dist_style = now.dist_style.clone();
            }
            let planned = self.evaluate(&design);
            let (moved, _, _) = totals(self.request, &planned);
            if moved < least * (1.0 - 1e-9) {
                least = moved;
                self.taken_back.push(format!(
                    "`{name}` keeps its distribution: the planner moves fewer bytes so than the search expected"
                ));
                self.design = design;
                self.planned = planned;
            }
        }
    }

    pub fn sort(&mut self) {
        (self.progress)("trying sort keys");
        let large = self.entries.len() > LARGE_WORKLOAD;
        let mut better = sort_keys::search(self.request, &self.design, &self.planned, large);
        better.retain(|key| {
            // What is rewritten anyway is sorted in one go.
            let (now, new) = (&self.current.schema.tables, &self.design.schema.tables);
            let moved = |tables: &BTreeMap<TableName, Table>| {
                let table = tables.get(&key.table);
                table.map(|table| effective(&table.dist_style))
            };
            moved(now) != moved(new)
                || self.sorting_pays(&key.table, key.blocks_before - key.blocks_after)
        });
        if better.is_empty() {
            return;
        }
        let mut design = self.design.clone();
        for key in &better {
            sort_keys::set(&mut design, &key.table, &key.columns);
        }
        self.planned = self.evaluate(&design);
        self.design = design;
        self.better = better
            .into_iter()
            .map(|key| (key.table.clone(), key))
            .collect();
    }

    /// Nothing is recommended that makes a query lose its budget: the choice that
    /// costs it is refused and the search runs again without it; what is left over
    /// after some rounds stays as it is now.
    pub fn keep_budgets(&mut self) {
        for round in 0..BUDGET_ROUNDS {
            (self.progress)("holding every query against its budget");
            let losers = self.losers();
            if losers.is_empty() {
                return;
            }
            let last = round + 1 == BUDGET_ROUNDS;
            let mut reverted: Vec<TableName> = Vec::new();
            let changed = self.changed_tables();
            for loser in losers {
                for table in self.culprits(loser, &changed) {
                    if !reverted.contains(&table) {
                        self.refuse(&table, loser);
                        reverted.push(table);
                    }
                }
            }
            self.design = match last {
                true => self.without(&reverted),
                false => self.searched_again(),
            };
            self.planned = self.evaluate(&self.design);
        }
    }

    /// The changed table whose change costs an entry its budget; all that it reads
    /// where no single one does.
    fn culprits(&self, loser: usize, changed: &[TableName]) -> Vec<TableName> {
        let read = self.tables_of(loser);
        let tables: Vec<TableName> = changed
            .iter()
            .filter(|table| read.contains(table))
            .cloned()
            .collect();
        let one = tables.iter().find(|table| {
            let without = self.without(std::slice::from_ref(table));
            !self.loses(loser, &without)
        });
        match one {
            Some(table) => vec![table.clone()],
            None => tables,
        }
    }

    /// Takes a table's choice out of the candidates.
    fn refuse(&mut self, name: &TableName, loser: usize) {
        let query = &self.request.workload.entries[loser].name;
        let (Some(now), Some(new)) = (
            self.current.schema.tables.get(name),
            self.design.schema.tables.get(name),
        ) else {
            return;
        };
        let style = effective(&new.dist_style);
        let moved = style != effective(&now.dist_style);
        let what = match (&style, moved) {
            (DistStyle::Key(column), true) => format!("DISTKEY({column})"),
            (DistStyle::All, true) => "DISTSTYLE ALL".to_owned(),
            (_, true) => "DISTSTYLE EVEN".to_owned(),
            (_, false) => format!("SORTKEY({})", name::list(new.sort_columns())),
        };
        self.taken_back.push(format!(
            "`{name}` without {what}: it would cost {query} its budget"
        ));
        if !moved {
            self.better.remove(name);
            return;
        }
        for candidate in self.candidates.iter_mut().filter(|c| c.table == *name) {
            candidate.styles.retain(|other| *other != style);
            if candidate.styles.is_empty() {
                candidate.styles.push(effective(&now.dist_style));
            }
        }
    }

    /// The design of another search, with the sort keys that are left.
    fn searched_again(&mut self) -> Design {
        let seconds = self.request.env.config.advise.seconds.clamp(0.0, 3600.0);
        let time = Duration::from_secs_f64(seconds / (ROUNDS + BUDGET_ROUNDS) as f64);
        let answer = distribution::search(
            self.request,
            &self.current,
            &self.joins.all,
            &self.candidates,
            time,
        );
        let mut design = distributed(&self.current, &answer.styles);
        for (table, key) in &self.better {
            sort_keys::set(&mut design, table, &key.columns);
        }
        self.distribution = Some(answer);
        design
    }

    /// The design with tables as they are now.
    fn without(&self, tables: &[TableName]) -> Design {
        let mut design = self.design.clone();
        for name in tables {
            if let Some(now) = self.current.schema.tables.get(name) {
                design.schema.tables.insert(name.clone(), now.clone());
            }
        }
        design
    }

    /// Entries whose warm median was within the budget and no longer is.
    fn losers(&self) -> Vec<usize> {
        let pairs: Vec<_> = self.now.iter().zip(&self.planned).collect();
        let lost = pairs.par_iter().filter(|(before, after)| {
            self.lost(
                &predict(self.request, &self.current, before),
                &predict(self.request, &self.design, after),
            )
        });
        lost.map(|(_, after)| after.entry).collect()
    }

    fn loses(&self, entry: usize, design: &Design) -> bool {
        let place = self.now.binary_search_by_key(&entry, |one| one.entry);
        let before = place.ok().map(|place| &self.now[place]);
        let after = evaluate(self.request, design, &[entry]);
        let (Some(before), Some(Ok(after))) = (before, after.into_iter().next()) else {
            return false;
        };
        self.lost(
            &predict(self.request, &self.current, before),
            &predict(self.request, design, &after),
        )
    }

    fn lost(&self, before: &Prediction, after: &Prediction) -> bool {
        let budget = self.request.env.budget_ms;
        before.warm.p50_ms <= budget
            && after.warm.p50_ms > budget
            && after.warm.p50_ms > before.warm.p50_ms * (1.0 + WITHIN_NOISE)
    }

    fn changed_tables(&self) -> Vec<TableName> {
        let tables = self.design.schema.tables.iter();
        let changed = tables.filter(|(name, table)| {
            let now = self.current.schema.tables.get(*name);
            now.is_some_and(|now| {
                now.dist_style != table.dist_style || now.sort_key != table.sort_key
            })
        });
        changed.map(|(name, _)| name.clone()).collect()
    }

    /// The tables that an entry reads. Entries are in the order of the workload.
    fn tables_of(&self, entry: usize) -> BTreeSet<&TableName> {
        let place = self.planned.binary_search_by_key(&entry, |one| one.entry);
        let plan = place.ok().map(|place| &self.planned[place].plan);
        let nodes = plan.iter().flat_map(|plan| &plan.nodes);
        let tables = nodes.filter_map(|node| {
            let table = self.design.schema.resolve(&node.table_name()?)?;
            Some(&table.name)
        });
        tables.collect()
    }

    /// Whether a sort key saves, over the runs given, the reading of as many bytes as
    /// rewriting the table takes.
    pub fn sorting_pays(&self, name: &TableName, blocks_saved: f64) -> bool {
        let table = self.current.schema.tables.get(name);
        let bytes = table.and_then(|table| raw_bytes(&self.current, table));
        bytes.is_none_or(|bytes| {
            blocks_saved * BLOCK_BYTES * self.request.env.config.advise.runs >= bytes
        })
    }

    /// The terms of the objective, of what is recommended.
    pub fn network_bytes(&self) -> NetworkBytes {
        let Some(found) = &self.distribution else {
            return NetworkBytes {
                current: 0.0,
                recommended: 0.0,
                lower_bound: 0.0,
                proven_optimal: true,
            };
        };
        // What was taken back since is part of what is recommended.
        let recommended = distribution::cost(
            self.request,
            &self.current,
            &mut self.joins.all.iter(),
            &|name| {
                let table = self.design.schema.tables.get(name);
                table.map_or(DistStyle::Even, |table| effective(&table.dist_style))
            },
        );
        let least = found.lower_bound.min(recommended);
        NetworkBytes {
            current: found.current,
            recommended,
            lower_bound: least,
            proven_optimal: found.proven && recommended <= least * (1.0 + 1e-9) + 1e-6,
        }
    }
}

/// The design with tables distributed otherwise. AUTO stays AUTO where EVEN is as
/// good: Redshift may know better.
fn distributed(design: &Design, styles: &BTreeMap<TableName, DistStyle>) -> Design {
    let mut changed = design.clone();
    for (name, style) in styles {
        let now = changed.schema.tables.get(name);
        if now.is_some_and(|now| effective(&now.dist_style) != *style) {
            distributed_as(&mut changed, name, style.clone());
        }
    }
    changed
}

/// One table distributed otherwise: what is known of its skew no longer holds.
fn distributed_as(design: &mut Design, name: &TableName, style: DistStyle) {
    let Some(table) = design.schema.tables.get_mut(name) else {
        return;
    };
    table.dist_style = style;
    for (other, stats) in &mut design.stats.tables {
        if other.matches(name) {
            stats.diststyle = None;
            stats.skew_rows = None;
        }
    }
}
