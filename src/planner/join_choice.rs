//! How a join is run, given its two sides: the method, the `DS_` label and what
//! they cost. The cheapest way by the planner's own arithmetic wins.

use crate::plan::{Distribution, JoinKind, JoinMethod};

use super::cost;
pub(crate) use super::cost::Range;
pub(crate) use super::logical::expr::ColumnId;

/// Where a relation's rows are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Dist {
    /// Anywhere.
    Even,
    /// Whole on every node.
    All,
    /// By the hash of these columns; each with the columns that equal it.
    Key(Vec<Vec<ColumnId>>),
    /// On the leader node or on one slice.
    Single,
}

/// One side of a join.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'r> {
    pub rows: f64,
    pub width: f64,
    pub cost: Range,
    pub dist: &'r Dist,
    /// The columns by which each slice's rows are sorted.
    pub sorted: &'r [ColumnId],
}

/// An equality between the two sides. A side is `None` where its value is not
/// that of a stored column of the same type: an expression, a cast, or a column
/// that is converted to compare. Such a value hashes differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub outer: Option<ColumnId>,
    pub inner: Option<ColumnId>,
}

/// How to run a join.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub method: JoinMethod,
    pub label: Distribution,
    pub cost: Range,
    pub dist: Dist,
    pub sorted: Vec<ColumnId>,
}

/// The cheapest way to run a join. `clauses` counts its equalities, `filters` the
/// other conditions on pairs, `rows` comes out.
pub(crate) fn choose(
    outer: Side<'_>,
    inner: Side<'_>,
    keys: &[Key],
    conditions: Conditions,
    nodes: f64,
) -> Choice {
    let (label, moved, dist) = label(outer, inner, keys, conditions, nodes);
    if conditions.equalities == 0 {
        return nested_loop(outer, inner, label, moved, dist, conditions);
    }
    if merges(outer, inner, keys, label, conditions.kind) {
        let total = outer.cost.total
            + inner.cost.total
            + cost::OPERATOR * (outer.rows + inner.rows)
            + cost::ROW * conditions.rows;
        return Choice {
            method: JoinMethod::Merge,
            label,
            cost: Range {
                startup: outer.cost.startup.max(inner.cost.startup),
                total,
            },
            dist,
            sorted: outer.sorted.to_vec(),
        };
    }
    let startup = outer.cost.startup + inner.cost.total + cost::OPERATOR * inner.rows;
    let probe = 5.0 * cost::OPERATOR * outer.rows;
    let run = outer.cost.total - outer.cost.startup;
    let total = startup + run + probe + cost::ROW * conditions.rows + moved;
    Choice {
        method: JoinMethod::Hash,
        label,
        cost: Range { startup, total },
        dist,
        sorted: Vec::new(),
    }
}

/// What a join asks of its pairs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    pub kind: JoinKind,
    /// Equalities between the sides.
    pub equalities: usize,
    /// Other conditions on pairs.
    pub filters: usize,
    /// Rows that come out.
    pub rows: f64,
}

fn nested_loop(
    outer: Side<'_>,
    inner: Side<'_>,
    label: Distribution,
    moved: f64,
    dist: Dist,
    conditions: Conditions,
) -> Choice {
    let pairs = outer.rows * inner.rows;
    let per_pair = cost::ROW + cost::OPERATOR * conditions.filters as f64;
    let total = outer.cost.total + outer.rows * inner.cost.total + pairs * per_pair + moved;
    Choice {
        method: JoinMethod::NestedLoop,
        label,
        cost: Range {
            startup: outer.cost.startup + inner.cost.startup,
            total,
        },
        dist,
        sorted: Vec::new(),
    }
}

/// Both sides sorted by the key on every slice, and nothing moves.
fn merges(
    outer: Side<'_>,
    inner: Side<'_>,
    keys: &[Key],
    label: Distribution,
    kind: JoinKind,
) -> bool {
    let (Some(first), Some(second)) = (outer.sorted.first(), inner.sorted.first()) else {
        return false;
    };
    label == Distribution::None
        && kind != JoinKind::Full
        && keys
            .iter()
            .any(|key| key.outer == Some(*first) && key.inner == Some(*second))
}

/// The cheapest way to bring the sides together: label, cost, where the result is.
fn label(
    outer: Side<'_>,
    inner: Side<'_>,
    keys: &[Key],
    conditions: Conditions,
    nodes: f64,
) -> (Distribution, f64, Dist) {
    if *inner.dist == Dist::All {
        return (Distribution::AllNone, 0.0, outer.dist.clone());
    }
    let on_outer = |key: &Key| key.outer;
    let on_inner = |key: &Key| key.inner;
    let outer_matches = matching(outer.dist, keys, on_outer);
    let inner_matches = matching(inner.dist, keys, on_inner);
    if let (Some(a), Some(b)) = (&outer_matches, &inner_matches)
        && a == b
    {
        return (
            Distribution::None,
            0.0,
            united(outer.dist, inner.dist, conditions.kind),
        );
    }
    if *outer.dist == Dist::Single && *inner.dist == Dist::Single {
        return (Distribution::None, 0.0, Dist::Single);
    }
    let outer_bytes = cost::wire_bytes(outer.rows, outer.width);
    let inner_bytes = cost::wire_bytes(inner.rows, inner.width);
    if *outer.dist == Dist::All {
        return (
            Distribution::AllInner,
            cost::broadcast(inner_bytes),
            Dist::Single,
        );
    }
    let mut ways: Vec<(Distribution, f64, Dist)> = Vec::with_capacity(4);
    // Every node would keep the unmatched rows of its copy.
    if !matches!(conditions.kind, JoinKind::Right | JoinKind::Full) {
        ways.push((
            Distribution::BroadcastInner,
            cost::broadcast(inner_bytes),
            outer.dist.clone(),
        ));
    }
    if conditions.equalities > 0 {
        if outer_matches.is_some() {
            let dist = with_partners(outer.dist, keys, conditions.kind);
            ways.push((
                Distribution::Inner,
                cost::redistribute(inner_bytes, nodes),
                dist,
            ));
        }
        if inner_matches.is_some() {
            let dist = with_partners(inner.dist, keys, conditions.kind);
            ways.push((
                Distribution::Outer,
                cost::redistribute(outer_bytes, nodes),
                dist,
            ));
        }
        let bytes = outer_bytes + inner_bytes;
        let first = keys
            .first()
            .map(|key| key.outer.into_iter().chain(key.inner).collect());
        let dist = Dist::Key(vec![first.unwrap_or_default()]);
        ways.push((Distribution::Both, cost::redistribute(bytes, nodes), dist));
    }
    ways.into_iter()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((
            Distribution::BroadcastInner,
            cost::broadcast(inner_bytes),
            outer.dist.clone(),
        ))
}

/// Which key each distribution column is compared in; `None` unless all are.
fn matching(
    dist: &Dist,
    keys: &[Key],
    side: impl Fn(&Key) -> Option<ColumnId>,
) -> Option<Vec<usize>> {
    let Dist::Key(columns) = dist else {
        return None;
    };
    columns
        .iter()
        .map(|equal| {
            keys.iter()
                .position(|key| side(key).is_some_and(|id| equal.contains(&id)))
        })
        .collect()
}

/// Where the rows of a co-located join are.
fn united(outer: &Dist, inner: &Dist, kind: JoinKind) -> Dist {
    match (outer, inner, kind) {
        (Dist::Key(a), Dist::Key(b), JoinKind::Inner | JoinKind::In) => {
            let both = |(a, b): (&Vec<ColumnId>, &Vec<ColumnId>)| {
                let mut all = a.clone();
                all.extend(b.iter().filter(|id| !a.contains(id)));
                all
            };
            Dist::Key(a.iter().zip(b).map(both).collect())
        }
        (_, inner, JoinKind::Right) => inner.clone(),
        (outer, ..) => outer.clone(),
    }
}

/// A distribution, with the other side's columns that equal it.
fn with_partners(dist: &Dist, keys: &[Key], kind: JoinKind) -> Dist {
    let (Dist::Key(columns), JoinKind::Inner) = (dist, kind) else {
        return dist.clone();
    };
    let extended = columns.iter().map(|equal| {
        let mut all = equal.clone();
        for key in keys {
            let pair = [key.outer, key.inner];
            let touches = pair.iter().flatten().any(|id| equal.contains(id));
            if touches {
                all.extend(pair.into_iter().flatten().filter(|id| !equal.contains(id)));
            }
        }
        all
    });
    Dist::Key(extended.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ColumnId = ColumnId(0);
    const B: ColumnId = ColumnId(1);

    fn side<'r>(rows: f64, dist: &'r Dist, sorted: &'r [ColumnId]) -> Side<'r> {
        let cost = Range {
            startup: 0.0,
            total: rows * cost::ROW,
        };
        Side {
            rows,
            width: 20.0,
            cost,
            dist,
            sorted,
        }
    }

    fn run(outer: Side<'_>, inner: Side<'_>, nodes: f64) -> (JoinMethod, Distribution) {
        let keys = [Key {
            outer: Some(A),
            inner: Some(B),
        }];
        let conditions = Conditions {
            kind: JoinKind::Inner,
            equalities: 1,
            filters: 0,
            rows: outer.rows,
        };
        let choice = choose(outer, inner, &keys, conditions, nodes);
        (choice.method, choice.label)
    }

    #[test]
    fn co_located_sides_stay_and_merge_when_sorted() {
        let (a, b) = (Dist::Key(vec![vec![A]]), Dist::Key(vec![vec![B]]));
        let hash = run(side(1e6, &a, &[]), side(1e6, &b, &[]), 4.0);
        assert_eq!(hash, (JoinMethod::Hash, Distribution::None));
        let merge = run(side(1e6, &a, &[A]), side(1e6, &b, &[B]), 4.0);
        assert_eq!(merge, (JoinMethod::Merge, Distribution::None));
    }

    #[test]
    fn what_moves_is_what_costs_least() {
        let (a, b) = (Dist::Key(vec![vec![A]]), Dist::Key(vec![vec![B]]));
        let label = |outer: (f64, &Dist), inner: (f64, &Dist), nodes| {
            run(
                side(outer.0, outer.1, &[]),
                side(inner.0, inner.1, &[]),
                nodes,
            )
            .1
        };
        let even = &Dist::Even;
        assert_eq!(
            label((1e6, even), (10.0, even), 4.0),
            Distribution::BroadcastInner
        );
        assert_eq!(label((1e6, &a), (1e6, even), 4.0), Distribution::Inner);
        assert_eq!(label((1e6, even), (1e6, &b), 4.0), Distribution::Outer);
        assert_eq!(label((1e6, even), (1e6, even), 4.0), Distribution::Both);
        assert_eq!(
            label((1e6, even), (1e6, even), 2.0),
            Distribution::BroadcastInner
        );
        assert_eq!(
            label((1e6, even), (1e6, &Dist::All), 4.0),
            Distribution::AllNone
        );
        assert_eq!(
            label((10.0, &Dist::All), (1e6, even), 4.0),
            Distribution::AllInner
        );
    }
}
