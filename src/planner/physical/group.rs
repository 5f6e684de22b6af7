//! Gathered relations and conditions → a planned relation: filters pushed down to
//! the scans, outer joins kept in their order.

use std::collections::{BTreeSet, HashSet};

use crate::plan::{DetailKind, JoinKind, Operator};
use crate::planner::PlannerError;
use crate::planner::cardinality::link::Link;
use crate::planner::cardinality::sources::Source;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind};
use crate::planner::logical::text::{Names, quoted};
use crate::planner::order::{Pool, Search, Set, Sketch};
use crate::work::RowRange;

use super::Physical;
use super::gather::{Group, Item, Leaf, OuterJoin};
use super::rel::{Rel, Step};

impl<'a> Physical<'_, 'a> {
    /// Plans a group under more conditions; `needed` are the columns read above.
    pub(super) fn group(
        &mut self,
        group: Group<'a>,
        conditions: Vec<Expr>,
        needed: &BTreeSet<ColumnId>,
    ) -> Result<Rel, PlannerError> {
        let mut items = group.items;
        let mut conditions: Vec<Expr> = group.conditions.into_iter().chain(conditions).collect();
        conditions.retain(|condition| !is_always_true(condition));
        self.open_outer_joins(&mut items, &mut conditions);
        let constants = conditions
            .extract_if(.., |c| c.columns().next().is_none())
            .collect::<Vec<_>>();
        let mut relations = Vec::with_capacity(items.len());
        for item in items {
            let columns = item.columns();
            let own = conditions
                .extract_if(.., |c| c.columns().all(|id| columns.contains(&id)))
                .collect();
            let mut passed = needed.clone();
            for condition in &conditions {
                passed.extend(condition.columns());
            }
            relations.push(self.item(item, own, &passed)?);
        }
        let rel = self.join_all(relations, conditions, needed)?;
        Ok(self.once(rel, &constants))
    }

    /// Conditions that read no column: they are asked once, before the rows.
    fn once(&self, rel: Rel, constants: &[Expr]) -> Rel {
        if constants.is_empty() {
            return rel;
        }
        let asked = self
            .columns
            .condition(DetailKind::OneTimeFilter, constants, Names::Qualified);
        let mut step = Step::new(Operator::Result, Vec::new());
        step.condition(asked);
        let (cost, width) = (rel.cost, rel.width());
        rel.on_top(step, cost, width)
    }

    /// A SELECT without FROM.
    pub(super) fn without_tables(&self, conditions: &[Expr]) -> Rel {
        let asked: Vec<Expr> = conditions
            .iter()
            .filter(|condition| !is_always_true(condition))
            .cloned()
            .collect();
        self.once(self.one_row(), &asked)
    }

    /// Joins all relations by inner joins. Conditions on one relation must have
    /// been applied before.
    fn join_all(
        &mut self,
        relations: Vec<Rel>,
        conditions: Vec<Expr>,
        needed: &BTreeSet<ColumnId>,
    ) -> Result<Rel, PlannerError> {
        let columns = relations.iter().map(|relation| relation.columns.as_slice());
        let pool = Pool::new(columns, conditions, needed, &self.columns)?;
        let sketches: Vec<Sketch> = relations.iter().map(|rel| self.sketch(rel)).collect();
        let mut search = Search {
            columns: &self.columns,
            nodes: self.nodes,
            budget: &mut self.budget,
        };
        let order = search.order(&pool, &sketches)?;
        let mut slots: Vec<Option<Rel>> = relations.into_iter().map(Some).collect();
        let mut set = Set::default();
        let mut joined: Option<Rel> = None;
        for i in order {
            let Some(relation) = slots.get_mut(i).and_then(Option::take) else {
                continue;
            };
            joined = Some(match joined {
                None => relation,
                Some(left) => {
                    let link = pool.link(set, i);
                    let later = pool.needed_after(set.with(i), needed);
                    self.join(left, relation, JoinKind::Inner, link, &later)
                }
            });
            set = set.with(i);
        }
        debug_assert!(
            slots.iter().all(Option::is_none),
            "every relation is joined"
        );
        Ok(joined.unwrap_or_else(|| self.one_row()))
    }

    /// Turns outer joins into inner ones where a condition drops the rows without
    /// a match anyway.
    fn open_outer_joins(&self, items: &mut Vec<Item<'a>>, conditions: &mut Vec<Expr>) {
        let mut at = 0;
        while at < items.len() {
            let opens = match &items[at] {
                Item::Outer(join) => {
                    let optional = match join.kind {
                        JoinKind::Left => join.right.columns(),
                        JoinKind::Right => join.left.columns(),
                        _ => HashSet::new(),
                    };
                    conditions
                        .iter()
                        .any(|condition| drops_nulls(condition, &optional))
                }
                Item::Leaf { .. } | Item::Expanded(_) => false,
            };
            if !opens {
                at += 1;
                continue;
            }
            if let Item::Outer(join) = items.remove(at) {
                conditions.extend(join.on);
                for side in [join.left, join.right] {
                    items.extend(side.items);
                    conditions.extend(side.conditions);
                }
            }
            at = 0;
        }
    }

    fn item(
        &mut self,
        item: Item<'a>,
        filters: Vec<Expr>,
        passed: &BTreeSet<ColumnId>,
    ) -> Result<Rel, PlannerError> {
        let (leaf, columns) = match item {
            Item::Outer(join) => return self.outer_join(*join, filters, passed),
            Item::Expanded(expansion) => return self.expand(*expansion, filters, passed),
            Item::Leaf { leaf, columns } => (leaf, columns),
        };
        Ok(match leaf {
            Leaf::Table { table, alias } => {
                self.scan(table, alias.as_deref(), &columns, filters, passed)
            }
            Leaf::Derived { rel, name } => self.subquery_scan(*rel, &name, filters, passed),
            Leaf::Working { id, table, alias } => {
                self.working_scan(id, &table, &alias, &columns, &filters, passed)
            }
            Leaf::Shared { id, name } => self.shared_scan(id, &name, &columns, &filters, passed),
        })
    }

    fn outer_join(
        &mut self,
        join: OuterJoin<'a>,
        filters: Vec<Expr>,
        passed: &BTreeSet<ColumnId>,
    ) -> Result<Rel, PlannerError> {
        let (left_columns, right_columns) = (join.left.columns(), join.right.columns());
        let within =
            |expr: &Expr, side: &HashSet<ColumnId>| expr.columns().all(|id| side.contains(&id));
        let (keeps_left, keeps_right) = match join.kind {
            JoinKind::Left => (true, false),
            JoinKind::Right => (false, true),
            _ => (true, true),
        };
        let (mut left_filters, mut right_filters, mut late, mut link) =
            (vec![], vec![], vec![], vec![]);
        for filter in filters {
            match () {
                () if within(&filter, &left_columns) && !keeps_right => left_filters.push(filter),
                () if within(&filter, &right_columns) && !keeps_left => right_filters.push(filter),
                () => late.push(filter),
            }
        }
        for condition in join.on {
            match () {
                () if within(&condition, &right_columns) && !keeps_right => {
                    right_filters.push(condition)
                }
                () if within(&condition, &left_columns) && !keeps_left => {
                    left_filters.push(condition)
                }
                () => link.push(condition),
            }
        }
        let mut below = passed.clone();
        for condition in link.iter().chain(&late) {
            below.extend(condition.columns());
        }
        let left = self.group(join.left, left_filters, &below)?;
        let right = self.group(join.right, right_filters, &below)?;
        let link = Link::new(link, &left.columns, &right.columns);
        // PostgreSQL's rule, whose planner Redshift's is: each side's rows without a match can
        // only be told where both are hashed or sorted.
        if join.kind == JoinKind::Full && link.equalities.is_empty() {
            return Err(PlannerError::refused(
                "FULL JOIN without an equality between its sides",
                "",
            ));
        }
        let rel = self.join(left, right, join.kind, link, passed);
        Ok(self.filtered(rel, late))
    }

    /// A filter on the step itself.
    pub(super) fn filtered(&mut self, mut rel: Rel, filters: Vec<Expr>) -> Rel {
        if filters.is_empty() {
            return rel;
        }
        let share = self.columns.share_of_all(&filters);
        let asked = self
            .columns
            .condition(DetailKind::Filter, &filters, Names::Qualified);
        rel.step.condition(asked);
        rel.rows = (rel.rows * share.likely).max(1.0);
        rel.range = rel.range.times(share.range());
        rel.step.range = Some(rel.range);
        let (cost, rows, width) = (rel.cost, rel.rows, rel.width());
        rel.step.numbers(cost, rows, width);
        rel
    }

    fn subquery_scan(
        &mut self,
        rel: Rel,
        name: &str,
        filters: Vec<Expr>,
        passed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let mut step = Step::new(Operator::SubqueryScan, Vec::new());
        step.node.relation = Some(quoted(name));
        let cost = Range {
            startup: rel.cost.startup,
            total: rel.cost.total + rel.rows * cost::ROW,
        };
        let width = self
            .columns
            .width(rel.columns.iter().filter(|id| passed.contains(id)));
        let rel = rel.on_top(step, cost, width);
        let before = rel.count();
        let kept = self.columns.kept_values(&filters);
        let rel = self.filtered(rel, filters);
        self.sources.add(Source {
            columns: rel.columns.iter().copied().collect(),
            before: Some(before),
            after: Some(rel.count()),
            kept,
            ..Source::default()
        });
        rel
    }

    /// `SELECT 1`: one row from nowhere.
    pub(super) fn one_row(&self) -> Rel {
        let mut step = Step::new(Operator::Result, Vec::new());
        let cost = Range {
            startup: 0.0,
            total: cost::ROW,
        };
        step.numbers(cost, 1.0, 0.0);
        Rel {
            step,
            rows: 1.0,
            range: RowRange::EXACT,
            cost,
            dist: Dist::Single,
            sorted: Vec::new(),
            columns: Vec::new(),
        }
    }
}

/// Whether a condition is never true for a row whose `columns` are NULL.
fn drops_nulls(condition: &Expr, columns: &HashSet<ColumnId>) -> bool {
    let touches = |expr: &Expr| {
        expr.columns().any(|id| columns.contains(&id))
            && !expr
                .walk()
                .any(|part| matches!(part, Expr::Function { .. } | Expr::Case(_)))
    };
    match condition {
        Expr::Binary { .. } | Expr::Pattern { .. } | Expr::InList { .. } => touches(condition),
        Expr::IsNull {
            negated: true,
            operand,
        } => touches(operand),
        _ => false,
    }
}

/// Whether a predicate asks nothing.
pub(super) fn is_always_true(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal { text, kind: LiteralKind::Boolean } if text == "true")
}
