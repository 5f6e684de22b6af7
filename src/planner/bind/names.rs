//! Names and conjunctions of a syntax tree.

use sqlparser::ast::{self, BinaryOperator, Expr as Ast};

/// The folded form of an identifier: as written in quotes, else lower case.
pub(super) fn folded(ident: &ast::Ident) -> String {
    // Redshift folds quoted names too, unless `enable_case_sensitive_identifier` is on.
    crate::sql::ident(ident).as_str().to_owned()
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
