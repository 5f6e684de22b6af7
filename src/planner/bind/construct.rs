//! What a construct that is not planned is called.

use sqlparser::ast::{Expr, JoinOperator, SetExpr, TableFactor};

/// An expression that is not planned.
pub(super) fn of_expr(expr: &Expr) -> &'static str {
    match expr {
        Expr::IsJson { .. } => "IS JSON",
        Expr::IsNormalized { .. } => "IS NORMALIZED",
        Expr::Convert { .. } => "CONVERT",
        Expr::Overlay { .. } => "OVERLAY",
        Expr::Prefixed { .. } => "a literal with a character set",
        Expr::GroupingSets(_) => "GROUPING SETS",
        Expr::Cube(_) => "CUBE",
        Expr::Rollup(_) => "ROLLUP",
        Expr::Struct { .. } => "a STRUCT",
        Expr::Dictionary(_) | Expr::Map(_) => "a map",
        Expr::MatchAgainst { .. } => "MATCH … AGAINST",
        Expr::Lambda(_) => "a lambda function",
        Expr::MemberOf(_) => "MEMBER OF",
        _ => "an expression of this form",
    }
}

/// A relation that is not planned.
pub(super) fn of_factor(factor: &TableFactor) -> &'static str {
    match factor {
        TableFactor::Table { args: Some(_), .. }
        | TableFactor::TableFunction { .. }
        | TableFactor::Function { .. } => "a table function",
        TableFactor::UNNEST { .. } => "UNNEST",
        TableFactor::JsonTable { .. } | TableFactor::OpenJsonTable { .. } => "JSON_TABLE",
        TableFactor::NestedJoin { .. } => "a join in parentheses with an alias",
        TableFactor::Pivot { .. } => "PIVOT with DEFAULT ON NULL",
        TableFactor::Unpivot { .. } | TableFactor::UnpivotExpr { .. } => "UNPIVOT of this form",
        TableFactor::MatchRecognize { .. } => "MATCH_RECOGNIZE",
        TableFactor::XmlTable { .. } => "XMLTABLE",
        TableFactor::SemanticView { .. } => "a semantic view",
        TableFactor::Table { .. } | TableFactor::Derived { .. } => "a relation of this form",
    }
}

/// What a relation has that Redshift lacks: "VALUES list used as constant tables" is among the
/// unsupported PostgreSQL features (Amazon Redshift Database Developer Guide), the others are not
/// in its syntax of FROM.
pub(super) fn lacked(factor: &TableFactor) -> Option<&'static str> {
    match factor {
        TableFactor::Table {
            sample: Some(_), ..
        }
        | TableFactor::Derived {
            sample: Some(_), ..
        } => Some("TABLESAMPLE"),
        TableFactor::Derived { lateral: true, .. } => Some("LATERAL"),
        TableFactor::Derived { subquery, .. } => {
            matches!(*subquery.body, SetExpr::Values(_)).then_some("VALUES in FROM")
        }
        _ => None,
    }
}

/// A query whose body is not one.
pub(super) fn of_body(body: &SetExpr) -> &'static str {
    match body {
        SetExpr::Insert(_) => "an INSERT inside a query",
        SetExpr::Update(_) => "an UPDATE inside a query",
        SetExpr::Delete(_) => "a DELETE inside a query",
        SetExpr::Merge(_) => "a MERGE inside a query",
        SetExpr::Table(_) => "TABLE in place of a SELECT",
        _ => "a query of this form",
    }
}

/// A join that Redshift lacks.
pub(super) fn of_join(operator: &JoinOperator) -> &'static str {
    match operator {
        JoinOperator::Semi(_) | JoinOperator::LeftSemi(_) | JoinOperator::RightSemi(_) => {
            "SEMI JOIN"
        }
        JoinOperator::Anti(_) | JoinOperator::LeftAnti(_) | JoinOperator::RightAnti(_) => {
            "ANTI JOIN"
        }
        JoinOperator::CrossApply | JoinOperator::OuterApply => "APPLY",
        JoinOperator::AsOf { .. } => "ASOF JOIN",
        JoinOperator::StraightJoin(_) => "STRAIGHT_JOIN",
        JoinOperator::ArrayJoin | JoinOperator::LeftArrayJoin | JoinOperator::InnerArrayJoin => {
            "ARRAY JOIN"
        }
        _ => "a join of this form",
    }
}
