//! sqlparser's expressions → expressions whose names are resolved.

use sqlparser::ast::{
    self, BinaryOperator, DuplicateTreatment, Expr as Ast, FunctionArg, FunctionArgExpr,
    FunctionArguments, InTarget, UnaryOperator, Value, WindowType,
};

use crate::schema::DataType;

use super::expr::{Expr, LiteralKind, PatternKind};
use super::scope::Scope;
use super::subquery::SubqueryJoin;
use super::{Planner, PlannerError};

/// Levels of an expression; sqlparser itself stops at about 50 parentheses, but
/// chains of operators nest without them.
const DEEPEST: usize = 400;

/// Functions that fold many rows into one value.
const AGGREGATES: &[&str] = &[
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "stddev",
    "stddev_samp",
    "stddev_pop",
    "variance",
    "var_samp",
    "var_pop",
    "listagg",
    "median",
    "any_value",
    "bool_and",
    "bool_or",
    "bit_and",
    "bit_or",
    "percentile_cont",
    "percentile_disc",
    "approximate_percentile_disc",
    "hll",
    "hll_create_sketch",
    "hll_combine",
];

/// Where an expression stands.
pub(super) struct Place<'p, 's> {
    /// The names it can use.
    pub scope: &'p Scope<'s>,
    /// Joins that its subqueries need.
    pub joins: &'p mut Vec<SubqueryJoin>,
    depth: usize,
}

impl<'p, 's> Place<'p, 's> {
    pub(super) fn new(scope: &'p Scope<'s>, joins: &'p mut Vec<SubqueryJoin>) -> Self {
        Self {
            scope,
            joins,
            depth: 0,
        }
    }
}

/// The folded form of an identifier: as written in quotes, else lower case.
pub(super) fn folded(ident: &ast::Ident) -> String {
    // Redshift folds quoted names too, unless `enable_case_sensitive_identifier` is on.
    ident.value.to_lowercase()
}

/// The folded parts of a possibly qualified name.
pub(super) fn name_parts(name: &ast::ObjectName) -> Vec<String> {
    name.0
        .iter()
        .filter_map(|part| part.as_ident())
        .map(folded)
        .collect()
}

/// The parts of a conjunction, without recursion.
pub(super) fn conjuncts(expr: &Ast) -> Vec<&Ast> {
    let mut out = Vec::new();
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        match expr {
            Ast::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => {
                pending.push(right);
                pending.push(left);
            }
            Ast::Nested(inner) if is_conjunction(inner) => pending.push(inner),
            other => out.push(other),
        }
    }
    out
}

fn is_conjunction(expr: &Ast) -> bool {
    matches!(
        expr,
        Ast::BinaryOp {
            op: BinaryOperator::And,
            ..
        } | Ast::Nested(_)
    )
}

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
        expr
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

    fn function(
        &mut self,
        function: &'a ast::Function,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let name = name_parts(&function.name).pop().unwrap_or_default();
        let mut args = Vec::new();
        let mut distinct = false;
        if let FunctionArguments::List(list) = &function.args {
            distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
            for arg in &list.args {
                args.push(self.function_arg(&name, args.len(), arg, place)?);
            }
        }
        for order in &function.within_group {
            args.push(self.expr(&order.expr, place)?);
        }
        match &function.over {
            Some(WindowType::WindowSpec(spec)) => {
                let mut partition = Vec::new();
                for expr in &spec.partition_by {
                    partition.push(self.expr(expr, place)?);
                }
                let mut order = Vec::new();
                for by in &spec.order_by {
                    order.push(self.expr(&by.expr, place)?);
                }
                Ok(Expr::Window {
                    name,
                    args,
                    partition,
                    order,
                })
            }
            Some(WindowType::NamedWindow(name)) => Err(PlannerError::unsupported(
                "a named window, which Redshift lacks,",
                name,
            )),
            None if AGGREGATES.contains(&name.as_str()) => Ok(Expr::Aggregate {
                name,
                args,
                distinct,
            }),
            None => Ok(Expr::Function { name, args }),
        }
    }

    fn function_arg(
        &mut self,
        function: &str,
        position: usize,
        arg: &'a FunctionArg,
        place: &mut Place<'_, '_>,
    ) -> Result<Expr, PlannerError> {
        let (FunctionArg::Unnamed(arg)
        | FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. }) = arg;
        match arg {
            // `datediff(day, a, b)`: the unit looks like a column.
            FunctionArgExpr::Expr(Ast::Identifier(unit))
                if position == 0 && takes_unit(function) =>
            {
                Ok(Expr::Literal {
                    text: folded(unit),
                    kind: LiteralKind::Text,
                })
            }
            FunctionArgExpr::Expr(expr) => self.expr(expr, place),
            _ => Ok(Expr::Star),
        }
    }
}

/// Functions whose first argument is a date part.
fn takes_unit(function: &str) -> bool {
    matches!(
        function,
        "datediff" | "dateadd" | "date_diff" | "date_add" | "date_trunc" | "date_part" | "datepart"
    )
}

fn is_niladic(name: &str) -> bool {
    matches!(
        name,
        "current_date"
            | "current_timestamp"
            | "current_time"
            | "current_user"
            | "session_user"
            | "user"
            | "sysdate"
            | "localtime"
            | "localtimestamp"
            | "getdate"
            | "true"
            | "false"
    )
}

fn literal(value: &Value) -> Expr {
    let (text, kind) = match value {
        Value::Number(text, _) => (text.clone(), LiteralKind::Number),
        Value::Boolean(flag) => (flag.to_string(), LiteralKind::Boolean),
        Value::Null => ("NULL".to_owned(), LiteralKind::Null),
        Value::Placeholder(name) => (name.clone(), LiteralKind::Typed),
        other => (
            other
                .clone()
                .into_string()
                .unwrap_or_else(|| other.to_string()),
            LiteralKind::Text,
        ),
    };
    Expr::Literal { text, kind }
}

fn typed_literal(value: &Value, data_type: &ast::DataType) -> Expr {
    Expr::Cast {
        operand: Box::new(literal(value)),
        to: data_type_of(data_type),
    }
}

/// The type that a cast names.
pub(super) fn data_type_of(data_type: &ast::DataType) -> DataType {
    let text = data_type.to_string().to_lowercase();
    let (name, sizes) = match text.split_once('(') {
        Some((name, rest)) => (
            name.trim(),
            rest.split_once(')').map_or(rest, |(sizes, _)| sizes),
        ),
        None => (text.trim(), ""),
    };
    let mut sizes = sizes.split(',').map(|size| size.trim().parse::<u32>().ok());
    let first = sizes.next().flatten();
    let second = sizes.next().flatten();
    match name {
        "smallint" | "int2" => DataType::SmallInt,
        "int" | "integer" | "int4" => DataType::Integer,
        "bigint" | "int8" => DataType::BigInt,
        "decimal" | "numeric" | "dec" => DataType::Decimal {
            precision: first.unwrap_or(18).min(38) as u8,
            scale: second.unwrap_or(0).min(37) as u8,
        },
        "real" | "float4" => DataType::Real,
        "double" | "double precision" | "float" | "float8" => DataType::DoublePrecision,
        "bool" | "boolean" => DataType::Boolean,
        "char" | "character" | "nchar" | "bpchar" => DataType::Char(first.unwrap_or(1)),
        "varchar" | "character varying" | "nvarchar" | "text" | "string" => {
            DataType::Varchar(first.unwrap_or(256))
        }
        "date" => DataType::Date,
        "timestamp" | "timestamp without time zone" => DataType::Timestamp,
        "timestamptz" | "timestamp with time zone" => DataType::TimestampTz,
        "time" | "time without time zone" => DataType::Time,
        "super" => DataType::Super,
        _ => DataType::Other(text),
    }
}
