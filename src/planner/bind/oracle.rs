//! Oracle's outer joins: `WHERE a.id = b.id(+)`.
//!
//! A table whose columns carry the `(+)` is the optional side of an outer join with the one that
//! they are compared with; conditions with constants carry it as well. What the operator is
//! refused with, and when it is silently ignored, is documented (Amazon Redshift Database
//! Developer Guide: Oracle-style outer joins in the WHERE clause).

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::Expr as Ast;

use crate::plan::JoinKind;
use crate::planner::PlannerError;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::tree::{Group, Item, OuterJoin};

use super::Binder;
use super::scope::Scope;

/// A condition of WHERE with the columns that carry the `(+)`.
pub(super) struct Marked<'a> {
    pub condition: Expr,
    pub columns: Vec<ColumnId>,
    /// As it is written.
    pub near: &'a Ast,
}

impl<'a> Binder<'a, '_> {
    /// Refuses a `(+)` that was met since the last time.
    pub(super) fn no_outer_marks(&self, near: impl std::fmt::Display) -> Result<(), PlannerError> {
        match self.outer_marks.is_empty() {
            true => Ok(()),
            false => Err(PlannerError::refused(
                "the outer join operator (+) outside of WHERE",
                near,
            )),
        }
    }

    /// The items of a FROM clause without JOIN under the outer joins that WHERE asks for. What
    /// it asks of the joined rows is added to `conditions`.
    pub(super) fn outer_marked(
        &mut self,
        groups: Vec<Group<'a>>,
        marked: Vec<Marked<'a>>,
        conditions: &mut Vec<Expr>,
        scope: &Scope<'_, 'a>,
    ) -> Result<Group<'a>, PlannerError> {
        let owners: BTreeMap<ColumnId, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(i, group)| group.columns().into_iter().map(move |id| (id, i)))
            .collect();
        let of = |expr: &Expr| -> BTreeSet<usize> {
            expr.columns()
                .filter_map(|id| owners.get(&id).copied())
                .collect()
        };
        let mut optional: BTreeMap<usize, Optional<'a>> = BTreeMap::new();
        for Marked {
            condition,
            columns,
            near,
        } in marked
        {
            let with_or = condition.walk().any(|part| {
                matches!(
                    part,
                    Expr::Or(_) | Expr::InList { .. } | Expr::InQuery { .. }
                )
            });
            if with_or {
                let what = "the outer join operator (+) in an operand of OR or IN";
                return Err(PlannerError::refused(what, near).at(near));
            }
            let sides: BTreeSet<usize> = columns
                .iter()
                .filter_map(|id| owners.get(id).copied())
                .collect();
            let mut sides = sides.into_iter();
            let side = match (sides.next(), sides.next()) {
                (Some(side), None) => side,
                (Some(_), Some(_)) => {
                    let what = "the outer join operator (+) on both sides of a condition";
                    return Err(PlannerError::refused(what, near).at(near));
                }
                // A column of the query around: "doesn't produce an outer join if you join a
                // table in the outer query with a table that results from an inner query".
                (None, _) => {
                    conditions.extend(condition.into_conjuncts());
                    continue;
                }
            };
            let others: Vec<usize> = of(&condition).into_iter().filter(|i| *i != side).collect();
            let side = optional.entry(side).or_default();
            side.on.extend(condition.into_conjuncts());
            side.others.extend(others);
            side.near = Some(near);
        }
        let mut slots: Vec<Option<Group<'a>>> = groups.into_iter().map(Some).collect();
        // Where each item has gone.
        let mut at: Vec<usize> = (0..slots.len()).collect();
        for (side, Optional { on, others, near }) in optional {
            let Some(near) = near else { continue };
            let mut others = others.into_iter();
            let other = match (others.next(), others.next()) {
                (Some(other), None) => other,
                // Compared with constants alone, there is nothing to keep the rows of.
                (None, _) => {
                    conditions.extend(on);
                    continue;
                }
                (Some(_), Some(_)) => {
                    let what =
                        "an outer join operator (+) that joins a table to more than one other";
                    return Err(PlannerError::refused(what, near).at(near));
                }
            };
            let between = |condition: &&Expr| of(condition) == BTreeSet::from([side, other]);
            if conditions.iter().any(|condition| between(&condition)) {
                self.assumptions.add(format!(
                    "`{near}` is joined as an inner join: Redshift wants the (+) on all conditions between two tables, or takes none of them, without a warning."
                ));
                conditions.extend(on);
                continue;
            }
            let (from, to) = (at[side], at[other]);
            if from == to {
                let what = "outer join operators (+) that join two tables to each other";
                return Err(PlannerError::refused(what, near).at(near));
            }
            let (Some(right), Some(left)) = (slots[from].take(), slots[to].take()) else {
                continue;
            };
            let join = OuterJoin {
                kind: JoinKind::Left,
                left,
                right,
                on,
            };
            self.check_outer(&join, &near.to_string(), scope)
                .map_err(|error| error.at(near))?;
            slots[to] = Some(Group {
                items: vec![Item::Outer(Box::new(join))],
                ..Group::default()
            });
            for place in &mut at {
                if *place == from {
                    *place = to;
                }
            }
        }
        Ok(Group::all(slots.into_iter().flatten()))
    }
}

/// What the optional side of an outer join is compared by, and with.
#[derive(Default)]
struct Optional<'a> {
    on: Vec<Expr>,
    others: BTreeSet<usize>,
    near: Option<&'a Ast>,
}
