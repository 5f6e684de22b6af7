//! All tables and a workload → the DISTKEY, DISTSTYLE, SORTKEY and ENCODE of every
//! table, what that saves, and the script that does it.
//!
//! A design, the keys of every table, flows through steps that each take one and return
//! one: `distribution` minimises the objective of docs/advise.md over the planned workload
//! ([`choices`]), `sort_keys` the blocks that zone maps leave, `verified` takes back what the
//! planner refutes; again from each answer, until it stays. What is said of the last
//! (`answer`) is read from it.

mod advisor;
mod answer;
mod auto;
mod candidates;
pub mod choices;
mod denormalize;
mod derived;
mod design;
mod distribution;
mod encodings;
mod evaluate;
mod evidence;
mod filters;
mod found;
mod growth;
mod joins;
mod literals;
mod memo;
mod merge_keys;
mod objective;
mod present;
mod reasons;
mod refused;
mod scope;
mod script;
mod sort_keys;
mod sum;
mod verified;
mod workload;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use advisor::{Advisor, Agreement, Beside, Theirs, theirs};
pub use denormalize::{Denormalization, Rewritten};
pub use derived::derive;
pub use growth::{Arrivals, HourAfterSort};
pub use objective::Terms;
pub use script::{Step, rollback_script, script};
pub use sort_keys::Tried;
pub use workload::{Body, Entry, Exported, Workload, WorkloadError};

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
    /// What AWS recommends, to be set beside what is recommended here.
    pub theirs: Option<&'a [Theirs]>,
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
            theirs: None,
            env: env.with(schema, stats),
        }
    }
}

/// A table's keys.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TableAdvice {
    /// Its name.
    pub table: TableName,
    /// As it is.
    pub current: Keys,
    /// As it should be.
    pub recommended: Keys,
    /// Why, with numbers; also what was tried and refused.
    pub reasons: Vec<String>,
    /// Sort keys that were tried, the recommended one first, then those that read least.
    pub sort_keys: Vec<Tried>,
}

impl TableAdvice {
    /// Whether anything is to be changed.
    pub fn changes(&self) -> bool {
        self.current != self.recommended
    }
}

/// Bytes that the planned workload moves between nodes: the first term of the objective.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NetworkBytes {
    /// As things are.
    pub current: f64,
    /// As recommended.
    pub recommended: f64,
    /// No combination of the candidates moves less, whatever it stores and rewrites.
    pub lower_bound: f64,
    /// Whether the claim is [`Claim::Proven`].
    pub proven_optimal: bool,
}

/// How good the distribution is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// No combination of the candidates has a lower objective: every one was planned, or
    /// bounded by what was.
    Proven,
    /// The best that was found.
    BestFound,
}

/// What the search minimised, term by term.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Objective {
    /// As things are.
    pub current: Terms,
    /// As recommended.
    pub recommended: Terms,
    /// No combination of the candidates has a lower sum.
    pub lower_bound: f64,
    /// Queries that were planned under every combination that they can tell apart.
    pub enumerated: usize,
}

/// A figure as things are and as recommended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct BeforeAfter {
    /// As things are.
    pub current: f64,
    /// As recommended.
    pub recommended: f64,
}

/// One entry of the workload under both designs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Advice {
    /// The cluster.
    pub cluster: String,
    /// Every table, in the order of their names.
    pub tables: Vec<TableAdvice>,
    /// What is claimed of its distribution.
    pub claim: Claim,
    /// What the search minimised.
    pub objective: Objective,
    /// Its first term.
    pub network_bytes: NetworkBytes,
    /// Milliseconds over one run of the workload: the warm medians, weighed.
    pub weighted_ms: BeforeAfter,
    /// Queries that take longer by more than the model's noise, those that lose most first.
    pub slower: Vec<String>,
    /// Queries that take less.
    pub faster: Vec<String>,
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
    #[serde(serialize_with = "named_reasons")]
    #[schemars(with = "Vec<LeftOut<'static>>")]
    pub left_out: Vec<(String, String)>,
    /// Recommendations that were taken back, with the reason.
    pub taken_back: Vec<String>,
    /// AWS's recommendations beside these, where they were given.
    #[serde(rename = "aws", skip_serializing_if = "Option::is_none")]
    pub advisor: Option<Advisor>,
    /// What the answer rests on.
    pub assumptions: Vec<String>,
    /// The statements that carry it out.
    pub script: String,
    /// The same with what undoes each.
    #[serde(skip)]
    pub steps: Vec<Step>,
}

impl Advice {
    /// Leaves, of the tables with their lookups inlined, those that pay and those that were asked
    /// about.
    pub fn keep_what_pays(&mut self) {
        self.denormalizations
            .retain(|one| one.pays || one.arrivals.is_some());
    }
}

/// A query that was left out, in the JSON document.
#[derive(Serialize, JsonSchema)]
struct LeftOut<'a> {
    name: &'a str,
    reason: &'a str,
}

/// `[{"name": …, "reason": …}]`.
fn named_reasons<S: serde::Serializer>(
    all: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.iter().map(|(name, reason)| LeftOut { name, reason }))
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

/// Searches at most. Chosen: no workload was met that needed more than five.
const ROUNDS: usize = 8;

fn advise_bound(request: &Request<'_>, progress: &(dyn Fn(&str) + Sync)) -> Advice {
    progress("planning the workload as things are");
    let present = present::Present::new(request);
    let mut back = verified::TakenBack::default();
    let mut found = found::Found::unchanged(present.planned.clone());
    // Other keys make other join orders, and what is taken back leaves room for something else:
    // searched again from each answer, until it stays and nothing was taken back for it.
    for round in 1..=ROUNDS {
        let barred = back.barred();
        progress(&format!("searching distribution keys, round {round}"));
        let next = distribution::distributed(&present, &found.planned, &back.styles);
        progress("trying sort keys");
        let next = sort_keys::sorted(&present, next, &back.sort_keys);
        let next = merge_keys::merged(&present, next, &back.sort_keys);
        progress("verifying every change");
        let next = verified::verified(&present, next, &mut back);
        let stays = next
            .planned
            .design
            .changed_from(&found.planned.design)
            .is_empty();
        found = next;
        if stays && back.barred() == barred {
            break;
        }
    }
    progress("writing the answer");
    answer::answer(present, found, back)
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
