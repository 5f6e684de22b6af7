//! Lookups kept as columns of the table that they are joined to: what that saves
//! and costs, against a star with the recommended keys.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::design::Design;
use super::evaluate::{Evaluated, Planned, WITHIN_NOISE, evaluate, predict, totals};
use super::growth::{Arrivals, Side, arrivals};
use super::workload::{Body, Entry, Workload};
use super::{BeforeAfter, Request, sort_keys};
use crate::name::Ident;
use crate::plan::Node;
use crate::schema::{Column, Table, TableName};
use crate::sql::{self, Lookup, inline};
use crate::stats::{ColumnStats, TableStats};
use crate::text::units::duration;
use crate::thresholds::LOOKUP_SHARE;
use crate::work::bytes_of;

/// Values that BYTEDICT tells apart in one byte [Byte-dictionary encoding].
const BYTEDICT_VALUES: f64 = 256.0;

/// Why no SQL is printed for the wide table. The queries may join a lookup by another column
/// than its foreign key names, or twice under two names: then the table would be wrong.
const NO_SQL: &str = "no SQL is given for the wide table: which columns join it to its lookups was \
    not checked; write the CREATE TABLE AS from the joins of your own queries";

/// A query for the wide table.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// Always empty: see `no_sql`.
    pub ddl: Vec<String>,
    /// Why there is no statement that makes the table.
    pub no_sql: &'static str,
    /// The queries for it, as they were planned.
    pub queries: Vec<Rewritten>,
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
    let wide_name = Ident::exact(format!("{}_wide", name.name.as_str()));
    let columns_of = |table: &TableName| {
        let found = star.design.schema.resolve(table);
        let columns = found.map(|table| table.columns.iter().map(|c| c.name.clone()).collect());
        columns.unwrap_or_default()
    };
    let mut rewritten = Vec::new();
    for one in with.queries.iter().copied() {
        let entry = &request.workload.entries[one.entry];
        let Body::Query(text) = &entry.body else {
            continue;
        };
        let found = inline(text, name, &wide_name, &lookups, &columns_of);
        if let Some(found) = found {
            rewritten.push((one, entry, found));
        }
    }
    if rewritten.is_empty() {
        return None;
    }
    let used: BTreeSet<(TableName, Ident)> = rewritten
        .iter()
        .flat_map(|(_, _, found)| found.columns.iter().cloned())
        .collect();
    let wide = widened(&star.design, fact, &wide_name, &used);
    let mut workload = Workload::default();
    for (_, entry, found) in &rewritten {
        workload.entries.push(Entry {
            label: None,
            name: entry.name.clone(),
            frequency: entry.frequency,
            body: Body::Query(found.text.clone()),
        });
    }
    let inner = Request {
        growth: request.growth,
        ..Request::new(request.env, &wide.schema, &wide.stats, &workload)
    };
    let (design, planned) = planned(&inner, &wide, &wide_name)?;
    let added = added_bytes(&star.design, &used, rows);
    let before = Planned {
        design: star.design.clone(),
        all: rewritten.iter().map(|(one, _, _)| (*one).clone()).collect(),
    };
    let after = Planned {
        design,
        all: planned,
    };
    let mut found = compared(request, &inner, &before, &after, &rewritten);
    found.table = name.clone();
    found.lookups = used
        .iter()
        .map(|(table, _)| table.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
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
        &star.design,
        name,
        &wide_name,
        &after.design,
        &rewritten,
        &workload,
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

/// The most frequent of the rewritten queries by the hour, if this table grows.
fn arriving(
    request: &Request<'_>,
    star: &Design,
    name: &TableName,
    wide_name: &Ident,
    wide: &Design,
    rewritten: &[(&Evaluated, &Entry, sql::Inlined)],
    workload: &Workload,
) -> Option<Arrivals> {
    let growth = request.growth?;
    if !growth.is_of(name) {
        return None;
    }
    let both = rewritten.iter().zip(&workload.entries);
    let most = both.max_by(|((_, a, _), _), ((_, b, _), _)| {
        a.frequency
            .total_cmp(&b.frequency)
            .then(b.name.cmp(&a.name))
    });
    let ((_, entry, _), after) = most?;
    let (Body::Query(before), Body::Query(after)) = (&entry.body, &after.body) else {
        return None;
    };
    let (before, after) = (
        sql::parse_query(before).ok()?,
        sql::parse_query(after).ok()?,
    );
    let star = Side {
        query: &before,
        design: star,
        table: growth.table.clone(),
    };
    let wide = Side {
        query: &after,
        design: wide,
        table: TableName::new(None, wide_name.clone()),
    };
    Some(Arrivals {
        query: entry.name.clone(),
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
                columns: table.columns.iter().map(|c| c.name.clone()).collect(),
            })
        })
        .collect()
}

/// The design with the wide table, its columns as long and as many as in the lookups.
fn widened(
    star: &Design,
    fact: &Table,
    wide_name: &Ident,
    used: &BTreeSet<(TableName, Ident)>,
) -> Design {
    let mut design = star.clone();
    let nothing = TableStats::default();
    let known = |table: &Table| star.stats.table(&table.name);
    let mut wide = fact.clone();
    let mut stats = known(fact).unwrap_or(&nothing).clone();
    wide.name = TableName::new(None, wide_name.clone());
    for (table, column) in used {
        let Some(lookup) = star.schema.resolve(table) else {
            continue;
        };
        let Some(there) = lookup.column(column) else {
            continue;
        };
        let name = sql::wide_column(table, column);
        wide.columns.push(Column {
            name: name.clone(),
            not_null: false,
            identity: false,
            default: None,
            ..there.clone()
        });
        let of_lookup = known(lookup).unwrap_or(&nothing);
        let there = of_lookup.columns.get(column);
        stats.columns.insert(
            name,
            ColumnStats {
                distinct: there.and_then(|c| c.distinct).or(of_lookup.rows),
                ..there.cloned().unwrap_or_default()
            },
        );
    }
    design.stats.tables.insert(wide.name.clone(), stats);
    design.schema.tables.insert(wide.name.clone(), wide);
    design
}

/// The rewritten queries under the best sort key of the wide table.
fn planned(request: &Request<'_>, wide: &Design, name: &Ident) -> Option<(Design, Vec<Evaluated>)> {
    let all: Vec<usize> = (0..request.workload.entries.len()).collect();
    let run = |design: &Design| -> Option<Vec<Evaluated>> {
        let outcomes = evaluate(request, design, &all).into_iter();
        outcomes.map(Result::ok).collect()
    };
    let plain = run(wide)?;
    let better = sort_keys::search(request, wide, &plain, false);
    let own = better.into_iter().find(|better| better.table.name == *name);
    let Some(own) = own else {
        return Some((wide.clone(), plain));
    };
    let mut sorted = wide.clone();
    sorted.sort(&own.table, &own.columns);
    let planned = run(&sorted)?;
    Some((sorted, planned))
}

/// Bytes that the columns take: one a row where a dictionary of 256 holds the
/// values, else as they are; and raw.
fn added_bytes(design: &Design, used: &BTreeSet<(TableName, Ident)>, rows: f64) -> [f64; 2] {
    let nothing = TableStats::default();
    let mut sums = [0.0, 0.0];
    for (table, column) in used {
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
    rewritten: &[(&Evaluated, &Entry, sql::Inlined)],
) -> Denormalization {
    let (star_moved, star_blocks, _) = totals(request, &star.all);
    let (wide_moved, wide_blocks, _) = totals(inner, &wide.all);
    let mut queries = Vec::new();
    let (mut saved, mut total, mut joins) = ([0.0; 3], 0.0, 0.0);
    for ((before, after), (_, entry, text)) in star.all.iter().zip(&wide.all).zip(rewritten) {
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
        joins += entry.frequency * text.joins_removed as f64;
        queries.push(Rewritten {
            name: entry.name.clone(),
            frequency: entry.frequency,
            sql: text.text.clone(),
            joins_removed: text.joins_removed,
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
        ddl: Vec::new(),
        no_sql: NO_SQL,
        queries,
    }
}
