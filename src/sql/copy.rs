//! `COPY` and `UNLOAD` with every parameter, and `CREATE TEMPLATE`, which keeps some of COPY's.

use sqlparser::tokenizer::Token;

use super::ast::*;
use super::cursor::{Cursor, Parsed};
use super::grammar::{self, Verdict};
use super::near::near;
use super::{Note, SyntaxError, query};
use crate::text::Span;

/// A parameter's first word, and the notation of what follows it.
type ParameterSyntax = (&'static str, &'static str);

/// By whose leave, and where: of both [Authorization parameters, the same guide].
const OF_BOTH: &[ParameterSyntax] = &[
    ("IAM_ROLE", "[ AS ] { DEFAULT | string }"),
    ("CREDENTIALS", "[ AS ] string"),
    ("WITH", "CREDENTIALS [ AS ] string"),
    ("ACCESS_KEY_ID", "[ AS ] string"),
    ("SECRET_ACCESS_KEY", "[ AS ] string"),
    ("SESSION_TOKEN", "[ AS ] string"),
    ("TOKEN", "[ AS ] string"),
    ("REGION", "[ AS ] string"),
];

/// The parameters of COPY in every spelling [COPY parameter reference, Amazon Redshift Database
/// Developer Guide]. Data formats may also stand after `FORMAT AS`.
static OF_COPY: &[ParameterSyntax] = &[
    // Where from.
    ("SSH", ""),
    ("READRATIO", "[ AS ] number"),
    ("MANIFEST", ""),
    ("ENCRYPTED", ""),
    ("MASTER_SYMMETRIC_KEY", "[ AS ] string"),
    // Formats.
    ("FORMAT", "[ AS ] data_format"),
    ("CSV", "[ QUOTE [ AS ] string ]"),
    ("QUOTE", "[ AS ] string"),
    ("DELIMITER", "[ AS ] string"),
    ("FIXEDWIDTH", "[ AS ] string"),
    ("SHAPEFILE", "[ SIMPLIFY [ AUTO ] [ literal ] ]"),
    ("SIMPLIFY", "[ AUTO ] [ literal ]"),
    ("AVRO", "[ AS ] [ string ]"),
    ("JSON", "[ AS ] [ string ]"),
    ("PARQUET", "[ SERIALIZETOJSON ]"),
    ("ORC", "[ SERIALIZETOJSON ]"),
    ("TEXT", ""),
    ("SERIALIZETOJSON", ""),
    ("BZIP2", ""),
    ("GZIP", ""),
    ("LZOP", ""),
    ("ZSTD", ""),
    // Conversion.
    ("ACCEPTANYDATE", ""),
    ("ACCEPTINVCHARS", "[ AS ] [ string ]"),
    ("BLANKSASNULL", ""),
    ("DATEFORMAT", "[ AS ] { string | AUTO }"),
    ("EMPTYASNULL", ""),
    (
        "ENCODING",
        "[ AS ] { string | UTF8 | UTF16 | UTF16LE | UTF16BE | ISO88591 }",
    ),
    ("ESCAPE", ""),
    ("EXPLICIT_IDS", ""),
    ("FILLRECORD", ""),
    ("IGNOREBLANKLINES", ""),
    ("IGNOREHEADER", "[ AS ] number"),
    ("NULL", "[ AS ] string"),
    ("REMOVEQUOTES", ""),
    ("ROUNDEC", ""),
    ("TIMEFORMAT", "[ AS ] { string | AUTO }"),
    ("TRIMBLANKS", ""),
    ("TRUNCATECOLUMNS", ""),
    // Loading.
    ("COMPROWS", "[ AS ] number"),
    ("COMPUPDATE", "[ PRESET | ON | OFF | TRUE | FALSE ]"),
    ("IGNOREALLERRORS", ""),
    ("MAXERROR", "[ AS ] number"),
    ("NOLOAD", ""),
    ("STATUPDATE", "[ ON | OFF | TRUE | FALSE ]"),
    // Templates and automatic loads.
    ("USING", "TEMPLATE name"),
    ("JOB", "CREATE ident [ AUTO { ON | OFF } ]"),
];

/// The parameters of UNLOAD [UNLOAD, the same guide].
static OF_UNLOAD: &[ParameterSyntax] = &[
    (
        "FORMAT",
        "[ AS ] { CSV | PARQUET | JSON | TEXT | DELIMITER [ AS ] string }",
    ),
    ("CSV", "[ DELIMITER [ AS ] string ]"),
    ("PARQUET", ""),
    ("JSON", ""),
    ("PARTITION", "BY ( ident ,... ) [ INCLUDE ]"),
    ("MANIFEST", "[ VERBOSE ]"),
    ("HEADER", ""),
    ("DELIMITER", "[ AS ] string"),
    ("FIXEDWIDTH", "[ AS ] string"),
    ("ENCRYPTED", "[ AUTO ]"),
    ("KMS_KEY_ID", "[ AS ] string"),
    ("MASTER_SYMMETRIC_KEY", "[ AS ] string"),
    ("BZIP2", ""),
    ("GZIP", ""),
    ("ZSTD", ""),
    ("ADDQUOTES", ""),
    ("NULL", "[ AS ] string"),
    ("ESCAPE", ""),
    ("ALLOWOVERWRITE", ""),
    ("CLEANPATH", ""),
    ("PARALLEL", "[ ON | OFF | TRUE | FALSE ]"),
    ("MAXFILESIZE", "[ AS ] number [ MB | GB ]"),
    ("ROWGROUPSIZE", "[ AS ] number [ MB | GB ]"),
    ("EXTENSION", "[ AS ] string"),
];

/// What manages automatic loads, after the words `COPY JOB`.
const JOBS: &str = "{ RUN | SHOW | DROP } ident | LIST | ALTER ident [ AUTO { ON | OFF } ] | CREATE ident [ AUTO { ON | OFF } ]";

/// Whether a word, in any case, is a parameter of COPY and UNLOAD or a value of one.
pub fn is_load_word(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    let all = OF_BOTH.iter().chain(OF_COPY).chain(OF_UNLOAD);
    all.into_iter()
        .any(|(name, values)| *name == upper || values.split(' ').any(|value| value == upper))
}

pub(super) fn parse_copy(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("COPY")?;
    // `COPY JOB …` manages automatic loads and names no table.
    if cursor.is("JOB") && !cursor.is_at(1, "FROM") && cursor.peek_nth(1) != Some(&Token::LParen) {
        cursor.advance();
        return match grammar::check_rest(cursor, JOBS) {
            Verdict::Matches(_) => Ok(Body::Other),
            Verdict::Misspelt(error) | Verdict::Differs(error) => Err(error),
        };
    }
    let table = cursor.name("a table name")?;
    let columns = match cursor.peek() == Some(&Token::LParen) {
        true => cursor.name_list("a column name")?,
        false => Vec::new(),
    };
    cursor.expect("FROM")?;
    // A dump's: its rows, which follow, are data.
    if cursor.eat("STDIN") {
        cursor.skip_rest();
        return Ok(Body::Other);
    }
    let from = cursor.string("a source, as 's3://…'")?;
    Ok(Body::Copy(Box::new(Copy {
        table,
        columns,
        from,
        parameters: parameters(cursor, OF_COPY)?,
    })))
}

pub(super) fn parse_unload(cursor: &mut Cursor<'_>, notes: &mut Vec<Note>) -> Parsed<Body> {
    cursor.expect("UNLOAD")?;
    cursor.expect_token(&Token::LParen)?;
    let start = cursor.here();
    let query = match cursor.string("a query") {
        Ok(query) => {
            let (text, span) = &query;
            // Where its quotes don't pair up, it is not read here, and told where it is planned.
            if let Ok(mut inner) = Cursor::new(text, Span::new(0, text.len()), text.len()) {
                query::look_at(inner.take_rest().0, *span, notes);
            }
            query
        }
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
            query::look_at(tokens.clone(), start.to(cursor.before()), notes);
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
        parameters: parameters(cursor, OF_UNLOAD)?,
    })))
}

/// `CREATE TEMPLATE … FOR COPY`: parameters without a table.
pub(super) fn parse_template(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("CREATE")?;
    cursor.eat("OR REPLACE");
    cursor.expect("TEMPLATE")?;
    cursor.name("a template's name")?;
    cursor.expect("FOR COPY")?;
    cursor.eat("AS");
    parameters(cursor, OF_COPY)?;
    Ok(Body::Other)
}

fn parameters(cursor: &mut Cursor<'_>, known: &[ParameterSyntax]) -> Parsed<Vec<Parameter>> {
    let mut parameters = Vec::new();
    while !cursor.is_done() {
        parameters.push(parameter(cursor, known)?);
        // AWS's own examples part some of them by commas.
        cursor.eat_token(&Token::Comma);
    }
    Ok(parameters)
}

fn parameter(cursor: &mut Cursor<'_>, known: &[ParameterSyntax]) -> Parsed<Parameter> {
    let start = cursor.here();
    let word = cursor.word();
    let found = word
        .as_deref()
        .and_then(|word| OF_BOTH.iter().chain(known).find(|(name, _)| *name == word));
    let Some((name, values)) = found else {
        return Err(unknown(cursor, word.as_deref(), known));
    };
    cursor.advance();
    let first = cursor.position();
    let Some(end) = grammar::longest(cursor, values, first) else {
        return Err(cursor.missing(&format!("the value of {name}")));
    };
    let mut read = Vec::new();
    if *name == "PARTITION" {
        cursor.expect("BY")?;
        let columns = cursor.name_list("a column name")?;
        read.extend(
            columns
                .into_iter()
                .map(|(name, _)| name.as_str().to_owned()),
        );
    }
    while cursor.position() < end {
        read.extend(value(cursor.peek()));
        cursor.advance();
    }
    // `CREDENTIALS` is the parameter, with or without WITH.
    let name = match *name {
        "WITH" => {
            read.remove(0);
            "CREDENTIALS"
        }
        name => name,
    };
    Ok(Parameter {
        name: name.to_owned(),
        values: read,
        span: start.to(cursor.before()),
    })
}

/// A literal as it is, a word in upper case.
fn value(token: Option<&Token>) -> Option<String> {
    match token? {
        Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => Some(text.clone()),
        Token::Number(number, _) => Some(number.clone()),
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_ascii_uppercase()),
        Token::Word(word) => Some(word.value.clone()),
        _ => None,
    }
}

/// Why a word is no parameter: it is misspelt, or the other statement's.
fn unknown(cursor: &Cursor<'_>, word: Option<&str>, known: &[ParameterSyntax]) -> SyntaxError {
    let unloads = std::ptr::eq(known, OF_UNLOAD);
    let (own, other, others) = match unloads {
        true => ("UNLOAD", "COPY", OF_COPY),
        false => ("COPY", "UNLOAD", OF_UNLOAD),
    };
    let expected = cursor.expected(&format!("a parameter of {own}"));
    let Some(word) = word else { return expected };
    if others.iter().any(|(name, _)| *name == word) {
        let message = format!("{} is a parameter of {other}, not of {own}", word);
        return SyntaxError::new(cursor.here(), message);
    }
    let names = OF_BOTH.iter().chain(known).map(|(name, _)| *name);
    let names: Vec<&str> = names.collect();
    match near(word, &names) {
        Some(near) => SyntaxError {
            message: format!("{}; is it {near}?", expected.message),
            ..expected
        },
        None => expected,
    }
}
