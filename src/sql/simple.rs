//! Statements that are short: `COMMENT`, `DROP`, `SET`.

use sqlparser::tokenizer::Token;

use super::ast::*;
use super::cursor::{Cursor, Parsed};
use crate::name::Ident;

/// What has comments in Redshift, and in PostgreSQL, whose dumps have more.
const OBJECTS: &[&str] = &[
    "TABLE",
    "COLUMN",
    "VIEW",
    "CONSTRAINT",
    "DATABASE",
    "SCHEMA",
    "FUNCTION",
    "PROCEDURE",
    "MATERIALIZED",
    "EXTENSION",
    "INDEX",
    "SEQUENCE",
    "TRIGGER",
    "TYPE",
];

pub(super) fn parse_comment(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("COMMENT ON")?;
    let (object, _) = cursor.one_of(OBJECTS, "TABLE, COLUMN, VIEW, CONSTRAINT or DATABASE")?;
    let object = object.as_str().to_ascii_uppercase();
    let start = cursor.here();
    if object == "CONSTRAINT" {
        cursor.ident("a constraint's name")?;
        cursor.expect("ON")?;
    }
    while !cursor.is_done() && !cursor.is("IS") {
        match cursor.peek() {
            Some(Token::LParen) => cursor.skip_parentheses(),
            Some(Token::Word(_)) if !cursor.is("ON") => {
                cursor.is_name();
                cursor.advance();
            }
            _ => cursor.advance(),
        }
    }
    let name = cursor.text(start.to(cursor.before())).to_owned();
    cursor.expect("IS")?;
    let text = match cursor.eat("NULL") {
        true => None,
        false => Some(cursor.string("the comment in quotes")?.0),
    };
    match cursor.is_done() {
        true => Ok(Body::Comment(Comment { object, name, text })),
        false => Err(cursor.expected("the end of the comment")),
    }
}

pub(super) fn parse_drop(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("DROP")?;
    let kind = if cursor.eat("MATERIALIZED VIEW") {
        DropKind::MaterializedView
    } else if cursor.eat("VIEW") {
        DropKind::View
    } else {
        cursor.eat("TABLE");
        DropKind::Table
    };
    cursor.eat("IF EXISTS");
    let mut names = vec![cursor.name("a table name")?];
    while cursor.eat_token(&Token::Comma) {
        names.push(cursor.name("a table name")?);
    }
    let _ = cursor.eat("CASCADE") || cursor.eat("RESTRICT");
    match cursor.is_done() {
        true => Ok(Body::Drop(Drop { kind, names })),
        false => Err(cursor.expected("`,` or the end of the statement")),
    }
}

/// How `enable_case_sensitive_identifier` is spelled.
const CASE_SENSITIVE: &str = "ENABLE_CASE_SENSITIVE_IDENTIFIER";

/// `SET search_path TO a, b`, `SET enable_case_sensitive_identifier TO true` and their RESET; other
/// settings don't matter.
pub(super) fn parse_set(cursor: &mut Cursor<'_>) -> Body {
    if cursor.eat("RESET") {
        if cursor.eat(CASE_SENSITIVE) {
            return Body::CaseSensitive(false);
        }
        return match cursor.eat("SEARCH_PATH") || cursor.eat("ALL") {
            true => Body::SearchPath(Vec::new()),
            false => Body::Other,
        };
    }
    cursor.eat("SET");
    let _ = cursor.eat("LOCAL") || cursor.eat("SESSION");
    if cursor.eat(CASE_SENSITIVE) && (cursor.eat("TO") || cursor.eat_token(&Token::Eq)) {
        let value = match cursor.peek() {
            Some(Token::Word(word)) => word.value.as_str(),
            Some(Token::SingleQuotedString(text) | Token::Number(text, _)) => text.as_str(),
            _ => "",
        };
        let is_on = ["true", "on", "1"]
            .iter()
            .any(|on| value.eq_ignore_ascii_case(on));
        return Body::CaseSensitive(is_on);
    }
    if !cursor.eat("SEARCH_PATH") || !(cursor.eat("TO") || cursor.eat_token(&Token::Eq)) {
        return Body::Other;
    }
    let mut path = Vec::new();
    if cursor.eat("DEFAULT") {
        return Body::SearchPath(path);
    }
    while let Some(token) = cursor.peek() {
        match token {
            Token::Word(word) => path.push(Ident::folded(&word.value)),
            Token::SingleQuotedString(text) => path.push(Ident::folded(text)),
            _ => {}
        }
        cursor.is_name();
        cursor.advance();
    }
    Body::SearchPath(path)
}
