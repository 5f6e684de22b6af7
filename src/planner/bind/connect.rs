//! `START WITH … CONNECT BY …`: a recursion that is written in one block.
//!
//! "If the FROM clause has a join, it is processed first", then CONNECT BY, then WHERE. PRIOR
//! reads the parent row, LEVEL is 1 for the root rows (Amazon Redshift Database Developer Guide:
//! CONNECT BY clause). So it is a recursive CTE of FROM's rows, which the block reads in FROM's
//! place.

use std::collections::HashMap;

use sqlparser::ast::{self, ConnectByKind, Expr as Ast};

use crate::planner::PlannerError;
use crate::planner::logical::expr::{ColumnId, Expr, LiteralKind};
use crate::planner::logical::operator::BinaryOp;
use crate::planner::logical::tree::{
    Body, Group, Output, Query, Recursion, Shared, SharedId, Source as Rows, WorkingId,
};

use super::Binder;
use super::names::conjuncts;
use super::place::Place;
use super::reader::Reader;
use super::scope::{Scope, Source};

/// What a hierarchy is called in the plan, and its rows as the parents of others.
const HIERARCHY: &str = "hierarchy";
const PARENTS: &str = "prior";
const LEVEL: &str = "level";

impl<'a> Binder<'a, '_> {
    /// The rows of a hierarchy, in place of those of FROM; names come into `scope`.
    pub(super) fn hierarchy(
        &mut self,
        select: &'a ast::Select,
        scope: &mut Scope<'_, 'a>,
    ) -> Result<Group<'a>, PlannerError> {
        let (mut roots, mut links): (Vec<&'a Ast>, Vec<&'a Ast>) = (Vec::new(), Vec::new());
        for clause in &select.connect_by {
            match clause {
                ConnectByKind::StartWith { condition, .. } => roots.extend(conjuncts(condition)),
                ConnectByKind::ConnectBy { relationships, .. } => {
                    links.extend(relationships.iter().flat_map(conjuncts));
                }
            }
        }
        let mut of_roots = scope.fresh();
        let mut group = Group::all(self.from(&select.from, &mut of_roots)?);
        for root in roots {
            let bound = self.expr(root, Place::new(&of_roots))?;
            group.conditions.extend(bound.into_conjuncts());
        }
        let one = Expr::Literal {
            text: "1".to_owned(),
            kind: LiteralKind::Number,
        };
        let first = self.of_hierarchy(group, &of_roots, one.clone());

        let id = WorkingId(self.recursions);
        self.recursions += 1;
        let reader = Reader {
            called: PARENTS.to_owned(),
            columns: Vec::new(),
            declared: Vec::new(),
        };
        let parents = self.own_columns(&first.outputs, &reader);
        let mut of_children = scope.fresh();
        let mut group = Group::all(self.from(&select.from, &mut of_children)?);
        let level = Expr::Compute {
            first: Box::new(
                parents
                    .last()
                    .map_or_else(|| one.clone(), |(_, id)| Expr::Column(*id)),
            ),
            rest: vec![(BinaryOp::Plus, one)],
        };
        of_children.aliases.push((LEVEL.to_owned(), level.clone()));
        let children = of_children
            .sources
            .iter()
            .flat_map(|source| &source.columns);
        let prior = children
            .zip(&parents)
            .map(|((_, own), (_, parent))| (*own, *parent));
        let around = self.prior.replace(Prior {
            parents: prior.collect(),
            read: false,
        });
        for link in links {
            let bound = self.expr(link, Place::new(&of_children))?;
            group.conditions.extend(bound.into_conjuncts());
        }
        let prior = std::mem::replace(&mut self.prior, around);
        if prior.is_none_or(|prior| !prior.read) {
            return Err(PlannerError::refused("CONNECT BY without PRIOR", select));
        }
        let rows = Rows::Working {
            id,
            table: HIERARCHY.to_owned(),
            alias: PARENTS.to_owned(),
        };
        let ids = parents.iter().map(|(_, id)| *id).collect();
        group.extend(super::relation::one(rows, ids));
        let step = self.of_hierarchy(group, &of_children, level);

        let outputs = first.outputs.clone();
        let shared = SharedId(self.named.shared.len());
        self.named.shared.push(Shared {
            name: HIERARCHY.to_owned(),
            query: Query {
                body: Body::Recursive(Box::new(Recursion {
                    id,
                    name: HIERARCHY.to_owned(),
                    first,
                    step,
                })),
                order: Vec::new(),
                limit: None,
                outputs: outputs.clone(),
                open: Vec::new(),
            },
        });
        let reader = Reader {
            called: HIERARCHY.to_owned(),
            columns: Vec::new(),
            declared: Vec::new(),
        };
        let columns = self.own_columns(&outputs, &reader);
        let ids: Vec<ColumnId> = columns.iter().map(|(_, id)| *id).collect();
        let mut own = ids.iter().copied();
        for source in of_roots.sources {
            let columns = source.columns.into_iter();
            scope.sources.push(Source {
                columns: columns
                    .zip(own.by_ref())
                    .map(|((name, _), id)| (name, id))
                    .collect(),
                ..source
            });
        }
        // Both sides of USING are there; which of them is shown is known by their places.
        let places: HashMap<ColumnId, ColumnId> = outputs
            .iter()
            .map(|(_, id)| *id)
            .zip(ids.iter().copied())
            .collect();
        for mut merged in of_roots.merged {
            let new = |id: ColumnId| places.get(&id).copied().unwrap_or(id);
            (merged.shown, merged.hidden) = (new(merged.shown), new(merged.hidden));
            scope.merged.push(merged);
        }
        if let Some(level) = ids.last() {
            scope.aliases.push((LEVEL.to_owned(), Expr::Column(*level)));
        }
        let rows = Rows::Shared {
            id: shared,
            name: HIERARCHY.to_owned(),
        };
        Ok(super::relation::one(rows, ids))
    }

    /// `PRIOR expr`: the expression over the parent row.
    pub(super) fn prior(
        &mut self,
        operand: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let bound = self.expr(operand, place)?;
        let Some(prior) = &mut self.prior else {
            return Err(PlannerError::refused(
                "PRIOR outside of CONNECT BY",
                operand,
            ));
        };
        prior.read = true;
        Ok(bound.replaced(&|part| match part {
            Expr::Column(id) => prior.parents.get(id).map(|parent| Expr::Column(*parent)),
            _ => None,
        }))
    }

    /// A part of a hierarchy: all columns of FROM, and the level.
    fn of_hierarchy(&mut self, from: Group<'a>, scope: &Scope<'_, 'a>, level: Expr) -> Query<'a> {
        let all = scope.sources.iter().flat_map(|source| &source.columns);
        let mut outputs: Vec<Output> = all
            .map(|(name, id)| Output {
                name: name.clone(),
                expr: Expr::Column(*id),
                id: *id,
            })
            .collect();
        let id = self.output_column(LEVEL);
        outputs.push(Output {
            name: LEVEL.to_owned(),
            expr: level,
            id,
        });
        Query::grouped(from, Vec::new(), outputs)
    }
}

/// The parent row of a row whose CONNECT BY is being bound.
pub(super) struct Prior {
    /// Its column for each column of FROM.
    parents: HashMap<ColumnId, ColumnId>,
    /// Whether PRIOR was met.
    read: bool,
}
