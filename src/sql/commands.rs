//! The statements that Redshift has, by their first words (SQL commands, Amazon Redshift Database
//! Developer Guide).

use super::grammar;
use super::near::near;

/// Statements with a grammar of their own; [`grammar`] has the others.
const READ: &[&str] = &[
    "ALTER MATERIALIZED VIEW",
    "ALTER TABLE",
    "COMMENT",
    "COPY",
    "CREATE EXTERNAL TABLE",
    "CREATE MATERIALIZED VIEW",
    "CREATE TABLE",
    "CREATE TEMPLATE",
    "CREATE VIEW",
    "DELETE",
    "DROP MATERIALIZED VIEW",
    "DROP TABLE",
    "DROP VIEW",
    "INSERT",
    "MERGE",
    "SELECT",
    "UNLOAD",
    "UPDATE",
    "VALUES",
    "WITH",
];

const VERBS: [&str; 3] = ["CREATE", "ALTER", "DROP"];

fn kinds() -> impl Iterator<Item = &'static str> {
    READ.iter().copied().chain(grammar::kinds())
}

/// Whether Redshift has a statement of this kind: the first words as [`super::kind`] tells them.
pub(super) fn is_command(kind: &str) -> bool {
    kinds().any(|known| known == kind)
}

/// Whether a text begins with the first word of a statement, or a typing error of one.
#[cfg(feature = "pipeline")]
pub(super) fn begins(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix("--") {
        rest = comment
            .split_once('\n')
            .map_or("", |(_, rest)| rest)
            .trim_start();
    }
    let (word, rest) = rest.split_at(
        rest.find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len()),
    );
    let word = word.to_ascii_uppercase();
    let first: Vec<&str> = kinds()
        .map(|known| known.split(' ').next().unwrap_or_default())
        .collect();
    first.contains(&word.as_str()) || (rest.trim().len() > 1 && near(&word, &first).is_some())
}

/// Whether a rule tells what Redshift has instead of such a statement.
pub(crate) fn is_told_by_a_rule(kind: &str) -> bool {
    matches!(kind, "CREATE INDEX" | "CREATE UNIQUE INDEX")
}

/// Why a statement is not read: what Redshift has instead of its first words.
pub(super) fn refusal(kind: &str) -> String {
    if kind.is_empty() {
        return "not understood: it begins with no word".to_owned();
    }
    if let Some((verb, object)) = kind.split_once(' ')
        && VERBS.contains(&verb)
    {
        let objects: Vec<&str> = kinds()
            .filter_map(|known| known.strip_prefix(verb)?.strip_prefix(' '))
            .collect();
        return match near(object, &objects) {
            Some(meant) => format!("not understood: Redshift has no {kind}; is it {verb} {meant}?"),
            None => format!("not understood: Redshift has no {kind}"),
        };
    }
    let first = |known: &'static str| known.split(' ').next().unwrap_or_default();
    let words: Vec<&str> = kinds().map(first).collect();
    match near(kind, &words) {
        Some(meant) if meant != kind => {
            format!("not understood: no statement begins with `{kind}`; is it {meant}?")
        }
        _ => format!("not understood: no statement begins with `{kind}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::kind;

    #[test]
    fn redshifts_statements_are_told_from_prose_and_other_databases() {
        for sql in [
            "grant select on t to bob",
            "VACUUM t",
            "create or replace procedure p() as $$ $$",
            "create rls policy p with (a int)",
            "alter default privileges in schema s grant select on tables to g",
            "create external function f() returns int",
            "begin",
            "call p()",
        ] {
            assert!(is_command(&kind(sql)), "{sql}");
        }
        for sql in [
            "creat table t (a int)",
            "create index i on t (a)",
            "create trigger x",
            "Hello world",
            "{\"a\": 1}",
            "GO",
            "drop sequence s",
        ] {
            assert!(!is_command(&kind(sql)), "{sql}");
        }
        assert_eq!(
            refusal(&kind("creat table t (a int)")),
            "not understood: no statement begins with `CREAT`; is it CREATE?"
        );
        assert_eq!(
            refusal(&kind("create index i on t (a)")),
            "not understood: Redshift has no CREATE INDEX"
        );
        assert_eq!(
            refusal(&kind("hello world")),
            "not understood: no statement begins with `HELLO`"
        );
    }
}
