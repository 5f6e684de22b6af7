//! Joining two planned relations: rows, sides, the step and its condition lines.

use std::collections::BTreeSet;

use crate::plan::{DetailKind, Distribution, JoinKind, JoinMethod, Operator};
use crate::schema::{placed_alike, rank};
use crate::work::RowRange;

use super::Planner;
use super::cost::{self, Range};
use super::expr::{ColumnId, Expr};
use super::method::{self, Choice, Conditions, Key, Side};
use super::rel::{Dist, Rel, Step};
use super::text::Names;

/// The conditions between two relations.
#[derive(Debug, Clone, Default)]
pub(super) struct Link {
    /// `left = right`, an expression of each side.
    pub equalities: Vec<(Expr, Expr)>,
    /// Other conditions on pairs of rows.
    pub filters: Vec<Expr>,
}

impl Link {
    /// Sorts conditions into equalities between the sides and others.
    pub(super) fn new(conditions: Vec<Expr>, left: &[ColumnId], right: &[ColumnId]) -> Self {
        let mut link = Link::default();
        for condition in conditions {
            match equality(&condition, left, right) {
                Some(pair) => link.equalities.push(pair),
                None => link.filters.push(condition),
            }
        }
        link
    }

    /// The same link seen from the other side.
    pub(super) fn swapped(&self) -> Self {
        let swap = |(a, b): &(Expr, Expr)| (b.clone(), a.clone());
        Self {
            equalities: self.equalities.iter().map(swap).collect(),
            filters: self.filters.clone(),
        }
    }
}

/// `a = b` with each side's columns all in one relation: the left one first.
fn equality(condition: &Expr, left: &[ColumnId], right: &[ColumnId]) -> Option<(Expr, Expr)> {
    let Expr::Binary {
        op,
        left: a,
        right: b,
    } = condition
    else {
        return None;
    };
    if op != "=" || a.is_constant() || b.is_constant() {
        return None;
    }
    let within = |expr: &Expr, side: &[ColumnId]| expr.columns().all(|id| side.contains(&id));
    if within(a, left) && within(b, right) {
        return Some(((**a).clone(), (**b).clone()));
    }
    (within(b, left) && within(a, right)).then(|| ((**b).clone(), (**a).clone()))
}

impl Planner<'_> {
    /// The key that an equality makes: sides that are converted don't count.
    pub(super) fn key(&self, outer: &Expr, inner: &Expr) -> Key {
        let (a, b) = (outer.as_column(), inner.as_column());
        let mut key = Key {
            outer: a.map(|id| self.root(id)),
            inner: b.map(|id| self.root(id)),
        };
        if let (Some(a), Some(b)) = (self.type_of(outer), self.type_of(inner))
            && placed_alike(&a, &b) == Some(false)
        {
            if rank(&a) <= rank(&b) {
                key.outer = None;
            }
            if rank(&b) <= rank(&a) {
                key.inner = None;
            }
        }
        key
    }

    /// The share of all pairs that equalities keep.
    pub(super) fn join_share(&mut self, equalities: &[(Expr, Expr)]) -> f64 {
        let mut known: Option<f64> = None;
        let mut smallest_table = f64::INFINITY;
        for (a, b) in equalities {
            let (Some(a), Some(b)) = (a.as_column(), b.as_column()) else {
                smallest_table = smallest_table.min(super::estimate::DEFAULT_DISTINCT);
                continue;
            };
            let (left, right) = (self.column(a), self.column(b));
            let distinct = match (left.distinct, right.distinct) {
                (Some(x), Some(y)) => Some(x.max(y)),
                (one, other) => one.or(other),
            };
            match distinct {
                Some(distinct) => *known.get_or_insert(1.0) /= distinct.max(1.0),
                None => smallest_table = smallest_table.min(left.rows.min(right.rows).max(1.0)),
            }
        }
        if let Some(share) = known {
            return share;
        }
        if !smallest_table.is_finite() {
            return 1.0;
        }
        let name = |(a, b): &(Expr, Expr)| {
            let (a, b) = (
                self.text(a, Names::Qualified),
                self.text(b, Names::Qualified),
            );
            if a <= b {
                format!("{a} = {b}")
            } else {
                format!("{b} = {a}")
            }
        };
        let names: Vec<String> = equalities.iter().map(name).collect();
        self.assume(format!(
            "No distinct counts for `{}`: the smaller table's side is taken as unique, as a key is.",
            names.join(" AND ")
        ));
        1.0 / smallest_table
    }

    /// Rows of a join, and by how much they may be wrong.
    fn join_rows(&mut self, left: &Rel, right: &Rel, link: &Link, kind: JoinKind) -> f64 {
        let mut share = self.join_share(&link.equalities);
        if link.equalities.is_empty()
            && link.filters.is_empty()
            && matches!(kind, JoinKind::In | JoinKind::NotIn)
        {
            share = 1.0;
        }
        for filter in &link.filters {
            share *= self.share(filter).likely.max(0.005);
        }
        let pairs = left.rows * right.rows * share;
        match kind {
            JoinKind::Inner => pairs,
            JoinKind::Left => pairs.max(left.rows),
            JoinKind::Right => pairs.max(right.rows),
            JoinKind::Full => pairs.max(left.rows).max(right.rows),
            JoinKind::In | JoinKind::IntersectDistinct | JoinKind::IntersectAll => {
                pairs.min(left.rows)
            }
            // Of rows that nothing is known of, half find no partner.
            JoinKind::NotIn | JoinKind::ExceptDistinct => left.rows * 0.5,
        }
        .max(1.0)
    }

    /// Joins two relations the cheaper way round. `needed` tells the columns that
    /// later steps read.
    pub(super) fn join(
        &mut self,
        left: Rel,
        right: Rel,
        kind: JoinKind,
        link: Link,
        needed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let rows = self.join_rows(&left, &right, &link, kind);
        let straight = self.choice(&left, &right, kind, &link, rows);
        let turned_kind = match kind {
            JoinKind::Inner => Some(JoinKind::Inner),
            JoinKind::Left => Some(JoinKind::Right),
            JoinKind::Right => Some(JoinKind::Left),
            JoinKind::Full => Some(JoinKind::Full),
            _ => None,
        };
        let Some(turned_kind) = turned_kind else {
            return self.build(left, right, kind, &link, rows, straight, needed);
        };
        let swapped = link.swapped();
        let turned = self.choice(&right, &left, turned_kind, &swapped, rows);
        if turned.cost.total + build_penalty(&left) < straight.cost.total + build_penalty(&right) {
            return self.build(right, left, turned_kind, &swapped, rows, turned, needed);
        }
        self.build(left, right, kind, &link, rows, straight, needed)
    }

    fn choice(&self, outer: &Rel, inner: &Rel, kind: JoinKind, link: &Link, rows: f64) -> Choice {
        let keys: Vec<Key> = link
            .equalities
            .iter()
            .map(|(a, b)| self.key(a, b))
            .collect();
        let conditions = Conditions {
            kind,
            equalities: link.equalities.len(),
            filters: link.filters.len(),
            rows,
        };
        method::choose(
            outer.side(),
            inner.side(),
            &keys,
            conditions,
            self.shape.nodes,
        )
    }

    #[allow(clippy::too_many_arguments)]
    fn build(
        &mut self,
        outer: Rel,
        inner: Rel,
        kind: JoinKind,
        link: &Link,
        rows: f64,
        choice: Choice,
        needed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let mut step = Step::new(Operator::Join(choice.method, kind), Vec::new());
        step.node.distribution = Some(choice.label);
        self.condition_lines(&mut step, &outer, link, &choice);
        let mut columns = outer.columns.clone();
        match kind {
            JoinKind::In
            | JoinKind::NotIn
            | JoinKind::IntersectDistinct
            | JoinKind::ExceptDistinct => {}
            _ => columns.extend(&inner.columns),
        }
        let width = self.width(columns.iter().filter(|id| needed.contains(id)));
        let range = outer
            .range
            .times(inner.range)
            .within(1.0 / rows.max(1.0), outer.rows * inner.rows / rows);
        step.numbers(choice.cost, rows, width);
        step.range = Some(range);
        let inner_step = match choice.method {
            JoinMethod::Hash => hash_step(inner),
            _ => inner.step,
        };
        step.children = vec![outer.step, inner_step];
        Rel {
            step,
            rows,
            range,
            cost: choice.cost,
            dist: choice.dist,
            sorted: choice.sorted,
            columns,
        }
    }

    fn condition_lines(&self, step: &mut Step, outer: &Rel, link: &Link, choice: &Choice) {
        let sides = Names::Sides(&outer.columns);
        let first = link.equalities.first();
        let dist_key = |expr: &Expr| self.text(expr, Names::Qualified);
        if let Some((a, b)) = first {
            match choice.label {
                Distribution::Inner => step.detail(DetailKind::InnerDistKey, dist_key(b)),
                Distribution::Outer => step.detail(DetailKind::OuterDistKey, dist_key(a)),
                Distribution::Both => {
                    step.detail(DetailKind::OuterDistKey, dist_key(a));
                    step.detail(DetailKind::InnerDistKey, dist_key(b));
                }
                _ => {}
            }
        }
        let conditions: Vec<Expr> = link
            .equalities
            .iter()
            .map(|(a, b)| Expr::Binary {
                op: "=".to_owned(),
                left: Box::new(a.clone()),
                right: Box::new(b.clone()),
            })
            .collect();
        if !conditions.is_empty() {
            let kind = match choice.method {
                JoinMethod::Merge => DetailKind::MergeCond,
                _ => DetailKind::HashCond,
            };
            step.detail(kind, self.conjunction(&conditions, sides));
        }
        if !link.filters.is_empty() {
            step.detail(
                DetailKind::JoinFilter,
                self.conjunction(&link.filters, sides),
            );
        }
    }

    /// The average bytes of a row of these columns.
    pub(super) fn width<'c>(&self, columns: impl Iterator<Item = &'c ColumnId>) -> f64 {
        columns.map(|id| self.column(*id).bytes).sum()
    }
}

/// Added per byte of an inner side when two ways round are compared, beside the
/// cost, which alone would rather build on the larger side: more than the 0.01 per
/// row by which probing costs more than building.
const BUILD_BYTE: f64 = 0.002;

/// What is added for building on this side; see [`BUILD_BYTE`].
pub(super) fn build_penalty(inner: &Rel) -> f64 {
    BUILD_BYTE * cost::wire_bytes(inner.rows, inner.width())
}

/// The Hash step over an inner side.
fn hash_step(inner: Rel) -> Step {
    let total = inner.cost.total;
    let width = inner.width();
    let mut hash = Step::new(Operator::Hash, Vec::new());
    hash.numbers(
        Range {
            startup: total,
            total,
        },
        inner.rows,
        width,
    );
    hash.range = Some(inner.range);
    hash.children = vec![inner.step];
    hash
}

impl Rel {
    /// This relation as a side of a join.
    pub(super) fn side(&self) -> Side<'_> {
        Side {
            rows: self.rows,
            width: self.width(),
            cost: self.cost,
            dist: &self.dist,
            sorted: &self.sorted,
        }
    }

    /// A relation without a step, for comparing ways to join.
    pub(super) fn sketch(
        rows: f64,
        width: f64,
        cost: Range,
        dist: Dist,
        sorted: Vec<ColumnId>,
    ) -> Rel {
        let mut step = Step::default();
        step.numbers(cost, rows, width);
        Rel {
            step,
            rows,
            range: RowRange::EXACT,
            cost,
            dist,
            sorted,
            columns: Vec::new(),
        }
    }
}
