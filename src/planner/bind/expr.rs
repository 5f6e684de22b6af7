//! Expressions: names, operators, subqueries.

use sqlparser::ast::{self, BinaryOperator, Expr as Ast};

use crate::planner::PlannerError;
use crate::planner::logical::expr::{Expr, LiteralKind, PatternKind};
use crate::planner::logical::operator::BinaryOp;
use crate::schema::DataType;

use super::Binder;
use super::construct;
use super::fold::fold;
use super::interval::Length;
use super::literal::{data_type_of, is_niladic, literal, typed_literal};
use super::moment::Moment;
use super::names::folded;
use super::operators::computing;
use super::place::Place;
use super::scope::Meaning;

/// Levels of an expression. Chains of one operator are one level however long they are.
const DEEPEST: usize = 400;

impl<'a> Binder<'a, '_> {
    /// Binds an expression.
    pub(super) fn expr(
        &mut self,
        ast: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let depth = place.depth + 1;
        if depth > DEEPEST {
            return Err(PlannerError::too_deep("expressions", DEEPEST).at(ast));
        }
        self.budget.spend(1).map_err(|error| error.at(ast))?;
        let bound = self
            .expr_inside(ast, Place { depth, ..place })
            .map_err(|error| error.at(ast))?;
        let today = self.catalog.stats.today;
        if let (Some(today), Expr::Function { name, args }) = (today, &bound)
            && args.is_empty()
            && Moment::now(name, today).is_some()
        {
            self.assumptions.add(format!(
                "`{name}` is taken for {today}; `--today` or `today` in the settings names another day. \
                 A column is only taken to reach up to it where its greatest value says so."
            ));
        }
        Ok(fold(bound, today))
    }

    fn expr_inside(
        &mut self,
        ast: &'a Ast,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        match ast {
            Ast::Identifier(ident) => self.identifier(&[], ident, place),
            Ast::CompoundIdentifier(parts) => match parts.as_slice() {
                [] => Err(PlannerError::unsupported("an empty name", ast)),
                [qualifier @ .., name] => {
                    let qualifier: Vec<String> = qualifier.iter().map(folded).collect();
                    let column = self.identifier(&qualifier, name, place);
                    if let Err(PlannerError::UnknownColumn { .. }) = column
                        && let Some(path) = self.dotted(parts, place.scope)?
                    {
                        return Ok(path);
                    }
                    column
                }
            },
            Ast::Value(value) => Ok(literal(&value.value)),
            Ast::TypedString(typed) => Ok(typed_literal(&typed.value.value, &typed.data_type)),
            Ast::Interval(interval) => self.interval(interval, place),
            Ast::Nested(inner) => self.expr(inner, place),
            Ast::BinaryOp {
                op: BinaryOperator::And | BinaryOperator::Or,
                ..
            } => self.chain(ast, place),
            Ast::BinaryOp { op, .. } if computing(op).is_some() => self.compute(ast, place),
            Ast::BinaryOp { left, op, right } => self.compared(left, op, right, place),
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
                let side = |op: BinaryOp, bound: Expr| Expr::Binary {
                    op,
                    left: Box::new(operand.clone()),
                    right: Box::new(bound),
                };
                Ok(match negated {
                    false => Expr::And(vec![
                        side(BinaryOp::LessOrEqual, high),
                        side(BinaryOp::GreaterOrEqual, low),
                    ]),
                    true => Expr::Or(vec![
                        side(BinaryOp::Greater, high),
                        side(BinaryOp::Less, low),
                    ]),
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
            Ast::IsUnknown(expr) => self.is_null(expr, false, place),
            Ast::IsNotUnknown(expr) => self.is_null(expr, true, place),
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
            Ast::Exists { subquery, negated } => Ok(Expr::Exists {
                query: self.subquery(subquery, place)?,
                negated: *negated,
            }),
            Ast::Subquery(query) => {
                let id = self.subquery(query, place)?;
                match self.subqueries.get(id.0) {
                    Some(bound) if !bound.outputs.is_empty() => Ok(Expr::Scalar(id)),
                    _ => Err(PlannerError::unsupported(
                        "a scalar subquery without a column",
                        query,
                    )),
                }
            }
            Ast::Cast {
                expr, data_type, ..
            } => {
                let operand = Box::new(self.expr(expr, place)?);
                Ok(Expr::Cast {
                    operand,
                    to: data_type_of(data_type),
                })
            }
            // `CONVERT (type, value)`.
            Ast::Convert {
                expr,
                data_type: Some(data_type),
                ..
            } => {
                let operand = Box::new(self.expr(expr, place)?);
                Ok(Expr::Cast {
                    operand,
                    to: data_type_of(data_type),
                })
            }
            Ast::Array(array) => {
                let elements: Vec<&'a Ast> = array.elem.iter().collect();
                self.call("array", &elements, place)
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
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } if matches!(&**right, Ast::Subquery(_)) => self.in_any(left, right, false, place),
            Ast::AllOp {
                left,
                compare_op: BinaryOperator::NotEq,
                right,
            } if matches!(&**right, Ast::Subquery(_)) => self.in_any(left, right, true, place),
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
            } => self.compared(left, compare_op, right, place),
            Ast::IsDistinctFrom(left, right) => {
                self.compared(left, &BinaryOperator::NotEq, right, place)
            }
            Ast::IsNotDistinctFrom(left, right) => {
                self.compared(left, &BinaryOperator::Eq, right, place)
            }
            Ast::CompoundFieldAccess { root, access_chain } => {
                self.field_access(root, access_chain, place)
            }
            Ast::JsonAccess { value, path } => self.json_access(value, path, place),
            Ast::Prior(operand) => self.prior(operand, place),
            Ast::OuterJoin(column) => {
                let bound = self.expr(column, place)?;
                self.outer_marks.extend(bound.as_column());
                Ok(bound)
            }
            Ast::Prefixed { prefix, value } if prefix.value.eq_ignore_ascii_case("approximate") => {
                self.approximate(value, place)
            }
            Ast::Wildcard(_) | Ast::QualifiedWildcard(..) => Ok(Expr::Star),
            other => Err(PlannerError::unsupported(construct::of_expr(other), other)),
        }
    }

    /// `INTERVAL '3 months'`, `INTERVAL '7' DAY`.
    fn interval(
        &mut self,
        interval: &'a ast::Interval,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let unit = interval
            .last_field
            .as_ref()
            .or(interval.leading_field.as_ref());
        let unit = unit.map(ToString::to_string);
        let value = self.expr(&interval.value, place)?;
        let Expr::Literal { text, .. } = &value else {
            return Ok(Expr::Cast {
                operand: Box::new(value),
                to: DataType::IntervalDayToSecond,
            });
        };
        let length = Length::read(text, unit.as_deref());
        Ok(match length {
            Some(length) => Moment::Interval(length).expr(),
            None => Expr::Cast {
                operand: Box::new(value),
                to: DataType::IntervalDayToSecond,
            },
        })
    }

    fn identifier(
        &mut self,
        qualifier: &[String],
        ident: &ast::Ident,
        place: Place<'_, '_, 'a>,
    ) -> Result<Expr, PlannerError> {
        let name = folded(ident);
        match place.scope.resolve(qualifier, &name) {
            Ok(Meaning::Column(id)) => Ok(Expr::Column(id)),
            Ok(Meaning::Alias(expr)) => {
                let copied = self.budget.spend(expr.walk().count());
                copied.map_err(|error| error.within(&name))?;
                Ok(expr)
            }
            // Niladic functions look like columns.
            Err(_) if qualifier.is_empty() && is_niladic(&name) => Ok(Expr::Function {
                name,
                args: Vec::new(),
            }),
            Err(error) => Err(error),
        }
    }

    fn call(
        &mut self,
        name: &str,
        args: &[&'a Ast],
        place: Place<'_, '_, 'a>,
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
