//! Lookups kept as columns of the table that they are joined to: what that saves
//! and costs, against a star with the recommended keys.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::design::Design;
use super::evaluate::{Evaluated, Planned, WITHIN_NOISE, evaluate, predict, totals};
use super::growth::{Arrivals, Side, arrivals};
use super::memo::Memo;
use super::workload::{Body, Entry, Workload};
use super::{BeforeAfter, Request, sort_keys};
use crate::name::{Ident, TableName};
use crate::plan::Node;
use crate::sql::{self, KnownColumn, Lookup, Role, WideQuery, inline, write};
use crate::stats::TableStats;
use crate::text::units::duration;
use crate::thresholds::LOOKUP_SHARE;
use crate::work::bytes_of;

use table::WideTable;

/// Values that BYTEDICT tells apart in one byte [Byte-dictionary encoding].
const BYTEDICT_VALUES: f64 = 256.0;

/// A query for the wide table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rewritten {
    /// The entry's name.
    pub name: String,
    /// How often it runs.
    pub frequency: f64,
    /// Its text.
    pub sql: String,
    /// Joins that are gone.
    pub joins_removed: usize,
    /// The warm median under the star as recommended, and of the wide table.
    pub p50_ms: BeforeAfter,
}

/// One table with its lookups inlined, against the star as recommended: `current`
/// is the star, `recommended` the wide table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Denormalization {
    /// The table.
    pub table: TableName,
    /// The lookups that its queries no longer join.
    pub lookups: Vec<TableName>,
    /// Whether it pays.
    pub pays: bool,
    /// Why, or why not.
    pub verdict: String,
    /// Joins that are gone over one run of the workload.
    pub joins_removed: f64,
    /// Bytes moved by the queries that are rewritten.
    pub moved_bytes: BeforeAfter,
    /// Blocks that they read.
    pub blocks: BeforeAfter,
    /// Milliseconds over one run of the workload: the least, the likely and the most
    /// that is saved. The model's error is common to both designs, so it scales.
    pub saved_ms: [f64; 3],
    /// Bytes that the new columns take: after encoding where that is known, and raw.
    pub added_bytes: [f64; 2],
    /// Rows that change when one row of a lookup does, by lookup.
    pub rows_per_change: BTreeMap<TableName, f64>,
    /// The query that runs most often, while rows arrive; where a rate is given.
    pub arrivals: Option<Arrivals>,
    /// Queries that return a row where a lookup has two for one key: then there is no wide table.
    pub checks: Vec<String>,
    /// The statements that make it.
    pub ddl: Vec<String>,
    /// The queries for it, as they were planned.
    pub queries: Vec<Rewritten>,
    /// Queries that join the table to a lookup and were not rewritten: their form is another.
    pub not_rewritten: Vec<String>,
}

/// Every table that queries join to lookups by their key; `star` is what is recommended.
pub(super) fn all(request: &Request<'_>, star: &Planned) -> Vec<Denormalization> {
    let mut joined: BTreeMap<TableName, Joined<'_>> = BTreeMap::new();
    for one in &star.all {
        let names = one.plan.nodes.iter().filter_map(Node::table_name);
        let schema = &star.design.schema;
        let tables = names.filter_map(|name| Some(schema.resolve(&name)?.name.clone()));
        let tables: BTreeSet<TableName> = tables.collect();
        for table in &tables {
            let with = joined.entry(table.clone()).or_default();
            with.queries.push(one);
            with.tables
                .extend(tables.iter().filter(|other| *other != table).cloned());
        }
    }
    let joined: Vec<_> = joined.into_iter().collect();
    joined
        .par_iter()
        .filter_map(|(name, with)| one(request, star, name, with))
        .filter(|found| !found.queries.is_empty())
        .collect()
}

/// A query with what it is for the wide table.
struct Inlined<'a> {
    star: &'a Evaluated,
    entry: &'a Entry,
    text: String,
    joins_removed: usize,
}

/// What queries join a table with.
#[derive(Default)]
struct Joined<'a> {
    queries: Vec<&'a Evaluated>,
    tables: BTreeSet<TableName>,
}

fn one(
    request: &Request<'_>,
    star: &Planned,
    name: &TableName,
    with: &Joined<'_>,
) -> Option<Denormalization> {
    let fact = star.design.schema.tables.get(name)?;
    let rows = star.design.rows(fact)?;
    let lookups = lookups(&star.design, &with.tables, rows);
    if lookups.is_empty() {
        return None;
    }
    let columns_of = |table: &TableName| {
        let table = star.design.schema.resolve(table)?;
        let columns = table.columns.iter().map(|column| KnownColumn {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            not_null: column.not_null
                || column.identity
                || table.primary_key.contains(&column.name),
        });
        Some(columns.collect())
    };
    let mut found = Vec::new();
    let mut not_rewritten = Vec::new();
    for one in with.queries.iter().copied() {
        let entry = &request.workload.entries[one.entry];
        let tables = star.tables_of(one.entry);
        let joins = lookups.iter().any(|lookup| tables.contains(&lookup.table));
        let Body::Query(text) = &entry.body else {
            continue;
        };
        match inline(text, name, &lookups, &columns_of) {
            Some(query) if reads_the_same(star, one, &query) => found.push((one, entry, query)),
            _ if joins => not_rewritten.push(entry.name.clone()),
            _ => {}
        }
    }
    let attempt = |found: &[(&'_ Evaluated, &'_ Entry, WideQuery)]| {
        let queries: Vec<&WideQuery> = found.iter().map(|(_, _, query)| query).collect();
        let table = WideTable::new(&star.design, fact, &queries);
        let wide = table.added_to(&star.design, fact);
        let mut workload = Workload::default();
        for (_, entry, query) in found {
            let text = query.text(&table.name, &|role, column| table.column(role, column));
            workload.entries.push(Entry {
                label: None,
                name: entry.name.clone(),
                frequency: entry.frequency,
                body: Body::Query(text),
            });
        }
        (table, wide, workload)
    };
    // What its own planner does not take is not printed.
    let (_, wide, workload) = attempt(&found);
    let inner = Request::new(request.env, &wide.schema, &wide.stats, &workload);
    let places: Vec<usize> = (0..found.len()).collect();
    let mut planned = evaluate(&inner, &wide, &places).into_iter();
    found.retain(|(_, entry, _)| {
        let taken = planned.next().is_some_and(|one| one.is_ok());
        not_rewritten.extend((!taken).then(|| entry.name.clone()));
        taken
    });
    if found.is_empty() {
        return None;
    }
    let (table, wide, workload) = attempt(&found);
    let rewritten: Vec<Inlined<'_>> = found
        .iter()
        .zip(&workload.entries)
        .filter_map(|((star, entry, query), wide)| {
            let Body::Query(text) = &wide.body else {
                return None;
            };
            Some(Inlined {
                star,
                entry,
                text: text.clone(),
                joins_removed: query.joins_removed,
            })
        })
        .collect();
    let inner = Request {
        growth: request.growth,
        ..Request::new(request.env, &wide.schema, &wide.stats, &workload)
    };
    let (design, planned) = sorted(&inner, &wide, &table.name)?;
    let added = added_bytes(&star.design, &table, rows);
    let before = Planned {
        design: star.design.clone(),
        all: rewritten.iter().map(|one| one.star.clone()).collect(),
    };
    let after = Planned {
        design,
        all: planned,
    };
    let mut found = compared(request, &inner, &before, &after, &rewritten);
    found.table = name.clone();
    found.lookups = table.lookups().into_iter().collect();
    found.not_rewritten = not_rewritten;
    found.checks = texts(table.checks());
    found.ddl = match after.design.table(&table.name) {
        Some(keys) => texts(table.create(fact, keys)),
        None => Vec::new(),
    };
    found.added_bytes = added;
    found.rows_per_change = found
        .lookups
        .iter()
        .filter_map(|lookup| {
            let table = star.design.schema.resolve(lookup)?;
            Some((lookup.clone(), rows / star.design.rows(table)?.max(1.0)))
        })
        .collect();
    found.arrivals = arriving(
        request,
        (&star.design, name),
        (&after.design, &table.name),
        &rewritten,
    )
    .map(|arrivals| Arrivals {
        added_bytes_per_hour: added.map(|bytes| bytes / rows * arrivals.rows_per_hour),
        ..arrivals
    });
    let turned = found
        .arrivals
        .as_ref()
        .and_then(|arrivals| Some((&arrivals.query, arrivals.turned()?)));
    if let Some((query, at)) = turned.filter(|_| found.pays) {
        found.verdict = format!(
            "it pays while the table is sorted, but not as rows arrive: {} h after a sort {query} \
             takes {}, of the star {}",
            at.hour,
            duration(at.p50_ms[1]),
            duration(at.p50_ms[0])
        );
        found.pays = false;
    }
    Some(found)
}

fn texts(all: Vec<write::Sql>) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// Whether the rewritten query reads the columns of the lookups that the planner says the query
/// reads: if not, a name was taken for another.
fn reads_the_same(star: &Planned, one: &Evaluated, query: &WideQuery) -> bool {
    let schema = &star.design.schema;
    let steps = || query.roles.iter().flat_map(|role| role.steps());
    let mut read: BTreeSet<(TableName, Ident)> = BTreeSet::new();
    for node in one.plan.nodes.iter().filter(|node| node.operator.is_scan()) {
        let table = node.table_name().and_then(|name| schema.resolve(&name));
        let columns = node.scanned_columns().map(|columns| &columns.read);
        for (table, column) in table.into_iter().flat_map(|table| {
            columns
                .into_iter()
                .flatten()
                .map(move |column| (table.name.clone(), column.clone()))
        }) {
            read.insert((table, column));
        }
    }
    let used = query.columns();
    let used: BTreeSet<(TableName, Ident)> = used
        .into_iter()
        .filter_map(|(role, column)| Some((role.step()?.table.clone(), column)))
        .collect();
    // What joins tables is read by the one and kept by the other as it likes.
    let joins = |table: &TableName, column: &Ident| {
        steps().any(|step| step.table == *table && step.key == *column)
            || query.roles.iter().any(|role| {
                let parent = role.parent();
                let before = parent.as_ref().and_then(Role::step);
                before.is_some_and(|before| before.table == *table)
                    && role.step().is_some_and(|step| step.from == *column)
            })
    };
    let lookups: BTreeSet<TableName> = steps().map(|step| step.table.clone()).collect();
    let of = |all: BTreeSet<(TableName, Ident)>| -> BTreeSet<(TableName, Ident)> {
        let mine = all.into_iter().filter(|(table, _)| lookups.contains(table));
        mine.filter(|(table, column)| !joins(table, column))
            .collect()
    };
    of(read) == of(used)
}

/// The most frequent of the rewritten queries by the hour, if this table grows.
fn arriving(
    request: &Request<'_>,
    (star, name): (&Design, &TableName),
    (wide, wide_name): (&Design, &TableName),
    rewritten: &[Inlined<'_>],
) -> Option<Arrivals> {
    let growth = request.growth?;
    if !growth.is_of(name) {
        return None;
    }
    let most = rewritten.iter().max_by(|a, b| {
        let frequency = a.entry.frequency.total_cmp(&b.entry.frequency);
        frequency.then(b.entry.name.cmp(&a.entry.name))
    })?;
    let Body::Query(before) = &most.entry.body else {
        return None;
    };
    let (before, after) = (
        sql::parse_query(before).ok()?,
        sql::parse_query(&most.text).ok()?,
    );
    let star = Side {
        query: &before,
        design: star,
        table: growth.table.clone(),
    };
    let wide = Side {
        query: &after,
        design: wide,
        table: wide_name.clone(),
    };
    Some(Arrivals {
        query: most.entry.name.clone(),
        rows_per_hour: growth.rows_per_hour,
        added_bytes_per_hour: [0.0; 2],
        hours: arrivals(request, growth, &star, &wide)?,
    })
}

/// Tables with few rows and a key of one column: what a fact can take in, over one
/// or several steps.
fn lookups(design: &Design, joined: &BTreeSet<TableName>, rows: f64) -> Vec<Lookup> {
    let tables = joined
        .iter()
        .filter_map(|name| design.schema.tables.get(name));
    let small = tables.filter(|table| {
        design
            .rows(table)
            .is_some_and(|few| few <= rows * LOOKUP_SHARE)
    });
    small
        .filter_map(|table| {
            let unique = table.unique.iter().find(|key| key.len() == 1);
            let key = match table.primary_key.as_slice() {
                [key] => key.clone(),
                _ => unique?.first()?.clone(),
            };
            Some(Lookup {
                table: table.name.clone(),
                key,
            })
        })
        .collect()
}

/// The rewritten queries under the best sort key of the wide table.
fn sorted(
    request: &Request<'_>,
    wide: &Design,
    name: &TableName,
) -> Option<(Design, Vec<Evaluated>)> {
    let all: Vec<usize> = (0..request.workload.entries.len()).collect();
    let run = |design: &Design| -> Option<Vec<Evaluated>> {
        let outcomes = evaluate(request, design, &all).into_iter();
        outcomes.map(Result::ok).collect()
    };
    let plain = Planned {
        all: run(wide)?,
        design: wide.clone(),
    };
    let better = sort_keys::search(request, &plain, &Memo::default(), false);
    let own = better.into_iter().find(|better| better.table == *name);
    let Some(own) = own else {
        return Some((plain.design, plain.all));
    };
    let mut sorted = wide.clone();
    sorted.sort(&own.table, &own.columns);
    let planned = run(&sorted)?;
    Some((sorted, planned))
}

/// Bytes that the columns take: one a row where a dictionary of 256 holds the
/// values, else as they are; and raw.
fn added_bytes(design: &Design, wide: &WideTable, rows: f64) -> [f64; 2] {
    let nothing = TableStats::default();
    let mut sums = [0.0, 0.0];
    for (role, column) in wide.columns() {
        let Some(table) = role.step().map(|step| &step.table) else {
            continue;
        };
        let Some(lookup) = design.schema.resolve(table) else {
            continue;
        };
        let Some(there) = lookup.column(column) else {
            continue;
        };
        let stats = design.stats.table(table).unwrap_or(&nothing);
        let raw = bytes_of(&there.data_type, stats, column);
        let known = stats.columns.get(column).and_then(|c| c.distinct);
        let distinct = known.or(stats.rows).unwrap_or(f64::INFINITY);
        let encoded = if distinct <= BYTEDICT_VALUES {
            raw.min(1.0)
        } else {
            raw
        };
        sums[0] += rows * encoded;
        sums[1] += rows * raw;
    }
    sums
}

fn compared(
    request: &Request<'_>,
    inner: &Request<'_>,
    star: &Planned,
    wide: &Planned,
    rewritten: &[Inlined<'_>],
) -> Denormalization {
    let (star_moved, star_blocks, _) = totals(request, &star.all);
    let (wide_moved, wide_blocks, _) = totals(inner, &wide.all);
    let mut queries = Vec::new();
    let (mut saved, mut total, mut joins) = ([0.0; 3], 0.0, 0.0);
    for ((before, after), one) in star.all.iter().zip(&wide.all).zip(rewritten) {
        let entry = one.entry;
        let was = predict(request, &star.design, before).warm;
        let is = predict(inner, &wide.design, after).warm;
        let gain = entry.frequency * (was.p50_ms - is.p50_ms);
        let scale = |end: f64| {
            if was.p50_ms > 0.0 {
                end / was.p50_ms
            } else {
                1.0
            }
        };
        let ends = [gain * scale(was.low_ms), gain, gain * scale(was.high_ms)];
        for (sum, end) in saved.iter_mut().zip(ends) {
            *sum += end;
        }
        total += entry.frequency * was.p50_ms;
        joins += entry.frequency * one.joins_removed as f64;
        queries.push(Rewritten {
            name: entry.name.clone(),
            frequency: entry.frequency,
            sql: one.text.clone(),
            joins_removed: one.joins_removed,
            p50_ms: BeforeAfter {
                current: was.p50_ms,
                recommended: is.p50_ms,
            },
        });
    }
    let share = if total > 0.0 { saved[1] / total } else { 0.0 };
    let verdict = match share {
        share if share >= WITHIN_NOISE => format!(
            "it pays: {:.0} % less time than the star with the recommended keys",
            share * 100.0
        ),
        share if share > -WITHIN_NOISE => {
            "a star with the recommended keys is as good: the joins that go take next to no time"
                .to_owned()
        }
        share => format!(
            "it does not pay: {:.0} % more time than the star with the recommended keys",
            -share * 100.0
        ),
    };
    Denormalization {
        table: TableName::default(),
        lookups: Vec::new(),
        pays: share >= WITHIN_NOISE,
        verdict,
        joins_removed: joins,
        moved_bytes: BeforeAfter {
            current: star_moved,
            recommended: wide_moved,
        },
        blocks: BeforeAfter {
            current: star_blocks,
            recommended: wide_blocks,
        },
        saved_ms: saved,
        added_bytes: [0.0; 2],
        rows_per_change: BTreeMap::new(),
        arrivals: None,
        checks: Vec::new(),
        ddl: Vec::new(),
        queries,
        not_rewritten: Vec::new(),
    }
}
