//! All tables and a workload → the DISTKEY, DISTSTYLE, SORTKEY and ENCODE of every
//! table, what that saves, and the script that does it.
//!
//! The distribution is searched exactly over the join multigraph of the workload
//! ([`pairwise`]), sort keys by the blocks that zone maps leave; then the planner
//! runs the workload under both designs, and what would cost a query its budget
//! is taken back.

mod derived;
mod distribution;
mod encodings;
mod evaluate;
mod joins;
mod literals;
pub mod pairwise;
mod reasons;
mod script;
mod sort_keys;
mod workload;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

pub use derived::derive;
pub use script::{Step, rollback_script, script};
pub use workload::{Body, Entry, Workload, WorkloadError};

use crate::config::Config;
use crate::latency::{Cluster, Prediction};
use crate::schema::{DistStyle, Encoding, Schema, SortKey, TableName};
use crate::stats::Stats;
use distribution::{Candidates, Distribution, effective};
use evaluate::{Design, Evaluated, evaluate, predict, totals};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The tables as they are.
    pub schema: &'a Schema,
    /// What is known of their data.
    pub stats: &'a Stats,
    /// The workload.
    pub workload: &'a Workload,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Whether the cluster stands in for one that was not named.
    pub cluster_assumed: bool,
    /// The latency that a query should keep, in milliseconds.
    pub budget_ms: f64,
    /// The settings.
    pub config: &'a Config,
}

/// A table's keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Keys {
    /// `AUTO`, `EVEN`, `ALL` or `KEY`.
    pub diststyle: &'static str,
    /// The column of KEY.
    pub distkey: Option<String>,
    /// The columns of the sort key, in order.
    pub sortkey: Vec<String>,
    /// Encodings that change, by column.
    pub encodings: BTreeMap<String, Encoding>,
}

/// What is recommended for a table, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableAdvice {
    /// Its name.
    pub table: String,
    /// As it is.
    pub current: Keys,
    /// As it should be.
    pub recommended: Keys,
    /// Why, with numbers; also what was tried and refused.
    pub reasons: Vec<String>,
}

impl TableAdvice {
    /// Whether anything is to be changed.
    pub fn changes(&self) -> bool {
        self.current != self.recommended
    }
}

/// What joins move, by the objective of the search: bytes between nodes over one
/// run of the workload, and weighed bytes that copies store.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkBytes {
    /// As things are.
    pub current: f64,
    /// As recommended.
    pub recommended: f64,
    /// No combination of the candidates has less.
    pub lower_bound: f64,
    /// Whether the recommendation is that combination.
    pub proven_optimal: bool,
}

/// A figure as things are and as recommended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BeforeAfter {
    /// As things are.
    pub current: f64,
    /// As recommended.
    pub recommended: f64,
}

/// One entry of the workload under both designs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryAdvice {
    /// Its name.
    pub name: String,
    /// How often it runs.
    pub frequency: f64,
    /// As things are.
    pub before: Prediction,
    /// As recommended.
    pub after: Prediction,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The cluster.
    pub cluster: String,
    /// Every table, in the order of their names.
    pub tables: Vec<TableAdvice>,
    /// What the search minimised.
    pub network_bytes: NetworkBytes,
    /// Bytes that the planned workload moves.
    pub moved_bytes: BeforeAfter,
    /// Bytes that its scans read.
    pub scanned_bytes: BeforeAfter,
    /// Blocks that its scans read.
    pub scanned_blocks: BeforeAfter,
    /// Every query.
    pub queries: Vec<QueryAdvice>,
    /// Queries that were left out, with the reason.
    pub left_out: Vec<(String, String)>,
    /// Recommendations that were taken back, with the reason.
    pub taken_back: Vec<String>,
    /// What the answer rests on.
    pub assumptions: Vec<String>,
    /// The statements that carry it out.
    pub script: String,
    /// The same with what undoes each.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

/// Rounds in which joins are read again from the plans of the last answer: other
/// keys make other join orders.
const ROUNDS: usize = 3;

/// Workloads with more queries than this get fewer sort keys tried.
const LARGE_WORKLOAD: usize = 1_000;

/// Works the recommendation out; `progress` is told what is being done.
pub fn advise(request: &Request<'_>, progress: &dyn Fn(&str)) -> Advice {
    let mut adviser = Adviser::new(request, progress);
    adviser.distribute();
    adviser.sort();
    adviser.take_back();
    adviser.answer()
}

/// The state of the search.
struct Adviser<'a> {
    request: &'a Request<'a>,
    progress: &'a dyn Fn(&str),
    /// Entries that can be planned.
    entries: Vec<usize>,
    left_out: Vec<(String, String)>,
    current: Design,
    now: Vec<Evaluated>,
    /// The best so far.
    design: Design,
    planned: Vec<Evaluated>,
    joins: Vec<joins::Join>,
    candidates: Vec<Candidates>,
    distribution: Option<Distribution>,
    better: BTreeMap<TableName, sort_keys::Better>,
    taken_back: Vec<String>,
    /// Columns whose values are taken to span the workload's literals.
    reaching: Vec<String>,
}

impl<'a> Adviser<'a> {
    fn new(request: &'a Request<'a>, progress: &'a dyn Fn(&str)) -> Self {
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
            joins: Vec::new(),
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
    fn distribute(&mut self) {
        let seconds = self.request.config.advise.seconds.clamp(0.0, 3600.0);
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
                self.joins = found;
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
        if least <= moved_now {
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

    fn sort(&mut self) {
        (self.progress)("trying sort keys");
        let large = self.entries.len() > LARGE_WORKLOAD;
        let better = sort_keys::search(self.request, &self.design, &self.planned, large);
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

    /// Nothing is recommended that makes a query lose its budget: the changes to
    /// the tables that it reads are taken back, one after another, until it keeps it.
    fn take_back(&mut self) {
        (self.progress)("holding every query against its budget");
        let budget = self.request.budget_ms;
        let mut pending = Some(self.losers(budget));
        while let Some(losers) = pending.take() {
            let Some(loser) = losers.first().copied() else {
                return;
            };
            let name = self.request.workload.entries[loser].name.clone();
            let tables: Vec<TableName> = self
                .changed_tables()
                .into_iter()
                .filter(|table| self.reads(loser, table))
                .collect();
            let Some(table) = tables.first() else {
                return;
            };
            let Some(now) = self.current.schema.tables.get(table).cloned() else {
                return;
            };
            self.design.schema.tables.insert(table.clone(), now);
            self.better.remove(table);
            self.planned = self.evaluate(&self.design);
            self.taken_back.push(format!(
                "`{table}` stays as it is: the change would cost {name} its budget"
            ));
            pending = Some(self.losers(budget));
        }
    }

    /// Entries whose warm median was within the budget and no longer is.
    fn losers(&self, budget_ms: f64) -> Vec<usize> {
        let mut losers = Vec::new();
        for (before, after) in self.now.iter().zip(&self.planned) {
            let was = predict(self.request, &self.current, before).warm.p50_ms;
            let is = predict(self.request, &self.design, after).warm.p50_ms;
            if was <= budget_ms && is > budget_ms {
                losers.push(after.entry);
            }
        }
        losers
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

    fn reads(&self, entry: usize, table: &TableName) -> bool {
        let plans = self.planned.iter().filter(|one| one.entry == entry);
        plans.flat_map(|one| &one.plan.nodes).any(|node| {
            let relation = node.relation_name();
            let found = relation.and_then(|name| crate::graph::lookup(&self.design.schema, &name));
            found.is_some_and(|found| found.name == *table)
        })
    }

    fn answer(self) -> Advice {
        (self.progress)("writing the answer");
        let request = self.request;
        let (moved_now, blocks_now, bytes_now) = totals(request, &self.now);
        let (moved, blocks, bytes) = totals(request, &self.planned);
        let tables = reasons::tables(&self);
        let queries = self
            .now
            .iter()
            .zip(&self.planned)
            .map(|(before, after)| QueryAdvice {
                name: request.workload.entries[before.entry].name.clone(),
                frequency: request.workload.entries[before.entry].frequency,
                before: predict(request, &self.current, before),
                after: predict(request, &self.design, after),
            })
            .collect();
        let steps = script::steps(&self.current.schema, request.stats, &tables);
        let network_bytes = self.network_bytes();
        Advice {
            cluster: request.cluster.to_string(),
            network_bytes,
            moved_bytes: BeforeAfter {
                current: moved_now,
                recommended: moved,
            },
            scanned_bytes: BeforeAfter {
                current: bytes_now,
                recommended: bytes,
            },
            scanned_blocks: BeforeAfter {
                current: blocks_now,
                recommended: blocks,
            },
            queries,
            assumptions: reasons::assumptions(&self),
            left_out: self.left_out,
            taken_back: self.taken_back,
            script: script::script(&steps),
            steps,
            tables,
        }
    }

    fn network_bytes(&self) -> NetworkBytes {
        let Some(found) = &self.distribution else {
            return NetworkBytes {
                current: 0.0,
                recommended: 0.0,
                lower_bound: 0.0,
                proven_optimal: true,
            };
        };
        // What was taken back since is part of what is recommended.
        let recommended = distribution::cost(self.request, &self.current, &self.joins, &|name| {
            let table = self.design.schema.tables.get(name);
            table.map_or(DistStyle::Even, |table| effective(&table.dist_style))
        });
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
        let Some(table) = changed.schema.tables.get_mut(name) else {
            continue;
        };
        if effective(&table.dist_style) == *style {
            continue;
        }
        table.dist_style = style.clone();
        for (other, stats) in &mut changed.stats.tables {
            if *other == name.to_string() || *other == name.name {
                stats.diststyle = None;
                stats.skew_rows = None;
            }
        }
    }
    changed
}

impl Keys {
    fn of(style: &DistStyle, sort_key: &SortKey, encodings: BTreeMap<String, Encoding>) -> Self {
        let (diststyle, distkey) = match style {
            DistStyle::Auto(_) => ("AUTO", None),
            DistStyle::Even => ("EVEN", None),
            DistStyle::All => ("ALL", None),
            DistStyle::Key(column) => ("KEY", Some(column.clone())),
        };
        let sortkey = match sort_key {
            SortKey::Compound(columns) | SortKey::Interleaved(columns) => columns.clone(),
            SortKey::Auto(columns) => columns.clone().unwrap_or_default(),
            SortKey::None => Vec::new(),
        };
        Self {
            diststyle,
            distkey,
            sortkey,
            encodings,
        }
    }
}
