//! What other databases have and Redshift lacks: how it is written, and Redshift's way.

use sqlparser::ast as sp;
use sqlparser::tokenizer::Token;

mod definitions;
mod statements;

pub(super) use definitions::{IF_EXISTS, OF_ALTER, OF_COLUMN, OF_ELEMENT, OF_TABLE};
pub use statements::statement;

use super::ast::{Foreign, Refused};
use super::cursor::Cursor;
use super::grammar;

/// How it is written, in the notation of [`grammar`], and what it is.
type Habit = (&'static str, Foreign);

const fn of(what: &'static str, instead: &'static str) -> Foreign {
    Foreign { what, instead }
}

/// What a MERGE lacks, or has too much of: the reference takes WHEN MATCHED THEN UPDATE or DELETE
/// and then WHEN NOT MATCHED THEN INSERT, both and once each, or REMOVE DUPLICATES [MERGE].
const MERGE_ONLY_MATCHED: Foreign = of(
    "MERGE without WHEN NOT MATCHED THEN INSERT",
    "Use UPDATE … FROM or DELETE … USING.",
);
const MERGE_ONLY_NOT_MATCHED: Foreign = of(
    "MERGE without WHEN MATCHED THEN UPDATE or DELETE",
    "Use INSERT … SELECT … WHERE NOT EXISTS.",
);
const MERGE_BY_CASES: Foreign = of(
    "MERGE with a condition after WHEN MATCHED, with BY SOURCE or with one clause twice",
    "Use UPDATE, DELETE and INSERT in one transaction.",
);

/// What Redshift refuses of the clauses of a MERGE.
pub(super) fn of_merge(merge: &sp::Merge) -> Option<&'static Foreign> {
    let count = |kinds: &[sp::MergeClauseKind]| {
        let of_kind = merge
            .clauses
            .iter()
            .filter(|one| kinds.contains(&one.clause_kind));
        of_kind.count()
    };
    let matched = count(&[sp::MergeClauseKind::Matched]);
    let not_matched = count(&[
        sp::MergeClauseKind::NotMatched,
        sp::MergeClauseKind::NotMatchedByTarget,
    ]);
    let by_cases = merge.clauses.iter().any(|one| one.predicate.is_some())
        || matched + not_matched < merge.clauses.len();
    match (matched, not_matched) {
        // REMOVE DUPLICATES.
        (0, 0) if merge.clauses.is_empty() => None,
        _ if by_cases || matched > 1 || not_matched > 1 => Some(&MERGE_BY_CASES),
        (1, 0) => Some(&MERGE_ONLY_MATCHED),
        (0, 1) => Some(&MERGE_ONLY_NOT_MATCHED),
        _ => None,
    }
}

/// In queries and changes of rows, wherever the words stand outside of quotes.
const OF_QUERY: &[Habit] = &[
    (
        "ON CONFLICT",
        of(
            "ON CONFLICT",
            "Use MERGE, or DELETE the rows that come again and INSERT in one transaction.",
        ),
    ),
    (
        "ON DUPLICATE KEY UPDATE",
        of("ON DUPLICATE KEY", "Use MERGE."),
    ),
    (
        "RETURNING { name | literal | parentheses }",
        of(
            "RETURNING",
            "SELECT the rows by their key in the same transaction.",
        ),
    ),
    (
        "INSERT { IGNORE | OR REPLACE | OR IGNORE | OVERWRITE } [ INTO ]",
        of("INSERT that replaces or ignores rows", "Use MERGE."),
    ),
    (
        "DISTINCT ON (",
        of(
            "DISTINCT ON",
            "Use QUALIFY ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) = 1.",
        ),
    ),
    (
        "FOR { UPDATE | SHARE } [ OF name | NOWAIT | SKIP LOCKED ]",
        of(
            "locks of rows",
            "Use LOCK, which takes the whole table, or rely on serializable isolation.",
        ),
    ),
    (
        "TABLESAMPLE { name | parentheses }",
        of(
            "TABLESAMPLE",
            "Filter by a hash of the key, or by RANDOM().",
        ),
    ),
    (
        "{ CROSS | OUTER } APPLY",
        of(
            "APPLY",
            "Use a join with a window function; for SUPER, FROM t, t.items.",
        ),
    ),
];

/// Steps over a habit that comes next, and keeps it.
pub(super) fn eat(cursor: &mut Cursor<'_>, habits: &'static [Habit]) -> bool {
    let start = cursor.position();
    if cursor.word().is_none() {
        return false;
    }
    let next = habits.iter().find_map(|(notation, foreign)| {
        // Most begin with a word, and most often it is not the one that comes.
        let first = notation.split(' ').next().unwrap_or_default();
        let is_word = first.starts_with(|c: char| c.is_ascii_uppercase());
        if is_word && !cursor.is_at(0, first) {
            return None;
        }
        Some((foreign, grammar::longest(cursor, notation, start)?))
    });
    let Some((foreign, end)) = next else {
        return false;
    };
    let first = cursor.here();
    cursor.advance_to(end);
    let span = first.to(cursor.before());
    cursor.refused.push(Refused { foreign, span });
    true
}

/// Finds the habits of queries in what is left of a statement.
pub(super) fn in_query(cursor: &mut Cursor<'_>) {
    const FIRST: [&str; 8] = [
        "ON",
        "RETURNING",
        "INSERT",
        "DISTINCT",
        "FOR",
        "TABLESAMPLE",
        "CROSS",
        "OUTER",
    ];
    let selects = ["SELECT", "WITH"].iter().any(|word| cursor.is(word));
    let mut found = Vec::new();
    for at in cursor.position()..cursor.length() {
        if !FIRST.iter().any(|word| cursor.is_word(at, word)) {
            continue;
        }
        // A word after a point is a column.
        let is_part = at
            .checked_sub(1)
            .is_some_and(|before| cursor.token(before) == Some(&Token::Period));
        // RETURNING is told of changes alone, outside of their subqueries.
        if cursor.is_word(at, "RETURNING") && (selects || depth_at(cursor, at) > 0) {
            continue;
        }
        let habit = OF_QUERY.iter().find_map(|(notation, foreign)| {
            Some((foreign, grammar::longest(cursor, notation, at)?))
        });
        if let Some((foreign, end)) = habit.filter(|_| !is_part) {
            let span = cursor.span_of(at).to(cursor.span_of(end - 1));
            found.push(Refused { foreign, span });
        }
    }
    cursor.refused.extend(found);
}

/// How many parentheses are open before a position.
fn depth_at(cursor: &Cursor<'_>, at: usize) -> usize {
    (0..at).fold(0, |depth, before| match cursor.token(before) {
        Some(Token::LParen) => depth + 1,
        Some(Token::RParen) => depth.saturating_sub(1),
        _ => depth,
    })
}
