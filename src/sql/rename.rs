//! A table's new name in the text of a query that reads it.

use std::fmt::Write;

use sqlparser::tokenizer::{Token, Tokenizer, Word};

use super::RedshiftDialect;
use crate::name::{Ident, TableName};

/// Words after a table that are no alias.
const NO_ALIAS: &[&str] = &[
    "JOIN",
    "INNER",
    "LEFT",
    "RIGHT",
    "FULL",
    "CROSS",
    "NATURAL",
    "ON",
    "USING",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "QUALIFY",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "UNION",
    "EXCEPT",
    "MINUS",
    "INTERSECT",
    "WINDOW",
    "PIVOT",
    "UNPIVOT",
    "TABLESAMPLE",
    "FOR",
];

/// Words that end a FROM clause.
const ENDS_FROM: &[&str] = &[
    "SELECT",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "QUALIFY",
    "LIMIT",
    "OFFSET",
    "UNION",
    "EXCEPT",
    "MINUS",
    "INTERSECT",
];

/// One level of parentheses.
#[derive(Default)]
struct Level {
    /// It holds a query: FROM is not that of `extract(year FROM …)`.
    query: bool,
    /// Commas part tables.
    from: bool,
}

/// The query with `to` in place of the table that `is_it` tells. It keeps
/// the old name as an alias, so that columns are found as before. `None` where the query is not
/// understood, or gives the name to a query of its own.
pub fn rename_table(query: &str, is_it: &dyn Fn(&TableName) -> bool, to: &Ident) -> Option<String> {
    let tokens = Tokenizer::new(&RedshiftDialect, query).tokenize().ok()?;
    let meaning = |at: usize| {
        let rest = tokens.get(at..).unwrap_or_default().iter().enumerate();
        let mut rest = rest.filter(|(_, token)| !matches!(token, Token::Whitespace(_)));
        rest.next().map(|(offset, token)| (at + offset, token))
    };
    let mut out = String::with_capacity(query.len());
    let mut levels = vec![Level::default()];
    let mut table_next = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let level = levels.last_mut()?;
        match token {
            Token::Whitespace(_) => {}
            Token::LParen => {
                levels.push(Level {
                    // `FROM (a JOIN b)`.
                    from: table_next,
                    query: table_next,
                });
            }
            Token::RParen => {
                levels.pop();
                table_next = false;
                if levels.is_empty() {
                    return None;
                }
            }
            Token::Comma => table_next = level.from,
            Token::Word(word) if is(word, &["FROM", "JOIN"]) => {
                table_next = level.query;
                level.from = level.query;
            }
            Token::Word(word) if is(word, ENDS_FROM) => {
                level.query |= is(word, &["SELECT"]);
                level.from = false;
                table_next = false;
            }
            Token::Word(word) if table_next && !is(word, &["LATERAL", "ONLY"]) => {
                table_next = false;
                let (schema, name, last) = match (meaning(at + 1), word) {
                    (Some((dot, Token::Period)), schema) => match meaning(dot + 1) {
                        Some((last, Token::Word(name))) => (Some(schema), name, last),
                        _ => return None,
                    },
                    (_, name) => (None, name, at),
                };
                let schema_name = schema.map(|schema| Ident::folded(&schema.value));
                if is_it(&TableName::new(schema_name, Ident::folded(&name.value))) {
                    if let Some(schema) = schema {
                        out.push_str(&format!("{schema}."));
                    }
                    let _ = write!(out, "{to}");
                    let aliased = match meaning(last + 1) {
                        Some((_, Token::Word(next))) => !is(next, NO_ALIAS),
                        _ => false,
                    };
                    if !aliased {
                        out.push_str(&format!(" AS {name}"));
                    }
                    at = last + 1;
                    continue;
                }
            }
            // `WITH name AS (`: the name is the query's own.
            Token::Word(word) if is_it(&TableName::new(None, Ident::folded(&word.value))) => {
                let next = meaning(at + 1);
                let after = next.and_then(|(at, _)| meaning(at + 1));
                let own = matches!(next, Some((_, Token::Word(next))) if is(next, &["AS"]))
                    && matches!(after, Some((_, Token::LParen)));
                if own {
                    return None;
                }
            }
            _ => table_next = false,
        }
        out.push_str(&token.to_string());
        at += 1;
    }
    Some(out)
}

fn is(word: &Word, words: &[&str]) -> bool {
    word.quote_style.is_none()
        && words
            .iter()
            .any(|known| word.value.eq_ignore_ascii_case(known))
}
