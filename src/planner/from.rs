//! FROM and WHERE: relations and conditions gathered, filters pushed down to the
//! scans, outer joins kept in their order.

use std::collections::BTreeSet;

use sqlparser::ast::{self, GroupByExpr, JoinConstraint, JoinOperator, SelectItem, SetExpr};

use crate::plan::JoinKind;

use super::expr::{ColumnId, Expr};
use super::names::{conjuncts, folded, name_parts};
use super::place::Place;
use super::relations::{Group, Item, Leaf, OuterJoin};
use super::scope::{Scope, Source};
use super::{Planner, PlannerError};

/// Relations that joins may take in any order.
const MOST_RELATIONS: usize = 60;

/// The relations and columns of a subquery that needs no step of its own.
type Pulled<'a> = (Group<'a>, Vec<(String, ColumnId)>);

impl<'a> Planner<'a> {
    /// Gathers a FROM clause; names come into `scope`.
    pub(super) fn from(
        &mut self,
        from: &'a [ast::TableWithJoins],
        scope: &mut Scope<'_>,
    ) -> Result<Group<'a>, PlannerError> {
        let mut all = Group::default();
        for tables in from {
            let group = self.tables_with_joins(tables, scope)?;
            all.items.extend(group.items);
            all.conditions.extend(group.conditions);
        }
        Ok(all)
    }

    fn tables_with_joins(
        &mut self,
        tables: &'a ast::TableWithJoins,
        scope: &mut Scope<'_>,
    ) -> Result<Group<'a>, PlannerError> {
        let mut left = self.factor(&tables.relation, scope)?;
        for join in &tables.joins {
            let before: Vec<Source> = scope.sources.clone();
            let right = self.factor(&join.relation, scope)?;
            if scope.sources.len() > MOST_RELATIONS {
                return Err(PlannerError::unsupported(
                    "a join of more than 60 relations",
                    "",
                ));
            }
            let (kind, constraint) = join_kind(&join.join_operator)?;
            let on = self.join_conditions(constraint, scope, &before)?;
            if kind == JoinKind::Inner {
                left.items.extend(right.items);
                left.conditions.extend(right.conditions);
                left.conditions.extend(on);
                continue;
            }
            let outer = OuterJoin {
                kind,
                left,
                right,
                on,
            };
            left = Group {
                items: vec![Item::Outer(Box::new(outer))],
                conditions: Vec::new(),
            };
        }
        Ok(left)
    }

    fn factor(
        &mut self,
        factor: &'a ast::TableFactor,
        scope: &mut Scope<'_>,
    ) -> Result<Group<'a>, PlannerError> {
        if let ast::TableFactor::NestedJoin {
            table_with_joins,
            alias: None,
        } = factor
        {
            self.deeper()?;
            let group = self.tables_with_joins(table_with_joins, scope);
            self.depth -= 1;
            return group;
        }
        let (leaf, source) = self.leaf(factor, scope.parent)?;
        let columns = source.columns.clone();
        scope.sources.push(source);
        Ok(match leaf {
            Leaf::Pulled(group) => group,
            leaf => Group {
                items: vec![Item::Leaf {
                    leaf: Box::new(leaf),
                    columns,
                }],
                conditions: Vec::new(),
            },
        })
    }

    fn join_conditions(
        &mut self,
        constraint: &'a JoinConstraint,
        scope: &Scope<'_>,
        before: &[Source],
    ) -> Result<Vec<Expr>, PlannerError> {
        let names: Vec<String> = match constraint {
            JoinConstraint::On(expr) => {
                let mut joins = Vec::new();
                let mut out = Vec::new();
                for conjunct in conjuncts(expr) {
                    let lowered = self.expr(conjunct, &mut Place::new(scope, &mut joins))?;
                    out.extend(lowered.into_conjuncts());
                }
                if !joins.is_empty() {
                    return Err(PlannerError::unsupported(
                        "a subquery in ON that depends on the row",
                        expr,
                    ));
                }
                return Ok(out);
            }
            JoinConstraint::None => return Ok(Vec::new()),
            JoinConstraint::Using(names) | JoinConstraint::UsingAlias(names, _) => names
                .iter()
                .filter_map(|name| name_parts(name).pop())
                .collect(),
            JoinConstraint::Natural => self.common_names(scope, before),
        };
        let left = Scope {
            sources: before.to_vec(),
            parent: None,
        };
        let right = Scope {
            sources: scope
                .sources
                .get(before.len()..)
                .unwrap_or_default()
                .to_vec(),
            parent: None,
        };
        let mut out = Vec::new();
        for name in names {
            out.push(Expr::Binary {
                op: "=".to_owned(),
                left: Box::new(Expr::Column(self.resolve_first(&left, &name)?)),
                right: Box::new(Expr::Column(self.resolve_first(&right, &name)?)),
            });
        }
        Ok(out)
    }

    /// The first column of a name: after USING, several relations share it.
    pub(super) fn resolve_first(
        &self,
        scope: &Scope<'_>,
        name: &str,
    ) -> Result<ColumnId, PlannerError> {
        scope
            .sources
            .iter()
            .flat_map(|source| &source.columns)
            .find(|id| self.column(**id).name == name)
            .copied()
            .map_or_else(|| self.resolve(scope, &[], name), Ok)
    }

    fn common_names(&self, scope: &Scope<'_>, before: &[Source]) -> Vec<String> {
        let names = |sources: &[Source]| -> BTreeSet<String> {
            let columns = sources.iter().flat_map(|source| &source.columns);
            columns.map(|id| self.column(*id).name.clone()).collect()
        };
        let right = names(scope.sources.get(before.len()..).unwrap_or_default());
        names(before).intersection(&right).cloned().collect()
    }

    /// The relations and columns of a subquery that only renames and filters: it
    /// needs no step of its own.
    pub(super) fn pulled(
        &mut self,
        query: &'a ast::Query,
    ) -> Result<Option<Pulled<'a>>, PlannerError> {
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Ok(None);
        };
        let plain = query.with.is_none()
            && query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none()
            && select.distinct.is_none()
            && select.top.is_none()
            && select.having.is_none()
            && select.qualify.is_none()
            && matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty())
            && !select.from.is_empty()
            && select.projection.iter().all(is_plain_item);
        if !plain {
            return Ok(None);
        }
        self.deeper()?;
        let parameters = self.parameters.len();
        let result = self.pulled_inside(select);
        self.depth -= 1;
        let pulled = result?;
        if pulled.is_none() {
            self.parameters.truncate(parameters);
        }
        Ok(pulled)
    }

    /// `None` if its WHERE needs joins of its own.
    fn pulled_inside(
        &mut self,
        select: &'a ast::Select,
    ) -> Result<Option<Pulled<'a>>, PlannerError> {
        let mut scope = Scope::default();
        let mut group = self.from(&select.from, &mut scope)?;
        let mut joins = Vec::new();
        let mut filters = Vec::new();
        for conjunct in select.selection.iter().flat_map(|expr| conjuncts(expr)) {
            let lowered = self.expr(conjunct, &mut Place::new(&scope, &mut joins))?;
            filters.extend(lowered.into_conjuncts());
        }
        if !joins.is_empty() {
            return Ok(None);
        }
        group.conditions.extend(filters);
        let mut outputs = Vec::new();
        for item in &select.projection {
            self.plain_outputs(item, &scope, &mut outputs)?;
        }
        Ok(Some((group, outputs)))
    }

    fn plain_outputs(
        &self,
        item: &SelectItem,
        scope: &Scope<'_>,
        outputs: &mut Vec<(String, ColumnId)>,
    ) -> Result<(), PlannerError> {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(folded(alias))),
            _ => {
                let all = scope.sources.iter().flat_map(|source| &source.columns);
                outputs.extend(all.map(|id| (self.column(*id).name.clone(), *id)));
                return Ok(());
            }
        };
        let parts: Vec<String> = match expr {
            ast::Expr::Identifier(ident) => vec![folded(ident)],
            ast::Expr::CompoundIdentifier(parts) => parts.iter().map(folded).collect(),
            _ => Vec::new(),
        };
        if let [qualifier @ .., name] = parts.as_slice() {
            let id = self.resolve(scope, qualifier, name)?;
            outputs.push((alias.unwrap_or_else(|| name.clone()), id));
        }
        Ok(())
    }

    /// Enters a block; see [`PlannerError::TooDeep`].
    pub(super) fn deeper(&mut self) -> Result<(), PlannerError> {
        if self.depth >= super::DEEPEST {
            return Err(PlannerError::TooDeep {
                limit: super::DEEPEST,
            });
        }
        self.depth += 1;
        Ok(())
    }
}

fn is_plain_item(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            matches!(
                expr,
                ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_)
            )
        }
        SelectItem::Wildcard(_) => true,
        _ => false,
    }
}

fn join_kind(operator: &JoinOperator) -> Result<(JoinKind, &JoinConstraint), PlannerError> {
    Ok(match operator {
        JoinOperator::Join(on) | JoinOperator::Inner(on) | JoinOperator::CrossJoin(on) => {
            (JoinKind::Inner, on)
        }
        JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (JoinKind::Left, on),
        JoinOperator::Right(on) | JoinOperator::RightOuter(on) => (JoinKind::Right, on),
        JoinOperator::FullOuter(on) => (JoinKind::Full, on),
        _ => return Err(PlannerError::unsupported("a join that Redshift lacks", "")),
    })
}
