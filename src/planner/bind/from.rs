//! FROM: relations and the conditions between them.

use std::collections::{BTreeSet, HashSet};

use sqlparser::ast::{self, JoinConstraint, JoinOperator};

use crate::name::nearest;
use crate::plan::JoinKind;
use crate::planner::PlannerError;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::tree::{Group, Item, MOST_JOINED, OuterJoin};

use super::construct;
use super::names::{conjuncts, name_parts};
use super::place::Place;
use super::scope::{Merged, Scope, Source};
use super::{Binder, DEEPEST_BLOCK};

impl<'a> Binder<'a, '_> {
    /// Gathers a FROM clause, a group for each item of its list; names come into `scope`.
    pub(super) fn from(
        &mut self,
        from: &'a [ast::TableWithJoins],
        scope: &mut Scope<'_, 'a>,
    ) -> Result<Vec<Group<'a>>, PlannerError> {
        let mut all = Vec::with_capacity(from.len());
        for tables in from {
            let group = self.tables_with_joins(tables, scope, &mut all, 0)?;
            all.push(group);
        }
        Ok(all)
    }

    fn tables_with_joins(
        &mut self,
        tables: &'a ast::TableWithJoins,
        scope: &mut Scope<'_, 'a>,
        before: &mut Vec<Group<'a>>,
        depth: usize,
    ) -> Result<Group<'a>, PlannerError> {
        let first = scope.sources.len();
        let lateral = self.lateral(&tables.relation, scope);
        let mut left = match lateral.map_err(|error| error.at(&tables.relation))? {
            Some(lateral) => {
                let mut group = with_column(before, lateral.root, &tables.relation)?;
                group.expand(lateral.root, lateral.rule);
                self.bring(lateral.source, &tables.relation, scope)?;
                group
            }
            None => self.factor(&tables.relation, scope, depth)?,
        };
        for join in &tables.joins {
            let second = scope.sources.len();
            let at_join = |error: PlannerError| error.at(&join.relation);
            let (kind, constraint) = join_kind(&join.join_operator).map_err(at_join)?;
            if let Some(lateral) = self.lateral(&join.relation, scope).map_err(at_join)? {
                if !left.holds(lateral.root) {
                    left.extend(with_column(before, lateral.root, &join.relation)?);
                }
                self.bring(lateral.source, &join.relation, scope)?;
                let on = self
                    .join_conditions(constraint, kind, scope, (first, second))
                    .map_err(at_join)?;
                let mut rule = lateral.rule;
                match kind {
                    JoinKind::Inner => left.conditions.extend(on),
                    JoinKind::Left => {
                        self.check_conditions(on.iter(), &join.relation.to_string(), scope)
                            .map_err(at_join)?;
                        rule.keeps = Some(on);
                    }
                    _ => {
                        let what = "a right or full join with a SUPER value";
                        return Err(at_join(PlannerError::refused(what, join)));
                    }
                }
                left.expand(lateral.root, rule);
                continue;
            }
            let right = self.factor(&join.relation, scope, depth)?;
            let on = self
                .join_conditions(constraint, kind, scope, (first, second))
                .map_err(at_join)?;
            if kind == JoinKind::Inner {
                left.extend(right);
                left.conditions.extend(on);
                continue;
            }
            let outer = OuterJoin {
                kind,
                left,
                right,
                on,
            };
            let near = match constraint {
                JoinConstraint::On(expr) => expr.to_string(),
                _ => String::new(),
            };
            self.check_outer(&outer, &near, scope)
                .map_err(|error| match constraint {
                    JoinConstraint::On(expr) => error.at(expr),
                    _ => at_join(error),
                })?;
            left = Group {
                items: vec![Item::Outer(Box::new(outer))],
                ..Group::default()
            };
        }
        Ok(left)
    }

    fn factor(
        &mut self,
        factor: &'a ast::TableFactor,
        scope: &mut Scope<'_, 'a>,
        depth: usize,
    ) -> Result<Group<'a>, PlannerError> {
        if let ast::TableFactor::NestedJoin {
            table_with_joins,
            alias: None,
        } = factor
        {
            if depth >= DEEPEST_BLOCK {
                return Err(PlannerError::too_deep(
                    "joins in parentheses",
                    DEEPEST_BLOCK,
                ));
            }
            return self.tables_with_joins(table_with_joins, scope, &mut Vec::new(), depth + 1);
        }
        let (group, source) = self.relation(factor, scope)?;
        self.bring(source, factor, scope)?;
        Ok(group)
    }

    /// Brings the names of a relation into scope.
    fn bring(
        &self,
        source: Source,
        factor: &ast::TableFactor,
        scope: &mut Scope<'_, 'a>,
    ) -> Result<(), PlannerError> {
        scope.sources.push(source);
        if scope.sources.len() > MOST_JOINED {
            let what = "relations joined in one block";
            return Err(PlannerError::too_large(what, MOST_JOINED).at(factor));
        }
        Ok(())
    }

    /// The conditions of a join between the relations of `scope` from the first number on
    /// and those from the second on.
    fn join_conditions(
        &mut self,
        constraint: &'a JoinConstraint,
        kind: JoinKind,
        scope: &mut Scope<'_, 'a>,
        (first, second): (usize, usize),
    ) -> Result<Vec<Expr>, PlannerError> {
        let (_, right) = scope.sources.split_at(second);
        let (_, left) = scope.sources.split_at(first);
        let left = &left[..second - first];
        let names: Vec<String> = match constraint {
            JoinConstraint::On(expr) => {
                let mut out = Vec::new();
                for conjunct in conjuncts(expr) {
                    let bound = self.expr(conjunct, Place::new(scope))?;
                    out.extend(bound.into_conjuncts());
                }
                return Ok(out);
            }
            JoinConstraint::None => return Ok(Vec::new()),
            JoinConstraint::Using(names) | JoinConstraint::UsingAlias(names, _) => names
                .iter()
                .filter_map(|name| name_parts(name).pop())
                .collect(),
            JoinConstraint::Natural => common_names(left, right),
        };
        let mut out = Vec::new();
        let mut merged = Vec::new();
        for name in names {
            let a = shown(left, &scope.merged, &name)?;
            let b = shown(right, &scope.merged, &name)?;
            out.push(Expr::equal(Expr::Column(a), Expr::Column(b)));
            // The side whose rows are all kept has the value.
            let (shown, hidden) = match kind {
                JoinKind::Right => (b, a),
                _ => (a, b),
            };
            merged.push(Merged {
                name,
                shown,
                hidden,
            });
        }
        scope.merged.extend(merged);
        Ok(out)
    }

    pub(super) fn check_outer(
        &self,
        join: &OuterJoin<'a>,
        near: &str,
        scope: &Scope<'_, 'a>,
    ) -> Result<(), PlannerError> {
        let conditions = [&join.on, &join.left.conditions, &join.right.conditions];
        self.check_conditions(conditions.into_iter().flatten(), near, scope)
    }

    /// An outer join is planned before what is around it: it can't wait for a subquery that
    /// depends on the row, nor for a column of the block around.
    fn check_conditions<'e>(
        &self,
        conditions: impl Iterator<Item = &'e Expr>,
        near: &str,
        scope: &Scope<'_, 'a>,
    ) -> Result<(), PlannerError> {
        let around: HashSet<ColumnId> = scope
            .parent
            .iter()
            .flat_map(|parent| &parent.sources)
            .flat_map(|source| source.columns.iter().map(|(_, id)| *id))
            .collect();
        for condition in conditions {
            let outside = condition.columns().any(|id| around.contains(&id));
            if outside || condition.walk().any(|part| self.depends_on_row(part)) {
                return Err(PlannerError::unsupported(
                    "a subquery or correlated reference in an outer join",
                    near,
                ));
            }
        }
        Ok(())
    }

    /// Whether it is a subquery that is joined rather than worked out once.
    fn depends_on_row(&self, part: &Expr) -> bool {
        match part {
            Expr::InQuery { .. } => true,
            Expr::Exists { query, .. } | Expr::Scalar(query) => self
                .subqueries
                .get(query.0)
                .is_some_and(|query| query.is_correlated()),
            _ => false,
        }
    }
}

/// Takes the group that holds a column out of those before.
fn with_column<'a>(
    before: &mut Vec<Group<'a>>,
    column: ColumnId,
    near: &ast::TableFactor,
) -> Result<Group<'a>, PlannerError> {
    match before.iter().position(|group| group.holds(column)) {
        Some(at) => Ok(before.remove(at)),
        None => Err(PlannerError::unsupported(
            "unnesting a value of another join in parentheses",
            near,
        )),
    }
}

/// The column of a name on one side of USING.
fn shown(side: &[Source], merged: &[Merged], name: &str) -> Result<ColumnId, PlannerError> {
    let mut found = side
        .iter()
        .filter_map(|source| Some((source, source.column(name)?)))
        .filter(|(_, id)| !merged.iter().any(|merged| merged.hidden == *id));
    match (found.next(), found.next()) {
        (Some((_, id)), None) => Ok(id),
        (Some((first, _)), Some((second, _))) => Err(PlannerError::AmbiguousColumn {
            name: name.to_owned(),
            first: first.name.clone(),
            second: second.name.clone(),
        }),
        (None, _) => {
            let columns = side.iter().flat_map(|source| &source.columns);
            let mut open = side.iter().filter(|source| !source.open.is_empty());
            Err(PlannerError::UnknownColumn {
                name: name.to_owned(),
                nearest: nearest(name, columns.map(|(name, _)| name.as_str())),
                of: match (open.next(), open.next()) {
                    (Some(only), None) => only.open.clone(),
                    _ => Vec::new(),
                },
            })
        }
    }
}

fn common_names(left: &[Source], right: &[Source]) -> Vec<String> {
    let names = |sources: &[Source]| -> BTreeSet<String> {
        let columns = sources.iter().flat_map(|source| &source.columns);
        columns.map(|(name, _)| name.clone()).collect()
    };
    names(left).intersection(&names(right)).cloned().collect()
}

fn join_kind(operator: &JoinOperator) -> Result<(JoinKind, &JoinConstraint), PlannerError> {
    Ok(match operator {
        JoinOperator::Join(on) | JoinOperator::Inner(on) | JoinOperator::CrossJoin(on) => {
            (JoinKind::Inner, on)
        }
        JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (JoinKind::Left, on),
        JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (JoinKind::Right, on),
        JoinOperator::FullOuter(on) => (JoinKind::Full, on),
        _ => return Err(PlannerError::refused(construct::of_join(operator), "")),
    })
}
