//! What other databases have and Redshift lacks: how it is written, and Redshift's way.

use sqlparser::ast as sp;
use sqlparser::tokenizer::Token;

use super::ast::{Foreign, Refused};
use super::cursor::Cursor;
use super::grammar;

/// How it is written, in the notation of [`grammar`], and what it is.
type Habit = (&'static str, Foreign);

const fn of(what: &'static str, instead: &'static str) -> Foreign {
    Foreign { what, instead }
}

const NOT_ENFORCED: &str = "Leave it out: foreign keys are not enforced, so nothing follows a change of the parent. \
     Delete or change the child rows in the same transaction.";
const IDENTITY: &str = "Use IDENTITY(1,1): unique, with gaps.";
const COMMENT: &str = "Use a COMMENT ON statement.";
const SORT_KEY: &str = "Sort keys and zone maps take its place.";
const STORAGE: &str = "Leave it out: storage is managed.";
const EXISTS: &str = "Look the column up in SVV_COLUMNS first.";

/// After a column's type.
pub(super) const OF_COLUMN: &[Habit] = &[
    (
        "ON { DELETE | UPDATE } { CASCADE | RESTRICT | NO ACTION | SET NULL | SET DEFAULT }",
        of("ON DELETE or ON UPDATE", NOT_ENFORCED),
    ),
    (
        "ON UPDATE { CURRENT_TIMESTAMP | NOW } [ parentheses ]",
        of(
            "ON UPDATE: no column changes by itself",
            "Set the column in the UPDATE or the load.",
        ),
    ),
    (
        "MATCH { FULL | PARTIAL | SIMPLE }",
        of("MATCH: foreign keys are not enforced", "Leave it out."),
    ),
    (
        "[ NOT ] DEFERRABLE",
        of(
            "deferred constraints",
            "Leave it out: constraints are not enforced.",
        ),
    ),
    (
        "INITIALLY { DEFERRED | IMMEDIATE }",
        of(
            "deferred constraints",
            "Leave it out: constraints are not enforced.",
        ),
    ),
    ("AUTO_INCREMENT", of("AUTO_INCREMENT", IDENTITY)),
    ("AUTOINCREMENT", of("AUTOINCREMENT", IDENTITY)),
    (
        "UNSIGNED [ ZEROFILL ]",
        of("unsigned numbers", "Use the next larger type."),
    ),
    (
        "ZEROFILL",
        of("ZEROFILL", "Use LPAD where the number is shown."),
    ),
    (
        "COMMENT string",
        of("comments inside a definition", COMMENT),
    ),
    (
        "CHARACTER SET [ = ] name",
        of("character sets: text is UTF-8", "Leave it out."),
    ),
    (
        "CHARSET [ = ] name",
        of("character sets: text is UTF-8", "Leave it out."),
    ),
    (
        "GENERATED ALWAYS AS parentheses [ STORED | VIRTUAL ]",
        of("computed columns", "Compute it in the load, or in a view."),
    ),
    (
        "AS parentheses [ PERSISTED | STORED | VIRTUAL ]",
        of("computed columns", "Compute it in the load, or in a view."),
    ),
    (
        "{ CLUSTERED | NONCLUSTERED } [ parentheses ]",
        of("clustered keys", SORT_KEY),
    ),
    ("ROWGUIDCOL", of("ROWGUIDCOL", "Leave it out.")),
    (
        "SPARSE",
        of(
            "sparse columns",
            "Leave it out: NULLs take next to nothing once encoded.",
        ),
    ),
    ("USING INDEX [ TABLESPACE name ]", of("indexes", SORT_KEY)),
    (
        "{ ENABLE | DISABLE } [ VALIDATE | NOVALIDATE ]",
        of(
            "states of constraints: they are not enforced",
            "Leave it out.",
        ),
    ),
    (
        "CODEC parentheses",
        of("CODEC", "Use ENCODE, or leave it to ENCODE AUTO."),
    ),
];

/// Between the parentheses of a table, beside columns and constraints.
pub(super) const OF_ELEMENT: &[Habit] = &[
    (
        "{ INDEX | KEY } [ name ] parentheses [ USING name ]",
        of("indexes", SORT_KEY),
    ),
    (
        "UNIQUE { INDEX | KEY } [ name ] parentheses",
        of(
            "unique indexes",
            "Use UNIQUE (…), which informs the planner and is not enforced.",
        ),
    ),
    (
        "{ FULLTEXT | SPATIAL } [ INDEX | KEY ] [ name ] parentheses",
        of("indexes", SORT_KEY),
    ),
    (
        "[ CONSTRAINT name ] EXCLUDE [ USING name ] parentheses",
        of(
            "exclusion constraints",
            "Check the rows before they are loaded.",
        ),
    ),
    (
        "PERIOD FOR name parentheses",
        of(
            "periods of system time",
            "Keep the versions in rows of their own.",
        ),
    ),
];

/// After the columns of a table.
pub(super) const OF_TABLE: &[Habit] = &[
    ("ENGINE [ = ] name", of("storage engines", STORAGE)),
    (
        "[ DEFAULT ] { CHARSET | CHARACTER SET } [ = ] name",
        of("character sets: text is UTF-8", "Leave it out."),
    ),
    (
        "COLLATE [ = ] name",
        of(
            "a collation of a table",
            "Say COLLATE of the column or of the database.",
        ),
    ),
    (
        "AUTO_INCREMENT [ = ] number",
        of("AUTO_INCREMENT", "Say where IDENTITY(seed, step) begins."),
    ),
    ("ROW_FORMAT [ = ] name", of("row formats", STORAGE)),
    (
        "COMMENT [ = ] string",
        of("comments inside a definition", COMMENT),
    ),
    ("TABLESPACE name", of("tablespaces", STORAGE)),
    (
        "ON COMMIT { DROP | DELETE ROWS }",
        of(
            "ON COMMIT: temporary tables last as long as the session",
            "DROP or DELETE in the script.",
        ),
    ),
    (
        "ON { PRIMARY | ident parentheses }",
        of("filegroups", STORAGE),
    ),
    ("TEXTIMAGE_ON ident", of("filegroups", STORAGE)),
    (
        "{ PCTFREE | PCTUSED | INITRANS | MAXTRANS } number",
        of("storage clauses", STORAGE),
    ),
    ("STORAGE parentheses", of("storage clauses", STORAGE)),
    (
        "{ LOGGING | NOLOGGING | COMPRESS | NOCOMPRESS | NOPARALLEL }",
        of("storage clauses", STORAGE),
    ),
    (
        "ORGANIZATION { INDEX | HEAP }",
        of("index-organized tables", "A sort key orders the rows."),
    ),
    (
        "DISTRIBUTED { BY parentheses | RANDOMLY | REPLICATED }",
        of(
            "DISTRIBUTED BY",
            "Use DISTKEY (column), DISTSTYLE EVEN or DISTSTYLE ALL.",
        ),
    ),
    (
        "CLUSTERED BY parentheses [ INTO number BUCKETS ]",
        of("buckets", "Use DISTKEY and SORTKEY."),
    ),
    (
        "ORDER BY parentheses",
        of("ORDER BY of a table", "Use SORTKEY (…)."),
    ),
    (
        "DATA_RETENTION_TIME_IN_DAYS = number",
        of(
            "time travel",
            "Keep a copy, or a snapshot of the warehouse.",
        ),
    ),
];

/// Where ALTER TABLE has an action.
pub(super) const OF_ALTER: &[Habit] = &[
    (
        "ADD [ UNIQUE ] { INDEX | KEY } [ name ] parentheses",
        of("indexes", SORT_KEY),
    ),
    (
        "MODIFY [ COLUMN ] name",
        of(
            "MODIFY",
            "Use ALTER COLUMN … TYPE, which lengthens a VARCHAR, or a new column.",
        ),
    ),
    (
        "CHANGE [ COLUMN ] name",
        of(
            "CHANGE",
            "Use RENAME COLUMN … TO, and ALTER COLUMN … TYPE for the length of a VARCHAR.",
        ),
    ),
    (
        "ALTER [ COLUMN ] ident { SET | DROP } { DEFAULT | NOT NULL }",
        of(
            "a change of a column's default or NOT NULL",
            "Add a column, UPDATE it from this one, drop this one and rename the new one.",
        ),
    ),
    (
        "{ ENABLE | DISABLE } { TRIGGER | RULE | ROW LEVEL SECURITY }",
        of(
            "ENABLE and DISABLE",
            "Row-level security is ALTER TABLE … ROW LEVEL SECURITY ON; triggers there are none.",
        ),
    ),
    (
        "SET SCHEMA name",
        of(
            "SET SCHEMA",
            "Create the table in the other schema and move the rows by ALTER TABLE … APPEND.",
        ),
    ),
    ("SET TABLESPACE name", of("tablespaces", STORAGE)),
    (
        "{ ENGINE | AUTO_INCREMENT } [ = ] literal",
        of("storage engines", STORAGE),
    ),
    (
        "{ ATTACH | DETACH } PARTITION name",
        of(
            "partitions of native tables",
            "Only external tables have partitions: use a sort key, or one table per period behind a view.",
        ),
    ),
    (
        "CLUSTER { BY parentheses | ON name }",
        of("CLUSTER", "Use ALTER SORTKEY (…)."),
    ),
    (
        "INHERIT name",
        of("inheritance", "Use a view with UNION ALL."),
    ),
    (
        "SWITCH",
        of(
            "partitions of native tables",
            "ALTER TABLE … APPEND moves the rows of one table to another.",
        ),
    ),
];

/// After ADD or DROP COLUMN.
pub(super) const IF_EXISTS: &[Habit] = &[
    ("IF NOT EXISTS", of("ADD COLUMN IF NOT EXISTS", EXISTS)),
    ("IF EXISTS", of("DROP COLUMN IF EXISTS", EXISTS)),
];

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
