//! Literals, type names and functions that look like columns.

use sqlparser::ast::{self, Value};

use crate::schema::DataType;

use crate::planner::logical::expr::{Expr, LiteralKind};

/// Functions whose first argument is a date part.
pub(super) fn takes_unit(function: &str) -> bool {
    matches!(
        function,
        "datediff" | "dateadd" | "date_diff" | "date_add" | "date_trunc" | "date_part" | "datepart"
    )
}

pub(super) fn is_niladic(name: &str) -> bool {
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

pub(super) fn literal(value: &Value) -> Expr {
    let (text, kind) = match value {
        Value::Number(text, _) => (text.clone(), LiteralKind::Number),
        Value::Boolean(flag) => (flag.to_string(), LiteralKind::Boolean),
        Value::Null => ("NULL".to_owned(), LiteralKind::Null),
        Value::Placeholder(name) => (name.clone(), LiteralKind::Placeholder),
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

pub(super) fn typed_literal(value: &Value, data_type: &ast::DataType) -> Expr {
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
        "interval" => DataType::IntervalDayToSecond,
        "super" => DataType::Super,
        _ => DataType::Other(text),
    }
}
