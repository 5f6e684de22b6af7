//! The order of joins: the cheapest by the planner's own arithmetic, searched over
//! all left-deep orders of up to ten relations, step by step above that.

use std::collections::{BTreeSet, HashMap};

use crate::plan::JoinKind;

use super::Planner;
use super::expr::{ColumnId, Expr};
use super::joins::{Link, build_penalty};
use super::method::{self, Choice, Conditions, Key};
use super::rel::Rel;

/// Relations up to which every order is tried.
const EXHAUSTIVE: usize = 10;

/// A set of relations, by bit.
type Set = u64;

/// Relations that may be joined in any order, and the conditions between them.
struct Pool {
    relations: Vec<Rel>,
    /// Columns that are equal to each other.
    classes: Vec<Vec<ColumnId>>,
    /// Conditions that are no `column = column`, with the relations they read.
    others: Vec<(Set, Expr)>,
    /// The relation of each column.
    owner: HashMap<ColumnId, usize>,
    /// Bytes and users of each column that a later step reads.
    columns: Vec<PoolColumn>,
}

struct PoolColumn {
    owner: Set,
    bytes: f64,
    /// Read after all joins.
    last: bool,
    /// Conditions that read it.
    users: Vec<Set>,
}

/// A joined set with what decides about it.
#[derive(Clone)]
struct Partial {
    sketch: Rel,
    preference: f64,
    /// Its part for the sides that are built on.
    penalty: f64,
    /// How it came about: the set before and the relation added.
    from: (Set, usize),
}

impl Planner<'_> {
    /// Joins all relations by inner joins. Conditions on one relation must have
    /// been applied before.
    pub(super) fn join_all(
        &mut self,
        relations: Vec<Rel>,
        conditions: Vec<Expr>,
        needed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let pool = self.pool(relations, conditions, needed);
        let order = match pool.relations.len() {
            0 | 1 => vec![0],
            n if n <= EXHAUSTIVE => self.best_order(&pool),
            _ => self.greedy_order(&pool),
        };
        self.build_order(pool, &order, needed)
    }

    fn pool(
        &self,
        relations: Vec<Rel>,
        conditions: Vec<Expr>,
        needed: &BTreeSet<ColumnId>,
    ) -> Pool {
        let mut owner = HashMap::new();
        for (i, relation) in relations.iter().enumerate() {
            owner.extend(relation.columns.iter().map(|id| (*id, i)));
        }
        let set_of = |expr: &Expr| {
            expr.columns()
                .filter_map(|id| owner.get(&id))
                .fold(0, |set, i| set | bit(*i))
        };
        let mut classes: Vec<Vec<ColumnId>> = Vec::new();
        let mut others = Vec::new();
        for condition in conditions {
            match condition.as_equality() {
                Some((a, b)) if owner.contains_key(&a) && owner.contains_key(&b) => {
                    unite(&mut classes, a, b)
                }
                _ => others.push((set_of(&condition), condition)),
            }
        }
        let mut columns = Vec::new();
        for (id, i) in &owner {
            let mut users: Vec<Set> = others
                .iter()
                .filter(|(_, expr)| expr.columns().any(|column| column == *id))
                .map(|(set, _)| *set)
                .collect();
            let class = classes.iter().find(|class| class.contains(id));
            users.extend(class.map(|class| {
                class
                    .iter()
                    .filter_map(|id| owner.get(id))
                    .fold(0, |set, i| set | bit(*i))
            }));
            let last = needed.contains(id);
            if last || !users.is_empty() {
                columns.push(PoolColumn {
                    owner: bit(*i),
                    bytes: self.column(*id).bytes,
                    last,
                    users,
                });
            }
        }
        Pool {
            relations,
            classes,
            others,
            owner,
            columns,
        }
    }

    /// Every left-deep order, by dynamic programming over connected sets.
    fn best_order(&mut self, pool: &Pool) -> Vec<usize> {
        let n = pool.relations.len();
        let mut best: HashMap<Set, Partial> = HashMap::new();
        for (i, relation) in pool.relations.iter().enumerate() {
            best.insert(bit(i), start(i, relation));
        }
        let mut frontier: Vec<Set> = (0..n).map(bit).collect();
        for _ in 1..n {
            let mut next: BTreeSet<Set> = BTreeSet::new();
            for set in frontier {
                let Some(partial) = best.get(&set).cloned() else {
                    continue;
                };
                for i in pool.extensions(set) {
                    let joined = self.extend(pool, set, &partial, i);
                    let slot = set | bit(i);
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
        let mut at: Set = bit(n) - 1;
        while let Some(partial) = best.get(&at) {
            order.push(partial.from.1);
            at = partial.from.0;
        }
        order.reverse();
        order
    }

    /// Starts with the largest relation and adds whatever is cheapest next.
    fn greedy_order(&mut self, pool: &Pool) -> Vec<usize> {
        let rows = |i: &usize| pool.relations.get(*i).map_or(0.0, |relation| relation.rows);
        let first = (0..pool.relations.len())
            .max_by(|a, b| rows(a).total_cmp(&rows(b)))
            .unwrap_or(0);
        let mut set = bit(first);
        let mut order = vec![first];
        let Some(relation) = pool.relations.get(first) else {
            return order;
        };
        let mut partial = start(first, relation);
        while order.len() < pool.relations.len() {
            let next = pool
                .extensions(set)
                .into_iter()
                .map(|i| (i, self.extend(pool, set, &partial, i)))
                .min_by(|(_, a), (_, b)| a.preference.total_cmp(&b.preference));
            let Some((i, joined)) = next else { break };
            order.push(i);
            set |= bit(i);
            partial = joined;
        }
        order
    }

    /// A set with one more relation, the cheaper way round.
    fn extend(&mut self, pool: &Pool, set: Set, partial: &Partial, i: usize) -> Partial {
        let left = &partial.sketch;
        let Some(right) = pool.relations.get(i) else {
            return partial.clone();
        };
        let joined = set | bit(i);
        let link = pool.link(set, i);
        let mut rows = left.rows * right.rows * self.join_share(&link.equalities);
        for filter in &link.filters {
            rows *= self.share(filter).likely.max(0.005);
        }
        let rows = rows.max(1.0);
        let keys: Vec<Key> = link
            .equalities
            .iter()
            .map(|(a, b)| self.key(a, b))
            .collect();
        let turned: Vec<Key> = keys
            .iter()
            .map(|key| Key {
                outer: key.inner,
                inner: key.outer,
            })
            .collect();
        let conditions = Conditions {
            kind: JoinKind::Inner,
            equalities: keys.len(),
            filters: link.filters.len(),
            rows,
        };
        let nodes = self.shape.nodes;
        let straight = method::choose(left.side(), right.side(), &keys, conditions, nodes);
        let other = method::choose(right.side(), left.side(), &turned, conditions, nodes);
        let (a, b) = (build_penalty(right), build_penalty(left));
        let (choice, penalty): (Choice, f64) = match other.cost.total + b < straight.cost.total + a
        {
            true => (other, b),
            false => (straight, a),
        };
        let penalty = partial.penalty + penalty;
        Partial {
            preference: choice.cost.total + penalty,
            penalty,
            sketch: Rel::sketch(
                rows,
                pool.width(joined),
                choice.cost,
                choice.dist,
                choice.sorted,
            ),
            from: (set, i),
        }
    }

    fn build_order(&mut self, mut pool: Pool, order: &[usize], needed: &BTreeSet<ColumnId>) -> Rel {
        let mut slots: Vec<Option<Rel>> = std::mem::take(&mut pool.relations)
            .into_iter()
            .map(Some)
            .collect();
        let mut set: Set = 0;
        let mut joined: Option<Rel> = None;
        for &i in order {
            let Some(relation) = slots.get_mut(i).and_then(Option::take) else {
                continue;
            };
            joined = Some(match joined {
                None => relation,
                Some(left) => {
                    let link = pool.link(set, i);
                    let later = pool.needed_after(set | bit(i), needed);
                    self.join(left, relation, JoinKind::Inner, link, &later)
                }
            });
            set |= bit(i);
        }
        joined.unwrap_or_else(|| self.one_row())
    }
}

impl Pool {
    /// The relations that a set can be extended by: connected ones, or all if none is.
    fn extensions(&self, set: Set) -> Vec<usize> {
        let outside = || (0..self.relations.len()).filter(move |i| set & bit(*i) == 0);
        let connected: Vec<usize> = outside().filter(|i| self.connects(set, *i)).collect();
        match connected.is_empty() {
            true => outside().collect(),
            false => connected,
        }
    }

    fn connects(&self, set: Set, i: usize) -> bool {
        let holds =
            |id: &ColumnId, set: Set| self.owner.get(id).is_some_and(|i| set & bit(*i) != 0);
        self.classes.iter().any(|class| {
            class.iter().any(|id| holds(id, set)) && class.iter().any(|id| holds(id, bit(i)))
        }) || self.others.iter().any(|(users, _)| {
            users & set != 0 && users & bit(i) != 0 && users & !(set | bit(i)) == 0
        })
    }

    /// The conditions that can be applied when a relation joins a set.
    fn link(&self, set: Set, i: usize) -> Link {
        let holds =
            |id: &&ColumnId, set: Set| self.owner.get(id).is_some_and(|i| set & bit(*i) != 0);
        let mut link = Link::default();
        for class in &self.classes {
            let left = class.iter().find(|id| holds(id, set));
            let right = class.iter().find(|id| holds(id, bit(i)));
            if let (Some(left), Some(right)) = (left, right) {
                link.equalities
                    .push((Expr::Column(*left), Expr::Column(*right)));
            }
        }
        let of = |wanted: Set| -> Vec<ColumnId> {
            let held = self.owner.iter().filter(|(_, i)| wanted & bit(**i) != 0);
            held.map(|(id, _)| *id).collect()
        };
        let ready: Vec<Expr> = self
            .others
            .iter()
            .filter(|(users, _)| {
                users & bit(i) != 0 && users & set != 0 && users & !(set | bit(i)) == 0
            })
            .map(|(_, expr)| expr.clone())
            .collect();
        if !ready.is_empty() {
            let more = Link::new(ready, &of(set), &of(bit(i)));
            link.equalities.extend(more.equalities);
            link.filters.extend(more.filters);
        }
        link
    }

    /// The bytes of a joined row that later steps still read.
    fn width(&self, set: Set) -> f64 {
        self.columns
            .iter()
            .filter(|column| column.owner & set != 0)
            .filter(|column| column.last || column.users.iter().any(|users| users & !set != 0))
            .map(|column| column.bytes)
            .sum()
    }

    /// What is read after a set is joined: by later joins, or at the end.
    fn needed_after(&self, set: Set, needed: &BTreeSet<ColumnId>) -> BTreeSet<ColumnId> {
        let mut out = needed.clone();
        for (users, expr) in &self.others {
            if users & !set != 0 {
                out.extend(expr.columns());
            }
        }
        for class in &self.classes {
            let outside = class
                .iter()
                .filter_map(|id| self.owner.get(id))
                .any(|i| set & bit(*i) == 0);
            if outside {
                out.extend(class);
            }
        }
        out
    }
}

fn start(i: usize, relation: &Rel) -> Partial {
    Partial {
        sketch: Rel::sketch(
            relation.rows,
            relation.width(),
            relation.cost,
            relation.dist.clone(),
            relation.sorted.clone(),
        ),
        preference: relation.cost.total,
        penalty: 0.0,
        from: (0, i),
    }
}

fn bit(i: usize) -> Set {
    1 << i.min(63)
}

/// Records that two columns are equal.
fn unite(classes: &mut Vec<Vec<ColumnId>>, a: ColumnId, b: ColumnId) {
    let of = |classes: &[Vec<ColumnId>], id| classes.iter().position(|class| class.contains(&id));
    match (of(classes, a), of(classes, b)) {
        (Some(x), Some(y)) if x != y => {
            let moved = classes.swap_remove(x.max(y));
            if let Some(class) = classes.get_mut(x.min(y)) {
                class.extend(moved);
            }
        }
        (Some(_), Some(_)) => {}
        (Some(x), None) => classes[x].push(b),
        (None, Some(y)) => classes[y].push(a),
        (None, None) => classes.push(vec![a, b]),
    }
}
