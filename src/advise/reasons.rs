//! The answer in words: each table's keys before and after, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::has_keys;
use super::design::effective;
use super::evaluate::Planned;
use super::found::Found;
use super::joins::Joins;
use super::present::Present;
use super::sort_keys::{self, OfTable};
use super::verified::TakenBack;
use super::{Keys, TableAdvice, encodings};
use crate::name::{self, Ident};
use crate::plan::{JoinMethod, Node, Operator};
use crate::schema::{DistStyle, SortKey, Table, TableName};
use crate::text::units::{count, size};
use crate::thresholds::LARGE_ROWS;

/// Tables named in a reason; the rest are counted.
const NAMED: usize = 3;

pub(super) fn tables(present: &Present<'_>, found: &Found, back: &TakenBack) -> Vec<TableAdvice> {
    let tables = present.design().schema.tables.values();
    let kept = tables.filter(|table| has_keys(table));
    let read = present.planned.tables_read();
    let planned = &found.planned;
    let tried = sort_keys::all_tried(present, planned);
    let with_little = |table: &Table| {
        let of_table = tried.get(&table.name);
        let mut advice = advice(found, present, table, of_table);
        if !read.contains(&table.name) {
            let unread = "no query of the workload reads it: its keys are left as they are";
            advice.reasons.insert(0, unread.to_owned());
        }
        let little = back.little.get(&table.name).filter(|_| !advice.changes());
        advice.reasons.extend(little.into_iter().flatten().cloned());
        advice
    };
    kept.map(with_little).collect()
}

fn advice(
    found: &Found,
    present: &Present<'_>,
    now: &Table,
    tried: Option<&OfTable>,
) -> TableAdvice {
    let new = found.planned.design.table(&now.name).unwrap_or(now);
    let changes = encodings::better(now, new.sort_columns());
    let current = Keys::of(&now.dist_style, &now.sort_key, BTreeMap::new());
    let recommended = Keys::of(&new.dist_style, &new.sort_key, changes.clone());
    let mut reasons = Vec::new();
    reasons.extend(distribution(present, found, now, new));
    if now.sort_key != new.sort_key {
        let [before, after] =
            [&present.planned, &found.planned].map(|planned| blocks(present, planned, &now.name));
        let merged = merged_with(&found.planned, &now.name);
        let already = merged_with(&present.planned, &now.name);
        let with = merged.difference(&already).map(|name| format!("`{name}`"));
        let with: Vec<String> = with.collect();
        let sorted = name::list(new.sort_columns());
        if !with.is_empty() {
            reasons.push(format!(
                "sorted by ({sorted}), its join with {} is merged instead of hashed",
                with.join(", ")
            ));
        }
        if with.is_empty() || after < before {
            reasons.push(format!(
                "sorted by ({sorted}), its scans read {} blocks instead of {} over one run of the \
                 workload",
                count(after),
                count(before)
            ));
        }
    }
    reasons.extend(tried.into_iter().flat_map(|tried| sorting(tried, now, new)));
    if let SortKey::Auto(_) = now.sort_key
        && now.sort_key != new.sort_key
    {
        reasons.push(
            "it leaves SORTKEY AUTO: Redshift will not change the key by itself any more"
                .to_owned(),
        );
    }
    if !changes.is_empty() {
        let names: Vec<String> = changes
            .iter()
            .map(|(column, encoding)| format!("`{column}` {encoding}"))
            .collect();
        reasons.push(format!("encodings by type: {}", names.join(", ")));
    }
    TableAdvice {
        table: now.name.clone(),
        current,
        recommended,
        reasons,
        sort_keys: tried.map_or_else(Vec::new, |tried| tried.tried.clone()),
    }
}

/// What was tried of the sort keys of a table, and what was not.
fn sorting(tried: &OfTable, now: &Table, new: &Table) -> Vec<String> {
    let mut reasons = Vec::new();
    let changed = now.sort_key != new.sort_key;
    let first = new.sort_columns().first();
    if changed && let Some(arriving) = first.filter(|first| tried.arriving.contains(*first)) {
        reasons.push(format!(
            "rows are taken to arrive in the order of `{arriving}`: those since the last sort can \
             be skipped as well"
        ));
    }
    if changed && let Some(looked_up) = first.filter(|first| tried.looked_up.contains(*first)) {
        reasons.push(format!(
            "what a filter leaves of the table joined by `{looked_up}` is taken to restrict the scan \
             as it runs, which timings show and Redshift's documentation does not promise"
        ));
    }
    if changed && tried.tried.len() > 1 {
        let keys = tried.tried.iter().map(|one| {
            let columns = match one.columns.is_empty() {
                true => "none".to_owned(),
                false => format!("({})", name::list(&one.columns)),
            };
            format!(
                "{columns} {}, {}",
                count(one.blocks),
                count(one.blocks_arrived)
            )
        });
        reasons.push(format!(
            "blocks read under sort keys as they are sorted now, and when rows have arrived: {}",
            keys.collect::<Vec<_>>().join("; ")
        ));
    }
    if !tried.uncounted.is_empty() {
        reasons.push(format!(
            "no sort key by {} was tried: how many values there are is not known; `distkey \
             stats-query --columns` exports it",
            name::list(tried.uncounted.iter().map(|column| format!("`{column}`")))
        ));
    }
    reasons
}

fn distribution(present: &Present<'_>, found: &Found, now: &Table, new: &Table) -> Vec<String> {
    let mut reasons = Vec::new();
    let style = effective(&new.dist_style);
    let style_of = |name: &TableName| found.planned.design.style(name);
    let joins = &found.distributed.joins;
    let saves = saved(present, found, &now.name);
    let partners = partners(present, joins, &now.name, &style, &style_of);
    let rows = present.design().rows(now);
    match &style {
        DistStyle::Key(column) if saves > 0.0 => reasons.push(format!(
            "{}: {} stay on their slices over one run of the workload",
            match partners.is_empty() {
                true => format!("grouped or written by `{column}`"),
                false => format!("joined on `{column}` with {partners}"),
            },
            size(saves)
        )),
        DistStyle::Key(column) => {
            reasons.push(format!(
                "distributed by `{column}`, which nothing else beats"
            ));
        }
        DistStyle::All if saves > 0.0 => reasons.push(format!(
            "{}a copy on every node saves {} over one run of the workload, joined with {partners}",
            rows.map_or(String::new(), |rows| format!("{} rows: ", count(rows))),
            size(saves)
        )),
        _ => {}
    }
    if style == DistStyle::All
        && now.dist_style != new.dist_style
        && let Some(rows) = rows.filter(|rows| *rows >= LARGE_ROWS)
    {
        reasons.push(format!(
            "{} rows are more than the {} that AWS's review calls large: every load writes each copy",
            count(rows),
            count(LARGE_ROWS)
        ));
    }
    let candidates = found
        .distributed
        .candidates
        .iter()
        .find(|c| c.table == now.name);
    for (column, reason) in candidates.iter().flat_map(|c| &c.refused) {
        reasons.push(format!("not by `{column}`: {reason}"));
    }
    reasons
}

/// Blocks that scans of a table read over one run of the workload.
fn blocks(present: &Present<'_>, planned: &Planned, name: &TableName) -> f64 {
    let blocks = planned.all.iter().flat_map(|one| {
        let nodes = one.plan.nodes.iter().filter(|node| node.operator.is_scan());
        nodes.filter_map(move |node| {
            let table = planned.design.schema.resolve(&node.table_name()?)?;
            let scan = one.work.step(node.id)?.scan.as_ref()?;
            let blocks = present.frequency(one.entry) * scan.blocks_read;
            (table.name == *name).then_some(blocks)
        })
    });
    blocks.sum()
}

/// The tables that a table is merged with under a design.
fn merged_with(planned: &Planned, name: &TableName) -> BTreeSet<TableName> {
    let mut found = BTreeSet::new();
    for one in &planned.all {
        let plan = &one.plan;
        let merges = |node: &&Node| matches!(node.operator, Operator::Join(JoinMethod::Merge, _));
        for join in plan.nodes.iter().filter(merges) {
            let under = |side: Option<&Node>| -> BTreeSet<TableName> {
                let nodes = side.into_iter().flat_map(|side| plan.subtree(side.id));
                let names = nodes.filter_map(Node::table_name);
                let tables = names.filter_map(|name| planned.design.schema.resolve(&name));
                tables.map(|table| table.name.clone()).collect()
            };
            let sides = [under(plan.outer(join.id)), under(plan.inner(join.id))];
            for (here, there) in [(0, 1), (1, 0)] {
                if sides[here].contains(name) {
                    found.extend(sides[there].iter().filter(|other| *other != name).cloned());
                }
            }
        }
    }
    found
}

/// Bytes that a table's distribution saves over one run of the workload, by the planner: what
/// is moved if it were EVEN, less what is moved as recommended.
fn saved(present: &Present<'_>, found: &Found, name: &TableName) -> f64 {
    let mut even = found.planned.design.clone();
    even.distribute(name, DistStyle::Even);
    let entries = found.planned.all.iter();
    let entries = entries.filter(|one| present.memo.tables(one.entry).contains(name));
    let saved = entries.filter_map(|one| {
        let moved = present.moved(&even, one.entry)?;
        Some(present.frequency(one.entry) * (moved - one.work.network_bytes()))
    });
    saved.sum()
}

/// The tables that a style brings together, as names.
fn partners(
    present: &Present<'_>,
    joins: &Joins,
    table: &TableName,
    style: &DistStyle,
    style_of: &dyn Fn(&TableName) -> DistStyle,
) -> String {
    let shape = present.request.env.cluster.shape();
    let mut names: BTreeMap<String, f64> = BTreeMap::new();
    for join in joins.of(table) {
        let [a, b] = &join.sides;
        let other = match (a.table == *table, b.table == *table) {
            (true, _) => &b.table,
            (_, true) => &a.table,
            _ => continue,
        };
        let even = |name: &TableName| match name == table {
            true => DistStyle::Even,
            false => style_of(name),
        };
        let with = |name: &TableName| match name == table {
            true => style.clone(),
            false => style_of(name),
        };
        let before = join.bytes_moved(&even(&a.table), &even(&b.table), shape);
        let after = join.bytes_moved(&with(&a.table), &with(&b.table), shape);
        if before > after {
            *names.entry(format!("`{other}`")).or_default() += join.frequency * (before - after);
        }
    }
    let mut names: Vec<(String, f64)> = names.into_iter().collect();
    names.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let more = names.len().saturating_sub(NAMED);
    let mut text: Vec<String> = names
        .into_iter()
        .take(NAMED)
        .map(|(name, _)| name)
        .collect();
    if more > 0 {
        text.push(format!("{more} more"));
    }
    text.join(", ")
}

/// What the answer rests on, each once.
pub(super) fn assumptions(present: &Present<'_>) -> Vec<String> {
    let request = present.request;
    let design = present.design();
    let mut all = request.env.cluster.assumptions();
    if !request.env.cluster_named {
        all.push(format!(
            "The cluster is taken as {}: name yours with --cluster.",
            request.env.cluster
        ));
    }
    all.extend(request.workload.notes.iter().cloned());
    let unknown: Vec<String> = design
        .schema
        .tables
        .values()
        .filter(|table| design.rows(table).is_none())
        .map(|table| format!("`{}`", table.name))
        .collect();
    if !unknown.is_empty() {
        all.push(format!(
            "No row counts for {}: defaults stand in; `distkey stats-query` prints the SQL that exports them.",
            shortened(&unknown)
        ));
    }
    if !present.starting.is_empty() {
        all.push(format!(
            "{} on DISTSTYLE AUTO and small: taken as ALL, with which AUTO starts; `distkey stats-query` prints the SQL that exports what it is.",
            match present.starting.as_slice() {
                [only] => format!("{only} is"),
                several => format!("{} are", shortened(several)),
            }
        ));
    }
    let columns = |columns: &[(TableName, Ident)]| -> Vec<String> {
        let named = columns
            .iter()
            .map(|(table, column)| format!("`{table}.{column}`"));
        named.collect()
    };
    let (spanning, back) = (&present.reaching.spanning, &present.reaching.reaching_back);
    if !spanning.is_empty() {
        all.push(format!(
            "No least and greatest values for {}: they are taken to span the literals of the \
             workload; intervals don't rest on it.",
            shortened(&columns(spanning))
        ));
    }
    if !back.is_empty() {
        all.push(format!(
            "No least and greatest values for {}: the longest range that queries ask for is taken \
             as a third of the rows, as Redshift's planner does; intervals don't rest on it.",
            shortened(&columns(back))
        ));
    }
    all.push(format!(
        "A byte that DISTSTYLE ALL stores beyond what EVEN would counts as {} bytes moved (`advise.storage-weight`).",
        request.env.config.advise.storage_weight
    ));
    all.push(format!(
        "Distributing a table anew counts with its size, spread over {} runs of the workload (`advise.runs`).",
        count(request.env.config.advise.runs)
    ));
    all
}

fn shortened(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let shown = shown.join(", ");
    match names.len() > NAMED {
        true => format!("{shown} and {} more", names.len() - NAMED),
        false => shown,
    }
}
