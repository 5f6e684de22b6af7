//! `distkey stats-query --columns`: the SQL that exports what is known of columns.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::tables::read_schema;
use crate::anonymize::Anonymizer;
use crate::cluster::Cluster;
use crate::lint::Input;
use crate::name::{ColumnRef, Ident};
use crate::planner;
use crate::schema::{DataType, DistStyle, Schema, Table, TableKind};
use crate::sql::{self, write};
use crate::stats::Stats;

/// The columns whose values are asked for.
///
/// # Errors
/// A name without a table.
pub(super) fn named(columns: &[String]) -> anyhow::Result<Vec<ColumnRef>> {
    let read = |text: &String| {
        ColumnRef::typed(text).ok_or_else(|| {
            anyhow::anyhow!("`{text}` names no table: write `--values table.column`")
        })
    };
    columns.iter().map(read).collect()
}

/// The script on `pg_stats`.
pub(super) fn statistics(values: &[ColumnRef]) -> String {
    let shown: Vec<String> = values.iter().map(|column| format!("{column}")).collect();
    let of_values = match shown.is_empty() {
        true => "-- No value of your tables is in it: only shares, widths and counts.".to_owned(),
        false => format!(
            "-- It holds VALUES of {}: data of your tables. Look at them before you hand them on.",
            shown.join(", ")
        ),
    };
    format!(
        "\
-- Save the result with its header, and give it to --stats beside the export of
-- SVV_TABLE_INFO. Any user may run it, and sees the tables that they may read.
-- pg_stats stands on the leader node: it can't be unloaded, nor joined with tables of yours,
-- and its arrays are given as text. It holds what the last ANALYZE made of a sample.
{of_values}
{}
",
        write::column_statistics(values)
    )
}

/// The script that counts, with one scan for each table.
///
/// # Errors
/// DDL or queries of which nothing can be read, or no table in them.
pub(super) fn counts(
    ddl: &[PathBuf],
    queries: &[PathBuf],
    values: &[ColumnRef],
) -> anyhow::Result<String> {
    let mut failed = Vec::new();
    let schema = read_schema(ddl, &Anonymizer::new(false), &mut failed)?;
    let asked = asked(&schema, queries)?;
    let mut tables = Vec::new();
    for table in schema.tables.values() {
        let keys = key_columns(table);
        let wanted = |name: &Ident| {
            let column = ColumnRef {
                table: table.name.clone(),
                column: name.clone(),
            };
            keys.contains(name) || asked.contains(&column) || is_named(values, &column)
        };
        let columns = table.columns.iter().filter(|column| wanted(&column.name));
        let columns: Vec<write::Counted<'_>> = columns
            .map(|column| {
                let full = ColumnRef {
                    table: table.name.clone(),
                    column: column.name.clone(),
                };
                write::Counted {
                    column: &column.name,
                    distinct: is_counted(&column.data_type),
                    ends: has_ends(&column.data_type, is_named(values, &full)),
                }
            })
            .collect();
        let stored = matches!(table.kind, TableKind::Table | TableKind::MaterializedView);
        if stored && !columns.is_empty() {
            tables.push((&table.name, columns));
        }
    }
    if tables.is_empty() {
        anyhow::bail!(
            "no key column in the DDL, and none that queries filter or join by: name one with `--values table.column`"
        );
    }
    Ok(format!(
        "\
-- Save the result with its header, and give it to --stats.
-- It reads each of these tables once: distinct values are approximate (HLL), the rest is counted.
-- The least and greatest value of a text column are there only if it was named with --values.
{}
",
        write::column_counts(&tables)
    ))
}

/// Whether a column is among those named, where a name may lack its schema.
fn is_named(values: &[ColumnRef], column: &ColumnRef) -> bool {
    values
        .iter()
        .any(|named| named.column == column.column && named.table.matches(&column.table))
}

/// The columns of keys and constraints.
fn key_columns(table: &Table) -> BTreeSet<&Ident> {
    let style = match &table.dist_style {
        DistStyle::Auto(Some(style)) => style,
        style => style,
    };
    let dist = match style {
        DistStyle::Key(key) => Some(key),
        _ => None,
    };
    let foreign = table.foreign_keys.iter().flat_map(|key| &key.columns);
    dist.into_iter()
        .chain(table.sort_columns())
        .chain(&table.primary_key)
        .chain(table.unique.iter().flatten())
        .chain(foreign)
        .collect()
}

/// The columns that queries filter and join by; a query that is not planned is told.
fn asked(schema: &Schema, queries: &[PathBuf]) -> anyhow::Result<BTreeSet<ColumnRef>> {
    let mut asked = BTreeSet::new();
    if queries.is_empty() {
        return Ok(asked);
    }
    let files = super::files::sql_files(queries);
    super::files::tell(&files.failed);
    if files.paths.is_empty() {
        anyhow::bail!("no query could be read");
    }
    let (stats, shape) = (Stats::default(), Cluster::default().shape());
    for path in files.paths {
        let source = match Input::Path(path).read() {
            Ok(source) => source,
            Err((path, error)) => {
                anstream::eprintln!("{path}: {error}");
                continue;
            }
        };
        for statement in sql::parse(&source).statements {
            let start = source.line_column(statement.span.start);
            let text = &source.text[statement.span.start..statement.span.end];
            let Ok(query) = sql::parse_query_at(text, start) else {
                continue;
            };
            match planner::plan(&query, schema, &stats, shape) {
                Ok(planned) => add_asked(&planned.plan, schema, &mut asked),
                Err(error) => {
                    let place = source.line_column(statement.span.start);
                    anstream::eprintln!("{}:{}: {error}", source.name, place.line);
                }
            }
        }
    }
    Ok(asked)
}

fn add_asked(plan: &crate::plan::Plan, schema: &Schema, asked: &mut BTreeSet<ColumnRef>) {
    let tables: Vec<&Table> = plan
        .nodes
        .iter()
        .filter(|node| node.operator.is_scan())
        .filter_map(|node| schema.resolve(&node.table_name()?))
        .collect();
    let mut add = |table: &Table, name: &Ident| {
        if table.column(name).is_some() {
            asked.insert(ColumnRef {
                table: table.name.clone(),
                column: name.clone(),
            });
        }
    };
    for node in &plan.nodes {
        let own = node.table_name().and_then(|name| schema.resolve(&name));
        if let (true, Some(table)) = (node.operator.is_scan(), own) {
            let columns = node.filters().flat_map(|filter| &filter.columns);
            columns.for_each(|column| add(table, column));
        }
        // The print does not say whose column it is: any table of the query that has it.
        for pair in node.join_keys() {
            for table in &tables {
                add(table, &pair.outer);
                add(table, &pair.inner);
            }
        }
    }
}

/// Types that HLL takes (AWS: HLL function).
fn is_counted(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::HllSketch
            | DataType::Geometry
            | DataType::Geography
            | DataType::Varbyte(_)
            | DataType::Super
            | DataType::Other(_)
    )
}

/// Types whose MIN and MAX say how their values lie (AWS: MIN function); texts are data, and only
/// asked for by name.
fn has_ends(data_type: &DataType, named: bool) -> bool {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => named,
        DataType::SmallInt
        | DataType::Integer
        | DataType::BigInt
        | DataType::Decimal { .. }
        | DataType::Real
        | DataType::DoublePrecision
        | DataType::Date
        | DataType::Time
        | DataType::TimeTz
        | DataType::Timestamp
        | DataType::TimestampTz => true,
        _ => false,
    }
}
