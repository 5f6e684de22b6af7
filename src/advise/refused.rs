//! Why a table should not be distributed by a column.

use std::collections::BTreeSet;

use super::Request;
use super::design::Design;
use crate::name::Ident;
use crate::schema::{DataType, Table, TableName};
use crate::text::units::count;
use crate::thresholds::VALUES_PER_SLICE;

/// NULLs all hash to one slice: with more of them than this it holds most of the table.
const MOSTLY_NULL: f64 = 0.5;

/// Why a table should not be distributed by a column.
pub(super) fn refusal(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    name: &Ident,
    narrow: &BTreeSet<(TableName, Ident)>,
) -> Option<String> {
    if let Some(reason) = few_values(request, design, table, name) {
        return Some(reason);
    }
    let column = table.column(name)?;
    let dated = matches!(
        column.data_type,
        DataType::Date | DataType::Timestamp | DataType::TimestampTz
    );
    if dated && narrow.contains(&(table.name.clone(), name.to_owned())) {
        return Some("a query for a short time would work on few slices".to_owned());
    }
    None
}

/// Distinct values of a column, where they are known: no more than the table has rows.
pub(super) fn values(design: &Design, table: &Table, name: &Ident) -> Option<f64> {
    let stats = design.stats.table(&table.name);
    let known = stats.and_then(|stats| stats.columns.get(name));
    let distinct = match table.column(name)?.data_type {
        DataType::Boolean => Some(2.0),
        _ => known
            .and_then(|column| column.distinct)
            .or_else(|| referred(design, table, name)),
    }?;
    Some(
        design
            .rows(table)
            .map_or(distinct, |rows| distinct.min(rows)),
    )
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

/// Why its values leave slices without rows, if they do.
pub(super) fn few_values(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    name: &Ident,
) -> Option<String> {
    let stats = design.stats.table(&table.name);
    let known = stats.and_then(|stats| stats.columns.get(name));
    let slices = request.env.cluster.slices();
    let distinct = values(design, table, name).or_else(|| design.rows(table));
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
    None
}
