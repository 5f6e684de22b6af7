//! The tables of a project as DDL, and what the catalog knows of them.

use std::fmt::Write;

use super::model::{Actual, Kept, Key, Model, Source};
use crate::name::{Ident, TableName, list};
use crate::stats::{Stats, TableStats};

/// Tables, views, and what is known of the data.
#[derive(Debug, Default)]
pub struct Tables {
    /// What dbt reads and does not make.
    pub sources: String,
    /// For each model by its path, in the order in which they are made of each other: the
    /// statement that makes it.
    pub models: Vec<(String, String)>,
    /// Rows, skew, sort state.
    pub stats: Stats,
}

pub(super) fn of<'m>(
    models: impl Iterator<Item = &'m Model>,
    sources: impl Iterator<Item = &'m Source>,
) -> Tables {
    let mut tables = Tables::default();
    for source in sources {
        let columns = known(source.actual.as_ref(), &source.documented);
        if let Some(columns) = columns {
            let _ = writeln!(
                tables.sources,
                "create table {} ({});",
                source.table,
                columns.join(", ")
            );
        }
        tables
            .stats
            .tables
            .extend(stats_of(&source.table, source.actual.as_ref()));
    }
    for model in models {
        let Some(table) = &model.table else {
            continue;
        };
        tables
            .stats
            .tables
            .extend(stats_of(table, model.actual.as_ref()));
        if let Some(ddl) = ddl(model, table) {
            tables.models.push((model.path().to_owned(), ddl));
        }
    }
    tables
}

/// The columns, where their types are known.
fn known(actual: Option<&Actual>, documented: &[(Ident, String)]) -> Option<Vec<String>> {
    let columns = actual.map_or(documented, |actual| &actual.columns);
    let columns = columns
        .iter()
        .map(|(name, data_type)| format!("{name} {data_type}"));
    let columns: Vec<String> = columns.collect();
    (!columns.is_empty()).then_some(columns)
}

/// The statement that makes a model, each clause on a line of its own: the distribution on the last
/// but one, the sort key on the last.
fn ddl(model: &Model, table: &TableName) -> Option<String> {
    if !model.kept.is_stored() {
        let query = model
            .compiled
            .as_ref()
            .filter(|_| model.kept == Kept::View)?;
        return Some(format!(
            "create view {table} as\n{};\n",
            query.trim().trim_end_matches(';')
        ));
    }
    let documented = if model.contract {
        model.documented.as_slice()
    } else {
        &[]
    };
    let keys = format!("\n{}\n{};\n", distribution(model), sort_key(model));
    match (known(model.actual.as_ref(), documented), &model.compiled) {
        (Some(mut columns), _) => {
            columns.extend(
                model
                    .tested_unique
                    .iter()
                    .map(|unique| format!("unique ({})", list(unique))),
            );
            columns.extend(model.refers.iter().map(|(column, other, field)| {
                format!("foreign key ({column}) references {other} ({field})")
            }));
            Some(format!(
                "create table {table} (\n{}){keys}",
                columns.join(",\n")
            ))
        }
        // As dbt makes it.
        (None, Some(query)) => {
            let query = query.trim().trim_end_matches(';');
            let keys = keys.trim_end().trim_end_matches(';');
            Some(format!("create table {table}{keys} as\n{query};\n"))
        }
        (None, None) => None,
    }
}

/// What the table has, where a run does not change that; else what the configuration asks for.
fn distribution(model: &Model) -> String {
    let actual = model
        .actual
        .as_ref()
        .and_then(|actual| actual.diststyle.as_deref());
    let actual = actual
        .filter(|_| model.kept.keeps_its_keys())
        .map(Key::printed);
    match actual.as_ref().or(model.dist.as_ref()) {
        Some(Key::Column(column)) => format!("diststyle key distkey ({column})"),
        Some(Key::All) => "diststyle all".to_owned(),
        Some(Key::Even) => "diststyle even".to_owned(),
        Some(Key::Auto) => "diststyle auto".to_owned(),
        None => String::new(),
    }
}

fn sort_key(model: &Model) -> String {
    let style = if model.interleaved {
        "interleaved"
    } else {
        "compound"
    };
    let configured = match model.sort.is_empty() {
        true => String::new(),
        false => format!("{style} sortkey ({})", list(&model.sort)),
    };
    let actual = model
        .actual
        .as_ref()
        .filter(|_| model.kept.keeps_its_keys());
    let first = actual.and_then(|actual| actual.sortkey1.as_deref());
    match first {
        Some(first) if !first.contains('(') && !model.sorts_as_configured(first) => {
            match first.eq_ignore_ascii_case("interleaved") {
                true => String::new(),
                false => format!("compound sortkey ({})", Ident::exact(first)),
            }
        }
        _ => configured,
    }
}

fn stats_of(table: &TableName, actual: Option<&Actual>) -> Option<(TableName, TableStats)> {
    let actual = actual?;
    let stats = TableStats {
        rows: actual.rows,
        size_blocks: actual.size_blocks,
        unsorted: actual.unsorted,
        stats_off: actual.stats_off,
        skew_rows: actual.skew_rows,
        diststyle: actual.diststyle.clone(),
        sortkey1: actual.sortkey1.clone(),
        ..TableStats::default()
    };
    Some((table.clone(), stats))
}
