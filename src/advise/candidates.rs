//! Which distributions a table may have, and why not others.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Request;
use super::design::Design;
use super::evaluate::Planned;
use super::evidence::Evidence;
use super::filters::narrowed;
use super::joins::Join;
use super::present::Present;
use super::refused::{refusal, values};

use crate::name::Ident;
use crate::schema::{DistStyle, Table, TableKind, TableName};
use crate::thresholds::LARGE_ROWS;
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

/// Choices that were tried and made the workload slower by the clock, or worth too little.
pub(super) type Refused = HashSet<(TableName, DistStyle)>;

/// What a table's columns are worth as its DISTKEY, as far as one can tell without the others.
#[derive(Debug, Default)]
struct Worth {
    /// Bytes of the joins that compare a column, or that it saves by itself, over the workload.
    columns: BTreeMap<Ident, f64>,
    /// Columns that are compared with a column of another type, with what is said of it.
    mismatched: BTreeMap<Ident, String>,
}

/// What every table of the workload may be: EVEN, a copy, the columns that joins compare, and
/// those that save bytes by themselves (`alone`: table, column, bytes). The tables with most rows come first.
pub(super) fn candidates(
    present: &Present<'_>,
    from: &Planned,
    joins: &[Join],
    alone: &[Evidence],
) -> Vec<Candidates> {
    let design = &from.design;
    let narrow = narrowed(design, &from.all);
    let mut worth = of_joins(joins);
    for name in from.tables_touched() {
        worth.entry(name.clone()).or_default();
    }
    for (table, column, bytes) in alone {
        let of_table = worth.entry(table.clone()).or_default();
        *of_table.columns.entry(column.clone()).or_default() += bytes;
    }
    let mut all = Vec::new();
    for (name, worth) in worth {
        let Some(table) = design.table(&name) else {
            continue;
        };
        if !has_keys(table) {
            continue;
        }
        all.push(of_table(present, design, table, worth, &narrow));
    }
    // Equal choices go to the first: never by the alphabet.
    all.sort_by(|a, b| {
        let of = |c: &Candidates| {
            let table = design.table(&c.table);
            let rows = table.and_then(|table| design.rows(table)).unwrap_or(0.0);
            (
                rows,
                table.map(|table| (table.defined_at.0, table.defined_at.1.start)),
            )
        };
        let ((a, first), (b, second)) = (of(a), of(b));
        b.total_cmp(&a).then(first.cmp(&second))
    });
    all
}

/// Whether keys of it can be chosen.
pub(super) fn has_keys(table: &Table) -> bool {
    matches!(
        table.kind,
        TableKind::Table | TableKind::Temporary | TableKind::MaterializedView
    )
}

fn of_joins(joins: &[Join]) -> BTreeMap<TableName, Worth> {
    let mut all: BTreeMap<TableName, Worth> = BTreeMap::new();
    for join in joins {
        let [a, b] = &join.sides;
        for (x, y, alike) in &join.pairs {
            for (side, column, other, other_column) in [(a, x, b, y), (b, y, a, x)] {
                let worth = all.entry(side.table.clone()).or_default();
                if *alike {
                    let bytes = join.frequency * (a.bytes + b.bytes);
                    *worth.columns.entry(column.clone()).or_default() += bytes;
                } else {
                    worth.mismatched.entry(column.clone()).or_insert_with(|| format!(
                        "`{column}` and `{}.{other_column}` have different types: their join can't be co-located until both have one",
                        other.table
                    ));
                }
            }
        }
    }
    all
}

fn of_table(
    present: &Present<'_>,
    design: &Design,
    table: &Table,
    worth: Worth,
    narrow: &BTreeSet<(TableName, Ident)>,
) -> Candidates {
    let request = present.request;
    let here = design.style(&table.name);
    let mut styles = vec![here.clone()];
    // What it is at present always competes.
    add(&mut styles, present.design().style(&table.name));
    let mut refused: Vec<(Ident, String)> = worth.mismatched.into_iter().collect();
    let place = |column: &Ident| table.columns.iter().position(|c| c.name == *column);
    let distinct = |column: &Ident| values(design, table, column).unwrap_or(0.0);
    let mut columns: Vec<(Ident, f64)> = worth.columns.into_iter().collect();
    columns.sort_by(|(a, x), (b, y)| {
        let by_values = distinct(b).total_cmp(&distinct(a));
        y.total_cmp(x).then(by_values).then(place(a).cmp(&place(b)))
    });
    let mut unwanted: Vec<DistStyle> = Vec::new();
    for (column, _) in columns.into_iter().take(COLUMNS) {
        match refusal(request, design, table, &column, narrow) {
            Some(reason) => {
                unwanted.push(DistStyle::Key(column.clone()));
                refused.push((column, reason));
            }
            None => add(&mut styles, DistStyle::Key(column)),
        }
    }
    add(&mut styles, DistStyle::Even);
    if may_be_copied(request, design, table) {
        add(&mut styles, DistStyle::All);
    }
    styles.retain(|style| !unwanted.contains(style));
    if styles.is_empty() {
        styles.push(here);
    }
    Candidates {
        table: table.name.clone(),
        styles,
        refused,
    }
}

fn add(styles: &mut Vec<DistStyle>, style: DistStyle) {
    if !styles.contains(&style) {
        styles.push(style);
    }
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
