//! Which distribution every table should have: the search for the combination of
//! candidates that moves fewest bytes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::candidates::{Candidates, candidates};
use super::design::Design;
use super::evaluate::{Planned, totals};
use super::found::{Distributed, Found, Outcome};
use super::joins::{Join, Joins, joins};
use super::objective::{cost, own_cost};
use super::pairwise::{Pair, Problem};
use super::present::Present;
use super::{Request, sort_keys};
use crate::name::TableName;
use crate::schema::DistStyle;
use crate::work::BLOCK_BYTES;

/// Rounds in which joins are read again from the plans of the last answer: other
/// keys make other join orders.
const ROUNDS: u32 = 3;

/// Searches that may follow where choices are refused.
const AGAIN: u32 = 6;

/// The design with other distributions: searched on the joins of the plans, which are read
/// again under each answer; the answer whose plans move fewest bytes stays.
pub(super) fn distributed(present: &Present<'_>) -> Found {
    let mut tried: Vec<BTreeMap<TableName, DistStyle>> = Vec::new();
    let mut found = Found::unchanged(present.planned.clone());
    let mut least = f64::INFINITY;
    let mut from = present.planned.clone();
    for _ in 0..ROUNDS {
        let distributed = chosen(present, &from);
        let styles = &distributed.outcome.styles;
        if tried.contains(styles) {
            break;
        }
        tried.push(styles.clone());
        let planned = present.plan(with(present.design(), styles));
        let (moved, _, _) = totals(present.request, &planned.all);
        from = planned.clone();
        if moved < least * (1.0 - 1e-9) {
            least = moved;
            found.planned = planned;
            found.distributed = distributed;
        }
    }
    polished(present, found, least)
}

/// The best combination by the joins of these plans.
fn chosen(present: &Present<'_>, from: &Planned) -> Distributed {
    let (request, design) = (present.request, present.design());
    let narrow = sort_keys::narrowed(design, &from.all);
    let found = joins(request, design, &from.all);
    let candidates = candidates(request, design, &found, &narrow);
    let outcome = search(request, design, &found, &candidates, time(request) / ROUNDS);
    Distributed {
        joins: Joins::new(found),
        candidates,
        outcome,
    }
}

/// The design of another search, over the candidates that are left.
pub(super) fn again(present: &Present<'_>, distributed: &mut Distributed) -> Design {
    distributed.outcome = search(
        present.request,
        present.design(),
        &distributed.joins.all,
        &distributed.candidates,
        time(present.request) / (ROUNDS + AGAIN),
    );
    with(present.design(), &distributed.outcome.styles)
}

fn time(request: &Request<'_>) -> Duration {
    let seconds = request.env.config.advise.seconds.clamp(0.0, 3600.0);
    Duration::from_secs_f64(seconds)
}

/// The objective looks at two tables at a time; where the planner moves less
/// with one table left as it is, it stays.
fn polished(present: &Present<'_>, mut found: Found, mut least: f64) -> Found {
    let (moved_now, _, _) = totals(present.request, &present.planned.all);
    // Less than a block is nothing.
    if least <= moved_now || least < BLOCK_BYTES {
        return found;
    }
    for name in found.planned.design.changed_from(present.design()) {
        let mut design = found.planned.design.clone();
        design.take_keys(present.design(), &name, true, false);
        let planned = present.plan(design);
        let (moved, _, _) = totals(present.request, &planned.all);
        if moved < least * (1.0 - 1e-9) {
            least = moved;
            found.taken_back.push(format!(
                "`{name}` keeps its distribution: the planner moves fewer bytes so than the search expected"
            ));
            found.planned = planned;
        }
    }
    found
}

/// The design with tables distributed so.
fn with(design: &Design, styles: &BTreeMap<TableName, DistStyle>) -> Design {
    let mut changed = design.clone();
    for (name, style) in styles {
        changed.distribute(name, style.clone());
    }
    changed
}

/// Finds the combination of candidates with the least objective, part by part of
/// the graph.
fn search(
    request: &Request<'_>,
    design: &Design,
    joins: &[Join],
    candidates: &[Candidates],
    time: Duration,
) -> Outcome {
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
    let mut found = Outcome {
        styles: BTreeMap::new(),
        current: cost(request, design, &mut joins.iter(), &|name| {
            design.style(name)
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
