//! Which distribution every table should have: candidates, and the search for the
//! combination that moves fewest bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Request;
use super::evaluate::{Design, raw_bytes};
use super::joins::{Join, Joins};
use super::pairwise::{Pair, Problem};
use crate::name::Ident;
use crate::schema::{DataType, DistStyle, Table, TableKind, TableName};
use crate::text::units::count;
use crate::thresholds::{LARGE_ROWS, VALUES_PER_SLICE};
use crate::work::{BLOCK_BYTES, MEMORY_SHARE};

/// Columns of a table that are tried, the most joined first.
const COLUMNS: usize = 6;

/// What a table may be, and why not something else.
#[derive(Debug, Clone)]
pub(super) struct Candidates {
    pub table: TableName,
    /// The first is what it is now, or EVEN.
    pub styles: Vec<DistStyle>,
    /// Columns that were refused, with the reason.
    pub refused: Vec<(Ident, String)>,
}

/// The outcome of the search.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    pub styles: BTreeMap<TableName, DistStyle>,
    /// Bytes moved over the workload, and bytes stored by copies, as things are.
    pub current: f64,
    pub recommended: f64,
    pub lower_bound: f64,
    pub proven: bool,
}

/// The style that counts: what AUTO stands for, EVEN where that is not known.
pub(super) fn effective(style: &DistStyle) -> DistStyle {
    match style {
        DistStyle::Auto(Some(style)) => (**style).clone(),
        DistStyle::Auto(None) => DistStyle::Even,
        style => style.clone(),
    }
}

/// What every joined table may be.
pub(super) fn candidates(
    request: &Request<'_>,
    design: &Design,
    joins: &[Join],
    narrow: &BTreeSet<(TableName, Ident)>,
) -> Vec<Candidates> {
    let mut weights: BTreeMap<&TableName, BTreeMap<&Ident, f64>> = BTreeMap::new();
    let mut mismatched: BTreeMap<&TableName, BTreeMap<&Ident, String>> = BTreeMap::new();
    for join in joins {
        let [a, b] = &join.sides;
        for (x, y, alike) in &join.pairs {
            for (side, column, other, other_column) in [(a, x, b, y), (b, y, a, x)] {
                if *alike {
                    let weight = join.frequency * (a.bytes + b.bytes);
                    let columns = weights.entry(&side.table).or_default();
                    *columns.entry(column).or_default() += weight;
                } else {
                    let reason = format!(
                        "`{}` and `{}.{other_column}` have different types: their join can't be co-located until both have one",
                        column, other.table
                    );
                    let columns = mismatched.entry(&side.table).or_default();
                    columns.entry(column).or_insert(reason);
                    weights.entry(&side.table).or_default();
                }
            }
        }
    }
    let mut all = Vec::new();
    for (name, columns) in weights {
        let Some(table) = design.schema.tables.get(name) else {
            continue;
        };
        if !matches!(
            table.kind,
            TableKind::Table | TableKind::Temporary | TableKind::MaterializedView
        ) {
            continue;
        }
        let now = effective(&table.dist_style);
        let mut styles = vec![now.clone()];
        let mut refused: Vec<(Ident, String)> = Vec::new();
        for (column, reason) in mismatched.remove(name).unwrap_or_default() {
            refused.push((column.clone(), reason));
        }
        let mut columns: Vec<(&Ident, f64)> = columns.into_iter().collect();
        columns.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        for (column, _) in columns.into_iter().take(COLUMNS) {
            match refusal(request, design, table, column, narrow) {
                Some(reason) => {
                    if styles.first() == Some(&DistStyle::Key(column.clone())) {
                        styles.clear();
                    }
                    refused.push((column.clone(), reason));
                }
                None => add(&mut styles, DistStyle::Key(column.clone())),
            }
        }
        add(&mut styles, DistStyle::Even);
        if may_be_copied(request, design, table) {
            add(&mut styles, DistStyle::All);
        }
        all.push(Candidates {
            table: name.clone(),
            styles,
            refused,
        });
    }
    all
}

fn add(styles: &mut Vec<DistStyle>, style: DistStyle) {
    if !styles.contains(&style) {
        styles.push(style);
    }
}

pub(super) fn rows(design: &Design, table: &Table) -> Option<f64> {
    let stats = design.stats.table(&table.name);
    stats?.rows
}

/// NULLs all hash to one slice: with more of them than this it holds most of the table.
const MOSTLY_NULL: f64 = 0.5;

/// Why a table should not be distributed by a column.
fn refusal(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    name: &Ident,
    narrow: &BTreeSet<(TableName, Ident)>,
) -> Option<String> {
    let column = table.column(name)?;
    let stats = design.stats.table(&table.name);
    let known = stats.and_then(|stats| stats.columns.get(name));
    let slices = request.env.cluster.slices();
    let distinct = match column.data_type {
        DataType::Boolean => Some(2.0),
        _ => known
            .and_then(|column| column.distinct)
            .or_else(|| referred(design, table, name)),
    };
    // A column has no more values than the table has rows.
    let distinct = match (distinct, rows(design, table)) {
        (Some(values), Some(rows)) => Some(values.min(rows)),
        (values, rows) => values.or(rows),
    };
    if let Some(values) = distinct.filter(|values| *values < slices * VALUES_PER_SLICE) {
        return Some(format!(
            "{} values for {slices:.0} slices would spread unevenly",
            count(values)
        ));
    }
    if let Some(share) = known
        .and_then(|c| c.null_share)
        .filter(|share| *share > MOSTLY_NULL)
    {
        return Some(format!(
            "{:.0} % of its rows are NULL there and would lie on one slice",
            share * 100.0
        ));
    }
    let dated = matches!(
        column.data_type,
        DataType::Date | DataType::Timestamp | DataType::TimestampTz
    );
    if dated && narrow.contains(&(table.name.clone(), name.to_owned())) {
        return Some("a query for a short time would work on few slices".to_owned());
    }
    None
}

/// Rows of the table that a foreign key refers to: its column has no more values.
fn referred(design: &Design, table: &Table, name: &str) -> Option<f64> {
    let key = table
        .foreign_keys
        .iter()
        .find(|key| key.columns.as_slice() == [name.to_owned()])?;
    let there = design.schema.resolve(&key.table)?;
    rows(design, there)
}

/// Whether a table may have a copy on every node: it is small, or what a join
/// hashes of it fits a node's share of memory.
fn may_be_copied(request: &Request<'_>, design: &Design, table: &Table) -> bool {
    let Some(rows) = rows(design, table) else {
        return false;
    };
    let nodes = request.env.cluster.nodes().max(1.0);
    let share = request.env.cluster.memory_bytes() / nodes * MEMORY_SHARE;
    rows < LARGE_ROWS || raw_bytes(design, table).unwrap_or(0.0) <= share
}

/// Bytes that a copy on every node takes beyond one row on one slice. Each column takes
/// a block of 1 MB at least wherever it has rows [AWS: Why does a table in my Amazon
/// Redshift cluster consume more disk storage space than expected?], so that copies of
/// a tiny table take less than spreading it over all slices.
fn copies(request: &Request<'_>, design: &Design, table: &Table) -> f64 {
    let bytes = raw_bytes(design, table).unwrap_or(0.0);
    let blocks = table.columns.len() as f64 * BLOCK_BYTES;
    let copied = bytes.max(blocks) * request.env.cluster.nodes();
    let spread = bytes.max(blocks * request.env.cluster.slices());
    (copied - spread).max(0.0)
}

/// What a style costs by itself, in bytes moved: weighed copies; and, where it is not
/// the present one, the rewriting of the table, spread over the runs that repay it.
fn own_cost(request: &Request<'_>, design: &Design, table: &Table, style: &DistStyle) -> f64 {
    let weights = &request.env.config.advise;
    let stored = match style {
        DistStyle::All => copies(request, design, table) * weights.storage_weight,
        _ => 0.0,
    };
    let rewritten = match effective(&table.dist_style) == *style {
        true => 0.0,
        false => raw_bytes(design, table).unwrap_or(0.0) / weights.runs.max(1.0),
    };
    stored + rewritten
}

/// The objective under given styles: bytes moved, and what each style costs by itself.
/// `design` is the present one.
pub(super) fn cost(
    request: &Request<'_>,
    design: &Design,
    joins: &mut dyn Iterator<Item = &Join>,
    style_of: &dyn Fn(&TableName) -> DistStyle,
) -> f64 {
    let shape = request.env.cluster.shape();
    let mut moved = 0.0;
    let mut tables: BTreeSet<&TableName> = BTreeSet::new();
    for join in joins {
        let [a, b] = &join.sides;
        let (outer, inner) = (style_of(&a.table), style_of(&b.table));
        moved += join.frequency * join.bytes_moved(&outer, &inner, shape);
        tables.extend([&a.table, &b.table]);
    }
    let tables = tables.into_iter();
    let own = tables.filter_map(|name| {
        let table = design.schema.tables.get(name)?;
        Some(own_cost(request, design, table, &style_of(name)))
    });
    moved + own.sum::<f64>()
}

/// Finds the combination of candidates with the least objective, part by part of
/// the graph.
pub(super) fn search(
    request: &Request<'_>,
    design: &Design,
    joins: &[Join],
    candidates: &[Candidates],
    time: Duration,
) -> Distribution {
    let shape = request.env.cluster.shape();
    let at: BTreeMap<&TableName, usize> = candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| (&candidate.table, index))
        .collect();
    let mut single: Vec<Vec<f64>> = candidates
        .iter()
        .map(|candidate| {
            let table = design.schema.tables.get(&candidate.table);
            let own = |style| table.map_or(0.0, |table| own_cost(request, design, table, style));
            candidate.styles.iter().map(own).collect()
        })
        .collect();
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    for join in joins {
        let [a, b] = &join.sides;
        let (Some(&i), Some(&j)) = (at.get(&a.table), at.get(&b.table)) else {
            continue;
        };
        if i == j {
            for (choice, style) in candidates[i].styles.iter().enumerate() {
                single[i][choice] += join.frequency * join.bytes_moved(style, style, shape);
            }
            continue;
        }
        let (low, high) = (i.min(j), i.max(j));
        let empty = || Pair {
            a: low,
            b: high,
            cost: vec![vec![0.0; candidates[high].styles.len()]; candidates[low].styles.len()],
        };
        let pair = pairs.entry((low, high)).or_insert_with(empty);
        for (x, outer) in candidates[i].styles.iter().enumerate() {
            for (y, inner) in candidates[j].styles.iter().enumerate() {
                let cost = join.frequency * join.bytes_moved(outer, inner, shape);
                let (row, column) = if i < j { (x, y) } else { (y, x) };
                pair.cost[row][column] += cost;
            }
        }
    }
    let pairs: Vec<Pair> = pairs.into_values().collect();
    let mut found = Distribution {
        styles: BTreeMap::new(),
        current: cost(request, design, &mut joins.iter(), &|name| {
            let table = design.schema.tables.get(name);
            table.map_or(DistStyle::Even, |table| effective(&table.dist_style))
        }),
        recommended: 0.0,
        lower_bound: 0.0,
        proven: true,
    };
    let parts = parts(candidates.len(), &pairs);
    let each = time / u32::try_from(parts.len().max(1)).unwrap_or(1);
    for part in parts {
        let index: BTreeMap<usize, usize> = part.iter().enumerate().map(|(i, &v)| (v, i)).collect();
        let problem = Problem {
            single: part.iter().map(|&v| single[v].clone()).collect(),
            pairs: pairs
                .iter()
                .filter_map(|pair| {
                    Some(Pair {
                        a: *index.get(&pair.a)?,
                        b: *index.get(&pair.b)?,
                        cost: pair.cost.clone(),
                    })
                })
                .collect(),
        };
        let solution = problem.solve(&vec![0; part.len()], each);
        found.recommended += solution.cost;
        found.lower_bound += solution.lower_bound;
        found.proven &= solution.proven;
        for (&variable, &choice) in part.iter().zip(&solution.choices) {
            let candidate = &candidates[variable];
            found
                .styles
                .insert(candidate.table.clone(), candidate.styles[choice].clone());
        }
    }
    found
}

/// The connected parts of the graph, each ascending.
fn parts(count: usize, pairs: &[Pair]) -> Vec<Vec<usize>> {
    let mut union = petgraph::unionfind::UnionFind::<usize>::new(count);
    for pair in pairs {
        union.union(pair.a, pair.b);
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for variable in 0..count {
        parts
            .entry(union.find(variable))
            .or_default()
            .push(variable);
    }
    parts.into_values().collect()
}

/// What a table's own style saves, with all others as recommended: bytes moved
/// per run of the workload if it were EVEN, less those as recommended.
pub(super) fn saved(
    request: &Request<'_>,
    joins: &Joins,
    table: &TableName,
    style_of: &dyn Fn(&TableName) -> DistStyle,
) -> f64 {
    let shape = request.env.cluster.shape();
    let mut sum = 0.0;
    for join in joins.of(table) {
        let [a, b] = &join.sides;
        let even = |name: &TableName| match name == table {
            true => DistStyle::Even,
            false => style_of(name),
        };
        let before = join.bytes_moved(&even(&a.table), &even(&b.table), shape);
        let after = join.bytes_moved(&style_of(&a.table), &style_of(&b.table), shape);
        sum += join.frequency * (before - after);
    }
    sum
}
