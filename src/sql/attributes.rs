//! What follows the columns of `CREATE TABLE`: its distribution, its sort key, and clauses of others.

use sqlparser::tokenizer::Token;

use super::ast::*;
use super::cursor::{Cursor, Parsed};
use super::foreign;

/// What follows the columns of a table, in any order.
pub(super) fn attributes(cursor: &mut Cursor<'_>, table: &mut CreateTable) -> Parsed<()> {
    loop {
        if let Some(attribute) = attribute(cursor)? {
            table.attributes_end = cursor.before().end;
            table.attributes.push(attribute);
            continue;
        }
        let start = cursor.here();
        // Clauses of other databases, taken whole so that a rule can name them.
        let refused = [
            "PARTITION BY",
            "PARTITIONED BY",
            "CLUSTER BY",
            "INHERITS",
            "WITH (",
        ]
        .iter()
        .find(|words| match words.strip_suffix(" (") {
            Some(word) => cursor.is(word) && cursor.peek_nth(1) == Some(&Token::LParen),
            None => words
                .split(' ')
                .enumerate()
                .all(|(n, word)| cursor.is_at(n, word)),
        });
        let Some(words) = refused else {
            if cursor.eat("ON COMMIT PRESERVE ROWS")
                || foreign::eat(cursor, foreign::OF_TABLE)
                || (!table.columns.is_empty() && cursor.eat_token(&Token::Comma))
            {
                continue;
            }
            return Ok(());
        };
        while !cursor.is_done() && cursor.peek() != Some(&Token::LParen) {
            cursor.advance();
        }
        if cursor.peek() == Some(&Token::LParen) {
            cursor.skip_parentheses();
        }
        let words = words.trim_end_matches(" (").to_owned();
        table.refused.push((words, start.to(cursor.before())));
    }
}

/// One attribute, if one comes next.
pub(super) fn attribute(cursor: &mut Cursor<'_>) -> Parsed<Option<TableAttribute>> {
    let start = cursor.here();
    if cursor.eat("BACKUP") {
        let yes = cursor.eat("YES");
        if !yes {
            cursor.expect("NO")?;
        }
        return Ok(Some(TableAttribute::Backup(yes, start.to(cursor.before()))));
    }
    if cursor.eat("DISTSTYLE") {
        let style = dist_style(cursor)?;
        return Ok(Some(TableAttribute::DistStyle(
            style,
            start.to(cursor.before()),
        )));
    }
    if cursor.eat("DISTKEY") {
        let mut columns = cursor.key_list("the distribution key's column")?;
        let span = start.to(cursor.before());
        return match columns.len() {
            1 => Ok(Some(TableAttribute::DistKey(columns.remove(0), span))),
            _ => Err(super::SyntaxError::new(
                span,
                "a table has one DISTKEY column",
            )),
        };
    }
    if cursor.eat("ENCODE AUTO") {
        return Ok(Some(TableAttribute::EncodeAuto(start.to(cursor.before()))));
    }
    if let Some((word, columns)) = sort_key(cursor)? {
        return Ok(Some(TableAttribute::SortKey(
            word,
            columns,
            start.to(cursor.before()),
        )));
    }
    Ok(None)
}

pub(super) fn dist_style(cursor: &mut Cursor<'_>) -> Parsed<DistStyleWord> {
    let styles = [
        ("AUTO", DistStyleWord::Auto),
        ("EVEN", DistStyleWord::Even),
        ("ALL", DistStyleWord::All),
        ("KEY", DistStyleWord::Key),
    ];
    let found = styles.iter().find(|(word, _)| cursor.is(word));
    let Some((_, style)) = found else {
        return Err(cursor.expected("AUTO, EVEN, ALL or KEY"));
    };
    cursor.advance();
    Ok(*style)
}

/// A sort key, if one comes next.
pub(super) fn sort_key(cursor: &mut Cursor<'_>) -> Parsed<Option<(SortKeyWord, Vec<Named>)>> {
    let interleaved = cursor.eat("INTERLEAVED");
    let compound = !interleaved && cursor.eat("COMPOUND");
    if !cursor.is("SORTKEY") {
        return match interleaved || compound {
            true => Err(cursor.expected("SORTKEY")),
            false => Ok(None),
        };
    }
    cursor.advance();
    if cursor.eat("AUTO") {
        return Ok(Some((SortKeyWord::Auto, Vec::new())));
    }
    if cursor.eat("NONE") {
        return Ok(Some((SortKeyWord::None, Vec::new())));
    }
    let columns = cursor.key_list("a sort key column")?;
    let word = match interleaved {
        true => SortKeyWord::Interleaved,
        false => SortKeyWord::Compound,
    };
    Ok(Some((word, columns)))
}
