//! What the condition of a nested loop asks of a pair of rows: why no hash join can serve it.

use sqlparser::ast::{BinaryOperator, Expr};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// Why a condition on pairs can't be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PairCondition {
    /// Equalities joined by OR: each could be hashed by itself.
    AnyOf,
    /// Equalities joined by AND: it could be hashed, and is not.
    Equal,
    /// An equality or a side that is NULL, as NOT IN asks.
    OrNull,
    /// `<>` and nothing else.
    Unequal,
    /// A range, a function, or what is not understood.
    Other,
}

/// Longer conditions are not taken apart.
const LONGEST: usize = 16 * 1024;

impl PairCondition {
    /// What the text after `Join Filter:` asks.
    pub fn read(text: &str) -> Self {
        if text.len() > LONGEST {
            return Self::Other;
        }
        let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text);
        let Some(expr) = parser.ok().and_then(|mut parser| parser.parse_expr().ok()) else {
            return Self::Other;
        };
        let all = parts(&expr, &BinaryOperator::And);
        let any_of = |part: &&Expr| {
            let branches = parts(part, &BinaryOperator::Or);
            branches.len() > 1
                && !branches.iter().any(is_null_test)
                && branches.iter().all(|branch| {
                    parts(branch, &BinaryOperator::And)
                        .iter()
                        .any(|one| compares(one, &BinaryOperator::Eq))
                })
        };
        if all.iter().any(any_of) {
            return Self::AnyOf;
        }
        // NOT IN over what may be NULL: an equality, or no value.
        let or_null = |part: &&Expr| {
            let branches = parts(part, &BinaryOperator::Or);
            let equal = |one: &&Expr| compares(one, &BinaryOperator::Eq);
            branches.iter().any(is_null_test)
                && branches.iter().any(equal)
                && branches.iter().all(|one| is_null_test(one) || equal(one))
        };
        if all.iter().any(or_null) {
            return Self::OrNull;
        }
        let all_by = |by| all.iter().all(|part| compares(part, &by));
        if all_by(BinaryOperator::Eq) {
            return Self::Equal;
        }
        match all_by(BinaryOperator::NotEq) {
            true => Self::Unequal,
            false => Self::Other,
        }
    }
}

/// The parts that an operator joins, parentheses taken off.
fn parts<'e>(expr: &'e Expr, by: &BinaryOperator) -> Vec<&'e Expr> {
    let mut out = Vec::new();
    let mut todo = vec![expr];
    while let Some(expr) = todo.pop() {
        match expr {
            Expr::Nested(inner) => todo.push(inner),
            Expr::BinaryOp { left, op, right } if op == by => todo.extend([&**right, &**left]),
            other => out.push(other),
        }
    }
    out
}

/// Whether a condition asks whether something is NULL.
fn is_null_test(expr: &&Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_null_test(&&**inner),
        Expr::IsNull(_) => true,
        _ => false,
    }
}

/// Whether a condition compares columns of both sides by an operator.
fn compares(expr: &Expr, by: &BinaryOperator) -> bool {
    let Expr::BinaryOp { left, op, right } = expr else {
        return false;
    };
    let text = format!("{left} {right}");
    op == by && text.contains("\"outer\"") && text.contains("\"inner\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_pair_cannot_be_hashed() {
        for (text, why) in [
            (
                r#"(("outer".a = "inner".a) OR ("outer".b = "inner".b))"#,
                PairCondition::AnyOf,
            ),
            (
                r#"((("outer".a = "inner".a) AND ("outer".c > 1)) OR (("outer".b)::text = ("inner".b)::text))"#,
                PairCondition::AnyOf,
            ),
            (r#"("outer".a <> "inner".a)"#, PairCondition::Unequal),
            (
                r#"(("outer".a <> "inner".a) AND ("outer".b <> "inner".b))"#,
                PairCondition::Unequal,
            ),
            (
                r#"(("outer".a = "inner".a) OR ("outer".b > "inner".b))"#,
                PairCondition::Other,
            ),
            (r#"("outer".a = "inner".a)"#, PairCondition::Equal),
            (
                r#"(("inner".a = "outer".a) OR ("inner".a IS NULL))"#,
                PairCondition::OrNull,
            ),
            (
                r#"(("outer".a IS NULL) OR ("inner".a IS NULL) OR ("inner".a = "outer".a))"#,
                PairCondition::OrNull,
            ),
            (
                r#"(("inner".a = "outer".a) OR ("inner".a IS NOT NULL))"#,
                PairCondition::Other,
            ),
            (
                r#"(("outer".a = "inner".a) AND (lower("outer".b) = "inner".b))"#,
                PairCondition::Equal,
            ),
            (
                r#"(("outer".a = "inner".a) AND ("outer".b < "inner".b))"#,
                PairCondition::Other,
            ),
            (r#"("outer".a <= "inner".a)"#, PairCondition::Other),
            ("(cut off", PairCondition::Other),
        ] {
            assert_eq!(PairCondition::read(text), why, "{text}");
        }
    }
}
