//! What a text is that holds no plan, and what to do about it.

use crate::plan::line::names_engine;

/// Why an input holds no plan that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// Nothing but blanks.
    #[error("the input is empty: paste the output of `EXPLAIN <query>`")]
    Empty,
    /// NUL bytes.
    #[error("the input is binary, not text: paste the output of `EXPLAIN <query>`")]
    Binary,
    /// No line looks like a step.
    #[error(
        "no plan found: none of the {lines} lines is a step such as `XN Seq Scan on t  (cost=…)`; \
         paste the output of `EXPLAIN <query>`"
    )]
    NoPlan {
        /// Lines of the input.
        lines: usize,
    },
    /// A statement that has a plan.
    #[error(
        "line {line} begins a {verb} statement: this is a query, not its plan; put `EXPLAIN` before \
         it on the cluster and paste what that prints, or have it planned here: \
         `distkey explain --query FILE --ddl FILES`"
    )]
    Query {
        /// Where it begins.
        line: usize,
        /// Its first word.
        verb: String,
    },
    /// CREATE TABLE and its kin.
    #[error(
        "line {line} begins a {verb} statement: this is DDL, not a plan; check it with \
         `distkey lint FILE`, or give it beside a query: `distkey explain --query FILE --ddl FILE`"
    )]
    Ddl {
        /// Where it begins.
        line: usize,
        /// Its first words.
        verb: String,
    },
    /// What a server or a driver says of a statement that failed.
    #[error(
        "line {line} is an error message, not a plan: the statement was not explained; mend what it \
         names, run `EXPLAIN` again and paste what that prints"
    )]
    ErrorMessage {
        /// Where it stands.
        line: usize,
    },
    /// Another database's plan.
    #[error(
        "line {line} is of a plan of {database}, whose steps are not Redshift's; run `EXPLAIN` on \
         the Redshift cluster"
    )]
    Foreign {
        /// The line that tells.
        line: usize,
        /// The database.
        database: &'static str,
    },
    /// `EXPLAIN ANALYZE`.
    #[error(
        "line {line} has `actual time`: this is PostgreSQL's EXPLAIN ANALYZE, which Redshift does \
         not have; run plain `EXPLAIN`, and take real rows and times from SVL_QUERY_SUMMARY \
         (provisioned) or SYS_QUERY_DETAIL (also Serverless)"
    )]
    ExplainAnalyze {
        /// The first such line.
        line: usize,
    },
    /// No step has the prefix XN, LD or S3.
    #[error(
        "line {line} is a step without `XN`: this is a PostgreSQL plan; Redshift's steps begin \
         with `XN` (compute nodes), `LD` (leader node) or `S3` (Spectrum), so run `EXPLAIN` on \
         the Redshift cluster"
    )]
    PostgreSql {
        /// The first step.
        line: usize,
    },
    /// Rows sorted by depth.
    #[error(
        "the lines are re-ordered by depth (at line {line} a `{detail}` stands where it can't \
         belong): the tree can't be recovered; turn sorting off in the client and paste again"
    )]
    Reordered {
        /// The detail that gave it away.
        line: usize,
        /// Its label.
        detail: String,
    },
    /// STL_PLAN_INFO.
    #[error(
        "this is STL_PLAN_INFO: numeric operator codes per segment, no plan text; export \
         STL_EXPLAIN (query, nodeid, parentid, plannode, info) instead"
    )]
    PlanInfo,
}

/// Words that only one database's plans have.
const FOREIGN: [(&str, &str); 22] = [
    ("\"Node Type\"", "PostgreSQL (as JSON)"),
    ("\"query_block\"", "MySQL"),
    ("select_type", "MySQL"),
    ("Nested loop inner join", "MySQL"),
    ("-> Table scan on", "MySQL"),
    ("-> Index lookup on", "MySQL"),
    ("GlobalStats:", "Snowflake"),
    ("partitionsTotal=", "Snowflake"),
    ("== Physical Plan ==", "Spark"),
    ("== Parsed Logical Plan ==", "Spark"),
    ("BroadcastHashJoin", "Spark"),
    ("RemoteExchange[", "Trino"),
    ("RemoteSource[", "Trino"),
    ("InnerJoin[", "Trino"),
    ("TABLE ACCESS FULL", "Oracle"),
    ("Plan hash value:", "Oracle"),
    ("ShowPlanXML", "SQL Server"),
    ("Clustered Index Scan", "SQL Server"),
    ("ReadFromMergeTree", "ClickHouse"),
    ("SEQ_SCAN", "DuckDB"),
    ("\"queryPlan\"", "BigQuery"),
    ("all-AMPs", "Teradata"),
];

/// What servers and drivers begin an error with.
const ERRORS: [&str; 9] = [
    "ERROR:",
    "[Amazon](",
    "psql:",
    "FATAL:",
    "Invalid operation:",
    "SQL Error [",
    "org.postgresql.util.PSQLException",
    "psycopg2.errors.",
    "Traceback (most recent call last)",
];

/// What tells stands within these lines.
const LOOKED_AT: usize = 200;

/// An error stands within these lines that are no comments.
const FIRST: usize = 20;

/// Another database's plan, if the text holds words of one and no step of Redshift's.
pub(super) fn foreign(text: &str) -> Option<PasteError> {
    let lines = || text.lines().enumerate().take(LOOKED_AT);
    if lines().any(|(_, line)| names_engine(line)) {
        return None;
    }
    lines().find_map(|(index, line)| {
        let (_, database) = FOREIGN.iter().find(|(words, _)| line.contains(words))?;
        Some(PasteError::Foreign {
            line: index + 1,
            database,
        })
    })
}

/// What a text is that holds no step.
pub(super) fn of(text: &str) -> PasteError {
    if let Some(foreign) = foreign(text) {
        return foreign;
    }
    let is_comment =
        |line: &str| line.is_empty() || line.starts_with("--") || line.starts_with("/*");
    let lines = text.lines().enumerate();
    let mut lines = lines
        .map(|(index, line)| (index + 1, without_prompt(line.trim())))
        .filter(|(_, line)| !is_comment(line))
        .take(FIRST)
        .peekable();
    // Prose may quote a statement; one that is all there is begins the text.
    let begun = lines
        .peek()
        .and_then(|(at, line)| statement(*at, line, text));
    let is_error = |(_, line): &(usize, &str)| ERRORS.iter().any(|start| line.starts_with(start));
    let error = lines.find(is_error);
    error
        .map(|(line, _)| PasteError::ErrorMessage { line })
        .or(begun)
        .unwrap_or_else(|| PasteError::NoPlan {
            lines: text.lines().count(),
        })
}

/// The line behind psql's prompt.
fn without_prompt(line: &str) -> &str {
    match line.split_once("=# ").or_else(|| line.split_once("=> ")) {
        Some((prompt, rest)) if !prompt.contains(' ') => rest.trim_start(),
        _ => line,
    }
}

/// The statement that a line of a text begins; such a word may begin a sentence, too.
fn statement(line: usize, begins: &str, text: &str) -> Option<PasteError> {
    let mut words = begins.split_whitespace().map(str::to_ascii_uppercase);
    let mut first = words.next()?;
    if first == "EXPLAIN" {
        first = words.next()?;
        if first == "VERBOSE" {
            first = words.next()?;
        }
    }
    let second = words.next().unwrap_or_default();
    let query = match first.as_str() {
        "SELECT" => {
            let is_list = second.contains([',', '(', '*']) || second.starts_with(char::is_numeric);
            let mut words = text.split_whitespace();
            is_list || words.any(|word| word.eq_ignore_ascii_case("from"))
        }
        "WITH" => words.next().is_some_and(|third| third.starts_with("AS")),
        "INSERT" | "MERGE" => second == "INTO",
        "DELETE" => second == "FROM",
        "UPDATE" => words.next().is_some_and(|third| third == "SET"),
        _ => false,
    };
    if query {
        return Some(PasteError::Query { line, verb: first });
    }
    const MADE: [&str; 9] = [
        "TABLE",
        "VIEW",
        "EXTERNAL",
        "MATERIALIZED",
        "SCHEMA",
        "TEMP",
        "TEMPORARY",
        "OR",
        "DATABASE",
    ];
    let changes = matches!(first.as_str(), "CREATE" | "ALTER" | "DROP");
    (changes && MADE.contains(&second.as_str())).then(|| PasteError::Ddl {
        line,
        verb: format!("{first} {second}"),
    })
}
