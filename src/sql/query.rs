//! Queries and changes of rows, read by sqlparser.

use sqlparser::ast as sp;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::ast::{Body, InnerQuery};
use super::cursor::{Cursor, Parsed};
use super::table_name;
use super::{Note, RedshiftDialect, Refused, Written, adapt, foreign, limits, place};
use crate::name::TableName;
use crate::text::{LineColumn, Span};

/// How a note on the query of a definition begins.
pub(super) const NOT_UNDERSTOOD: &str = "this query is not understood: ";

/// Why a query could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong, with line and column of the query where known.
    pub message: String,
    /// Whether it was read, and is no statement that has a plan.
    pub is_other_statement: bool,
}

impl QueryError {
    /// What is wrong, at its place.
    pub(super) fn at(message: &str, place: LineColumn) -> Self {
        Self::read(&place::said(message, place), place)
    }

    /// What sqlparser says of a text that starts at a place.
    pub(super) fn read(message: &str, start: LineColumn) -> Self {
        Self {
            message: place::in_words(message, start),
            is_other_statement: false,
        }
    }

    /// A statement that has no plan.
    pub(super) fn other(kind: &str) -> Self {
        Self {
            message: format!(
                "{kind} has no plan: Redshift explains SELECT, SELECT INTO, CREATE TABLE AS, INSERT, \
                 UPDATE and DELETE"
            ),
            is_other_statement: true,
        }
    }
}

pub(super) fn read(tokens: Vec<TokenWithSpan>) -> Result<sp::Statement, String> {
    limits::check(&tokens)?;
    merges_into(&tokens)?;
    let dialect = RedshiftDialect;
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(limits::RECURSION)
        .with_tokens_with_locations(adapt::adapted(tokens));
    let statement = parser.parse_statement().map_err(|error| match error {
        ParserError::RecursionLimitExceeded => limits::too_deep(),
        error => error.to_string(),
    })?;
    match parser.peek_token_ref().token {
        Token::EOF | Token::SemiColon => Ok(statement),
        ref token => {
            let at = parser.peek_token_ref().span.start;
            Err(format!("`{token}` is not expected after the query{at}"))
        }
    }
}

/// `MERGE INTO`: sqlparser takes it without INTO, and then a misspelt one for the table.
fn merges_into(tokens: &[TokenWithSpan]) -> Result<(), String> {
    let keyword = |at: usize| match tokens.get(at).map(|token| &token.token) {
        Some(Token::Word(word)) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    };
    match (keyword(0), keyword(1), tokens.get(1)) {
        (Some(Keyword::MERGE), into, Some(next)) if into != Some(Keyword::INTO) => Err(format!(
            "Expected: INTO after MERGE, found: {}{}",
            next.token, next.span.start
        )),
        _ => Ok(()),
    }
}

/// Notes a query of another statement that sqlparser does not read.
pub(super) fn look_at(tokens: Vec<TokenWithSpan>, span: Span, notes: &mut Vec<Note>) {
    if let Err(message) = read(tokens) {
        notes.push(Note {
            span,
            message: format!("{NOT_UNDERSTOOD}{message}"),
        });
    }
}

/// A whole statement; what sqlparser refuses is noted.
pub(super) fn parse_statement(
    cursor: &mut Cursor<'_>,
    span: Span,
    notes: &mut Vec<Note>,
) -> Parsed<Body> {
    cursor.check_parentheses()?;
    foreign::in_query(cursor);
    let read = read(cursor.take_rest().0);
    if let Some(names) = cursor.names() {
        names.add(read.as_ref().ok());
    }
    match read {
        Ok(sp::Statement::Insert(insert)) if rows_of(&insert).is_some() => Ok(Body::InsertRows(
            inserted_into(&insert),
            rows_of(&insert).unwrap_or_default(),
        )),
        Ok(statement) => {
            let foreign = match &statement {
                sp::Statement::Merge(merge) => foreign::of_merge(merge),
                _ => None,
            };
            let refused = foreign.map(|foreign| Refused { foreign, span });
            cursor.refused.extend(refused);
            Ok(Body::Query(Box::new(statement)))
        }
        Err(message) => {
            notes.push(Note {
                span,
                message: format!("not understood, so left out: {message}"),
            });
            Ok(Body::NotUnderstood)
        }
    }
}

/// The columns that an INSERT lists or an UPDATE sets.
pub(super) fn written(cursor: &mut Cursor<'_>) -> Option<Box<Written>> {
    let start = cursor.position();
    let written = match cursor.eat("INSERT INTO") {
        true => listed(cursor),
        false if cursor.eat("UPDATE") => set(cursor),
        false => None,
    };
    cursor.go_back(start);
    written.map(Box::new)
}

fn listed(cursor: &mut Cursor<'_>) -> Option<Written> {
    let table = cursor.name("a table name").ok()?;
    let is_query = ["SELECT", "WITH", "VALUES"]
        .iter()
        .any(|word| cursor.is_at(1, word));
    let columns = match is_query {
        true => return None,
        false => cursor.name_list("a column name").ok()?,
    };
    Some(Written { table, columns })
}

/// A name before `=`, first or after a comma, outside of parentheses.
fn set(cursor: &mut Cursor<'_>) -> Option<Written> {
    let table = cursor.name("a table name").ok()?;
    while !cursor.is("SET") {
        cursor.word()?;
        cursor.advance();
    }
    let mut columns = Vec::new();
    let mut begins = true;
    cursor.advance();
    while !cursor.is_done() && !cursor.is("WHERE") && !cursor.is("FROM") {
        if begins && cursor.peek_nth(1) == Some(&Token::Eq) {
            columns.push(cursor.setting("a column name").ok()?);
        }
        begins = cursor.peek() == Some(&Token::Comma);
        match cursor.peek() {
            Some(Token::LParen) => cursor.skip_parentheses(),
            _ => cursor.advance(),
        }
    }
    Some(Written { table, columns })
}

fn inserted_into(insert: &sp::Insert) -> TableName {
    match &insert.table {
        sp::TableObject::TableName(name) => table_name(name),
        other => TableName::typed(&other.to_string()),
    }
}

/// The names of what sqlparser can read of these tokens, for a cursor that keeps them.
pub(super) fn keep_names(cursor: &mut Cursor<'_>, tokens: Vec<TokenWithSpan>) {
    if let Some(names) = cursor.names() {
        names.add(read(tokens).ok().as_ref());
    }
}

/// How many rows of values an INSERT has; `None` where it has a query.
fn rows_of(insert: &sp::Insert) -> Option<usize> {
    match insert.source.as_ref()?.body.as_ref() {
        sp::SetExpr::Values(values) => Some(values.rows.len()),
        _ => None,
    }
}

/// The query at the end of a definition.
pub(super) fn inner(cursor: &mut Cursor<'_>, notes: &mut Vec<Note>) -> Parsed<InnerQuery> {
    if cursor.is_done() {
        return Err(cursor.missing("the query"));
    }
    let start = cursor.here();
    let (tokens, last) = cursor.take_rest();
    let span = start.to(last);
    let read = read(tokens);
    if let Some(names) = cursor.names() {
        names.add(read.as_ref().ok());
    }
    let query = match read {
        Ok(sp::Statement::Query(query)) => Some(query),
        Ok(_) => None,
        Err(message) => {
            notes.push(Note {
                span,
                message: format!("{NOT_UNDERSTOOD}{message}"),
            });
            None
        }
    };
    Ok(InnerQuery { span, query })
}
