//! Paths into SUPER values: `c.orders[0].price`.
//!
//! PartiQL's dots and brackets navigate into structures and arrays (Amazon Redshift Database
//! Developer Guide: Querying semi-structured data). A dotted name is a column first, the
//! longest that there is, and the rest a path.

use sqlparser::ast::{self, AccessExpr, Expr as Ast, JsonPathElem, Subscript};

use crate::planner::PlannerError;
use crate::planner::logical::expr::{ColumnId, Expr, PathStep};
use crate::schema::DataType;

use super::Binder;
use super::names::folded;
use super::place::Place;
use super::scope::{Meaning, Scope};

impl<'a> Binder<'a, '_> {
    /// A name with dots that is no column: a path into one, if its first parts name one that
    /// can be navigated.
    pub(super) fn dotted(
        &self,
        parts: &'a [ast::Ident],
        scope: &Scope<'_, 'a>,
    ) -> Result<Option<Expr>, PlannerError> {
        let parts: Vec<String> = parts.iter().map(folded).collect();
        for length in (1..parts.len()).rev() {
            let (name, rest) = parts.split_at(length);
            let Some((name, qualifier)) = name.split_last() else {
                continue;
            };
            let operand = match scope.resolve(qualifier, name) {
                Ok(Meaning::Column(id)) if self.is_navigable(id) => Expr::Column(id),
                Ok(Meaning::Alias(expr)) if expr.as_column().is_none() => expr,
                Ok(_) | Err(PlannerError::UnknownColumn { .. }) => continue,
                Err(error) => return Err(error),
            };
            let path = rest.iter().cloned().map(PathStep::Field).collect();
            return Ok(Some(navigate(operand, path)));
        }
        Ok(None)
    }

    /// Whether a column's values can have parts: SUPER, Spectrum's nested types, and what a
    /// subquery makes, whose type is not known.
    pub(super) fn is_navigable(&self, id: ColumnId) -> bool {
        matches!(
            self.columns.get(id).data_type,
            DataType::Super | DataType::Other(_)
        )
    }

    /// `value[0].name`.
    pub(super) fn json_access(
        &mut self,
        value: &'a Ast,
        path: &'a ast::JsonPath,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let operand = self.expr(value, place)?;
        let path = self.json_path(path, place)?;
        Ok(navigate(operand, path))
    }

    /// The steps of a path in brackets and dots.
    pub(super) fn json_path(
        &mut self,
        path: &'a ast::JsonPath,
        place: Place<'_, '_, 'a>,
    ) -> Result<Vec<PathStep>, PlannerError> {
        let mut steps = Vec::with_capacity(path.path.len());
        for element in &path.path {
            steps.push(match element {
                JsonPathElem::Dot { key, .. } => PathStep::Field(folded(&ast::Ident::new(key))),
                JsonPathElem::Bracket { key } | JsonPathElem::ColonBracket { key } => {
                    PathStep::Index(self.expr(key, place)?)
                }
            });
        }
        Ok(steps)
    }

    /// `(value).name[0]`.
    pub(super) fn field_access(
        &mut self,
        root: &'a Ast,
        chain: &'a [AccessExpr],
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let operand = self.expr(root, place)?;
        let mut steps = Vec::with_capacity(chain.len());
        for access in chain {
            steps.push(match access {
                AccessExpr::Dot(Ast::Identifier(name)) => PathStep::Field(folded(name)),
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    PathStep::Index(self.expr(index, place)?)
                }
                other => {
                    return Err(PlannerError::unsupported(
                        "this step of a path into a SUPER value",
                        other,
                    ));
                }
            });
        }
        Ok(navigate(operand, steps))
    }
}

/// A path into a value; one into a path goes on with it.
pub(super) fn navigate(operand: Expr, steps: Vec<PathStep>) -> Expr {
    match operand {
        _ if steps.is_empty() => operand,
        Expr::Navigate { operand, mut path } => {
            path.extend(steps);
            Expr::Navigate { operand, path }
        }
        operand => Expr::Navigate {
            operand: Box::new(operand),
            path: steps,
        },
    }
}
