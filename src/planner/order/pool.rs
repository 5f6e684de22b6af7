//! Relations that may be joined in any order, and the conditions between them.

use std::collections::{BTreeSet, HashMap};

use crate::planner::PlannerError;
use crate::planner::cardinality::link::Link;
use crate::planner::logical::columns::Columns;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::tree::MOST_JOINED;

use super::set::Set;

/// Relations that may be joined in any order, and the conditions between them.
pub(crate) struct Pool {
    relations: usize,
    /// Columns that are equal to each other, and their relations.
    classes: Vec<(Set, Vec<ColumnId>)>,
    /// Conditions that are no `column = column`, with the relations they read.
    others: Vec<(Set, Expr)>,
    /// The relation of each column.
    owner: HashMap<ColumnId, usize>,
    /// Bytes and users of each column that a later step reads.
    columns: Vec<PoolColumn>,
}

struct PoolColumn {
    owner: usize,
    bytes: f64,
    /// Read after all joins.
    last: bool,
    /// Conditions that read it.
    users: Vec<Set>,
}

impl Pool {
    /// Relations, by their columns, and the conditions between them; `needed` are the columns
    /// read after all joins.
    pub(crate) fn new<'r>(
        relations: impl ExactSizeIterator<Item = &'r [ColumnId]>,
        conditions: Vec<Expr>,
        needed: &BTreeSet<ColumnId>,
        known: &Columns<'_>,
    ) -> Result<Self, PlannerError> {
        let count = relations.len();
        if count > MOST_JOINED {
            return Err(PlannerError::too_large(
                "relations joined in one block",
                MOST_JOINED,
            ));
        }
        let mut owner = HashMap::new();
        for (i, columns) in relations.enumerate() {
            owner.extend(columns.iter().map(|id| (*id, i)));
        }
        let mut equal = Equalities::default();
        let mut others = Vec::new();
        for condition in conditions {
            match condition.as_equality() {
                Some((a, b)) if owner.contains_key(&a) && owner.contains_key(&b) => {
                    equal.unite(a, b);
                }
                _ => {
                    let read = condition.columns().filter_map(|id| owner.get(&id));
                    let read: Vec<_> = read.collect();
                    debug_assert!(!read.is_empty(), "a condition that no join would apply");
                    others.push((
                        read.into_iter().fold(Set::default(), |set, i| set.with(*i)),
                        condition,
                    ));
                }
            }
        }
        let classes: Vec<(Set, Vec<ColumnId>)> = equal
            .classes
            .into_iter()
            .map(|class| {
                let held = class.iter().filter_map(|id| owner.get(id));
                (held.fold(Set::default(), |set, i| set.with(*i)), class)
            })
            .collect();
        let mut users: HashMap<ColumnId, Vec<Set>> = HashMap::new();
        for (set, expr) in &others {
            let read: BTreeSet<ColumnId> = expr.columns().collect();
            for id in read {
                users.entry(id).or_default().push(*set);
            }
        }
        for (set, class) in &classes {
            for id in class {
                users.entry(*id).or_default().push(*set);
            }
        }
        let mut columns = Vec::new();
        let mut owned: Vec<(&ColumnId, &usize)> = owner.iter().collect();
        owned.sort();
        for (id, i) in owned {
            let users = users.remove(id).unwrap_or_default();
            let last = needed.contains(id);
            if last || !users.is_empty() {
                columns.push(PoolColumn {
                    owner: *i,
                    bytes: known.get(*id).bytes,
                    last,
                    users,
                });
            }
        }
        Ok(Self {
            relations: count,
            classes,
            others,
            owner,
            columns,
        })
    }

    /// How many relations there are.
    pub(crate) fn len(&self) -> usize {
        self.relations
    }

    /// Steps that comparing one way to join takes: every condition is looked at.
    pub(super) fn steps(&self) -> usize {
        1 + (self.classes.len() + self.others.len()) / 16
    }

    /// The relations that a set can be extended by: connected ones, or all if none is.
    pub(super) fn extensions(&self, set: Set) -> Vec<usize> {
        let outside = || (0..self.relations).filter(move |i| !set.contains(*i));
        let connected: Vec<usize> = outside().filter(|i| self.connects(set, *i)).collect();
        match connected.is_empty() {
            true => outside().collect(),
            false => connected,
        }
    }

    fn connects(&self, set: Set, i: usize) -> bool {
        let both = set.with(i);
        let equals = self
            .classes
            .iter()
            .any(|(class, _)| class.contains(i) && class.meets(&set));
        equals
            || self
                .others
                .iter()
                .any(|(read, _)| read.contains(i) && read.meets(&set) && read.is_within(&both))
    }

    /// The conditions that can be applied when a relation joins a set.
    pub(crate) fn link(&self, set: Set, i: usize) -> Link {
        let mut link = Link::default();
        let in_set = |id: &ColumnId| self.owner.get(id).is_some_and(|owner| set.contains(*owner));
        let in_relation = |id: &ColumnId| self.owner.get(id).is_some_and(|owner| *owner == i);
        let classes = || {
            let shared = |held: &Set| held.contains(i) && held.meets(&set);
            self.classes.iter().filter(move |(held, _)| shared(held))
        };
        // Of the columns that are equal already, those of one relation: they may be its key.
        let serves = |id: &ColumnId| {
            let owner = self.owner.get(id).copied();
            let has = |held: &Set| owner.is_some_and(|owner| held.contains(owner));
            classes().filter(|(held, _)| has(held)).count()
        };
        let several = classes().nth(1).is_some();
        for (_, class) in classes() {
            let mut left = class.iter().filter(|id| in_set(id));
            let left = match several {
                true => left.min_by_key(|id| std::cmp::Reverse(serves(id))),
                false => left.next(),
            };
            let right = class.iter().find(|id| in_relation(id));
            if let (Some(left), Some(right)) = (left, right) {
                link.equalities
                    .push((Expr::Column(*left), Expr::Column(*right)));
            }
        }
        let both = set.with(i);
        for (read, condition) in &self.others {
            if read.contains(i) && read.meets(&set) && read.is_within(&both) {
                link.add(condition.clone(), in_set, in_relation);
            }
        }
        link
    }

    /// The bytes of a joined row that later steps still read.
    pub(super) fn width(&self, set: Set) -> f64 {
        self.columns
            .iter()
            .filter(|column| set.contains(column.owner))
            .filter(|column| column.last || column.users.iter().any(|users| !users.is_within(&set)))
            .map(|column| column.bytes)
            .sum()
    }

    /// What is read after a set is joined: by later joins, or at the end.
    pub(crate) fn needed_after(&self, set: Set, needed: &BTreeSet<ColumnId>) -> BTreeSet<ColumnId> {
        let mut out = needed.clone();
        for (read, expr) in &self.others {
            if !read.is_within(&set) {
                out.extend(expr.columns());
            }
        }
        for (held, class) in &self.classes {
            if !held.is_within(&set) {
                out.extend(class);
            }
        }
        out
    }
}

/// Columns that are equal to each other.
#[derive(Default)]
struct Equalities {
    classes: Vec<Vec<ColumnId>>,
}

impl Equalities {
    /// Records that two columns are equal.
    fn unite(&mut self, a: ColumnId, b: ColumnId) {
        let classes = &mut self.classes;
        let of =
            |classes: &[Vec<ColumnId>], id| classes.iter().position(|class| class.contains(&id));
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
}
