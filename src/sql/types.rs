//! Column types with Redshift's names and defaults.

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, Parsed};
use super::near::near;
use super::{DataType, Encoding};
use crate::text::Span;

/// Words that can't be a type: where one stands instead, the type is missing.
const NOT_TYPES: [&str; 19] = [
    "NOT",
    "NULL",
    "DEFAULT",
    "ENCODE",
    "DISTKEY",
    "SORTKEY",
    "PRIMARY",
    "UNIQUE",
    "REFERENCES",
    "COLLATE",
    "IDENTITY",
    "GENERATED",
    "CHECK",
    "CONSTRAINT",
    "FOREIGN",
    "LIKE",
    "DISTSTYLE",
    "AS",
    "COMMENT",
];

/// Reads a type.
pub(super) fn data_type(cursor: &mut Cursor<'_>, column: &str) -> Parsed<(DataType, Span)> {
    let start = cursor.here();
    let Some(word) = cursor
        .word()
        .filter(|word| !NOT_TYPES.contains(&word.as_str()))
    else {
        return Err(cursor.missing(&format!("the type of column `{column}`")));
    };
    cursor.advance();
    let data_type = known_type(cursor, &word)?;
    let span = start.to(cursor.before());
    let is_array = cursor.peek() == Some(&Token::LBracket)
        || matches!(cursor.peek(), Some(Token::Word(word)) if word.quote_style == Some('['))
        || (data_type.is_some() && cursor.is("ARRAY"));
    let data_type = match data_type {
        Some(data_type) if !is_array => data_type,
        _ => other_type(cursor, start),
    };
    Ok((data_type, span.to(cursor.before())))
}

fn known_type(cursor: &mut Cursor<'_>, word: &str) -> Parsed<Option<DataType>> {
    let data_type = match word {
        "SMALLINT" | "INT2" => DataType::SmallInt,
        "INTEGER" | "INT" | "INT4" => DataType::Integer,
        "BIGINT" | "INT8" => DataType::BigInt,
        "DECIMAL" | "NUMERIC" | "DEC" => decimal(cursor)?,
        "REAL" | "FLOAT4" => DataType::Real,
        "FLOAT8" => DataType::DoublePrecision,
        "FLOAT" => match length(cursor)? {
            Some(bits) if bits <= 24 => DataType::Real,
            _ => DataType::DoublePrecision,
        },
        "DOUBLE" if cursor.eat("PRECISION") || !cursor.is("PRECISION") => DataType::DoublePrecision,
        "BOOLEAN" | "BOOL" => DataType::Boolean,
        "BPCHAR" => DataType::Char(length(cursor)?.unwrap_or(256)),
        "CHAR" | "CHARACTER" | "NCHAR" => match cursor.eat("VARYING") {
            true => DataType::Varchar(length(cursor)?.unwrap_or(256)),
            false => DataType::Char(length(cursor)?.unwrap_or(1)),
        },
        "VARCHAR" | "NVARCHAR" => DataType::Varchar(length(cursor)?.unwrap_or(256)),
        "TEXT" | "STRING" => {
            length(cursor)?;
            DataType::Varchar(256)
        }
        "DATE" => DataType::Date,
        "TIMETZ" => DataType::TimeTz,
        "TIMESTAMPTZ" => DataType::TimestampTz,
        "TIME" => zoned(cursor, DataType::Time, DataType::TimeTz)?,
        "TIMESTAMP" | "DATETIME" => zoned(cursor, DataType::Timestamp, DataType::TimestampTz)?,
        "INTERVAL" => interval(cursor),
        "SUPER" => DataType::Super,
        "VARBYTE" | "VARBINARY" => DataType::Varbyte(length(cursor)?.unwrap_or(64_000)),
        "BINARY" => {
            cursor.eat("VARYING");
            DataType::Varbyte(length(cursor)?.unwrap_or(64_000))
        }
        "HLLSKETCH" => DataType::HllSketch,
        "GEOMETRY" => DataType::Geometry,
        "GEOGRAPHY" => DataType::Geography,
        _ => return Ok(None),
    };
    Ok(Some(data_type))
}

/// `(n)` or `(MAX)`; 65,535 bytes for MAX.
fn length(cursor: &mut Cursor<'_>) -> Parsed<Option<u32>> {
    if !cursor.eat_token(&Token::LParen) {
        return Ok(None);
    }
    let length = match cursor.eat("MAX") {
        true => 65_535,
        false => cursor.number("a length")?,
    };
    if !cursor.eat_token(&Token::RParen) {
        return Err(cursor.missing("`)` after the length"));
    }
    Ok(Some(u32::try_from(length).unwrap_or(u32::MAX)))
}

fn decimal(cursor: &mut Cursor<'_>) -> Parsed<DataType> {
    let (mut precision, mut scale) = (18, 0);
    if cursor.eat_token(&Token::LParen) {
        precision = cursor.number("a precision")?;
        if cursor.eat_token(&Token::Comma) {
            scale = cursor.number("a scale")?;
        }
        if !cursor.eat_token(&Token::RParen) {
            return Err(cursor.missing("`,` or `)` after the precision"));
        }
    }
    let small = |n: i64| u8::try_from(n).unwrap_or(u8::MAX);
    Ok(DataType::Decimal {
        precision: small(precision),
        scale: small(scale),
    })
}

fn zoned(cursor: &mut Cursor<'_>, without: DataType, with: DataType) -> Parsed<DataType> {
    length(cursor)?;
    if cursor.eat("WITH TIME ZONE") {
        return Ok(with);
    }
    cursor.eat("WITHOUT TIME ZONE");
    Ok(without)
}

fn interval(cursor: &mut Cursor<'_>) -> DataType {
    let months = cursor.is("YEAR") || cursor.is("MONTH");
    while ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"]
        .iter()
        .any(|word| cursor.eat(word))
    {
        if cursor.peek() == Some(&Token::LParen) {
            cursor.skip_parentheses();
        }
    }
    match months {
        true => DataType::IntervalYearToMonth,
        false => DataType::IntervalDayToSecond,
    }
}

/// A type that Redshift's native tables lack: `UUID`, `struct<a:int>`, `int[]`.
fn other_type(cursor: &mut Cursor<'_>, start: Span) -> DataType {
    if cursor.peek() == Some(&Token::LParen) {
        cursor.skip_parentheses();
    }
    skip_angles(cursor);
    cursor.eat("ARRAY");
    // sqlparser takes brackets without a number for a quoted name.
    while matches!(cursor.peek(), Some(Token::Word(word)) if word.quote_style == Some('[')) {
        cursor.advance();
    }
    while cursor.eat_token(&Token::LBracket) {
        while !cursor.is_done() && !cursor.eat_token(&Token::RBracket) {
            cursor.advance();
        }
    }
    DataType::Other(cursor.text(start.to(cursor.before())).to_owned())
}

/// `<…>` of nested types, whose `>>` may be one token.
fn skip_angles(cursor: &mut Cursor<'_>) {
    if cursor.peek() != Some(&Token::Lt) {
        return;
    }
    let mut depth = 0i64;
    while let Some(token) = cursor.peek() {
        depth += match token {
            Token::Lt => 1,
            Token::ShiftLeft => 2,
            Token::Gt => -1,
            Token::ShiftRight => -2,
            _ => 0,
        };
        cursor.advance();
        if depth <= 0 {
            return;
        }
    }
}

/// The first words of the types.
const TYPES: &[&str] = &[
    "SMALLINT",
    "INT2",
    "INTEGER",
    "INT",
    "INT4",
    "BIGINT",
    "INT8",
    "DECIMAL",
    "NUMERIC",
    "DEC",
    "REAL",
    "FLOAT4",
    "FLOAT8",
    "FLOAT",
    "DOUBLE",
    "BOOLEAN",
    "BOOL",
    "BPCHAR",
    "CHAR",
    "CHARACTER",
    "NCHAR",
    "VARCHAR",
    "NVARCHAR",
    "TEXT",
    "DATE",
    "TIMETZ",
    "TIMESTAMPTZ",
    "TIME",
    "TIMESTAMP",
    "INTERVAL",
    "SUPER",
    "VARBYTE",
    "VARBINARY",
    "BINARY",
    "HLLSKETCH",
    "GEOMETRY",
    "GEOGRAPHY",
    "ARRAY",
    "STRUCT",
    "MAP",
];

/// Whether a word in capitals begins a type.
pub(super) fn is_type(word: &str) -> bool {
    TYPES.contains(&word)
}

/// The type of which a name, with a length or without, is a typing error.
pub fn misspelt_type(name: &str) -> Option<&'static str> {
    let word = name.split(|c: char| !c.is_alphanumeric()).next()?;
    // A digit more makes another database's type, as VARCHAR2.
    let same_digits = |near: &&str| {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
        digits(near) == digits(word)
    };
    let word_up = word.to_ascii_uppercase();
    near(&word_up, TYPES).filter(|near| *near != word_up && same_digits(near))
}

/// The names of the encodings, and what stands for none.
pub(super) const ENCODINGS: &[&str] = &[
    "RAW",
    "AZ64",
    "BYTEDICT",
    "DELTA",
    "DELTA32K",
    "LZO",
    "MOSTLY8",
    "MOSTLY16",
    "MOSTLY32",
    "RUNLENGTH",
    "TEXT255",
    "TEXT32K",
    "ZSTD",
    "AUTO",
];

/// The encoding of this name.
pub(super) fn encoding(word: &str) -> Option<Encoding> {
    let encoding = match word.to_ascii_uppercase().as_str() {
        "RAW" => Encoding::Raw,
        "AZ64" => Encoding::Az64,
        "BYTEDICT" => Encoding::Bytedict,
        "DELTA" => Encoding::Delta,
        "DELTA32K" => Encoding::Delta32k,
        "LZO" => Encoding::Lzo,
        "MOSTLY8" => Encoding::Mostly8,
        "MOSTLY16" => Encoding::Mostly16,
        "MOSTLY32" => Encoding::Mostly32,
        "RUNLENGTH" => Encoding::Runlength,
        "TEXT255" => Encoding::Text255,
        "TEXT32K" => Encoding::Text32k,
        "ZSTD" => Encoding::Zstd,
        _ => return None,
    };
    Some(encoding)
}
