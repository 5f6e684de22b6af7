//! Statements that Redshift lacks.

use super::{Foreign, of};

/// Statements by their first words: what they would make, and Redshift's way.
const STATEMENTS: &[(&str, Foreign)] = &[
    (
        "INDEX",
        of("indexes", "Sort keys and zone maps take their place."),
    ),
    (
        "UNIQUE INDEX",
        of("indexes", "Sort keys and zone maps take their place."),
    ),
    (
        "CLUSTERED",
        of("indexes", "Sort keys and zone maps take their place."),
    ),
    (
        "NONCLUSTERED",
        of("indexes", "Sort keys and zone maps take their place."),
    ),
    (
        "SEQUENCE",
        of("sequences", "Use an IDENTITY column: unique, with gaps."),
    ),
    (
        "TRIGGER",
        of(
            "triggers",
            "Do it in the load, or in a stored procedure that is called.",
        ),
    ),
    (
        "CONSTRAINT",
        of(
            "triggers",
            "Do it in the load, or in a stored procedure that is called.",
        ),
    ),
    (
        "EVENT",
        of("events", "Use the query scheduler, EventBridge or Airflow."),
    ),
    (
        "TYPE",
        of(
            "types of one's own",
            "Use the type itself, or SUPER for what is nested.",
        ),
    ),
    (
        "DOMAIN",
        of(
            "domains",
            "Use the type itself; checks are made before the load.",
        ),
    ),
    (
        "EXTENSION",
        of(
            "extensions",
            "Use a SQL function, or an external function in Lambda.",
        ),
    ),
    (
        "AGGREGATE",
        of(
            "aggregates of one's own",
            "Use LISTAGG and the built-in aggregates.",
        ),
    ),
    ("OPERATOR", of("operators of one's own", "Use a function.")),
    ("CAST", of("casts of one's own", "Use a function.")),
    ("RULE", of("rules", "Use a view, or a stored procedure.")),
    (
        "TABLESPACE",
        of("tablespaces", "Leave it out: storage is managed."),
    ),
    (
        "SERVER",
        of(
            "foreign servers",
            "Use CREATE EXTERNAL SCHEMA … FROM POSTGRES or MYSQL.",
        ),
    ),
    (
        "FOREIGN",
        of(
            "foreign tables",
            "Use CREATE EXTERNAL SCHEMA … FROM POSTGRES or MYSQL.",
        ),
    ),
    ("PUBLICATION", of("publications", "Use a datashare.")),
    (
        "SUBSCRIPTION",
        of("subscriptions", "Use a zero-ETL integration."),
    ),
    (
        "SYNONYM",
        of("synonyms", "Use a view WITH NO SCHEMA BINDING."),
    ),
    (
        "PACKAGE",
        of("packages", "Use a schema with procedures and functions."),
    ),
    (
        "UNLOGGED",
        of("unlogged tables", "Use CREATE TEMP TABLE, or BACKUP NO."),
    ),
    (
        "TRANSIENT",
        of("transient tables", "Use CREATE TEMP TABLE, or BACKUP NO."),
    ),
    ("STAGE", of("stages", "COPY reads from Amazon S3 itself.")),
    (
        "STREAM",
        of(
            "streams",
            "Use a materialized view, which is refreshed by what changed.",
        ),
    ),
    (
        "TASK",
        of("tasks", "Use the query scheduler, EventBridge or Airflow."),
    ),
    ("PIPE", of("pipes", "Use COPY … JOB CREATE.")),
    (
        "WAREHOUSE",
        of(
            "warehouses as objects of SQL",
            "Use workgroups or clusters, by the console or the API.",
        ),
    ),
];

/// Statements whose first word is of no statement of Redshift.
const WORDS: &[(&str, Foreign)] = &[
    ("REPLACE", of("REPLACE INTO", "Use MERGE.")),
    ("UPSERT", of("UPSERT", "Use MERGE.")),
    (
        "DO",
        of(
            "anonymous blocks",
            "Put it into a stored procedure and CALL it.",
        ),
    ),
    (
        "SAVEPOINT",
        of(
            "savepoints",
            "Use a transaction of its own, or a NONATOMIC procedure.",
        ),
    ),
    (
        "RELEASE",
        of(
            "savepoints",
            "Use a transaction of its own, or a NONATOMIC procedure.",
        ),
    ),
    (
        "REINDEX",
        of("indexes", "VACUUM REINDEX is for interleaved sort keys."),
    ),
    (
        "CLUSTER",
        of("CLUSTER", "VACUUM sorts a table by its sort key."),
    ),
    ("OPTIMIZE", of("OPTIMIZE TABLE", "Use VACUUM and ANALYZE.")),
    ("LISTEN", of("LISTEN and NOTIFY", "Use EventBridge.")),
    ("NOTIFY", of("LISTEN and NOTIFY", "Use EventBridge.")),
    ("LOAD", of("LOAD DATA", "Use COPY from Amazon S3.")),
    ("EXEC", of("EXEC", "Use CALL.")),
    ("PRINT", of("PRINT", "Use RAISE INFO in a procedure.")),
    ("RENAME", of("RENAME TABLE", "Use ALTER TABLE … RENAME TO.")),
];

/// What a statement of this kind would be, if it is one of another database.
pub fn statement(kind: &str) -> Option<&'static Foreign> {
    let (table, word) = match kind.split_once(' ') {
        Some(("CREATE" | "ALTER" | "DROP", object)) => (STATEMENTS, object),
        _ => (WORDS, kind),
    };
    let found = table.iter().find(|(word_of, _)| *word_of == word);
    found.map(|(_, foreign)| foreign)
}
