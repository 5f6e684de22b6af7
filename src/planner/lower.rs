//! sqlparser's expressions → expressions whose names are resolved.

use sqlparser::ast::{self, BinaryOperator, Expr as Ast, InTarget, UnaryOperator};

use super::expr::{Expr, LiteralKind, PatternKind};
use super::fold::fold;
use super::literal::{data_type_of, is_niladic, literal, typed_literal};
use super::names::folded;
use super::place::Place;
use super::{Planner, PlannerError};

/// Levels of an expression; sqlparser itself stops at about 50 parentheses, but
/// chains of operators nest without them.
const DEEPEST: usize = 400;

impl<'a> Planner<'a> {
    /// Resolves an expression.
    pub(super) fn expr(
        &mut self,
        ast: &'a Ast,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        place.depth += 1;
        if place.depth > DEEPEST {
            return Err(PlannerError::TooDeep { limit: DEEPEST });
        }
        let expr = self.expr_inside(ast, place);
        place.depth -= 1;
        expr.map(fold)
    }

    fn expr_inside(
        &mut self,
        ast: &'a Ast,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        match ast {
            Ast::Identifier(ident) => self.identifier(&[], ident, place),
            Ast::CompoundIdentifier(parts) => match parts.as_slice() {
                [] => Err(PlannerError::unsupported("an empty name", ast)),
                [qualifier @ .., name] => {
                    let qualifier: Vec<String> = qualifier.iter().map(folded).collect();
                    self.identifier(&qualifier, name, place)
                }
            },
            Ast::Value(value) => Ok(literal(&value.value)),
            Ast::TypedString(typed) => Ok(typed_literal(&typed.value.value, &typed.data_type)),
            Ast::Interval(interval) => Ok(Expr::Literal {
                text: interval.to_string(),
                kind: LiteralKind::Typed,
            }),
            Ast::Nested(inner) => self.expr(inner, place),
            Ast::BinaryOp {
                op: BinaryOperator::And | BinaryOperator::Or,
                ..
            } => self.chain(ast, place),
            Ast::BinaryOp { left, op, right } => self.lower_binary(left, op, right, place),
            Ast::UnaryOp { op, expr } => self.unary(op, expr, place),
            Ast::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let operand = self.expr(expr, place)?;
                let low = self.expr(low, place)?;
                let high = self.expr(high, place)?;
                let side = |op: &str, bound: Expr| Expr::Binary {
                    op: op.to_owned(),
                    left: Box::new(operand.clone()),
                    right: Box::new(bound),
                };
                Ok(match negated {
                    false => Expr::And(vec![side("<=", high), side(">=", low)]),
                    true => Expr::Or(vec![side(">", high), side("<", low)]),
                })
            }
            Ast::Like {
                negated,
                expr,
                pattern,
                ..
            } => self.pattern(PatternKind::Like, *negated, expr, pattern, place),
            Ast::ILike {
                negated,
                expr,
                pattern,
                ..
            } => self.pattern(PatternKind::ILike, *negated, expr, pattern, place),
            Ast::SimilarTo {
                negated,
                expr,
                pattern,
                ..
            }
            | Ast::RLike {
                negated,
                expr,
                pattern,
                ..
            } => self.pattern(PatternKind::Regex, *negated, expr, pattern, place),
            Ast::IsNull(expr) => self.is_null(expr, false, place),
            Ast::IsNotNull(expr) => self.is_null(expr, true, place),
            Ast::IsTrue(expr) | Ast::IsNotFalse(expr) => self.expr(expr, place),
            Ast::IsFalse(expr) | Ast::IsNotTrue(expr) => {
                Ok(Expr::Not(Box::new(self.expr(expr, place)?)))
            }
            Ast::In {
                expr,
                target,
                negated,
                ..
            } => self.in_target(expr, target, *negated, place),
            Ast::Exists { subquery, negated } => self.exists(subquery, *negated, place),
            Ast::Subquery(query) => self.scalar_subquery(query, place),
            Ast::Cast {
                expr, data_type, ..
            } => {
                let operand = Box::new(self.expr(expr, place)?);
                Ok(Expr::Cast {
                    operand,
                    to: data_type_of(data_type),
                })
            }
            Ast::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                let mut parts = Vec::new();
                for part in operand.iter() {
                    parts.push(self.expr(part, place)?);
                }
                for when in conditions {
                    parts.push(self.expr(&when.condition, place)?);
                    parts.push(self.expr(&when.result, place)?);
                }
                for part in else_result.iter() {
                    parts.push(self.expr(part, place)?);
                }
                Ok(Expr::Case(parts))
            }
            Ast::Function(function) => self.function(function, place),
            Ast::Extract { field, expr, .. } => {
                let field = Expr::Literal {
                    text: field.to_string().to_lowercase(),
                    kind: LiteralKind::Text,
                };
                let operand = self.expr(expr, place)?;
                Ok(Expr::Function {
                    name: "date_part".to_owned(),
                    args: vec![field, operand],
                })
            }
            Ast::AtTimeZone {
                timestamp,
                time_zone,
            } => self.call("timezone", &[time_zone, timestamp], place),
            Ast::Ceil { expr, .. } => self.call("ceil", &[expr], place),
            Ast::Floor { expr, .. } => self.call("floor", &[expr], place),
            Ast::Position { expr, r#in } => self.call("position", &[expr, r#in], place),
            Ast::Trim {
                expr, trim_what, ..
            } => {
                let args: Vec<&'a Ast> = std::iter::once(&**expr)
                    .chain(trim_what.as_deref())
                    .collect();
                self.call("btrim", &args, place)
            }
            Ast::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let args: Vec<&'a Ast> = std::iter::once(&**expr)
                    .chain(substring_from.as_deref())
                    .chain(substring_for.as_deref())
                    .collect();
                self.call("substring", &args, place)
            }
            Ast::Collate { expr, .. } | Ast::Named { expr, .. } => self.expr(expr, place),
            Ast::Tuple(parts) => {
                let parts: Vec<&'a Ast> = parts.iter().collect();
                self.call("row", &parts, place)
            }
            Ast::AnyOp {
                left,
                compare_op,
                right,
                ..
            }
            | Ast::AllOp {
                left,
                compare_op,
                right,
            } => self.lower_binary(left, compare_op, right, place),
            Ast::IsDistinctFrom(left, right) => {
                self.lower_binary(left, &BinaryOperator::NotEq, right, place)
            }
            Ast::IsNotDistinctFrom(left, right) => {
                self.lower_binary(left, &BinaryOperator::Eq, right, place)
            }
            Ast::CompoundFieldAccess { root, .. } | Ast::JsonAccess { value: root, .. } => {
                self.call("object_access", &[root], place)
            }
            Ast::Wildcard(_) | Ast::QualifiedWildcard(..) => Ok(Expr::Star),
            other => Err(PlannerError::unsupported("this expression", other)),
        }
    }

    fn identifier(
        &mut self,
        qualifier: &[String],
        ident: &ast::Ident,
        place: &Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let name = folded(ident);
        match self.resolve(place.scope, qualifier, &name) {
            Ok(id) => Ok(Expr::Column(id)),
            // Niladic functions look like columns.
            Err(_) if qualifier.is_empty() && is_niladic(&name) => Ok(Expr::Function {
                name,
                args: Vec::new(),
            }),
            Err(error) => Err(error),
        }
    }

    /// `a AND b AND …` and `a OR b OR …`, which may be thousands of terms long.
    fn chain(&mut self, ast: &'a Ast, place: &mut Place<'_, '_>) -> Result<Expr, PlannerError> {
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

    fn lower_binary(
        &mut self,
        left: &'a Ast,
        op: &BinaryOperator,
        right: &'a Ast,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let pattern = match op {
            BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch => Some(false),
            BinaryOperator::PGRegexNotMatch | BinaryOperator::PGRegexNotIMatch => Some(true),
            _ => None,
        };
        if let Some(negated) = pattern {
            return self.pattern(PatternKind::Regex, negated, left, right, place);
        }
        Ok(Expr::Binary {
            op: op.to_string(),
            left: Box::new(self.expr(left, place)?),
            right: Box::new(self.expr(right, place)?),
        })
    }

    fn unary(
        &mut self,
        op: &UnaryOperator,
        expr: &'a Ast,
        place: &mut Place<'_, '_>,
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
            (op, operand) => Expr::Function {
                name: op.to_string(),
                args: vec![operand],
            },
        })
    }

    fn pattern(
        &mut self,
        kind: PatternKind,
        negated: bool,
        operand: &'a Ast,
        pattern: &'a Ast,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        Ok(Expr::Pattern {
            kind,
            negated,
            operand: Box::new(self.expr(operand, place)?),
            pattern: Box::new(self.expr(pattern, place)?),
        })
    }

    fn is_null(
        &mut self,
        expr: &'a Ast,
        negated: bool,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let operand = Box::new(self.expr(expr, place)?);
        Ok(Expr::IsNull { operand, negated })
    }

    fn in_target(
        &mut self,
        operand: &'a Ast,
        target: &'a InTarget,
        negated: bool,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        match target {
            InTarget::List(list) => {
                let operand = Box::new(self.expr(operand, place)?);
                let mut items = Vec::with_capacity(list.len());
                for item in list {
                    items.push(self.expr(item, place)?);
                }
                Ok(Expr::InList {
                    operand,
                    items,
                    negated,
                })
            }
            InTarget::Subquery(query) => self.in_subquery(operand, query, negated, place),
            other => Err(PlannerError::unsupported("this form of IN", other)),
        }
    }

    fn call(
        &mut self,
        name: &str,
        args: &[&'a Ast],
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let mut lowered = Vec::with_capacity(args.len());
        for arg in args {
            lowered.push(self.expr(arg, place)?);
        }
        Ok(Expr::Function {
            name: name.to_owned(),
            args: lowered,
        })
    }
}
