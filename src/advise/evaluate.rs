//! One entry of a workload under one design: its plan, its work, its time.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Request;
use super::design::Design;
use super::workload::Body;
use crate::explain::{self, Settings};
use crate::latency::{Prediction, Warm};
use crate::name::TableName;
use crate::plan::{Node, Plan};
use crate::planner;
use crate::schema::Table;
use crate::sql::write;
use crate::sql::{self, Destination, QueryStatement};
pub(super) use crate::thresholds::WITHIN_NOISE;
use crate::whatif;
use crate::work::{self, Work};

/// Workloads with more entries than this are looked into less: fewer plans of each entry, fewer sort
/// keys, and no tree of an entry is kept. Chosen.
pub(super) const LARGE_WORKLOAD: usize = 1_000;

/// An entry that was planned and measured; shared, since a workload may have many
/// thousand and the search keeps several states of it.
#[derive(Debug, Clone)]
pub(super) struct Evaluated {
    /// Its place in the workload.
    pub entry: usize,
    pub plan: Arc<Plan>,
    pub work: Arc<Work>,
}

/// A design with the entries planned under it, in the order of the workload.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub design: Design,
    pub all: Vec<Evaluated>,
}

impl Planned {
    /// Plans these entries under a design; what can't be planned is left out.
    pub fn new(request: &Request<'_>, design: Design, entries: &[usize]) -> Self {
        let outcomes = evaluate(request, &design, entries);
        let all = outcomes.into_iter().filter_map(Result::ok).collect();
        Self { design, all }
    }

    /// The places of the entries in the workload.
    pub fn entries(&self) -> Vec<usize> {
        self.all.iter().map(|one| one.entry).collect()
    }

    /// One entry.
    pub fn entry(&self, entry: usize) -> Option<&Evaluated> {
        let place = self.all.binary_search_by_key(&entry, |one| one.entry);
        place.ok().map(|place| &self.all[place])
    }

    /// The tables that an entry reads and writes.
    pub fn tables_of(&self, entry: usize) -> BTreeSet<&TableName> {
        let one = self.entry(entry);
        let written = one.and_then(|one| one.written(&self.design));
        let read = one.into_iter().flat_map(|one| self.read_by(one));
        read.chain(written).collect()
    }

    /// The tables that any entry reads.
    pub fn tables_read(&self) -> BTreeSet<&TableName> {
        self.all.iter().flat_map(|one| self.read_by(one)).collect()
    }

    /// The tables that any entry reads or writes.
    pub fn tables_touched(&self) -> BTreeSet<&TableName> {
        let written = self.all.iter().filter_map(|one| one.written(&self.design));
        self.tables_read().into_iter().chain(written).collect()
    }

    fn read_by<'a>(&'a self, one: &'a Evaluated) -> impl Iterator<Item = &'a TableName> {
        let names = one.plan.nodes.iter().filter_map(Node::table_name);
        names.filter_map(|name| Some(&self.design.schema.resolve(&name)?.name))
    }
}

impl Evaluated {
    /// The table that it writes.
    pub fn written<'a>(&self, design: &'a Design) -> Option<&'a TableName> {
        let writes = self.plan.writes.as_ref()?;
        let Destination::Table(name) = &writes.into else {
            return None;
        };
        Some(&design.schema.resolve(name)?.name)
    }
}

/// Plans and measures entries under a design; those that can't be planned come
/// back with the reason.
pub(super) fn evaluate(
    request: &Request<'_>,
    design: &Design,
    entries: &[usize],
) -> Vec<Result<Evaluated, (usize, String)>> {
    let one = |at: &usize| evaluate_entry(request, design, *at).map_err(|error| (*at, error));
    entries.par_iter().map(one).collect()
}

fn evaluate_entry(
    request: &Request<'_>,
    design: &Design,
    entry: usize,
) -> Result<Evaluated, String> {
    evaluate_readied(request, design, &Readied::new(request, entry)?)
}

/// An entry that was read once, to be planned under many designs.
#[derive(Debug)]
pub(super) struct Readied<'a> {
    /// Its place in the workload.
    pub entry: usize,
    body: ReadiedBody<'a>,
}

#[derive(Debug)]
enum ReadiedBody<'a> {
    Query(Box<QueryStatement>),
    Plan(&'a Plan),
}

impl<'a> Readied<'a> {
    /// Reads an entry.
    ///
    /// # Errors
    /// Text that is no query.
    pub fn new(request: &Request<'a>, entry: usize) -> Result<Self, String> {
        let body = match &request.workload.entries[entry].body {
            Body::Query(text) => {
                let query = sql::parse_query(text).map_err(|error| error.to_string())?;
                ReadiedBody::Query(Box::new(query))
            }
            Body::Plan(plan) => ReadiedBody::Plan(plan),
        };
        Ok(Self { entry, body })
    }
}

/// Plans and measures an entry under a design.
///
/// # Errors
/// Why it can't be planned.
pub(super) fn evaluate_readied(
    request: &Request<'_>,
    design: &Design,
    readied: &Readied<'_>,
) -> Result<Evaluated, String> {
    let plan = replanned(request, design, readied)?;
    let work = measure(request, design, &plan);
    Ok(Evaluated {
        entry: readied.entry,
        plan: Arc::new(plan),
        work: Arc::new(work),
    })
}

/// Bytes that one run of an entry moves under a design: nothing else of it is worked out.
///
/// # Errors
/// Why it can't be planned.
pub(super) fn moved(
    request: &Request<'_>,
    design: &Design,
    readied: &Readied<'_>,
) -> Result<f64, String> {
    let plan = replanned(request, design, readied)?;
    Ok(measure_likely(request, design, &plan).network_bytes())
}

fn replanned(
    request: &Request<'_>,
    design: &Design,
    readied: &Readied<'_>,
) -> Result<Plan, String> {
    let shape = request.env.cluster.shape();
    match &readied.body {
        ReadiedBody::Query(query) => {
            let Design {
                schema,
                stats,
                prepared,
            } = design;
            let planned = planner::plan_prepared(query, prepared, schema, stats, shape);
            Ok(planned.map_err(|error| error.to_string())?.plan)
        }
        ReadiedBody::Plan(plan) => {
            let before = whatif::replay(plan, request.schema, shape);
            let after = whatif::replay(plan, &design.schema, shape);
            Ok(whatif::replayed_plan(plan, &before, &after))
        }
    }
}

/// The same plan measured under another design: sort keys change what scans read,
/// not what is joined how.
fn measure(request: &Request<'_>, design: &Design, plan: &Plan) -> Work {
    work::measure(plan, &context(request, design))
}

/// The middle of it alone, without an interval.
pub(super) fn measure_likely(request: &Request<'_>, design: &Design, plan: &Plan) -> Work {
    work::measure_likely(plan, &context(request, design))
}

fn context<'a>(request: &Request<'_>, design: &'a Design) -> work::Context<'a> {
    work::Context::new(request.env.cluster.shape()).with(&design.schema, &design.stats)
}

/// How long an entry takes under a design.
pub(super) fn predict(request: &Request<'_>, design: &Design, evaluated: &Evaluated) -> Prediction {
    let settings = Settings::new(request.env.with(&design.schema, &design.stats));
    explain::predicted(&evaluated.plan, &|_| None, &settings).1
}

/// How long it takes to read every column of a table once: what an ALTER that rewrites
/// it does at least, before it sorts and writes.
pub(super) fn reading_once(request: &Request<'_>, design: &Design, table: &Table) -> Option<Warm> {
    let columns = table.columns.iter().map(|column| &column.name);
    let read = write::count_each(&table.name, columns).to_string();
    let query = sql::parse_query(&read).ok()?;
    let readied = Readied {
        entry: 0,
        body: ReadiedBody::Query(Box::new(query)),
    };
    let evaluated = evaluate_readied(request, design, &readied).ok()?;
    Some(predict(request, design, &evaluated).warm)
}

/// Bytes moved and blocks read, times how often each entry runs.
pub(super) fn totals(request: &Request<'_>, evaluated: &[Evaluated]) -> (f64, f64, f64) {
    let mut sums = (0.0, 0.0, 0.0);
    for one in evaluated {
        let frequency = request.workload.entries[one.entry].frequency;
        sums.0 += frequency * one.work.network_bytes();
        sums.1 += frequency * one.work.scanned_blocks();
        sums.2 += frequency * one.work.scanned_bytes();
    }
    sums
}
