//! Which distribution every table should have: the combination of candidates with the least
//! objective.
//!
//! Entries of few tables are planned under every combination that they can tell apart, as far
//! as the budget goes; for these the search is exact. For the others the joins of their plans
//! guide it, and steps through the planner follow; nothing is proven of them.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::candidates::{Candidates, Refused, candidates};
use super::choices::{Factor, Problem};
use super::design::Design;
use super::evaluate::{LARGE_WORKLOAD, Planned};
use super::evidence::alone;
use super::found::{Distributed, Found, Outcome};
use super::joins::{Join, Joins, joins};
use super::objective::own_terms;
use super::present::Present;
use super::scope::{Scope, scopes, tabulated};
use crate::name::{Ident, TableName};
use crate::schema::DistStyle;

/// Plans that are made for each `advise.seconds`, and for each entry of the workload. Chosen: a
/// query of three tables has about fifty combinations.
const PLANS: f64 = 200.0;
const PLANS_OF_ENTRY: f64 = 8.0;
/// The same for each entry beyond [`LARGE_WORKLOAD`]. Chosen.
const PLANS_OF_FURTHER: f64 = 2.0;
/// Combinations that are looked at for each `advise.seconds`.
const COMBINATIONS: f64 = 100_000.0;
/// Costs of one entry by combination: more take more memory than they are worth.
const LARGEST: usize = 1 << 15;
/// Entries that are planned before it is asked whether a step can still save; twice as many each
/// time that it can. The same on every machine, since plans are counted.
const FIRST_LOOK: usize = 8;
/// The share of the objective that a step through the planner has to save.
const SAME: f64 = 1e-9;

/// The design with other distributions.
pub(super) fn distributed(present: &Present<'_>, from: &Planned, refused: &Refused) -> Found {
    let budget = Budget::of(present, from);
    let found_joins = joins(present.request, &from.design, &from.all);
    let alone = alone(present, from, &found_joins, budget.plans);
    let candidates = candidates(present, from, &found_joins, &alone);
    let mut scopes = scopes(from, &candidates);
    scopes.retain(|scope| !scope.variables.is_empty());
    scopes.sort_by_key(|scope| (scope.combinations(), scope.entry));
    let mut plans = budget.plans;
    let (mut exact, mut others) = (Vec::new(), Vec::new());
    for scope in &scopes {
        let fits = scope.combinations() <= plans && scope.entries() <= LARGEST;
        if fits {
            plans -= scope.combinations();
            exact.push(scope);
        } else {
            others.push(scope);
        }
    }
    let factors = match tabulated(present, &from.design, &candidates, &exact) {
        Some(factors) => factors,
        None => {
            others = scopes.iter().collect();
            exact.clear();
            Vec::new()
        }
    };
    let constant = constant(present, from, &scopes);
    let search = Search {
        present,
        from,
        candidates: &candidates,
        others: &others,
        joins: &found_joins,
        refused,
    };
    let choices = search.choices(&factors, budget.combinations);
    let outcome = Outcome {
        lower_bound: constant + search.bound(&factors, true, budget.combinations),
        least_moved: constant + search.bound(&factors, false, budget.combinations),
        styles: search.styles(&choices),
    };
    let mut design = from.design.clone();
    for (name, style) in &outcome.styles {
        design.distribute(name, style.clone());
    }
    let enumerated = exact.len();
    Found {
        planned: present.plan(design),
        distributed: Distributed {
            joins: Joins::new(found_joins),
            enumerated,
            candidates,
            outcome,
        },
    }
}

/// How much may be looked at: in steps, so that the answer is the same on every machine.
struct Budget {
    plans: usize,
    combinations: usize,
}

impl Budget {
    fn of(present: &Present<'_>, from: &Planned) -> Self {
        let seconds = present.request.env.config.advise.seconds.clamp(0.0, 3600.0);
        let (first, further) = (
            from.all.len().min(LARGE_WORKLOAD),
            from.all.len().saturating_sub(LARGE_WORKLOAD),
        );
        let of_entries = PLANS_OF_ENTRY * first as f64 + PLANS_OF_FURTHER * further as f64;
        let plans = PLANS * seconds + of_entries;
        Self {
            plans: plans as usize,
            combinations: (COMBINATIONS * seconds) as usize,
        }
    }
}

/// What is moved by entries that no choice changes.
fn constant(present: &Present<'_>, from: &Planned, scopes: &[Scope]) -> f64 {
    let scoped: BTreeSet<usize> = scopes.iter().map(|scope| scope.entry).collect();
    let others = from.all.iter().filter(|one| !scoped.contains(&one.entry));
    others
        .map(|one| present.frequency(one.entry) * one.work.network_bytes())
        .sum()
}

/// All that a search looks at.
struct Search<'a> {
    present: &'a Present<'a>,
    from: &'a Planned,
    candidates: &'a [Candidates],
    /// Entries that were not planned under every combination.
    others: &'a [&'a Scope],
    joins: &'a [Join],
    refused: &'a Refused,
}

impl Search<'_> {
    /// The best choices: exact where every entry was enumerated, else from the guided ones on
    /// by steps through the planner.
    fn choices(&self, factors: &[Factor], steps: usize) -> Vec<usize> {
        let mut single = self.single(true);
        self.bar(&mut single);
        let mut problem = Problem {
            single,
            factors: factors.to_vec(),
        };
        if self.others.is_empty() {
            return solved(&problem, steps).0;
        }
        let plain = problem.clone();
        self.guide(&mut problem);
        let start = solved(&problem, steps).0;
        self.stepped(&plain, start)
    }

    /// Bars what was taken back already; what a table is now is never barred.
    fn bar(&self, single: &mut [Vec<f64>]) {
        for (costs, candidate) in single.iter_mut().zip(self.candidates) {
            let here = self.from.design.style(&candidate.table);
            for (cost, style) in costs.iter_mut().zip(&candidate.styles) {
                let barred = self
                    .refused
                    .contains(&(candidate.table.clone(), style.clone()));
                if barred && *style != here {
                    *cost = f64::INFINITY;
                }
            }
        }
    }

    /// What no choices are below, those that were taken back among them.
    fn bound(&self, factors: &[Factor], own: bool, steps: usize) -> f64 {
        let problem = Problem {
            single: self.single(own),
            factors: factors.to_vec(),
        };
        solved(&problem, steps).1
    }

    /// What each style costs by itself.
    fn single(&self, own: bool) -> Vec<Vec<f64>> {
        let design = self.present.design();
        let of_table = |candidate: &Candidates| {
            let table = design.table(&candidate.table);
            let cost = |style: &DistStyle| match table.filter(|_| own) {
                Some(table) => own_terms(self.present.request, design, table, style).sum(),
                None => 0.0,
            };
            candidate.styles.iter().map(cost).collect()
        };
        self.candidates.iter().map(of_table).collect()
    }

    /// Adds what the joins of the entries that were not enumerated are taken to move.
    fn guide(&self, problem: &mut Problem) {
        let shape = self.present.request.env.cluster.shape();
        let guided: BTreeSet<usize> = self.others.iter().map(|scope| scope.entry).collect();
        let at = |name: &TableName| self.candidates.iter().position(|c| c.table == *name);
        let at: BTreeMap<&TableName, Option<usize>> = self
            .joins
            .iter()
            .flat_map(|join| [&join.sides[0].table, &join.sides[1].table])
            .map(|name| (name, at(name)))
            .collect();
        let mut pairs: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
        for join in self
            .joins
            .iter()
            .filter(|join| guided.contains(&join.entry))
        {
            let [a, b] = &join.sides;
            let (Some(Some(i)), Some(Some(j))) = (at.get(&a.table), at.get(&b.table)) else {
                continue;
            };
            let moved = |x: usize, y: usize| {
                let (outer, inner) = (
                    &self.candidates[*i].styles[x],
                    &self.candidates[*j].styles[y],
                );
                join.frequency * join.bytes_moved(outer, inner, shape)
            };
            if i == j {
                for (choice, cost) in problem.single[*i].iter_mut().enumerate() {
                    *cost += moved(choice, choice);
                }
                continue;
            }
            let (low, high) = (*i.min(j), *i.max(j));
            let (rows, columns) = (problem.single[low].len(), problem.single[high].len());
            let costs = pairs
                .entry((low, high))
                .or_insert_with(|| vec![0.0; rows * columns]);
            for (entry, cost) in costs.iter_mut().enumerate() {
                let (row, column) = (entry / columns, entry % columns);
                *cost += match i < j {
                    true => moved(row, column),
                    false => moved(column, row),
                };
            }
        }
        let pairs = pairs.into_iter().map(|((low, high), costs)| Factor {
            scope: vec![low, high],
            costs,
        });
        problem.factors.extend(pairs);
    }

    /// Changes one table at a time, or two that are joined, while the planner moves less. What
    /// the tables are at present is where it starts if that is better.
    fn stepped(&self, plain: &Problem, start: Vec<usize>) -> Vec<usize> {
        let here = vec![0; self.candidates.len()];
        let mut reading: Vec<Vec<&Scope>> = vec![Vec::new(); self.candidates.len()];
        for scope in self.others {
            for &variable in &scope.variables {
                reading[variable].push(scope);
            }
        }
        let all = |choices: &[usize]| {
            plain.cost(choices) + self.moved(self.others, &self.design(choices))
        };
        let (mut best, mut least) = (here.clone(), all(&here));
        let sum = all(&start);
        if sum < least * (1.0 - SAME) {
            (best, least) = (start, sum);
        }
        let moves = self.moves();
        // Changed and changed back: to copy all tables for each step takes longer than the step.
        let mut design = self.design(&best);
        let mut left = Budget::of(self.present, self.from).plans;
        loop {
            let before = least;
            for step in &moves {
                let mut choices = best.clone();
                for &(variable, choice) in step {
                    choices[variable] = choice;
                }
                let touched: BTreeMap<usize, &Scope> = step
                    .iter()
                    .flat_map(|(variable, _)| &reading[*variable])
                    .map(|scope| (scope.entry, *scope))
                    .collect();
                if choices == best || touched.is_empty() || touched.len() > left {
                    continue;
                }
                let planned = self.present.memo.planned();
                let touched = self.heaviest_first(touched.into_values(), &design);
                let before: f64 = touched.iter().map(|(_, moved)| moved).sum();
                let own = plain.cost(&choices) - plain.cost(&best);
                let most = before - own - SAME * least;
                self.give(&mut design, step, &choices);
                let after = self.moved_below(most, &touched, &design);
                left = left.saturating_sub(self.present.memo.planned() - planned);
                match after {
                    Some(after) => {
                        least += own + after - before;
                        best = choices;
                    }
                    None => self.give(&mut design, step, &best),
                }
            }
            if least >= before {
                return best;
            }
        }
    }

    /// Every table as every candidate, and every joined pair by the columns of its join.
    fn moves(&self) -> Vec<Vec<(usize, usize)>> {
        let mut moves: Vec<Vec<(usize, usize)>> = Vec::new();
        for (variable, candidate) in self.candidates.iter().enumerate() {
            moves.extend((0..candidate.styles.len()).map(|choice| vec![(variable, choice)]));
        }
        let keyed = |table: &TableName, column: &Ident| {
            let variable = self.candidates.iter().position(|c| c.table == *table)?;
            let styles = &self.candidates[variable].styles;
            let choice = styles
                .iter()
                .position(|style| *style == DistStyle::Key(column.clone()))?;
            Some((variable, choice))
        };
        for join in self.joins {
            let [a, b] = &join.sides;
            for (x, y, alike) in &join.pairs {
                let both = keyed(&a.table, x).zip(keyed(&b.table, y));
                if let Some((one, other)) = both.filter(|_| *alike) {
                    let step = vec![one, other];
                    if !moves.contains(&step) {
                        moves.push(step);
                    }
                }
            }
        }
        moves
    }

    /// Bytes that entries move over one run of the workload.
    fn moved(&self, scopes: &[&Scope], design: &Design) -> f64 {
        self.each_moved(scopes, design).iter().sum()
    }

    /// The same of each.
    fn each_moved(&self, scopes: &[&Scope], design: &Design) -> Vec<f64> {
        let moved = scopes.par_iter().map(|scope| {
            let moved = self.present.moved(design, scope.entry);
            // What can't be planned so is no answer.
            self.present.frequency(scope.entry) * moved.unwrap_or(f64::INFINITY)
        });
        moved.collect()
    }

    /// Entries with the bytes that they move, most first.
    fn heaviest_first<'s>(
        &self,
        scopes: impl Iterator<Item = &'s Scope>,
        design: &Design,
    ) -> Vec<(&'s Scope, f64)> {
        let scopes: Vec<&Scope> = scopes.collect();
        let moved = self.each_moved(&scopes, design);
        let mut both: Vec<(&Scope, f64)> = scopes.into_iter().zip(moved).collect();
        both.sort_by(|(a, x), (b, y)| y.total_cmp(x).then(a.entry.cmp(&b.entry)));
        both
    }

    /// Bytes that entries move, if they are fewer than `most`: as soon as some of them move as much,
    /// the others need not be planned.
    fn moved_below(&self, most: f64, entries: &[(&Scope, f64)], design: &Design) -> Option<f64> {
        let (mut moved, mut from, mut at_once) = (0.0, 0, FIRST_LOOK);
        while from < entries.len() && moved < most {
            let to = (from + at_once).min(entries.len());
            let scopes: Vec<&Scope> = entries[from..to].iter().map(|(scope, _)| *scope).collect();
            moved += self.moved(&scopes, design);
            (from, at_once) = (to, at_once * 2);
        }
        (moved < most).then_some(moved)
    }

    /// Gives the tables of a step what is chosen for them.
    fn give(&self, design: &mut Design, step: &[(usize, usize)], choices: &[usize]) {
        for &(variable, _) in step {
            let candidate = &self.candidates[variable];
            design.take_keys(&self.from.design, &candidate.table, true, false);
            design.distribute(
                &candidate.table,
                candidate.styles[choices[variable]].clone(),
            );
        }
    }

    fn design(&self, choices: &[usize]) -> Design {
        let mut design = self.from.design.clone();
        for (name, style) in self.styles(choices) {
            design.distribute(&name, style);
        }
        design
    }

    fn styles(&self, choices: &[usize]) -> BTreeMap<TableName, DistStyle> {
        let both = self.candidates.iter().zip(choices);
        both.map(|(candidate, &choice)| (candidate.table.clone(), candidate.styles[choice].clone()))
            .collect()
    }
}

/// The best choices of a problem and what none are below, connected part by part.
fn solved(problem: &Problem, steps: usize) -> (Vec<usize>, f64) {
    let count = problem.single.len();
    let mut union = petgraph::unionfind::UnionFind::<usize>::new(count);
    for factor in &problem.factors {
        for pair in factor.scope.windows(2) {
            union.union(pair[0], pair[1]);
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for variable in 0..count {
        let part = parts.entry(union.find(variable)).or_default();
        part.push(variable);
    }
    let mut choices = vec![0; count];
    let mut bound = 0.0;
    let mut left = steps;
    for part in parts.into_values() {
        let index: BTreeMap<usize, usize> = part.iter().enumerate().map(|(i, &v)| (v, i)).collect();
        let within = problem.factors.iter().filter_map(|factor| {
            let scope: Option<Vec<usize>> =
                factor.scope.iter().map(|v| index.get(v).copied()).collect();
            Some(Factor {
                scope: scope?,
                costs: factor.costs.clone(),
            })
        });
        let own = Problem {
            single: part.iter().map(|&v| problem.single[v].clone()).collect(),
            factors: within.collect(),
        };
        let solution = own.solve(&vec![0; part.len()], left);
        left = left.saturating_sub(solution.steps);
        bound += solution.lower_bound;
        for (&variable, &choice) in part.iter().zip(&solution.choices) {
            choices[variable] = choice;
        }
    }
    (choices, bound)
}
