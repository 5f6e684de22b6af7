//! `COPY` and `UNLOAD` with every parameter.

use sqlparser::tokenizer::Token;

use super::ast::*;
use super::cursor::{Cursor, Parsed};
use super::query;

/// Parameters of COPY and UNLOAD that take no value or whose values follow below.
const PARAMETERS: [&str; 71] = [
    "ACCEPTANYDATE",
    "ACCEPTINVCHARS",
    "ACCESS_KEY_ID",
    "ADDQUOTES",
    "ALLOWOVERWRITE",
    "AVRO",
    "BLANKSASNULL",
    "BZIP2",
    "CLEANPATH",
    "COMPROWS",
    "COMPUPDATE",
    "CREDENTIALS",
    "CSV",
    "DATEFORMAT",
    "DELIMITER",
    "EMPTYASNULL",
    "ENCODING",
    "ENCRYPTED",
    "ESCAPE",
    "EXPLICIT_IDS",
    "EXTENSION",
    "FILLRECORD",
    "FIXEDWIDTH",
    "FORMAT",
    "GZIP",
    "HEADER",
    "IAM_ROLE",
    "IGNOREALLERRORS",
    "IGNOREBLANKLINES",
    "IGNOREHEADER",
    "INCLUDE",
    "JOB",
    "JSON",
    "KMS_KEY_ID",
    "LZOP",
    "MANIFEST",
    "MASTER_SYMMETRIC_KEY",
    "MAXERROR",
    "MAXFILESIZE",
    "NOLOAD",
    "NULL",
    "ON",
    "ORC",
    "PARALLEL",
    "PARQUET",
    "PARTITION",
    "QUOTE",
    "READRATIO",
    "REGION",
    "REMOVEQUOTES",
    "ROUNDEC",
    "ROWGROUPSIZE",
    "SECRET_ACCESS_KEY",
    "SESSION_TOKEN",
    "SHAPEFILE",
    "SIMPLIFY",
    "SSH",
    "STATUPDATE",
    "TEXT",
    "TIMEFORMAT",
    "TOKEN",
    "TRIMBLANKS",
    "TRUNCATECOLUMNS",
    "VERBOSE",
    "WITH",
    "ZSTD",
    "AUTO",
    "AS",
    "DEFAULT",
    "FIXEDWIDTHCOLUMNS",
    "ROWS",
];

/// Words that belong to the parameter before them.
const VALUES: [&str; 15] = [
    "AS",
    "AUTO",
    "ON",
    "OFF",
    "PRESET",
    "TRUE",
    "FALSE",
    "DEFAULT",
    "CSV",
    "JSON",
    "PARQUET",
    "ORC",
    "AVRO",
    "TEXT",
    "SHAPEFILE",
];

/// Whether a word, in any case, is a parameter of COPY and UNLOAD or a value of one.
pub fn is_load_word(word: &str) -> bool {
    let is = |own: &&'static str| own.eq_ignore_ascii_case(word);
    PARAMETERS.iter().chain(&VALUES).any(is)
}

pub(super) fn parse_copy(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("COPY")?;
    // `COPY JOB …` manages automatic loads and names no table.
    if cursor.is("JOB") && !cursor.is_at(1, "FROM") && cursor.peek_nth(1) != Some(&Token::LParen) {
        return Ok(Body::Other);
    }
    let table = cursor.name("a table name")?;
    let columns = match cursor.peek() == Some(&Token::LParen) {
        true => cursor.name_list("a column name")?,
        false => Vec::new(),
    };
    cursor.expect("FROM")?;
    let from = cursor.string("a source, as 's3://…'")?;
    Ok(Body::Copy(Box::new(Copy {
        table,
        columns,
        from,
        parameters: parameters(cursor)?,
    })))
}

pub(super) fn parse_unload(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("UNLOAD")?;
    cursor.expect_token(&Token::LParen)?;
    let start = cursor.here();
    let query = match cursor.string("a query") {
        Ok(query) => query,
        Err(error) if cursor.peek() == Some(&Token::RParen) => return Err(error),
        // The query may also stand without quotes.
        Err(_) => {
            let first = cursor.position();
            let mut depth = 0usize;
            loop {
                match cursor.peek() {
                    None => return Err(cursor.missing("`)` after the query")),
                    Some(Token::LParen) => depth += 1,
                    Some(Token::RParen) if depth == 0 => break,
                    Some(Token::RParen) => depth -= 1,
                    Some(_) => {}
                }
                cursor.advance();
            }
            let tokens = cursor.tokens_from(first);
            query::keep_names(cursor, tokens);
            let span = start.to(cursor.before());
            (cursor.text(span).to_owned(), span)
        }
    };
    cursor.expect_token(&Token::RParen)?;
    cursor.expect("TO")?;
    let to = cursor.string("a target, as 's3://…'")?;
    Ok(Body::Unload(Box::new(Unload {
        query,
        to,
        parameters: parameters(cursor)?,
    })))
}

fn parameters(cursor: &mut Cursor<'_>) -> Parsed<Vec<Parameter>> {
    let mut parameters = Vec::new();
    while !cursor.is_done() {
        parameters.push(parameter(cursor)?);
    }
    Ok(parameters)
}

fn parameter(cursor: &mut Cursor<'_>) -> Parsed<Parameter> {
    let start = cursor.here();
    let Some(name) = cursor
        .word()
        .filter(|word| PARAMETERS.contains(&word.as_str()))
    else {
        return Err(cursor.expected("a parameter of COPY or UNLOAD"));
    };
    cursor.advance();
    let mut values = Vec::new();
    if name == "PARTITION" {
        cursor.expect("BY")?;
        values.extend(
            cursor
                .name_list("a column name")?
                .into_iter()
                .map(|(name, _)| name.as_str().to_owned()),
        );
        cursor.eat("INCLUDE");
    }
    while let Some(value) = value(cursor, &name) {
        values.push(value);
    }
    if values.is_empty() && needs_value(&name) {
        return Err(cursor.missing(&format!("the value of {name}")));
    }
    Ok(Parameter {
        name,
        values,
        span: start.to(cursor.before()),
    })
}

fn needs_value(name: &str) -> bool {
    matches!(
        name,
        "IAM_ROLE"
            | "CREDENTIALS"
            | "ACCESS_KEY_ID"
            | "SECRET_ACCESS_KEY"
            | "REGION"
            | "MAXERROR"
            | "FIXEDWIDTH"
            | "MAXFILESIZE"
            | "COMPROWS"
            | "KMS_KEY_ID"
    )
}

/// A literal, a number, or a word that goes with the parameter.
fn value(cursor: &mut Cursor<'_>, name: &str) -> Option<String> {
    let value = match cursor.peek()? {
        Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => text.clone(),
        Token::Number(number, _) => number.clone(),
        Token::Word(word) if word.quote_style.is_none() => {
            let word = word.value.to_ascii_uppercase();
            let unit = matches!(word.as_str(), "MB" | "GB" | "CREATE");
            let takes_format = matches!(name, "FORMAT" | "AS");
            let is_value = match word.as_str() {
                "CSV" | "JSON" | "PARQUET" | "ORC" | "AVRO" | "TEXT" | "SHAPEFILE" => takes_format,
                word => VALUES.contains(&word),
            };
            // `JOB CREATE name AUTO ON`.
            if !(is_value || unit || name == "JOB") {
                return None;
            }
            word
        }
        _ => return None,
    };
    cursor.advance();
    Some(value)
}
