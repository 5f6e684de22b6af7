//! `ALTER TABLE` and `ALTER MATERIALIZED VIEW`.

use sqlparser::tokenizer::Token;

use super::ast::*;
use super::cursor::{Cursor, Parsed};
use super::grammar::{self, Verdict};
use super::{attributes, create, external, foreign, types};

pub(super) fn parse(cursor: &mut Cursor<'_>) -> Parsed<Body> {
    cursor.expect("ALTER")?;
    if !cursor.eat("TABLE") {
        cursor.expect("MATERIALIZED VIEW")?;
    }
    cursor.eat("IF EXISTS");
    // PostgreSQL's dumps say ONLY, which is no name before another one.
    if matches!(cursor.peek_nth(1), Some(Token::Word(_))) && cursor.is_at(0, "ONLY") {
        cursor.advance();
    }
    let name = cursor.name("a table name")?;
    let mut actions = Vec::new();
    loop {
        let start = cursor.here();
        let action = action(cursor)?;
        actions.push((action, start.to(cursor.before())));
        if cursor.is_done() {
            return Ok(Body::AlterTable(AlterTable { name, actions }));
        }
        if !cursor.eat_token(&Token::Comma) {
            return Err(cursor.missing("`,` or the end of the statement"));
        }
    }
}

fn action(cursor: &mut Cursor<'_>) -> Parsed<AlterAction> {
    let start = cursor.here();
    if foreign::eat(cursor, foreign::OF_ALTER) {
        cursor.skip_action();
        return Ok(AlterAction::Setting(start.to(cursor.before())));
    }
    if cursor.eat("ADD") {
        return add(cursor);
    }
    if cursor.eat("DROP") {
        return drop(cursor);
    }
    if cursor.eat("RENAME TO") {
        let name = cursor.name("a table name")?;
        return Ok(AlterAction::RenameTo((name.table.name, name.span)));
    }
    if cursor.eat("RENAME") {
        cursor.eat("COLUMN");
        let from = cursor.ident("a column name")?;
        cursor.expect("TO")?;
        return Ok(AlterAction::RenameColumn(
            from,
            cursor.ident("a column name")?,
        ));
    }
    if cursor.eat("OWNER TO") {
        return Ok(AlterAction::OwnerTo(cursor.ident("a user name")?));
    }
    if cursor.eat("APPEND FROM") {
        let source = cursor.name("a table name")?;
        let mut words = AppendWords::default();
        loop {
            if cursor.eat("IGNOREEXTRA") {
                words.ignore_extra = true;
            } else if cursor.eat("FILLTARGET") {
                words.fill_target = true;
            } else {
                return Ok(AlterAction::Append(source, words));
            }
        }
    }
    if cursor.eat("ROW LEVEL SECURITY") {
        if !cursor.eat("ON") {
            cursor.expect("OFF")?;
        }
        if cursor.eat("CONJUNCTION TYPE") && !cursor.eat("AND") {
            cursor.expect("OR")?;
        }
        cursor.eat("FOR DATASHARES");
        return Ok(AlterAction::RowLevelSecurity(start.to(cursor.before())));
    }
    if cursor.eat("SET TABLE PROPERTIES") {
        let properties = external::properties(cursor)?;
        return Ok(AlterAction::Properties(
            properties,
            start.to(cursor.before()),
        ));
    }
    if cursor.is("SET") || cursor.is("PARTITION") {
        rest(cursor, LOCATION)?;
        return Ok(AlterAction::External(start.to(cursor.before())));
    }
    if cursor.is("MASKING") || cursor.is("AUTO") {
        rest(cursor, SETTING)?;
        return Ok(AlterAction::Setting(start.to(cursor.before())));
    }
    if cursor.eat("ALTER") {
        return alter(cursor, start);
    }
    const ACTIONS: &str = "ADD, ALTER, APPEND, DROP, OWNER, RENAME, ROW LEVEL SECURITY or SET";
    Err(cursor.expected(ACTIONS))
}

/// Where the files of an external table, or of one of its partitions, are and what they hold.
const LOCATION: &str =
    "[ PARTITION parentheses ] SET { LOCATION string | FILE FORMAT file_format }";
/// Partitions that come and go.
const ADDED: &str = "[ IF NOT EXISTS ] { PARTITION parentheses [ LOCATION string ] } ...";
const DROPPED: &str = "[ IF EXISTS ] { PARTITION parentheses } ,...";
/// What a table or view is told without weight for the design.
const SETTING: &str = "MASKING { ON | OFF } [ FOR DATASHARES ] | AUTO REFRESH { YES | NO }";

/// An action that takes up the rest of the statement.
fn rest(cursor: &mut Cursor<'_>, notation: &'static str) -> Parsed<()> {
    match grammar::check_rest(cursor, notation) {
        Verdict::Misspelt(error) | Verdict::Differs(error) => Err(error),
        Verdict::Matches(_) => {
            cursor.skip_rest();
            Ok(())
        }
    }
}

fn add(cursor: &mut Cursor<'_>) -> Parsed<AlterAction> {
    let start = cursor.before();
    let may_stand = cursor.is("IF") && cursor.is_word(cursor.position() + 3, "PARTITION");
    if cursor.is("PARTITION") || may_stand {
        rest(cursor, ADDED)?;
        return Ok(AlterAction::External(start.to(cursor.before())));
    }
    if let Some((constraint, name)) = create::constraint(cursor)? {
        return Ok(AlterAction::AddConstraint(constraint, name));
    }
    cursor.eat("COLUMN");
    foreign::eat(cursor, foreign::IF_EXISTS);
    Ok(AlterAction::AddColumn(create::column(cursor)?))
}

fn drop(cursor: &mut Cursor<'_>) -> Parsed<AlterAction> {
    let start = cursor.before();
    if cursor.eat("CONSTRAINT") {
        let name = cursor.ident("a constraint name")?;
        let _ = cursor.eat("CASCADE") || cursor.eat("RESTRICT");
        return Ok(AlterAction::DropConstraint(name));
    }
    if cursor.is("PARTITION") {
        rest(cursor, DROPPED)?;
        return Ok(AlterAction::External(start.to(cursor.before())));
    }
    cursor.eat("COLUMN");
    foreign::eat(cursor, foreign::IF_EXISTS);
    let name = cursor.ident("a column name")?;
    let _ = cursor.eat("CASCADE") || cursor.eat("RESTRICT");
    Ok(AlterAction::DropColumn(name))
}

fn alter(cursor: &mut Cursor<'_>, start: crate::text::Span) -> Parsed<AlterAction> {
    if cursor.eat("DISTKEY") {
        let key = dist_key(cursor)?;
        return Ok(AlterAction::DistKey(key, start.to(cursor.before())));
    }
    if cursor.eat("DISTSTYLE") {
        let style = attributes::dist_style(cursor)?;
        if style == DistStyleWord::Key {
            cursor.expect("DISTKEY")?;
            let key = dist_key(cursor)?;
            return Ok(AlterAction::DistKey(key, start.to(cursor.before())));
        }
        return Ok(AlterAction::DistStyle(style, start.to(cursor.before())));
    }
    if cursor.eat("ENCODE AUTO") {
        return Ok(AlterAction::EncodeAuto(start.to(cursor.before())));
    }
    if let Some((word, columns)) = attributes::sort_key(cursor)? {
        return Ok(AlterAction::SortKey(
            word,
            columns,
            start.to(cursor.before()),
        ));
    }
    cursor.eat("COLUMN");
    let column = cursor.ident("a column name")?;
    if cursor.eat("ENCODE") {
        let (word, _) = cursor.one_of(types::ENCODINGS, "an encoding")?;
        let encoding = types::encoding(&word);
        return Ok(AlterAction::ColumnEncode(
            column,
            word.as_str().to_owned(),
            encoding,
            start.to(cursor.before()),
        ));
    }
    if cursor.eat("TYPE") {
        let (data_type, _) = types::data_type(cursor, &column.0)?;
        return Ok(AlterAction::ColumnType(
            column,
            data_type,
            start.to(cursor.before()),
        ));
    }
    Err(cursor.expected("ENCODE or TYPE"))
}

/// `c` or `(c)`.
fn dist_key(cursor: &mut Cursor<'_>) -> Parsed<Named> {
    let parenthesized = cursor.eat_token(&Token::LParen);
    let column = cursor.ident("the distribution key's column")?;
    if parenthesized {
        cursor.expect_token(&Token::RParen)?;
    }
    Ok(column)
}
