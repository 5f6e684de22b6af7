//! Operators: chains of one, comparisons, patterns.

use sqlparser::ast::{BinaryOperator, Expr as Ast, UnaryOperator};

use crate::planner::PlannerError;
use crate::planner::logical::expr::{Expr, LiteralKind, PatternKind};
use crate::planner::logical::operator::{BinaryOp, UnaryOp};

use super::Binder;
use super::fold::computed;
use super::place::Place;

impl<'a> Binder<'a, '_> {
    /// `a AND b AND …` and `a OR b OR …`, which may be thousands of terms long.
    pub(super) fn chain(
        &mut self,
        ast: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let Ast::BinaryOp { op: wanted, .. } = ast else {
            return self.expr(ast, place);
        };
        let mut terms = Vec::new();
        let mut at = ast;
        while let Ast::BinaryOp { left, op, right } = at
            && op == wanted
        {
            terms.push(&**right);
            at = left;
        }
        terms.push(at);
        let mut parts = Vec::with_capacity(terms.len());
        for term in terms.into_iter().rev() {
            parts.push(self.expr(term, place)?);
        }
        Ok(match wanted {
            BinaryOperator::And => Expr::And(parts),
            _ => Expr::Or(parts),
        })
    }

    pub(super) fn compared(
        &mut self,
        left: &'a Ast,
        op: &BinaryOperator,
        right: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let pattern = match op {
            BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch => {
                Some((PatternKind::Regex, false))
            }
            BinaryOperator::PGRegexNotMatch | BinaryOperator::PGRegexNotIMatch => {
                Some((PatternKind::Regex, true))
            }
            BinaryOperator::PGLikeMatch => Some((PatternKind::Like, false)),
            BinaryOperator::PGNotLikeMatch => Some((PatternKind::Like, true)),
            BinaryOperator::PGILikeMatch => Some((PatternKind::ILike, false)),
            BinaryOperator::PGNotILikeMatch => Some((PatternKind::ILike, true)),
            _ => None,
        };
        if let Some((kind, negated)) = pattern {
            return self.pattern(kind, negated, left, right, place);
        }
        let compared = BinaryOp::of(op).filter(|op| op.compares());
        let Some(op) = compared else {
            return Err(PlannerError::refused("the operator", op));
        };
        Ok(Expr::Binary {
            op,
            left: Box::new(self.expr(left, place)?),
            right: Box::new(self.expr(right, place)?),
        })
    }

    /// `a + b - c …`, which may be thousands of terms long.
    pub(super) fn compute(
        &mut self,
        ast: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let mut rest = Vec::new();
        let mut at = ast;
        while let Ast::BinaryOp { left, op, right } = at
            && let Some(op) = computing(op)
        {
            rest.push((op, &**right));
            at = left;
        }
        let mut value = self.expr(at, place)?;
        for (op, right) in rest.into_iter().rev() {
            let right = self.expr(right, place)?;
            value = match (computed(op, &value, &right), value) {
                (Some(folded), _) => folded,
                (None, Expr::Compute { first, mut rest }) => {
                    rest.push((op, right));
                    Expr::Compute { first, rest }
                }
                (None, first) => Expr::Compute {
                    first: Box::new(first),
                    rest: vec![(op, right)],
                },
            };
        }
        Ok(value)
    }

    pub(super) fn unary(
        &mut self,
        op: &UnaryOperator,
        expr: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let operand = self.expr(expr, place)?;
        Ok(match (op, operand) {
            (UnaryOperator::Not, operand) => Expr::Not(Box::new(operand)),
            (UnaryOperator::Plus, operand) => operand,
            (
                UnaryOperator::Minus,
                Expr::Literal {
                    text,
                    kind: LiteralKind::Number,
                },
            ) => Expr::Literal {
                text: format!("-{text}"),
                kind: LiteralKind::Number,
            },
            (op, operand) => match UnaryOp::of(op) {
                Some(op) => Expr::Unary {
                    op,
                    operand: Box::new(operand),
                },
                None => return Err(PlannerError::refused("the operator", op)),
            },
        })
    }

    pub(super) fn pattern(
        &mut self,
        kind: PatternKind,
        negated: bool,
        operand: &'a Ast,
        pattern: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        Ok(Expr::Pattern {
            kind,
            negated,
            operand: Box::new(self.expr(operand, place)?),
            pattern: Box::new(self.expr(pattern, place)?),
        })
    }

    pub(super) fn is_null(
        &mut self,
        expr: &'a Ast,
        negated: bool,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let operand = Box::new(self.expr(expr, place)?);
        Ok(Expr::IsNull { operand, negated })
    }
}

/// An operator that makes a value of two, not a comparison.
pub(super) fn computing(op: &BinaryOperator) -> Option<BinaryOp> {
    BinaryOp::of(op).filter(|op| !op.compares())
}
