//! The one place that writes SQL: statements from typed names, so that whatever a table is called,
//! what is printed is one statement on it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{DataType, Encoding};
use crate::name::{self, ColumnRef, Ident, TableName};

/// One statement, with its semicolon. Only this module makes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Sql(String);

impl Sql {
    /// The statement.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same ALTER of a table or of a materialized view.
    #[must_use]
    pub fn of_kind(&self, kind: Altered) -> Self {
        let rest = self.0.strip_prefix("ALTER TABLE ");
        rest.map_or_else(|| self.clone(), |rest| Self(format!("ALTER {kind} {rest}")))
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Altered {
    /// `ALTER TABLE`.
    Table,
    /// `ALTER MATERIALIZED VIEW`.
    MaterializedView,
}

impl fmt::Display for Altered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Altered::Table => "TABLE",
            Altered::MaterializedView => "MATERIALIZED VIEW",
        })
    }
}

/// A distribution style that names no column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Style {
    Auto,
    Even,
    All,
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Style::Auto => "AUTO",
            Style::Even => "EVEN",
            Style::All => "ALL",
        })
    }
}

/// One action of an ALTER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'a> {
    /// `ALTER DISTKEY column`.
    DistKey(&'a Ident),
    /// `ALTER DISTSTYLE …`.
    DistStyle(Style),
    /// `ALTER COMPOUND SORTKEY (…)`; `ALTER SORTKEY NONE` for no column.
    SortKey(&'a [Ident]),
    /// `ALTER SORTKEY AUTO`.
    SortKeyAuto,
    /// `ALTER COLUMN column ENCODE …`.
    Encode(&'a Ident, Encoding),
    /// `ALTER ENCODE AUTO`.
    EncodeAuto,
    /// `ADD PRIMARY KEY (…)`.
    AddPrimaryKey(&'a [Ident]),
    /// `RENAME TO name`.
    RenameTo(&'a Ident),
    /// `SET TABLE PROPERTIES ('numRows'='…')` of an external table; the number is for the reader
    /// to fill in.
    NumRows,
}

impl fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::DistKey(column) => write!(f, "ALTER DISTKEY {column}"),
            Action::DistStyle(style) => write!(f, "ALTER DISTSTYLE {style}"),
            Action::SortKey([]) => f.write_str("ALTER SORTKEY NONE"),
            Action::SortKey(columns) => {
                write!(f, "ALTER COMPOUND SORTKEY ({})", name::list(*columns))
            }
            Action::SortKeyAuto => f.write_str("ALTER SORTKEY AUTO"),
            Action::Encode(column, encoding) => {
                write!(f, "ALTER COLUMN {column} ENCODE {encoding}")
            }
            Action::EncodeAuto => f.write_str("ALTER ENCODE AUTO"),
            Action::AddPrimaryKey(columns) => {
                write!(f, "ADD PRIMARY KEY ({})", name::list(*columns))
            }
            Action::RenameTo(name) => write!(f, "RENAME TO {name}"),
            Action::NumRows => f.write_str("SET TABLE PROPERTIES ('numRows'='<rows>')"),
        }
    }
}

/// `ALTER TABLE table action, …;`. Which actions Redshift takes together is the caller's to know
/// (AWS: ALTER TABLE).
pub fn alter(table: &TableName, actions: &[Action<'_>]) -> Sql {
    alter_kind(Altered::Table, table, actions)
}

/// [`alter`] for a table or a materialized view.
pub fn alter_kind(kind: Altered, table: &TableName, actions: &[Action<'_>]) -> Sql {
    let actions: Vec<String> = actions.iter().map(Action::to_string).collect();
    let mut sql = format!("ALTER {kind} {table} {};", actions.join(", "));
    sql.shrink_to_fit();
    Sql(sql)
}

/// `ANALYZE table;`.
pub fn analyze(table: &TableName) -> Sql {
    Sql(format!("ANALYZE {table};"))
}

/// What VACUUM does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vacuum {
    /// `SORT ONLY`.
    SortOnly,
    /// `DELETE ONLY`.
    DeleteOnly,
}

/// `VACUUM … table;`.
pub fn vacuum(what: Vacuum, table: &TableName) -> Sql {
    let what = match what {
        Vacuum::SortOnly => "SORT ONLY",
        Vacuum::DeleteOnly => "DELETE ONLY",
    };
    Sql(format!("VACUUM {what} {table};"))
}

/// The distribution clause of CREATE TABLE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distributed<'a> {
    /// `DISTKEY (column)`.
    Key(&'a Ident),
    /// `DISTSTYLE …`.
    Style(Style),
}

impl fmt::Display for Distributed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distributed::Key(column) => write!(f, "DISTKEY ({column})"),
            Distributed::Style(style) => write!(f, "DISTSTYLE {style}"),
        }
    }
}

/// `SORTKEY (…)` as CREATE TABLE takes it.
pub fn sort_key(interleaved: bool, columns: &[Ident]) -> String {
    let kind = if interleaved {
        "INTERLEAVED SORTKEY"
    } else {
        "SORTKEY"
    };
    format!("{kind} ({})", name::list(columns))
}

/// A column of CREATE TABLE.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Defined<'a> {
    /// Its name.
    pub name: &'a Ident,
    /// Its type.
    pub data_type: &'a DataType,
    /// Its encoding, where it is named.
    pub encoding: Option<Encoding>,
    /// `NOT NULL`.
    pub not_null: bool,
    /// The default, as SQL.
    pub default: Option<&'a str>,
}

impl fmt::Display for Defined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.data_type)?;
        if let Some(default) = self.default {
            write!(f, " DEFAULT {default}")?;
        }
        if let Some(encoding) = self.encoding {
            write!(f, " ENCODE {encoding}")?;
        }
        if self.not_null {
            f.write_str(" NOT NULL")?;
        }
        Ok(())
    }
}

/// What stands in the brackets of CREATE TABLE.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition<'a> {
    /// The columns, in order.
    pub columns: Vec<Defined<'a>>,
    /// `PRIMARY KEY (…)`; none where empty.
    pub primary_key: &'a [Ident],
    /// `UNIQUE (…)`, each.
    pub unique: &'a [Vec<Ident>],
    /// `FOREIGN KEY (…) REFERENCES table (…)`, each: columns, table, columns there.
    pub foreign_keys: Vec<(&'a [Ident], &'a TableName, &'a [Ident])>,
}

impl fmt::Display for Definition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.columns.iter().map(Defined::to_string).collect();
        if !self.primary_key.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", name::list(self.primary_key)));
        }
        let unique = self.unique.iter();
        parts.extend(unique.map(|columns| format!("UNIQUE ({})", name::list(columns))));
        for (columns, table, there) in &self.foreign_keys {
            let there = match there.is_empty() {
                true => String::new(),
                false => format!(" ({})", name::list(*there)),
            };
            let columns = name::list(*columns);
            parts.push(format!("FOREIGN KEY ({columns}) REFERENCES {table}{there}"));
        }
        f.write_str(&parts.join(", "))
    }
}

/// `CREATE TABLE table (definition) distribution INTERLEAVED SORTKEY (…);`.
pub fn create_interleaved(
    table: &TableName,
    definition: &Definition<'_>,
    distributed: Distributed<'_>,
    sorted_by: &[Ident],
) -> Sql {
    let sorted = sort_key(true, sorted_by);
    Sql(format!(
        "CREATE TABLE {table} ({definition}) {distributed} {sorted};"
    ))
}

/// A lookup that a table is joined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookedUp<'a> {
    /// The lookup before it, by its place in the list; `None` for the table itself.
    pub after: Option<usize>,
    /// The column of that.
    pub from: &'a Ident,
    /// The lookup.
    pub table: &'a TableName,
    /// Its key.
    pub key: &'a Ident,
}

/// `CREATE TABLE table distribution sort key AS SELECT` every row and column of a fact, and columns
/// of its lookups: the place of the lookup, its column, the new name.
pub fn create_wide(
    table: &TableName,
    distributed: Distributed<'_>,
    sorted_by: &[Ident],
    fact: &TableName,
    joins: &[LookedUp<'_>],
    columns: &[(usize, &Ident, &Ident)],
) -> Sql {
    let alias = |place: usize| format!("l{}", place + 1);
    let mut out = format!("CREATE TABLE {table}\n{distributed}");
    if !sorted_by.is_empty() {
        out.push_str(&format!("\n{}", sort_key(false, sorted_by)));
    }
    out.push_str("\nAS\nSELECT f.*");
    for (place, column, name) in columns {
        out.push_str(&format!(",\n       {}.{column} AS {name}", alias(*place)));
    }
    out.push_str(&format!("\nFROM {fact} AS f"));
    for (place, join) in joins.iter().enumerate() {
        let (alias, before) = (alias(place), join.after.map_or("f".to_owned(), alias));
        out.push_str(&format!(
            "\nLEFT JOIN {} AS {alias} ON {alias}.{} = {before}.{}",
            join.table, join.key, join.from
        ));
    }
    out.push(';');
    Sql(out)
}

/// The values of a column that are there more than once.
pub fn not_unique(table: &TableName, column: &Ident) -> Sql {
    Sql(format!(
        "SELECT {column}, COUNT(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} HAVING COUNT(*) > 1;"
    ))
}

/// `INSERT INTO table (columns) SELECT columns FROM source;`.
pub fn insert_select(table: &TableName, columns: &[&Ident], source: &TableName) -> Sql {
    let columns = name::list(columns.iter().copied());
    Sql(format!(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM {source};"
    ))
}

/// `SELECT COUNT(column), … FROM table;`: reads every column once.
pub fn count_each<'a>(table: &TableName, columns: impl IntoIterator<Item = &'a Ident>) -> Sql {
    let counts: Vec<String> = columns
        .into_iter()
        .map(|column| format!("COUNT({column})"))
        .collect();
    Sql(format!("SELECT {} FROM {table};", counts.join(", ")))
}

/// `SELECT MIN(column), MAX(column) FROM table;`.
pub fn ends(table: &TableName, column: &Ident) -> Sql {
    Sql(format!("SELECT MIN({column}), MAX({column}) FROM {table};"))
}

/// What `pg_stats` keeps of every column that the user may read: shares, widths and counts, and
/// values only of the columns named.
///
/// `pg_stats` stands on the leader node: only its functions apply, and array_out with textin, as
/// in PostgreSQL 8, gives an array as text with its quotes.
pub fn column_statistics(values_of: &[ColumnRef]) -> Sql {
    let one = |column: &ColumnRef| {
        let schema = column.table.schema.as_deref();
        let schema = schema.map(|schema| format!("schemaname = {} AND ", literal(schema)));
        format!(
            "({}tablename = {} AND attname = {})",
            schema.unwrap_or_default(),
            literal(&column.table.name),
            literal(&column.column)
        )
    };
    let named: Vec<String> = values_of.iter().map(one).collect();
    let named = named.join("\n              OR ");
    let array = |column: &str| format!("TEXTIN(ARRAY_OUT({column}))");
    let values: String = ["most_common_vals", "histogram_bounds"]
        .iter()
        .filter(|_| !values_of.is_empty())
        .map(|column| {
            let array = array(column);
            format!(",\n       CASE WHEN {named}\n            THEN {array} END AS {column}")
        })
        .collect();
    let shares = array("most_common_freqs");
    Sql(format!(
        "SELECT schemaname, tablename, attname, null_frac, avg_width, n_distinct, correlation,
       {shares} AS most_common_freqs{values}
FROM pg_stats
WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'pg_internal')
ORDER BY schemaname, tablename, attname;"
    ))
}

/// What [`column_counts`] counts of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<'a> {
    /// The column.
    pub column: &'a Ident,
    /// Whether distinct values can be counted.
    pub distinct: bool,
    /// Whether its least and greatest value are asked for.
    pub ends: bool,
}

/// Approximate distinct values, NULLs and ends of some columns of some tables, a row for each
/// column. One scan for each table: its one row is repeated for each column.
pub fn column_counts(tables: &[(&TableName, Vec<Counted<'_>>)]) -> Sql {
    let each: Vec<String> = tables
        .iter()
        .filter(|(_, columns)| !columns.is_empty())
        .map(|(table, columns)| counts_of(table, columns))
        .collect();
    Sql(format!("{}\nORDER BY 1, 2, 3;", each.join("\nUNION ALL\n")))
}

fn counts_of(table: &TableName, columns: &[Counted<'_>]) -> String {
    let text = |text: &str| format!("CAST({} AS VARCHAR(127))", literal(text));
    let schema = table.schema.as_deref();
    let schema = schema.map_or_else(|| "CAST(NULL AS VARCHAR(127))".to_owned(), text);
    // `CASE c.n WHEN 1 THEN … END`, over the columns that have it.
    let pick = |has: &dyn Fn(&Counted<'_>) -> bool, value: &dyn Fn(usize) -> String, none: &str| {
        let branches: Vec<String> = (1..)
            .zip(columns)
            .filter(|(_, column)| has(column))
            .map(|(n, _)| format!(" WHEN {n} THEN {}", value(n)))
            .collect();
        match branches.is_empty() {
            true => none.to_owned(),
            false => format!("CASE c.n{} END", branches.concat()),
        }
    };
    let distinct = pick(
        &|c| c.distinct,
        &|n| format!("s.d{n}"),
        "CAST(NULL AS BIGINT)",
    );
    let nulls = pick(&|_| true, &|n| format!("s.tbl_rows - s.k{n}"), "");
    let none = "CAST(NULL AS VARCHAR(65535))";
    let least = pick(&|c| c.ends, &|n| format!("s.l{n}"), none);
    let greatest = pick(&|c| c.ends, &|n| format!("s.g{n}"), none);
    let mut counts = String::new();
    for (n, column) in (1..).zip(columns) {
        let name = column.column;
        counts.push_str(&format!(",\n             COUNT({name}) AS k{n}"));
        if column.distinct {
            counts.push_str(&format!(", HLL({name}) AS d{n}"));
        }
        if column.ends {
            counts.push_str(&format!(
                ", CAST(MIN({name}) AS VARCHAR(65535)) AS l{n}, CAST(MAX({name}) AS VARCHAR(65535)) AS g{n}"
            ));
        }
    }
    let names: Vec<String> = (1..)
        .zip(columns)
        .map(|(n, column)| format!("SELECT {n} AS n, {} AS name", text(column.column)))
        .collect();
    format!(
        "SELECT {schema} AS \"schema\", {} AS \"table\", c.name AS \"column\", s.tbl_rows,
       {distinct} AS distinct_values,
       {nulls} AS null_rows,
       {least} AS min_value,
       {greatest} AS max_value
FROM (SELECT COUNT(*) AS tbl_rows{counts}
      FROM {table}) s
CROSS JOIN ({}) c",
        text(&table.name),
        names.join("\n            UNION ALL ")
    )
}

/// `BEGIN;`.
pub fn begin() -> Sql {
    Sql("BEGIN;".to_owned())
}

/// `COMMIT;`.
pub fn commit() -> Sql {
    Sql("COMMIT;".to_owned())
}

/// `LOCK TABLE table;`: waits for those who write it, and keeps others out.
pub fn lock(table: &TableName) -> Sql {
    Sql(format!("LOCK TABLE {table};"))
}

/// `DELETE FROM table;`, within a transaction in TRUNCATE's place, which commits.
pub fn delete_all(table: &TableName) -> Sql {
    Sql(format!("DELETE FROM {table};"))
}

/// `DELETE FROM table WHERE column >= 'since';`.
pub fn delete_since(table: &TableName, column: &Ident, since: &str) -> Sql {
    Sql(format!(
        "DELETE FROM {table} WHERE {column} >= {};",
        literal(since)
    ))
}

/// Rows from a time on, and all.
pub fn count_since(table: &TableName, column: &Ident, since: &str) -> Sql {
    count_since_in(&table.to_string(), column, since)
}

/// The same, the table as a place for a name.
pub fn count_since_in(table: &str, column: &Ident, since: &str) -> Sql {
    Sql(format!(
        "SELECT COALESCE(SUM(CASE WHEN {column} >= {} THEN 1 ELSE 0 END), 0), COUNT(*) FROM {table};",
        literal(since)
    ))
}

/// Fails, as a division by zero, unless so many rows are of a time or later.
pub fn demand_count_since(table: &TableName, column: &Ident, since: &str, rows: &str) -> Sql {
    Sql(format!(
        "SELECT 1 / CASE WHEN COUNT(*) = {rows} THEN 1 ELSE 0 END FROM {table} WHERE {column} >= {};",
        literal(since)
    ))
}

/// Fails, as a division by zero, if rows of a time or later share a key.
pub fn demand_unique_since(table: &TableName, key: &[Ident], column: &Ident, since: &str) -> Sql {
    let key = name::list(key);
    Sql(format!(
        "SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END FROM (SELECT {key} FROM {table} \
         WHERE {column} >= {} GROUP BY {key} HAVING COUNT(*) > 1) AS twice;",
        literal(since)
    ))
}

/// Fails, as a division by zero, if a table has no row.
pub fn demand_rows(table: &str) -> Sql {
    Sql(format!(
        "SELECT 1 / CASE WHEN COUNT(*) > 0 THEN 1 ELSE 0 END FROM {table};"
    ))
}

/// `INSERT INTO table (columns) SELECT columns FROM source;`, the source as a place for a name.
pub fn insert_from(table: &TableName, columns: &[&Ident], source: &str) -> Sql {
    let columns = name::list(columns.iter().copied());
    Sql(format!(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM {source};"
    ))
}

/// A temporary table of the same columns.
pub fn create_temporary_like(table: &TableName, like: &TableName) -> Sql {
    Sql(format!("CREATE TEMP TABLE {table} (LIKE {like});"))
}

/// The rows of a time or later from a table of the same columns.
pub fn insert_since(table: &TableName, source: &TableName, column: &Ident, since: &str) -> Sql {
    Sql(format!(
        "INSERT INTO {table} SELECT * FROM {source} WHERE {column} >= {};",
        literal(since)
    ))
}

/// `DROP TABLE table;`.
pub fn drop_table(table: &TableName) -> Sql {
    Sql(format!("DROP TABLE {table};"))
}

/// A text as a literal: in quotes, with those inside doubled.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
