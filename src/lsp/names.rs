//! What the name under the cursor means.

use super::lexer::{Kind, Token, statement, tokens};
use crate::name::{Ident, TableName};
use crate::schema::{Column, Schema, Table};

/// What a name means.
pub(super) enum Meant<'s> {
    Table(&'s Table),
    Column(&'s Table, &'s Column),
}

/// A name with what stands before its dots, and where the last part stands.
struct Dotted<'t> {
    parts: Vec<&'t str>,
    start: usize,
    end: usize,
}

fn ident(part: &str) -> Ident {
    match part.strip_prefix('"') {
        Some(rest) => Ident::folded(rest.trim_end_matches('"')),
        None => Ident::folded(part),
    }
}

fn table_name(parts: &[&str]) -> Option<TableName> {
    match parts {
        [name] => Some(TableName::new(None, ident(name))),
        [.., schema, name] => Some(TableName::new(Some(ident(schema)), ident(name))),
        [] => None,
    }
}

/// The dotted name that begins at a token, and how many tokens it takes.
fn dotted<'t>(text: &'t str, all: &[Token]) -> (Vec<&'t str>, usize) {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(token) = all.get(at).filter(|token| token.is_name()) {
        parts.push(token.text(text));
        at += 1;
        match all.get(at) {
            Some(dot) if dot.is_mark('.') => at += 1,
            _ => break,
        }
    }
    (parts, at)
}

/// The name at an offset, up to the part that the offset stands in.
fn at<'t>(text: &'t str, own: &[Token], offset: usize) -> Option<Dotted<'t>> {
    let here = own
        .iter()
        .position(|token| token.is_name() && token.start <= offset && offset <= token.end)?;
    let mut first = here;
    while first >= 2 && own[first - 1].is_mark('.') && own[first - 2].is_name() {
        first -= 2;
    }
    let parts = own[first..=here].iter().filter(|token| token.is_name());
    Some(Dotted {
        parts: parts.map(|token| token.text(text)).collect(),
        start: own[here].start,
        end: own[here].end,
    })
}

/// Words behind which a table is named.
const BEFORE_TABLES: [&str; 9] = [
    "from",
    "join",
    "into",
    "update",
    "using",
    "table",
    "references",
    "copy",
    "on",
];

/// The tables that a statement names, each with the name that stands for it.
pub(super) fn tables<'s>(
    text: &str,
    own: &[Token],
    schema: &'s Schema,
) -> Vec<(Option<Ident>, &'s Table)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut in_from = false;
    while at < own.len() {
        let token = own[at];
        let opens =
            token.kind == Kind::Word && BEFORE_TABLES.iter().any(|word| token.is_word(text, word));
        let closes = [
            "where", "select", "group", "order", "set", "having", "limit",
        ];
        in_from = match token.kind {
            Kind::Word if token.is_word(text, "from") => true,
            Kind::Word if closes.iter().any(|word| token.is_word(text, word)) => false,
            _ => in_from,
        };
        at += 1;
        if !(opens || in_from && token.is_mark(',')) {
            continue;
        }
        // `CREATE TABLE IF NOT EXISTS t`.
        while own.get(at).is_some_and(|token| {
            ["if", "not", "exists", "only"]
                .iter()
                .any(|word| token.is_word(text, word))
        }) {
            at += 1;
        }
        let (parts, length) = dotted(text, own.get(at..).unwrap_or_default());
        let table = table_name(&parts).and_then(|name| schema.resolve(&name));
        let Some(table) = table else { continue };
        at += length;
        if own.get(at).is_some_and(|token| token.is_word(text, "as")) {
            at += 1;
        }
        let alias = own.get(at).filter(|token| token.is_name());
        found.push((alias.map(|token| ident(token.text(text))), table));
    }
    found
}

/// What the name at an offset means, and where it stands.
pub(super) fn meant<'s>(
    text: &str,
    offset: usize,
    schema: &'s Schema,
) -> Option<(Meant<'s>, usize, usize)> {
    let own = statement(&tokens(text), offset);
    let name = at(text, &own, offset)?;
    let place = |meant| Some((meant, name.start, name.end));
    let around = tables(text, &own, schema);
    let (last, before) = name.parts.split_last()?;
    let column = ident(last);
    // `alias.column` and `table.column` before `schema.table`.
    if !before.is_empty() {
        let alias = ident(before.last()?);
        let aliased = (before.len() == 1)
            .then(|| {
                around
                    .iter()
                    .find(|(name, _)| name.as_ref() == Some(&alias))
            })
            .flatten()
            .map(|(_, table)| *table);
        let table = aliased.or_else(|| schema.resolve(&table_name(before)?));
        if let Some((table, column)) = table.and_then(|t| Some((t, t.column(column.as_str())?))) {
            return place(Meant::Column(table, column));
        }
    }
    if let Some(table) = table_name(&name.parts).and_then(|name| schema.resolve(&name)) {
        return place(Meant::Table(table));
    }
    if !before.is_empty() {
        return None;
    }
    if let Some((_, table)) = around
        .iter()
        .find(|(alias, _)| alias.as_ref() == Some(&column))
    {
        return place(Meant::Table(table));
    }
    let mut with = around
        .iter()
        .filter_map(|(_, table)| Some((*table, table.column(column.as_str())?)));
    let (table, found) = with.next()?;
    // Of two tables that have it, neither is meant for certain.
    let is_sure = with.all(|(other, _)| other.name == table.name);
    is_sure.then_some(())?;
    place(Meant::Column(table, found))
}
