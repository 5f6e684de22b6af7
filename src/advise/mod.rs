//! All tables and a workload → the DISTKEY, DISTSTYLE, SORTKEY and ENCODE of every
//! table, what that saves, and the script that does it.
//!
//! A design, the keys of every table, flows through steps that each take one and return
//! one: `distribution` searches exactly over the join multigraph of the workload
//! ([`pairwise`]), `sort_keys` by the blocks that zone maps leave, `budgets` takes back
//! what would cost a query its budget. The workload is planned under each, and what is
//! said of the last (`answer`) is read from it.

mod answer;
mod budgets;
mod candidates;
mod denormalize;
mod derived;
mod design;
mod distribution;
mod encodings;
mod evaluate;
mod found;
mod growth;
mod joins;
mod literals;
mod objective;
pub mod pairwise;
mod present;
mod reasons;
mod script;
mod sort_keys;
mod workload;

use std::collections::BTreeMap;

use serde::Serialize;

pub use denormalize::{Denormalization, Rewritten};
pub use derived::derive;
pub use growth::{Arrivals, HourAfterSort};
pub use script::{Step, rollback_script, script};
pub use workload::{Body, Entry, Workload, WorkloadError};

use crate::environment::View;
use crate::latency::Prediction;
use crate::name::{Ident, TableName};
use crate::schema::{DistStyle, Encoding, Schema, SortKey};
use crate::stats::Stats;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The tables as they are.
    pub schema: &'a Schema,
    /// What is known of their data.
    pub stats: &'a Stats,
    /// The workload.
    pub workload: &'a Workload,
    /// How fast a table grows: shown for the star and for the wide table.
    pub growth: Option<&'a crate::whatif::Growth>,
    /// Cluster, budget and settings; its tables are these.
    pub env: View<'a>,
}

impl<'a> Request<'a> {
    /// What to recommend for these tables and this workload.
    pub fn new(
        env: View<'a>,
        schema: &'a Schema,
        stats: &'a Stats,
        workload: &'a Workload,
    ) -> Self {
        Self {
            schema,
            stats,
            workload,
            growth: None,
            env: env.with(schema, stats),
        }
    }
}

/// A table's keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Keys {
    /// `AUTO`, `EVEN`, `ALL` or `KEY`.
    pub diststyle: &'static str,
    /// The column of KEY.
    pub distkey: Option<Ident>,
    /// The columns of the sort key, in order.
    pub sortkey: Vec<Ident>,
    /// Encodings that change, by column.
    pub encodings: BTreeMap<Ident, Encoding>,
}

/// What is recommended for a table, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableAdvice {
    /// Its name.
    pub table: TableName,
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

/// The objective of the search: bytes that joins move between nodes over one run of the
/// workload, weighed bytes that copies store, and the rewriting of tables that change,
/// spread over the runs that should repay it.
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
    /// Tables that could take in their lookups, against the star as recommended.
    pub denormalizations: Vec<Denormalization>,
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

/// Works the recommendation out; `progress` is told what is being done.
pub fn advise(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Advice {
    if request.workload.has_plans() {
        let bound = request.workload.bound(request.schema);
        let request = Request {
            workload: &bound,
            ..*request
        };
        return advise_bound(&request, progress);
    }
    advise_bound(request, progress)
}

fn advise_bound(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Advice {
    progress("planning the workload as things are");
    let present = present::Present::new(request);
    progress("searching distribution keys");
    let found = distribution::distributed(&present);
    progress("trying sort keys");
    let found = sort_keys::sorted(&present, found);
    progress("holding every query against its budget");
    let found = budgets::kept(&present, found);
    progress("writing the answer");
    answer::answer(present, found)
}

impl Keys {
    fn of(style: &DistStyle, sort_key: &SortKey, encodings: BTreeMap<Ident, Encoding>) -> Self {
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
