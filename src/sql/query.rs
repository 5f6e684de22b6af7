//! Queries and changes of rows, read by sqlparser.

use sqlparser::ast as sp;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::ast::{Body, InnerQuery};
use super::cursor::{Cursor, Parsed};
use super::table_name;
use super::{Note, RedshiftDialect};
use crate::name::TableName;
use crate::text::Span;

/// Why a query could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What is wrong, with line and column of the query where known.
    pub message: String,
}

/// Reads one query.
///
/// # Errors
/// What sqlparser says of the text, or that it is no query.
pub fn parse_query(text: &str) -> Result<Box<sp::Query>, QueryError> {
    let text = text.trim().trim_end_matches(';');
    let error = |message: String| QueryError { message };
    let mut cursor =
        Cursor::new(text, Span::new(0, text.len()), text.len()).map_err(|e| error(e.message))?;
    let statement = crate::stack::with_room(|| read(cursor.take_rest().0)).map_err(error)?;
    match statement {
        sp::Statement::Query(query) => Ok(query),
        sp::Statement::Explain { statement, .. } => match *statement {
            sp::Statement::Query(query) => Ok(query),
            other => Err(error(format!("not a SELECT: `{other}`"))),
        },
        other => Err(error(format!("not a SELECT: `{other}`"))),
    }
}

/// Nesting of expressions at which sqlparser gives up instead of overflowing.
const RECURSION: usize = 50;

/// Operators in a row that are read: an expression of `a or b or …` is as deep as it is long, and
/// whatever walks it needs that much of the stack.
const LONGEST_CHAIN: usize = 20_000;

/// The most operators between two commas or parentheses.
fn longest_chain(tokens: &[TokenWithSpan]) -> usize {
    let mut longest = 0;
    let mut counts = vec![0];
    for token in tokens {
        match &token.token {
            Token::LParen => counts.push(0),
            Token::RParen if counts.len() > 1 => {
                counts.pop();
            }
            Token::Comma | Token::SemiColon | Token::RParen => {
                if let Some(count) = counts.last_mut() {
                    *count = 0;
                }
            }
            // A comparison is no deeper for the next one.
            Token::Eq | Token::Neq | Token::Lt | Token::Gt | Token::LtEq | Token::GtEq => {}
            Token::Whitespace(_) | Token::Period | Token::Number(..) => {}
            Token::SingleQuotedString(_) => {}
            Token::Word(word) if !is_operator(word.keyword) => {}
            _ => {
                if let Some(count) = counts.last_mut() {
                    *count += 1;
                    longest = longest.max(*count);
                }
            }
        }
    }
    longest
}

fn is_operator(keyword: Keyword) -> bool {
    use Keyword as K;
    matches!(keyword, K::AND | K::OR | K::IS | K::COLLATE)
}

fn read(tokens: Vec<TokenWithSpan>) -> Result<sp::Statement, String> {
    if longest_chain(&tokens) > LONGEST_CHAIN {
        return Err(format!(
            "an expression has more than {LONGEST_CHAIN} operators in a row"
        ));
    }
    let dialect = RedshiftDialect;
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(RECURSION)
        .with_tokens_with_locations(tokens);
    let statement = parser
        .parse_statement()
        .map_err(|error| error.to_string())?;
    match parser.peek_token_ref().token {
        sqlparser::tokenizer::Token::EOF | sqlparser::tokenizer::Token::SemiColon => Ok(statement),
        ref token => Err(format!("`{token}` is not expected after the query")),
    }
}

/// A whole statement; what sqlparser refuses is noted.
pub(super) fn parse_statement(
    cursor: &mut Cursor<'_>,
    span: Span,
    notes: &mut Vec<Note>,
) -> Parsed<Body> {
    cursor.check_parentheses()?;
    let read = read(cursor.take_rest().0);
    if let Some(names) = cursor.names() {
        names.add(read.as_ref().ok());
    }
    match read {
        Ok(sp::Statement::Insert(insert)) if rows_of(&insert).is_some() => Ok(Body::InsertRows(
            inserted_into(&insert),
            rows_of(&insert).unwrap_or_default(),
        )),
        Ok(statement) => Ok(Body::Query(Box::new(statement))),
        Err(message) => {
            notes.push(Note {
                span,
                message: format!("not understood, so left out: {message}"),
            });
            Ok(Body::NotUnderstood)
        }
    }
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
                message: format!("this query is not understood: {message}"),
            });
            None
        }
    };
    Ok(InnerQuery { span, query })
}
