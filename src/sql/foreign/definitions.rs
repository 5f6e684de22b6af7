//! What stands in definitions of tables, and in changes of them, and Redshift lacks.

use super::{Habit, of};

const NOT_ENFORCED: &str = "Leave it out: foreign keys are not enforced, so nothing follows a change of the parent. \
     Delete or change the child rows in the same transaction.";
const IDENTITY: &str = "Use IDENTITY(1,1): unique, with gaps.";
const COMMENT: &str = "Use a COMMENT ON statement.";
const SORT_KEY: &str = "Sort keys and zone maps take its place.";
const STORAGE: &str = "Leave it out: storage is managed.";
const EXISTS: &str = "Look the column up in SVV_COLUMNS first.";

/// After a column's type.
pub(in crate::sql) const OF_COLUMN: &[Habit] = &[
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
pub(in crate::sql) const OF_ELEMENT: &[Habit] = &[
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
pub(in crate::sql) const OF_TABLE: &[Habit] = &[
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
pub(in crate::sql) const OF_ALTER: &[Habit] = &[
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
pub(in crate::sql) const IF_EXISTS: &[Habit] = &[
    ("IF NOT EXISTS", of("ADD COLUMN IF NOT EXISTS", EXISTS)),
    ("IF EXISTS", of("DROP COLUMN IF EXISTS", EXISTS)),
];
