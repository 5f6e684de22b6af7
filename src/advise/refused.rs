//! Why a table should not be distributed by a column.

use std::collections::BTreeSet;

use super::Request;
use super::design::Design;
use crate::name::Ident;
use crate::schema::{DataType, DistStyle, Table, TableName};
use crate::text::units::count;
use crate::thresholds::{ALERT_ROWS, SKEWED, VALUES_PER_SLICE};

/// Why a table should not be distributed by a column.
pub(super) fn refusal(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    name: &Ident,
    narrow: &BTreeSet<(TableName, Ident)>,
) -> Option<String> {
    let column = table.column(name)?;
    if !places_rows(&column.data_type) {
        return Some(format!(
            "Redshift takes no {} column as DISTKEY",
            column.data_type
        ));
    }
    if let Some(reason) = uneven(request, design, table, name) {
        return Some(reason);
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

/// Whether a column of this type can be a DISTKEY or in a sort key [CREATE TABLE; the pages of
/// SUPER, GEOMETRY, GEOGRAPHY, VARBYTE and HLLSKETCH].
pub(super) fn places_rows(data_type: &DataType) -> bool {
    !matches!(
        data_type,
        DataType::Super
            | DataType::Varbyte(_)
            | DataType::HllSketch
            | DataType::Geometry
            | DataType::Geography
    )
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

/// Why a column's values leave slices idle, if they do.
pub(super) fn uneven(
    request: &Request<'_>,
    design: &Design,
    table: &Table,
    name: &Ident,
) -> Option<String> {
    let slices = request.env.cluster.slices();
    let rows = design.rows(table);
    let distinct = values(design, table, name).or(rows);
    if let Some(values) = distinct.filter(|values| *values < slices * VALUES_PER_SLICE) {
        return Some(format!(
            "{} values for {slices:.0} slices would spread unevenly",
            count(values)
        ));
    }
    if rows.is_some_and(|rows| rows < ALERT_ROWS) {
        return None;
    }
    let stats = design.stats.table(&table.name)?;
    let of_column = stats.columns.get(name);
    if let Some(share) = of_column.and_then(|column| column.null_share)
        && let Some(times) = skewed(share, slices)
    {
        return Some(format!(
            "{:.0} % of its rows are NULL there and lie on one slice, {times:.1} times the rows of another",
            share * 100.0
        ));
    }
    let common = of_column.and_then(|column| column.most_common.first());
    if let Some(common) = common
        && let Some(times) = skewed(common.share, slices)
    {
        return Some(format!(
            "{:.0} % of its rows have one value and lie on one slice, {times:.1} times the rows of another",
            common.share * 100.0
        ));
    }
    let here = table.dist_style == DistStyle::Key(name.clone());
    let skew = stats.skew_rows.filter(|skew| here && *skew >= SKEWED)?;
    Some(format!(
        "its fullest slice holds {skew:.1} times the rows of the emptiest (`skew_rows`)"
    ))
}

/// How many times the rows of any other slice one slice holds where this share of the rows lies
/// there and the rest is spread evenly, if that is skewed.
fn skewed(share: f64, slices: f64) -> Option<f64> {
    let times = 1.0 + share * slices / (1.0 - share).max(f64::EPSILON);
    (slices > 1.0 && times >= SKEWED).then_some(times)
}
