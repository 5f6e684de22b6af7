//! The literals that a condition compares its column with.

use sqlparser::ast::{BinaryOperator, Expr, InTarget, Value};

/// Literals of a condition, as written.
#[derive(Debug, Default)]
pub(super) struct Literals {
    /// Values that the column is compared with for equality.
    pub values: Vec<String>,
    /// The least value that passes, for a range.
    pub lower: Option<String>,
    /// The greatest value that passes, for a range.
    pub upper: Option<String>,
}

/// The literals of a condition.
pub(super) fn literals(expr: &Expr) -> Literals {
    let mut out = Literals::default();
    match expr {
        Expr::BinaryOp {
            op: BinaryOperator::Or,
            ..
        } => {
            out.values = equalities(expr).unwrap_or_default();
        }
        Expr::BinaryOp { left, op, right } => {
            let (literal, turned) = match (literal(right), literal(left)) {
                (Some(literal), _) => (Some(literal), false),
                (None, other) => (other, true),
            };
            let upper = matches!(op, BinaryOperator::Lt | BinaryOperator::LtEq);
            let lower = matches!(op, BinaryOperator::Gt | BinaryOperator::GtEq);
            match op {
                BinaryOperator::Eq => out.values.extend(literal),
                _ if upper != turned && (upper || lower) => out.upper = literal,
                _ if upper || lower => out.lower = literal,
                _ => {}
            }
        }
        Expr::Between { low, high, .. } => {
            out.lower = literal(low);
            out.upper = literal(high);
        }
        Expr::In {
            target: InTarget::List(list),
            ..
        } => {
            out.values = list.iter().filter_map(literal).collect();
        }
        // `= ANY ('{1,2,3}'::integer[])`, `<> ALL (…)`
        Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } => {
            out.values = elements(right);
        }
        _ => {}
    }
    out
}

/// The elements of an array literal such as `'{1,2,3}'::integer[]`, without NULL, which nothing
/// equals.
fn elements(array: &Expr) -> Vec<String> {
    let text = literal(array).unwrap_or_default();
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    let elements = inner.split(',').map(str::trim);
    let elements = elements.filter(|value| !value.eq_ignore_ascii_case("null"));
    elements.map(str::to_owned).collect()
}

/// The values of `a = 1 OR a = 2 OR …` over one column.
pub(super) fn equalities(expr: &Expr) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut column: Option<String> = None;
    let mut pending = vec![expr];
    while let Some(expr) = pending.pop() {
        match expr {
            Expr::Nested(inner) => pending.push(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } => {
                pending.extend([right.as_ref(), left.as_ref()]);
            }
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } => {
                values.push(literal(right)?);
                let name = left.to_string();
                if column.get_or_insert_with(|| name.clone()) != &name {
                    return None;
                }
            }
            Expr::AnyOp { left, right, .. } => {
                values.extend(elements(right));
                let name = left.to_string();
                if column.get_or_insert_with(|| name.clone()) != &name {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(values)
}

/// A literal's text, without its cast.
fn literal(expr: &Expr) -> Option<String> {
    let mut at = expr;
    loop {
        at = match at {
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => inner,
            Expr::UnaryOp {
                op: sqlparser::ast::UnaryOperator::Minus,
                expr,
            } => {
                return literal_value(expr).map(|text| format!("-{text}"));
            }
            other => return literal_value(other),
        };
    }
}

fn literal_value(expr: &Expr) -> Option<String> {
    let Expr::Value(value) = expr else {
        return None;
    };
    match &value.value {
        Value::Null | Value::Placeholder(_) => None,
        Value::Number(text, _) => Some(text.clone()),
        other => other.clone().into_string(),
    }
}
