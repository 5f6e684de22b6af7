//! What the rows that arrive tomorrow do to a sort key.
//!
//! Rows that arrive in the order of the key come to lie behind the others, in order [Loading data
//! in sort key order]; those of any other key lie unsorted until the table is sorted again, and no
//! zone map skips them.

use crate::advise::design::Design;
use crate::advise::evaluate::Evaluated;
use crate::name::Ident;
use crate::plan::{Node, Operator};
use crate::schema::{DataType, Table};
use crate::thresholds::LARGE_ROWS;

/// The share of the rows that VACUUM leaves unsorted unless it is told otherwise [VACUUM: `TO
/// threshold PERCENT`, 95 by default].
pub(super) const LEFT_UNSORTED: f64 = 0.05;

/// A share of the rows of a table that lies unsorted under a key led by this column, between two
/// sorts; no less than what is known of it now.
pub(super) fn unsorted(design: &Design, table: &Table, in_order: bool) -> f64 {
    let stats = design.stats.table(&table.name);
    let now = stats.and_then(|stats| stats.unsorted).unwrap_or(0.0);
    let large = design.rows(table).is_none_or(|rows| rows >= LARGE_ROWS);
    match large && !in_order {
        true => now.max(LEFT_UNSORTED),
        false => now,
    }
}

/// Whether rows are taken to arrive in the order of a column that is asked for by a range or looked
/// up in a filtered table: a date or a time, a number that reads as a day, a number that is given
/// out in order, or the key of a calendar that one of the entries joins.
pub(super) fn arrives_by(
    design: &Design,
    table: &Table,
    name: &Ident,
    reading: &[&Evaluated],
) -> bool {
    table.column(name).is_some_and(|column| {
        is_time(&column.data_type)
            || column.identity
            || reads_as_days(design, table, name)
            || reading.iter().any(|one| {
                let mut joins = one.plan.nodes.iter();
                joins.any(|join| joins_a_calendar(design, one, join, table, name))
            })
    })
}

fn joins_a_calendar(
    design: &Design,
    one: &Evaluated,
    join: &Node,
    table: &Table,
    name: &Ident,
) -> bool {
    if !matches!(join.operator, Operator::Join(..)) {
        return false;
    }
    let keys = join.join_keys().iter();
    keys.filter(|pair| pair.outer == *name).any(|pair| {
        let scan_of = |side: Option<&Node>, column: &Ident| {
            let scans = one
                .plan
                .subtree(side?.id)
                .filter(|node| node.operator.is_scan());
            let tables = scans.filter_map(|scan| design.schema.resolve(&scan.table_name()?));
            tables
                .into_iter()
                .find(|table| table.column(column).is_some())
        };
        let outer = scan_of(one.plan.outer(join.id), &pair.outer);
        let inner = scan_of(one.plan.inner(join.id), &pair.inner);
        outer.is_some_and(|outer| outer.name == table.name)
            && inner.is_some_and(|inner| is_calendar(design, inner))
    })
}

/// Whether a column of whole numbers holds days as `20261128`: its least and its greatest value do.
fn reads_as_days(design: &Design, table: &Table, name: &Ident) -> bool {
    let whole = table
        .column(name)
        .is_some_and(|column| matches!(column.data_type, DataType::Integer | DataType::BigInt));
    let stats = design.stats.table(&table.name);
    let known = stats.and_then(|stats| stats.columns.get(name));
    let ends = known.and_then(|known| known.min.as_ref().zip(known.max.as_ref()));
    let is_day = |value: &serde_json::Value| {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.len() == "20261128".len() && jiff::civil::Date::strptime("%Y%m%d", text).is_ok()
    };
    whole && ends.is_some_and(|(min, max)| is_day(min) && is_day(max))
}

/// Whether a table has a row for each day: a date with as many values as it has rows.
fn is_calendar(design: &Design, table: &Table) -> bool {
    let rows = design.rows(table);
    let stats = design.stats.table(&table.name);
    table.columns.iter().any(|column| {
        let known = stats.and_then(|stats| stats.columns.get(&column.name));
        let distinct = known.and_then(|known| known.distinct);
        let alone = |key: &Vec<Ident>| key.as_slice() == [column.name.clone()];
        let unique = table.unique.iter().any(alone)
            || distinct
                .zip(rows)
                .is_some_and(|(distinct, rows)| distinct >= rows);
        is_time(&column.data_type) && unique
    })
}

/// Whether a column's values are days or times.
pub(in crate::advise) fn is_time(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Date | DataType::Timestamp | DataType::TimestampTz
    )
}
