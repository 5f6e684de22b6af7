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

impl Key {
    /// The same equality with the sides changed.
    fn turned(&self) -> Self {
        Self {
            outer: self.inner,
            inner: self.outer,
        }
    }
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

/// A join with its sides put the cheaper way round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub choice: Choice,
    /// Whether the sides that were given first and second change places.
    pub turned: bool,
    /// What was added to the comparison for the inner side.
    pub penalty: f64,
}

/// Puts the sides the cheaper way round. `keys` are those of `left` as the outer side, as is
/// the kind in `conditions`. A kind that can't be turned (IN, NOT IN and the set operations)
/// keeps its sides.
pub(crate) fn place(
    left: Side<'_>,
    right: Side<'_>,
    keys: &[Key],
    conditions: Conditions,
    nodes: f64,
) -> Placed {
    let placed = |choice: Choice, inner, turned| Placed {
        penalty: build_penalty(choice.method, inner),
        choice,
        turned,
    };
    let straight = placed(choose(left, right, keys, conditions, nodes), right, false);
    let Some(kind) = conditions.kind.turned() else {
        return straight;
    };
    let keys: Vec<Key> = keys.iter().map(Key::turned).collect();
    let conditions = Conditions { kind, ..conditions };
    let turned = placed(choose(right, left, &keys, conditions, nodes), left, true);
    match turned.compared() < straight.compared() {
        true => turned,
        false => straight,
    }
}

impl Placed {
    /// Cost with the penalty for the side that is built on.
    pub(crate) fn compared(&self) -> f64 {
        self.choice.cost.total + self.penalty
    }
}

/// Added per byte of an inner side when two ways round are compared, beside the
/// cost, which alone would rather build on the larger side: more than the 0.01 per
/// row by which probing costs more than building.
const BUILD_BYTE: f64 = 0.002;

/// What is added for the inner side; see [`BUILD_BYTE`]. A merge join builds nothing, so
/// widths don't count there: every public one reads the side of more rows as its outer.
fn build_penalty(method: JoinMethod, inner: Side<'_>) -> f64 {
    let width = match method {
        JoinMethod::Merge => 0.0,
        _ => inner.width,
    };
    BUILD_BYTE * cost::wire_bytes(inner.rows, width)
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
///
/// Rows of a preserved side that find no partner come out once, so that side is never read
/// where every node has a copy of it: it is not broadcast, and a preserved DISTSTYLE ALL
/// table is read on one slice, to which the inner side is sent [Redistribution steps; what
/// the plan shows for a preserved side is inferred].
fn label(
    outer: Side<'_>,
    inner: Side<'_>,
    keys: &[Key],
    conditions: Conditions,
    nodes: f64,
) -> (Distribution, f64, Dist) {
    let kind = conditions.kind;
    let keeps_inner = matches!(kind, JoinKind::Right | JoinKind::Full);
    if *inner.dist == Dist::All && (!keeps_inner || *outer.dist == Dist::All) {
        return (Distribution::AllNone, 0.0, outer.dist.clone());
    }
    let outer_matches = matching(outer.dist, keys, |key| key.outer);
    let inner_matches = matching(inner.dist, keys, |key| key.inner);
    if let (Some(a), Some(b)) = (&outer_matches, &inner_matches)
        && a == b
    {
        let dist = united(outer.dist, inner.dist, keys, kind);
        return (Distribution::None, 0.0, dist);
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
    if *inner.dist == Dist::All {
        // The other way round is the one that runs.
        return (Distribution::AllInner, f64::INFINITY, Dist::Single);
    }
    let broadcast = || {
        (
            Distribution::BroadcastInner,
            cost::broadcast(inner_bytes),
            outer.dist.clone(),
        )
    };
    let mut ways: Vec<(Distribution, f64, Dist)> = Vec::with_capacity(4);
    if !keeps_inner {
        ways.push(broadcast());
    }
    if conditions.equalities > 0 {
        if outer_matches.is_some() {
            let dist = after(outer.dist, keys, kind, true);
            ways.push((
                Distribution::Inner,
                cost::redistribute(inner_bytes, nodes),
                dist,
            ));
        }
        if inner_matches.is_some() {
            let dist = after(inner.dist, keys, kind, false);
            ways.push((
                Distribution::Outer,
                cost::redistribute(outer_bytes, nodes),
                dist,
            ));
        }
        let bytes = outer_bytes + inner_bytes;
        let hashed = Dist::Key(vec![
            keys.first().and_then(|key| key.outer).into_iter().collect(),
        ]);
        let dist = after(&hashed, keys, kind, true);
        ways.push((Distribution::Both, cost::redistribute(bytes, nodes), dist));
    }
    let cheapest = ways.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
    // A loop that keeps the inner side's rows runs the other way round.
    cheapest.unwrap_or((Distribution::BroadcastInner, f64::INFINITY, Dist::Even))
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
fn united(outer: &Dist, inner: &Dist, keys: &[Key], kind: JoinKind) -> Dist {
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
        (outer, ..) => after(outer, keys, kind, true),
    }
}

/// Where the rows of a join are that meet where one side's rows lie, `outer` or the inner:
/// by the columns that every row has. Those of a side that is not preserved are NULL in the
/// rows without a partner, wherever these are.
fn after(dist: &Dist, keys: &[Key], kind: JoinKind, outer: bool) -> Dist {
    let Dist::Key(columns) = dist else {
        return dist.clone();
    };
    let (keeps_own, keeps_partners) = match kind {
        JoinKind::Inner => (true, true),
        JoinKind::Full => (false, false),
        JoinKind::Right => (!outer, outer),
        _ => (outer, !outer),
    };
    let kept = |equal: &Vec<ColumnId>| {
        let mut all = match keeps_own {
            true => equal.clone(),
            false => Vec::new(),
        };
        for key in keys.iter().filter(|_| keeps_partners) {
            let (own, partner) = match outer {
                true => (key.outer, key.inner),
                false => (key.inner, key.outer),
            };
            let equals = own.is_some_and(|own| equal.contains(&own));
            all.extend(partner.filter(|id| equals && !all.contains(id)));
        }
        all
    };
    let kept: Vec<Vec<ColumnId>> = columns.iter().map(kept).collect();
    match kept.iter().any(Vec::is_empty) {
        true => Dist::Even,
        false => Dist::Key(kept),
    }
}

#[cfg(test)]
mod tests;
