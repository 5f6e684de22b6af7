//! Joining two planned relations: rows, sides, the step and its condition lines.

use std::collections::BTreeSet;

use crate::plan::{DetailKind, Distribution, JoinKind, JoinMethod, Operator};

use super::Physical;
use crate::planner::cardinality::count::Count;
use crate::planner::cardinality::join::Input;
use crate::planner::cardinality::link::Link;
use crate::planner::cost::Range;
use crate::planner::join_choice::{self, Choice, Conditions, Key, Side};
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::order::Sketch;
use crate::work::RowRange;

use super::rel::{Rel, Step};
use crate::planner::logical::text::Names;

impl Physical<'_, '_> {
    /// Rows of a join, and by how much they may be wrong.
    fn join_rows(
        &mut self,
        left: &Rel,
        right: &Rel,
        link: &Link,
        kind: JoinKind,
    ) -> (f64, RowRange) {
        let matched = self.columns.matched(&link.equalities);
        self.columns
            .explain(&matched, &link.equalities, &mut self.assumptions);
        let others = self.columns.share_of_filters(&link.filters);
        let input = |rel: &Rel| Input {
            rows: Count::new(rel.rows, rel.range),
            is_one: self.columns.keys.is_one(&rel.columns),
        };
        matched
            .rows(input(left), input(right), others, kind)
            .parts()
    }

    /// What decides how a relation is joined.
    pub(super) fn sketch(&self, rel: &Rel) -> Sketch {
        Sketch {
            rows: rel.rows,
            width: rel.width(),
            cost: rel.cost,
            dist: rel.dist.clone(),
            sorted: rel.sorted.clone(),
            is_one: self.columns.keys.is_one(&rel.columns),
        }
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
        let (rows, range) = self.join_rows(&left, &right, &link, kind);
        let keys: Vec<Key> = link
            .equalities
            .iter()
            .map(|(a, b)| self.columns.key(a, b))
            .collect();
        let conditions = Conditions {
            kind,
            equalities: link.equalities.len(),
            filters: link.filters.len(),
            rows,
        };
        let placed = join_choice::place(left.side(), right.side(), &keys, conditions, self.nodes);
        let sides = match (placed.turned, kind.turned()) {
            (true, Some(turned)) => (right, left, turned, link.swapped()),
            _ => (left, right, kind, link),
        };
        self.build(sides, (rows, range), placed.choice, needed)
    }

    /// The step of a join whose sides are placed.
    fn build(
        &mut self,
        (outer, inner, kind, link): (Rel, Rel, JoinKind, Link),
        (rows, range): (f64, RowRange),
        choice: Choice,
        needed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let mut step = Step::new(Operator::Join(choice.method, kind), Vec::new());
        step.node.distribution = Some(choice.label);
        self.condition_lines(&mut step, &outer, &link, &choice);
        let others = self.columns.share_of_filters(&link.filters);
        step.pairs = (others < 1.0 && others > 0.0).then_some(1.0 / others);
        let mut columns = outer.columns.clone();
        match kind {
            JoinKind::In
            | JoinKind::NotIn
            | JoinKind::IntersectDistinct
            | JoinKind::ExceptDistinct => {}
            _ => columns.extend(&inner.columns),
        }
        let width = self
            .columns
            .width(columns.iter().filter(|id| needed.contains(id)));
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
        let dist_key = |expr: &Expr| self.columns.text(expr, Names::Qualified);
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
            .map(|(a, b)| Expr::equal(a.clone(), b.clone()))
            .collect();
        if !conditions.is_empty() {
            let kind = match choice.method {
                JoinMethod::Merge => DetailKind::MergeCond,
                _ => DetailKind::HashCond,
            };
            step.condition(self.columns.condition(kind, &conditions, sides));
        }
        if !link.filters.is_empty() {
            let kind = DetailKind::JoinFilter;
            step.condition(self.columns.condition(kind, &link.filters, sides));
        }
    }
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
}
