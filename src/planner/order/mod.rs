//! The order of joins: the cheapest by the planner's own arithmetic, searched over
//! all left-deep orders of up to ten relations, step by step above that.

mod pool;
mod set;

pub(super) use pool::Pool;
pub(super) use set::Set;

use std::collections::{BTreeSet, HashMap};

use crate::plan::JoinKind;

use super::PlannerError;
use super::budget::Budget;
use super::cardinality::count::Count;
use super::cardinality::join::Input;
use super::join_choice::{self, Conditions, Dist, Key, Range, Side};
use super::logical::columns::Columns;
use super::logical::expr::ColumnId;

/// Relations up to which every order is tried.
const EXHAUSTIVE: usize = 10;
/// What decides how a relation is joined.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    pub rows: f64,
    pub width: f64,
    pub cost: Range,
    pub dist: Dist,
    pub sorted: Vec<ColumnId>,
    /// Whether it is one relation, whose keys still are keys.
    pub is_one: bool,
}

impl Sketch {
    fn side(&self) -> Side<'_> {
        Side {
            rows: self.rows,
            width: self.width,
            cost: self.cost,
            dist: &self.dist,
            sorted: &self.sorted,
        }
    }
}

/// A joined set with what decides about it.
#[derive(Clone)]
struct Partial {
    sketch: Sketch,
    preference: f64,
    /// Its part for the sides that are built on.
    penalty: f64,
    /// How it came about: the set before and the relation added.
    from: (Set, usize),
}

/// A search for the best order.
pub(super) struct Search<'s, 'a> {
    pub columns: &'s Columns<'a>,
    pub nodes: f64,
    pub budget: &'s mut Budget,
}

impl Search<'_, '_> {
    /// The order in which to join a pool's relations.
    pub(super) fn order(
        &mut self,
        pool: &Pool,
        relations: &[Sketch],
    ) -> Result<Vec<usize>, PlannerError> {
        match pool.len() {
            0 | 1 => Ok(vec![0]),
            n if n <= EXHAUSTIVE => self.best(pool, relations),
            _ => self.greedy(pool, relations),
        }
    }

    /// Every left-deep order, by dynamic programming over connected sets.
    fn best(&mut self, pool: &Pool, relations: &[Sketch]) -> Result<Vec<usize>, PlannerError> {
        let n = relations.len();
        let mut best: HashMap<Set, Partial> = HashMap::new();
        for (i, relation) in relations.iter().enumerate() {
            best.insert(Set::of(i), start(i, relation));
        }
        let mut frontier: Vec<Set> = (0..n).map(Set::of).collect();
        for _ in 1..n {
            let mut next: BTreeSet<Set> = BTreeSet::new();
            for set in frontier {
                let Some(partial) = best.get(&set).cloned() else {
                    continue;
                };
                for i in pool.extensions(set) {
                    let joined = self.extend(pool, relations, &partial, (set, i))?;
                    let slot = set.with(i);
                    next.insert(slot);
                    match best.get(&slot) {
                        Some(known) if known.preference <= joined.preference => {}
                        _ => drop(best.insert(slot, joined)),
                    }
                }
            }
            frontier = next.into_iter().collect();
        }
        let mut order = Vec::with_capacity(n);
        let mut at = Set::first(n);
        while let Some(partial) = best.get(&at) {
            order.push(partial.from.1);
            at = partial.from.0;
        }
        order.reverse();
        Ok(order)
    }

    /// Starts with the largest relation and adds whatever is cheapest next.
    fn greedy(&mut self, pool: &Pool, relations: &[Sketch]) -> Result<Vec<usize>, PlannerError> {
        let largest = relations
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.rows.total_cmp(&b.rows));
        let Some((first, relation)) = largest else {
            return Ok(Vec::new());
        };
        let mut set = Set::of(first);
        let mut order = vec![first];
        let mut partial = start(first, relation);
        while order.len() < relations.len() {
            let mut next: Option<(usize, Partial)> = None;
            for i in pool.extensions(set) {
                let joined = self.extend(pool, relations, &partial, (set, i))?;
                let better = next
                    .as_ref()
                    .is_none_or(|(_, known)| joined.preference < known.preference);
                if better {
                    next = Some((i, joined));
                }
            }
            let Some((i, joined)) = next else { break };
            order.push(i);
            set = set.with(i);
            partial = joined;
        }
        Ok(order)
    }

    /// A set with one more relation, the cheaper way round.
    fn extend(
        &mut self,
        pool: &Pool,
        relations: &[Sketch],
        partial: &Partial,
        (set, i): (Set, usize),
    ) -> Result<Partial, PlannerError> {
        self.budget.spend(pool.steps())?;
        let left = &partial.sketch;
        let Some(right) = relations.get(i) else {
            return Ok(partial.clone());
        };
        let link = pool.link(set, i);
        let input = |sketch: &Sketch, is_one| Input {
            rows: Count::exact(sketch.rows),
            is_one,
        };
        let rows = self
            .columns
            .matched(&link.equalities)
            .rows(
                input(left, left.is_one),
                input(right, right.is_one),
                self.columns.share_of_filters(&link.filters),
                JoinKind::Inner,
            )
            .printed
            .max(1.0);
        let keys: Vec<Key> = link
            .equalities
            .iter()
            .map(|(a, b)| self.columns.key(a, b))
            .collect();
        let conditions = Conditions {
            kind: JoinKind::Inner,
            equalities: keys.len(),
            filters: link.filters.len(),
            rows,
        };
        let placed = join_choice::place(left.side(), right.side(), &keys, conditions, self.nodes);
        let penalty = partial.penalty + placed.penalty;
        let choice = placed.choice;
        Ok(Partial {
            preference: choice.cost.total + penalty,
            penalty,
            sketch: Sketch {
                rows,
                // Widths are printed whole, and reckoned with as they are printed.
                width: pool.width(set.with(i)).round(),
                cost: choice.cost,
                dist: choice.dist,
                sorted: choice.sorted,
                is_one: false,
            },
            from: (set, i),
        })
    }
}

fn start(i: usize, relation: &Sketch) -> Partial {
    Partial {
        preference: relation.cost.total,
        penalty: 0.0,
        sketch: relation.clone(),
        from: (Set::default(), i),
    }
}
