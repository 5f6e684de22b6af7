//! The statements that Redshift has, by their first words (SQL commands, Amazon Redshift Database
//! Developer Guide).

use similar::get_close_matches;

/// Commands that one word names.
const ALONE: &[&str] = &[
    "ABORT",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "CANCEL",
    "CLOSE",
    "COMMENT",
    "COMMIT",
    "COPY",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DESC",
    "END",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT",
    "INSERT",
    "LOCK",
    "MERGE",
    "PREPARE",
    "REFRESH",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SELECT",
    "SET",
    "SHOW",
    "START",
    "TRUNCATE",
    "UNLOAD",
    "UPDATE",
    "USE",
    "VACUUM",
    "VALUES",
    "WITH",
    "ATTACH",
    "DETACH",
];

/// What can be created, altered or dropped.
const OBJECTS: &[&str] = &[
    "DATABASE",
    "DATASHARE",
    "DEFAULT PRIVILEGES",
    "EXTERNAL FUNCTION",
    "EXTERNAL MODEL",
    "EXTERNAL SCHEMA",
    "EXTERNAL TABLE",
    "EXTERNAL VIEW",
    "FUNCTION",
    "GROUP",
    "IDENTITY",
    "LIBRARY",
    "MASKING",
    "MATERIALIZED VIEW",
    "MODEL",
    "PROCEDURE",
    "RLS",
    "ROLE",
    "SCHEMA",
    "SYSTEM",
    "TABLE",
    "TEMPLATE",
    "USER",
    "VIEW",
];

const VERBS: [&str; 3] = ["CREATE", "ALTER", "DROP"];

/// Whether Redshift has a statement of this kind: the first words as [`super::kind`] tells them.
pub(super) fn is_command(kind: &str) -> bool {
    match kind.split_once(' ') {
        None => ALONE.contains(&kind),
        Some((verb, object)) => VERBS.contains(&verb) && OBJECTS.contains(&object),
    }
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
    let verb = kind.split_once(' ').map_or(kind, |(verb, _)| verb);
    if VERBS.contains(&verb) {
        return format!("not understood: Redshift has no {kind}");
    }
    let words: Vec<&str> = ALONE.iter().chain(&VERBS).copied().collect();
    // Nearer than that, a word is another one.
    let near = get_close_matches(kind, &words, 1, 0.75);
    match near.first() {
        Some(meant) => format!("not understood: no statement begins with `{kind}`; is it {meant}?"),
        None => format!("not understood: no statement begins with `{kind}`"),
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
