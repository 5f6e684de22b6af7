//! Which distributions a table may have, and why not others.

use std::collections::{BTreeMap, BTreeSet};

use super::Request;
use super::design::{Design, effective};
use super::joins::Join;
use crate::name::Ident;
use crate::schema::{DataType, DistStyle, Table, TableKind, TableName};
use crate::text::units::count;
use crate::thresholds::{LARGE_ROWS, VALUES_PER_SLICE};
use crate::work::MEMORY_SHARE;

/// Columns of a table that are tried, the most joined first.
const COLUMNS: usize = 6;

/// What a table may be, and why not something else.
#[derive(Debug, Clone)]
pub(super) struct Candidates {
    pub table: TableName,
    /// The first is what it is now, or EVEN.
    pub styles: Vec<DistStyle>,
    /// Columns that were refused, with the reason.
    pub refused: Vec<(Ident, String)>,
}

/// What every joined table may be.
pub(super) fn candidates(
    request: &Request<'_>,
    design: &Design,
    joins: &[Join],
    narrow: &BTreeSet<(TableName, Ident)>,
) -> Vec<Candidates> {
    let mut weights: BTreeMap<&TableName, BTreeMap<&Ident, f64>> = BTreeMap::new();
    let mut mismatched: BTreeMap<&TableName, BTreeMap<&Ident, String>> = BTreeMap::new();
    for join in joins {
        let [a, b] = &join.sides;
        for (x, y, alike) in &join.pairs {
            for (side, column, other, other_column) in [(a, x, b, y), (b, y, a, x)] {
                if *alike {
                    let weight = join.frequency * (a.bytes + b.bytes);
                    let columns = weights.entry(&side.table).or_default();
                    *columns.entry(column).or_default() += weight;
                } else {
                    let reason = format!(
                        "`{}` and `{}.{other_column}` have different types: their join can't be co-located until both have one",
                        column, other.table
                    );
                    let columns = mismatched.entry(&side.table).or_default();
                    columns.entry(column).or_insert(reason);
                    weights.entry(&side.table).or_default();
                }
            }
        }
    }
    let mut all = Vec::new();
    for (name, columns) in weights {
        let Some(table) = design.schema.tables.get(name) else {
            continue;
        };
        if !matches!(
            table.kind,
            TableKind::Table | TableKind::Temporary | TableKind::MaterializedView
        ) {
            continue;
        }
        let now = effective(&table.dist_style);
        let mut styles = vec![now.clone()];
        let mut refused: Vec<(Ident, String)> = Vec::new();
        for (column, reason) in mismatched.remove(name).unwrap_or_default() {
            refused.push((column.clone(), reason));
        }
        let mut columns: Vec<(&Ident, f64)> = columns.into_iter().collect();
        columns.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        for (column, _) in columns.into_iter().take(COLUMNS) {
            match refusal(request, design, table, column, narrow) {
                Some(reason) => {
                    if styles.first() == Some(&DistStyle::Key(column.clone())) {
                        styles.clear();
                    }
                    refused.push((column.clone(), reason));
                }
                None => add(&mut styles, DistStyle::Key(column.clone())),
            }
        }
        add(&mut styles, DistStyle::Even);
        if may_be_copied(request, design, table) {
            add(&mut styles, DistStyle::All);
        }
        all.push(Candidates {
            table: name.clone(),
            styles,
            refused,
        });
    }
    all
}

fn add(styles: &mut Vec<DistStyle>, style: DistStyle) {
    if !styles.contains(&style) {
        styles.push(style);
    }
}

/// NULLs all hash to one slice: with more of them than this it holds most of the table.
const MOSTLY_NULL: f64 = 0.5;

/// Why a table should not be distributed by a column.
fn refusal(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    name: &Ident,
    narrow: &BTreeSet<(TableName, Ident)>,
) -> Option<String> {
    let column = table.column(name)?;
    let stats = design.stats.table(&table.name);
    let known = stats.and_then(|stats| stats.columns.get(name));
    let slices = request.env.cluster.slices();
    let distinct = match column.data_type {
        DataType::Boolean => Some(2.0),
        _ => known
            .and_then(|column| column.distinct)
            .or_else(|| referred(design, table, name)),
    };
    // A column has no more values than the table has rows.
    let distinct = match (distinct, design.rows(table)) {
        (Some(values), Some(rows)) => Some(values.min(rows)),
        (values, rows) => values.or(rows),
    };
    if let Some(values) = distinct.filter(|values| *values < slices * VALUES_PER_SLICE) {
        return Some(format!(
            "{} values for {slices:.0} slices would spread unevenly",
            count(values)
        ));
    }
    if let Some(share) = known
        .and_then(|c| c.null_share)
        .filter(|share| *share > MOSTLY_NULL)
    {
        return Some(format!(
            "{:.0} % of its rows are NULL there and would lie on one slice",
            share * 100.0
        ));
    }
    let dated = matches!(
        column.data_type,
        DataType::Date | DataType::Timestamp | DataType::TimestampTz
    );
    if dated && narrow.contains(&(table.name.clone(), name.to_owned())) {
        return Some("a query for a short time would work on few slices".to_owned());
    }
    None
}

/// Rows of the table that a foreign key refers to: its column has no more values.
fn referred(design: &Design, table: &Table, name: &str) -> Option<f64> {
    let key = table
        .foreign_keys
        .iter()
        .find(|key| key.columns.as_slice() == [name.to_owned()])?;
    let there = design.schema.resolve(&key.table)?;
    design.rows(there)
}

/// Whether a table may have a copy on every node: it is small, or what a join
/// hashes of it fits a node's share of memory.
fn may_be_copied(request: &Request<'_>, design: &Design, table: &Table) -> bool {
    let Some(rows) = design.rows(table) else {
        return false;
    };
    let nodes = request.env.cluster.nodes().max(1.0);
    let share = request.env.cluster.memory_bytes() / nodes * MEMORY_SHARE;
    rows < LARGE_ROWS || design.raw_bytes(table).unwrap_or(0.0) <= share
}
