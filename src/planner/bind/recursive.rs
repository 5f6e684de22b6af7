//! Recursive CTEs: `first part UNION ALL recursive part`, where the second reads the CTE.
//!
//! "The first SELECT subquery doesn't have a recursive reference to the same CTE"; the second
//! "references the same CTE_table_name in its FROM clause"; the column list is required; the
//! recursive query "can't include an order by or limit clause", and WITH RECURSIVE can't stand
//! in a subquery (Amazon Redshift Database Developer Guide: WITH clause).

use std::rc::Rc;

use sqlparser::ast::{self, SetExpr, SetOperator, SetQuantifier};

use crate::planner::PlannerError;
use crate::planner::logical::expr::ColumnId;
use crate::planner::logical::tree::{
    Body, Group, Query, Recursion, SetOp, Source as Rows, WorkingId,
};

use super::Binder;
use super::cte::Cte;
use super::reader::Reader;
use super::scope::{Scope, Source};

/// A CTE that is being bound and may read itself.
pub(super) struct Working {
    definition: *const ast::Cte,
    id: WorkingId,
    /// What comes out of its first part, or why it can't be read here.
    columns: Result<Vec<(String, ColumnId)>, &'static str>,
    /// How often it was read.
    readers: usize,
}

impl<'a> Binder<'a, '_> {
    /// The query of a CTE under WITH RECURSIVE, which may or may not read itself.
    pub(super) fn recursive(
        &mut self,
        cte: &Rc<Cte<'a>>,
        level: usize,
    ) -> Result<Query<'a>, PlannerError> {
        let query = cte.query();
        let scope = Scope {
            ctes: Some(Rc::clone(cte)),
            level,
            ..Scope::default()
        };
        let parts = match query.body.as_ref() {
            SetExpr::SetOperation {
                left,
                op: SetOperator::Union,
                set_quantifier: SetQuantifier::All,
                right,
            } => Some((left, right)),
            _ => None,
        };
        let bare = query.with.is_none()
            && query.order_by.is_none()
            && query.limit_clause.is_none()
            && query.fetch.is_none();
        let unnamed = cte.definition.alias.columns.is_empty();
        let (Some((first, step)), true, false) = (parts, bare, unnamed) else {
            let why = match () {
                () if !bare => "a recursive CTE with WITH, ORDER BY or LIMIT inside",
                () if parts.is_none() => {
                    "a recursive CTE that is not `first part UNION ALL recursive part`"
                }
                () => "a recursive CTE without a list of columns after its name",
            };
            self.working(cte, Err(why));
            let bound = self.query(query, &scope)?;
            self.working.pop();
            return Ok(bound);
        };
        self.working(
            cte,
            Err("a recursive CTE whose first part reads the CTE itself"),
        );
        let around = scope.deeper();
        let first = self.body(first, None, &around)?;
        self.working.pop();
        let id = self.working(cte, Ok(first.outputs.clone()));
        let step = self.body(step, None, &around)?;
        let readers = self.working.pop().map_or(0, |working| working.readers);
        let outputs = first.outputs.clone();
        let body = match readers {
            0 => union_all(first, step),
            _ => Body::Recursive(Box::new(Recursion {
                id,
                name: cte.name.clone(),
                first,
                step,
            })),
        };
        Ok(Query {
            body,
            order: Vec::new(),
            limit: None,
            outputs,
            open: Vec::new(),
        })
    }

    fn working(
        &mut self,
        cte: &Cte<'a>,
        columns: Result<Vec<(String, ColumnId)>, &'static str>,
    ) -> WorkingId {
        let id = WorkingId(self.recursions);
        self.recursions += 1;
        self.working.push(Working {
            definition: cte.definition,
            id,
            columns,
            readers: 0,
        });
        id
    }

    /// A CTE as it reads itself; `None` if it is not being bound.
    pub(super) fn read_by_itself(
        &mut self,
        cte: &Cte<'a>,
        reader: Reader,
    ) -> Result<Result<(Group<'a>, Source), Reader>, PlannerError> {
        let own = |working: &&mut Working| std::ptr::eq(working.definition, cte.definition);
        let Some(working) = self.working.iter_mut().rev().find(own) else {
            return Ok(Err(reader));
        };
        working.readers += 1;
        let id = working.id;
        let outputs = match &working.columns {
            Ok(columns) => columns.clone(),
            Err(why) => return Err(PlannerError::refused(why, &cte.name)),
        };
        let columns = self.own_columns(&outputs, &reader);
        let ids = columns.iter().map(|(_, id)| *id).collect();
        let rows = Rows::Working {
            id,
            table: cte.name.clone(),
            alias: reader.called.clone(),
        };
        Ok(Ok((
            super::relation::one(rows, ids),
            reader.source(columns, Vec::new()),
        )))
    }
}

/// Two branches; those of a UNION ALL on the left stay branches of one.
fn union_all<'a>(first: Query<'a>, second: Query<'a>) -> Body<'a> {
    let mut branches = match first {
        Query {
            body:
                Body::SetOperation {
                    op: SetOp::UnionAll,
                    branches,
                },
            ..
        } => branches,
        first => vec![first],
    };
    branches.push(second);
    Body::SetOperation {
        op: SetOp::UnionAll,
        branches,
    }
}
