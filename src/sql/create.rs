//! `CREATE TABLE`, `CREATE TABLE AS`, `CREATE [MATERIALIZED] VIEW`.

use sqlparser::tokenizer::Token;

use super::ast::*;
use super::attributes::{attribute, attributes};
use super::cursor::{Cursor, Parsed};
use super::positions::{name_positions, positions};
use super::{Note, foreign, query, types};
use crate::text::Span;

pub(super) fn parse(cursor: &mut Cursor<'_>, notes: &mut Vec<Note>) -> Parsed<Body> {
    cursor.expect("CREATE")?;
    cursor.eat("OR REPLACE");
    let temporary = [
        "LOCAL TEMPORARY",
        "LOCAL TEMP",
        "GLOBAL TEMPORARY",
        "TEMPORARY",
        "TEMP",
    ]
    .iter()
    .any(|words| cursor.eat(words));
    if cursor.eat("MATERIALIZED VIEW") {
        return view(cursor, notes, true);
    }
    if cursor.eat("RECURSIVE VIEW") || cursor.eat("VIEW") {
        return view(cursor, notes, false);
    }
    cursor.expect("TABLE")?;
    table(cursor, notes, temporary)
}

fn table(cursor: &mut Cursor<'_>, notes: &mut Vec<Note>, temporary: bool) -> Parsed<Body> {
    let if_not_exists = cursor.eat("IF NOT EXISTS");
    let name = cursor.name("a table name")?;
    let mut table = CreateTable {
        temporary: temporary || name.table.name.starts_with('#'),
        if_not_exists,
        columns: Vec::new(),
        column_names: Vec::new(),
        like: Vec::new(),
        constraints: Vec::new(),
        constraint_names: Vec::new(),
        attributes: Vec::new(),
        attributes_end: name.span.end,
        refused: Vec::new(),
        query: None,
        name,
    };
    if cursor.peek() == Some(&Token::LParen) && !is_query(cursor, 1) {
        match is_name_list(cursor) {
            true => table.column_names = cursor.name_list("a column name")?,
            false => elements(cursor, &mut table)?,
        }
    } else if cursor.eat("LIKE") {
        table.like.push(cursor.name("a table name")?);
    }
    table.attributes_end = cursor.before().end;
    attributes(cursor, &mut table)?;
    if cursor.eat("AS") || is_query(cursor, 0) {
        let query = query::inner(cursor, notes)?;
        name_positions(cursor, &mut table.attributes, &table.column_names, &query);
        table.query = Some(query);
    } else if let Some((_, span)) = positions(cursor, &mut table.attributes).first() {
        const BY_NAME: &str =
            "a key names its columns; positions are for CREATE TABLE AS and materialized views";
        return Err(super::SyntaxError::new(*span, BY_NAME));
    } else if table.columns.is_empty() && table.like.is_empty() {
        let what = match table.column_names.is_empty() {
            true => "`(` with columns or `AS` with a query",
            false => "`AS` with a query (the columns have no types)",
        };
        return Err(cursor.missing_list(what));
    }
    match cursor.is_done() {
        true => Ok(Body::CreateTable(Box::new(table))),
        false => Err(cursor.expected("a table attribute or the end of the statement")),
    }
}

fn is_query(cursor: &Cursor<'_>, at: usize) -> bool {
    let mut at = at;
    while cursor.peek_nth(at) == Some(&Token::LParen) {
        at += 1;
    }
    cursor.is_at(at, "SELECT") || cursor.is_at(at, "WITH")
}

/// `(a, b)` before the query of `CREATE TABLE AS`: names without types, and
/// what follows can only be attributes and a query.
fn is_name_list(cursor: &Cursor<'_>) -> bool {
    let mut at = 1;
    loop {
        if !matches!(cursor.peek_nth(at), Some(Token::Word(_))) {
            return false;
        }
        match cursor.peek_nth(at + 1) {
            Some(Token::Comma) => at += 2,
            Some(Token::RParen) => break,
            _ => return false,
        }
    }
    let mut after = at + 2;
    while let Some(token) = cursor.peek_nth(after) {
        if cursor.is_at(after, "AS") || cursor.is_at(after, "SELECT") {
            return true;
        }
        if matches!(token, Token::SemiColon) {
            return false;
        }
        after += 1;
    }
    false
}

/// `(columns and constraints)`.
fn elements(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Parsed<()> {
    cursor.expect_token(&Token::LParen)?;
    loop {
        element(cursor, table)?;
        if cursor.eat_token(&Token::Comma) {
            // Redshift refuses a trailing comma.
            if cursor.peek() == Some(&Token::RParen) {
                return Err(cursor.expected("a column after `,`"));
            }
            continue;
        }
        if cursor.eat_token(&Token::RParen) {
            table.columns.shrink_to_fit();
            table.constraints.shrink_to_fit();
            table.constraint_names.shrink_to_fit();
            return Ok(());
        }
        return Err(cursor.missing_in_list());
    }
}

fn element(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Parsed<()> {
    if cursor.eat("LIKE") {
        table.like.push(cursor.name("a table name")?);
        while cursor.eat("INCLUDING") || cursor.eat("EXCLUDING") {
            cursor.expect("DEFAULTS")?;
        }
        return Ok(());
    }
    // `key int` is a column.
    let is_element = (1..=3).any(|n| cursor.peek_nth(n) == Some(&Token::LParen))
        || cursor.is("CONSTRAINT")
        || cursor.is("EXCLUDE");
    if is_element && !has_type(cursor) && foreign::eat(cursor, foreign::OF_ELEMENT) {
        return Ok(());
    }
    if let Some((constraint, name)) = constraint(cursor)? {
        while foreign::eat(cursor, foreign::OF_COLUMN) {}
        table.constraints.push(constraint);
        table.constraint_names.push(name);
        return Ok(());
    }
    table.columns.push(column(cursor)?);
    Ok(())
}

/// Whether the second word is a type, so that the first one names a column: `key varchar(10)`.
fn has_type(cursor: &Cursor<'_>) -> bool {
    cursor.word_at(1).is_some_and(|word| types::is_type(&word))
}

/// A table constraint and its name, if one comes next.
pub(super) fn constraint(
    cursor: &mut Cursor<'_>,
) -> Parsed<Option<(TableConstraint, Option<Named>)>> {
    let start = cursor.here();
    let named = cursor.is("CONSTRAINT") && !matches!(cursor.peek_nth(1), Some(Token::Comma));
    let mut name = None;
    if named {
        cursor.advance();
        name = Some(cursor.ident("a constraint name")?);
    }
    let found = unnamed_constraint(cursor, start)?;
    match (found, named) {
        (Some(constraint), _) => Ok(Some((constraint, name))),
        (None, true) => Err(cursor.expected("PRIMARY KEY, UNIQUE or FOREIGN KEY")),
        (None, false) => Ok(None),
    }
}

fn unnamed_constraint(cursor: &mut Cursor<'_>, start: Span) -> Parsed<Option<TableConstraint>> {
    if cursor.eat("PRIMARY KEY") {
        let columns = cursor.name_list("a key column")?;
        return Ok(Some(TableConstraint::PrimaryKey(
            columns,
            start.to(cursor.before()),
        )));
    }
    if cursor.is("UNIQUE") && cursor.peek_nth(1) == Some(&Token::LParen) {
        cursor.advance();
        let columns = cursor.name_list("a key column")?;
        return Ok(Some(TableConstraint::Unique(
            columns,
            start.to(cursor.before()),
        )));
    }
    if cursor.eat("FOREIGN KEY") {
        let columns = cursor.name_list("a key column")?;
        cursor.expect("REFERENCES")?;
        let table = cursor.name("a table name")?;
        let referred = match cursor.peek() == Some(&Token::LParen) {
            true => cursor.name_list("a column name")?,
            false => Vec::new(),
        };
        return Ok(Some(TableConstraint::ForeignKey {
            columns,
            table,
            referred,
            span: start.to(cursor.before()),
        }));
    }
    if cursor.is("CHECK") && cursor.peek_nth(1) == Some(&Token::LParen) {
        cursor.advance();
        cursor.skip_parentheses();
        return Ok(Some(TableConstraint::Check(start.to(cursor.before()))));
    }
    Ok(None)
}

/// A column with its type and attributes.
pub(super) fn column(cursor: &mut Cursor<'_>) -> Parsed<ColumnDef> {
    let name = cursor.ident("a column name")?;
    let (data_type, type_span) = types::data_type(cursor, &name.0)?;
    let mut attributes = Vec::new();
    loop {
        if let Some(attribute) = column_attribute(cursor)? {
            attributes.push(attribute);
        } else if !foreign::eat(cursor, foreign::OF_COLUMN) {
            break;
        }
    }
    // A table has many columns with few attributes each.
    attributes.shrink_to_fit();
    Ok(ColumnDef {
        span: name.1.to(cursor.before()),
        name,
        data_type,
        type_span,
        attributes,
    })
}

/// How text is compared [CREATE TABLE].
const COLLATIONS: &[&str] = &["CASE_SENSITIVE", "CS", "CASE_INSENSITIVE", "CI"];

fn column_attribute(cursor: &mut Cursor<'_>) -> Parsed<Option<ColumnAttribute>> {
    let start = cursor.here();
    let span = |cursor: &Cursor<'_>| start.to(cursor.before());
    let attribute = if cursor.eat("NOT NULL") {
        ColumnAttribute::NotNull(span(cursor))
    } else if cursor.eat("NULL") {
        ColumnAttribute::Null(span(cursor))
    } else if cursor.eat("PRIMARY KEY") {
        ColumnAttribute::PrimaryKey(span(cursor))
    } else if cursor.eat("UNIQUE") {
        ColumnAttribute::Unique(span(cursor))
    } else if cursor.eat("DISTKEY") {
        ColumnAttribute::DistKey(span(cursor))
    } else if cursor.eat("SORTKEY") {
        ColumnAttribute::SortKey(span(cursor))
    } else if cursor.eat("ENCODE") {
        let (word, _) = cursor.setting("an encoding")?;
        let encoding = types::encoding(&word);
        ColumnAttribute::Encode(word, encoding, span(cursor))
    } else if cursor.eat("COLLATE") {
        cursor.one_of(COLLATIONS, "a collation")?;
        ColumnAttribute::Collate(span(cursor))
    } else if cursor.eat("DEFAULT") {
        let value = default_value(cursor)?;
        ColumnAttribute::Default(cursor.text(value).to_owned(), span(cursor))
    } else if cursor.eat("GENERATED BY DEFAULT AS IDENTITY")
        || cursor.eat("GENERATED ALWAYS AS IDENTITY")
        || cursor.eat("IDENTITY")
    {
        if cursor.peek() == Some(&Token::LParen) {
            cursor.skip_parentheses();
        }
        ColumnAttribute::Identity(span(cursor))
    } else if cursor.eat("REFERENCES") {
        let table = cursor.name("a table name")?;
        let column = match cursor.peek() == Some(&Token::LParen) {
            true => cursor
                .name_list("a column name")?
                .pop()
                .map(|(name, _)| name),
            false => None,
        };
        ColumnAttribute::References(Box::new((table, column)), span(cursor))
    } else if cursor.is("CHECK") && cursor.peek_nth(1) == Some(&Token::LParen) {
        cursor.advance();
        cursor.skip_parentheses();
        ColumnAttribute::Check(span(cursor))
    } else if cursor.is("CONSTRAINT") {
        cursor.advance();
        ColumnAttribute::Constraint(cursor.ident("a constraint name")?)
    } else {
        return Ok(None);
    };
    Ok(Some(attribute))
}

/// A default's value: up to a comma, a closing parenthesis or the next attribute.
fn default_value(cursor: &mut Cursor<'_>) -> Parsed<Span> {
    const NEXT: [&str; 11] = [
        "NOT",
        "NULL",
        "ENCODE",
        "DISTKEY",
        "SORTKEY",
        "PRIMARY",
        "UNIQUE",
        "REFERENCES",
        "COLLATE",
        "IDENTITY",
        "GENERATED",
    ];
    let start = cursor.here();
    if matches!(cursor.peek(), None | Some(Token::Comma | Token::RParen)) {
        return Err(cursor.missing("the default's value"));
    }
    loop {
        match cursor.peek() {
            Some(Token::LParen) => cursor.skip_parentheses(),
            _ => cursor.advance(),
        }
        let ends = matches!(cursor.peek(), None | Some(Token::Comma | Token::RParen))
            || NEXT.iter().any(|word| cursor.is(word));
        if ends || is_after_value(cursor) {
            return Ok(start.to(cursor.before()));
        }
    }
}

/// Whether a value has ended before the next word, which goes on with no expression.
fn is_after_value(cursor: &Cursor<'_>) -> bool {
    const GO_ON: [&str; 18] = [
        "AND",
        "AT",
        "BETWEEN",
        "DAY",
        "HOUR",
        "IN",
        "IS",
        "LIKE",
        "MINUTE",
        "MONTH",
        "OR",
        "PRECISION",
        "SECOND",
        "TO",
        "VARYING",
        "WITH",
        "WITHOUT",
        "YEAR",
    ];
    let before = cursor.position().checked_sub(1);
    let value = matches!(
        before.and_then(|at| cursor.token(at)),
        Some(Token::SingleQuotedString(_) | Token::Number(..) | Token::RParen)
    );
    let word = cursor.word();
    value && word.is_some_and(|word| !GO_ON.contains(&word.as_str()))
}

fn view(cursor: &mut Cursor<'_>, notes: &mut Vec<Note>, materialized: bool) -> Parsed<Body> {
    cursor.eat("IF NOT EXISTS");
    let name = cursor.name("a view name")?;
    let column_names = match cursor.peek() == Some(&Token::LParen) && !is_query(cursor, 1) {
        true => cursor.name_list("a column name")?,
        false => Vec::new(),
    };
    let mut attributes = Vec::new();
    let mut auto_refresh = None;
    loop {
        if cursor.eat("AUTO REFRESH") {
            let yes = cursor.eat("YES");
            if !yes {
                cursor.expect("NO")?;
            }
            auto_refresh = Some(yes);
        } else if let Some(attribute) = attribute(cursor)? {
            attributes.push(attribute);
        } else {
            break;
        }
    }
    cursor.expect("AS")?;
    let late_binding = cursor.drop_tail("WITH NO SCHEMA BINDING");
    let query = query::inner(cursor, notes)?;
    name_positions(cursor, &mut attributes, &column_names, &query);
    Ok(Body::CreateView(Box::new(CreateView {
        name,
        materialized,
        column_names,
        attributes,
        auto_refresh,
        late_binding,
        query,
    })))
}
