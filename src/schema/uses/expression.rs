//! The shapes of expressions that the walk asks for.

use sqlparser::ast as sp;

pub(super) fn constraint(operator: &sp::JoinOperator) -> Option<&sp::JoinConstraint> {
    match operator {
        sp::JoinOperator::Join(on)
        | sp::JoinOperator::Inner(on)
        | sp::JoinOperator::CrossJoin(on)
        | sp::JoinOperator::Left(on)
        | sp::JoinOperator::LeftOuter(on)
        | sp::JoinOperator::Right(on)
        | sp::JoinOperator::RightOuter(on)
        | sp::JoinOperator::FullOuter(on) => Some(on),
        _ => None,
    }
}

pub(super) fn compares(op: &sp::BinaryOperator) -> bool {
    matches!(
        op,
        sp::BinaryOperator::Eq
            | sp::BinaryOperator::Lt
            | sp::BinaryOperator::LtEq
            | sp::BinaryOperator::Gt
            | sp::BinaryOperator::GtEq
    )
}

pub(super) fn unnested(mut expression: &sp::Expr) -> &sp::Expr {
    while let sp::Expr::Nested(inner) = expression {
        expression = inner;
    }
    expression
}

/// The parts of a disjunction.
pub(super) fn alternatives<'e>(condition: &'e sp::Expr, parts: &mut Vec<&'e sp::Expr>) {
    match unnested(condition) {
        sp::Expr::BinaryOp {
            left,
            op: sp::BinaryOperator::Or,
            right,
        } => {
            alternatives(left, parts);
            alternatives(right, parts);
        }
        other => parts.push(other),
    }
}

pub(super) fn arguments(function: &sp::Function) -> Vec<&sp::Expr> {
    let sp::FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    let expressions = list.args.iter().filter_map(|argument| match argument {
        sp::FunctionArg::Unnamed(sp::FunctionArgExpr::Expr(expr))
        | sp::FunctionArg::Named {
            arg: sp::FunctionArgExpr::Expr(expr),
            ..
        } => Some(expr),
        _ => None,
    });
    expressions.collect()
}

/// What stands in a function or a cast, and how that is called; the only column of it.
pub(super) fn around(expression: &sp::Expr) -> Option<(&sp::Expr, String)> {
    let is_column = |expr: &&sp::Expr| {
        let expr = unnested(expr);
        matches!(
            expr,
            sp::Expr::Identifier(_) | sp::Expr::CompoundIdentifier(_)
        )
    };
    match unnested(expression) {
        sp::Expr::Cast {
            expr, data_type, ..
        } => {
            let (inner, around) = around(expr).unwrap_or((expr, String::new()));
            let name = match around.is_empty() {
                true => format!("cast to {data_type}"),
                false => around,
            };
            is_column(&inner).then_some((inner, name))
        }
        sp::Expr::Function(function) => {
            let mut inner = Vec::new();
            for argument in arguments(function) {
                match around(argument) {
                    Some((column, _)) => inner.push(column),
                    None if is_constant(argument) => {}
                    None => inner.push(argument),
                }
            }
            // `date_trunc(month, at)`: the part of a date is no column.
            if let [part, column] = inner.as_slice()
                && is_column(part)
                && takes_a_part(function)
            {
                return is_column(column).then(|| (*column, function.name.to_string()));
            }
            match inner.as_slice() {
                [column] if is_column(column) => Some((column, function.name.to_string())),
                _ => None,
            }
        }
        sp::Expr::Extract { expr, .. } => is_column(&&**expr).then(|| (&**expr, "extract".into())),
        sp::Expr::Substring { expr, .. } => {
            is_column(&&**expr).then(|| (&**expr, "substring".into()))
        }
        sp::Expr::Trim { expr, .. } => is_column(&&**expr).then(|| (&**expr, "trim".into())),
        _ => None,
    }
}

/// Whether the first argument of a function is a part of a date, which may stand without quotes.
fn takes_a_part(function: &sp::Function) -> bool {
    const OF_DATES: [&str; 6] = [
        "date_trunc",
        "date_part",
        "datediff",
        "date_diff",
        "dateadd",
        "date_add",
    ];
    let name = match function.name.0.as_slice() {
        [only] => only.as_ident(),
        _ => None,
    };
    name.is_some_and(|name| {
        let is = |one: &&str| name.value.eq_ignore_ascii_case(one);
        OF_DATES.iter().any(is)
    })
}

/// Whether there is no column in it: a literal, or a function of such.
pub(super) fn is_constant(expression: &sp::Expr) -> bool {
    match unnested(expression) {
        sp::Expr::Value(_) | sp::Expr::TypedString(_) | sp::Expr::Interval(_) => true,
        sp::Expr::Cast { expr, .. } | sp::Expr::UnaryOp { expr, .. } => is_constant(expr),
        sp::Expr::BinaryOp { left, right, .. } => is_constant(left) && is_constant(right),
        sp::Expr::Identifier(name) => {
            let begins = name.value.get(.."current_".len());
            begins.is_some_and(|start| start.eq_ignore_ascii_case("current_"))
                || name.value.eq_ignore_ascii_case("sysdate")
        }
        sp::Expr::Function(function) => {
            let arguments = arguments(function);
            let parts = usize::from(takes_a_part(function) && arguments.len() > 1);
            arguments.into_iter().skip(parts).all(is_constant)
        }
        _ => false,
    }
}
