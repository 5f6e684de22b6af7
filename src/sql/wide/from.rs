//! FROM of a query: its tables, how they are joined, and what joins them.

use sqlparser::tokenizer::Token;

use super::KnownColumn;
use super::tokens::Tokens;
use crate::name::{Ident, TableName};

/// How a table comes to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    /// The first, after a comma, or CROSS JOIN.
    Crossed,
    Inner,
    Left,
}

/// One table of FROM, or a query in parentheses.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// `None` for a query.
    pub table: Option<TableName>,
    pub alias: Ident,
    pub joined: Joined,
    /// Its tokens, with the alias.
    pub tokens: (usize, usize),
    /// The conjuncts of ON.
    pub on: Vec<(usize, usize)>,
    /// What is known of its columns.
    pub columns: Option<Vec<KnownColumn>>,
}

/// FROM and WHERE, as places of tokens.
pub(super) struct From {
    pub items: Vec<Item>,
    /// The conjuncts of WHERE.
    pub filter: Vec<(usize, usize)>,
    /// The word FROM.
    pub start: usize,
    /// What follows the conditions.
    pub rest: usize,
}

impl From {
    /// Reads FROM; `None` for joins that keep rows of their right side, USING and NATURAL, whose
    /// columns have no table, and what may look at the tables before it.
    pub fn read(
        tokens: &Tokens<'_>,
        columns_of: &dyn Fn(&TableName) -> Option<Vec<KnownColumn>>,
    ) -> Option<Self> {
        let start = tokens.top(0..tokens.len(), &["FROM"])?;
        let rest = tokens.end_of_conditions(start);
        let filter = tokens.top(start..rest, &["WHERE"]).unwrap_or(rest);
        let mut items: Vec<Item> = Vec::new();
        let mut at = start + 1;
        let mut joined = Joined::Crossed;
        while at < filter {
            match tokens.word(at).as_str() {
                "INNER" if tokens.word(at + 1) == "JOIN" => (joined, at) = (Joined::Inner, at + 2),
                "CROSS" if tokens.word(at + 1) == "JOIN" => {
                    (joined, at) = (Joined::Crossed, at + 2);
                }
                "LEFT" if tokens.word(at + 1) == "JOIN" => (joined, at) = (Joined::Left, at + 2),
                "LEFT" if tokens.word(at + 1) == "OUTER" && tokens.word(at + 2) == "JOIN" => {
                    (joined, at) = (Joined::Left, at + 3);
                }
                "JOIN" => (joined, at) = (Joined::Inner, at + 1),
                "ON" => {
                    let end = end_of_on(tokens, at + 1, filter);
                    items.last_mut()?.on = tokens.conjuncts((at + 1, end));
                    at = end;
                }
                "RIGHT" | "FULL" | "NATURAL" | "USING" | "LATERAL" | "PIVOT" | "UNPIVOT" => {
                    return None;
                }
                "" if tokens.is(at, &Token::Comma) => (joined, at) = (Joined::Crossed, at + 1),
                _ => {
                    let (item, next) = item(tokens, at, filter, joined, columns_of)?;
                    items.push(item);
                    at = next;
                }
            }
        }
        // An outer join without a condition of its own is no join that can be moved.
        let bare = |item: &Item| item.joined == Joined::Left && item.on.is_empty();
        if items.iter().any(bare) {
            return None;
        }
        let filter = match filter < rest {
            true => tokens.conjuncts((filter + 1, rest)),
            false => Vec::new(),
        };
        Some(Self {
            items,
            filter,
            start,
            rest,
        })
    }
}

fn end_of_on(tokens: &Tokens<'_>, start: usize, end: usize) -> usize {
    let begins = |at: &usize| {
        let word = tokens.word(*at);
        let joins = match word.as_str() {
            "JOIN" | "INNER" | "CROSS" | "FULL" | "NATURAL" => true,
            // Both are functions as well.
            "LEFT" | "RIGHT" => !tokens.is(*at + 1, &Token::LParen),
            _ => tokens.is(*at, &Token::Comma),
        };
        tokens.depth(*at) == 0 && joins
    };
    (start..end).find(begins).unwrap_or(end)
}

/// A table or a query with its alias, and the token after it.
fn item(
    tokens: &Tokens<'_>,
    start: usize,
    end: usize,
    joined: Joined,
    columns_of: &dyn Fn(&TableName) -> Option<Vec<KnownColumn>>,
) -> Option<(Item, usize)> {
    let (table, mut at) = match tokens.is(start, &Token::LParen) {
        // Parentheses may hold a join.
        true if !tokens.is_nested(start + 1) => return None,
        true => (None, tokens.closing(start)? + 1),
        false => {
            let mut name = TableName::new(None, tokens.name(start)?);
            let mut at = start + 1;
            while at + 1 < end && tokens.is(at, &Token::Period) {
                name = TableName::new(Some(name.name), tokens.name(at + 1)?);
                at += 2;
            }
            (Some(name), at)
        }
    };
    // A function, a sample or an array that is unnested.
    if at < end && tokens.is(at, &Token::LParen) {
        return None;
    }
    if at < end && tokens.word(at) == "AS" {
        at += 1;
    }
    let keywords = [
        "JOIN",
        "INNER",
        "ON",
        "LEFT",
        "RIGHT",
        "FULL",
        "CROSS",
        "NATURAL",
        "USING",
        "PIVOT",
        "UNPIVOT",
        "TABLESAMPLE",
    ];
    let mut alias = table.as_ref().map(|table| table.name.clone());
    if at < end
        && let Some(given) = tokens.name(at)
        && !keywords.contains(&tokens.word(at).as_str())
    {
        alias = Some(given);
        at += 1;
    }
    // Columns named by the alias, or a keyword that is not read.
    if tokens.is(at, &Token::LParen) || tokens.is(at, &Token::Period) {
        return None;
    }
    let columns = table.as_ref().and_then(columns_of);
    let item = Item {
        table,
        alias: alias?,
        joined,
        tokens: (start, at),
        on: Vec::new(),
        columns,
    };
    Some((item, at))
}
