//! Rows that lie in the order of a column that is no sort key.
//!
//! Every block of every column has a zone map, sort key or not [STV_BLOCKLIST], so that rows which
//! arrived in the order of a column are skipped by it as well: queries on one customer of a table
//! without a sort key took 0.1 s where all of it takes 1 to 3 s (ClickBench, loaded by customer).
//! How closely rows follow a column is the `correlation` of pg_stats. PostgreSQL weighs reading
//! in order and reading anywhere by its square (`cost_index`), and so does the median here.

use crate::name::Ident;
use crate::plan::condition::{Comparison, Conjunct};
use crate::schema::{DataType, SortKey, Table};
use crate::stats::TableStats;
use crate::thresholds::DEFAULT_DISTINCT;

use super::Bound;
use super::restriction::{Open, asked};
use super::width::{bytes_of, is_text};
use super::zone_map::{KeyColumn, Layout, Part, Restriction, Surviving};

/// What the order of the rows spares a scan.
pub(super) struct Order<'a> {
    /// The rows that are left if they lie in the order of the column.
    pub surviving: Surviving,
    /// How much that counts against reading all, 0 to 1.
    pub weight: f64,
    /// How closely the rows follow the column, where that is known.
    correlation: Option<f64>,
    condition: &'a Conjunct,
    column: &'a Ident,
    /// The condition, where it is not known how many of the rows it leaves.
    open: Option<Open<'a>>,
}

impl Order<'_> {
    /// Whether it is not known how much is skipped.
    pub(super) fn is_unknown(&self) -> bool {
        self.correlation.is_none() || self.open.is_some()
    }

    /// What the reader is told.
    pub(super) fn told(&self, table: &Table) -> String {
        let (name, column, condition) = (&table.name, self.column, &self.condition.text);
        let narrower = self.open.as_ref().and_then(|open| open.narrower(table));
        match (self.correlation, narrower) {
            (None, _) => format!(
                "Whether the rows of `{name}` lie in the order of `{column}` is not known: if they \
                 arrived by it, `{condition}` skips blocks as a sort key would. The low end of the \
                 interval does, the median and the high end read all. `distkey stats-query --columns` \
                 exports the correlation that tells."
            ),
            (Some(_), None) => format!(
                "The rows of `{name}` follow `{column}` by a correlation whose square is {:.2}: as \
                 much of what `{condition}` rules out is skipped.",
                self.weight
            ),
            (Some(_), Some(narrower)) => format!(
                "The rows of `{name}` follow `{column}` by a correlation whose square is {:.2}, but \
                 how many of them `{condition}` rules out is not known: the low end of the interval \
                 skips as much of all of them, the median and the high end none. {narrower}",
                self.weight
            ),
        }
    }
}

/// What the best of the conditions spares a table that no sort key lays in the order of its column.
pub(super) fn order<'a>(
    table: &'a Table,
    stats: &TableStats,
    layout: &Layout,
    filters: &[&'a Conjunct],
    bound: Bound,
) -> Option<Order<'a>> {
    let found = filters.iter().filter_map(|condition| {
        let column = candidate(table, condition)?;
        let known = stats.columns.get(column);
        let correlation = known.and_then(|known| known.correlation);
        // Rows that lie in any other order spare nothing.
        if correlation == Some(0.0) {
            return None;
        }
        let asked = asked(table, column, stats, filters, bound);
        let restriction = match (asked.restriction, &asked.open) {
            (Restriction::None, None) => return None,
            // Not known here, and all is left of it.
            (Restriction::None, Some(_)) => Restriction::Range(Part::new(None, 1.0)),
            (known, _) => known,
        };
        let data_type = &table.column(column)?.data_type;
        let key = KeyColumn {
            distinct: known
                .and_then(|known| known.distinct)
                .unwrap_or(DEFAULT_DISTINCT),
            bytes: bytes_of(data_type, stats, column),
            restriction,
        };
        let weight = match (correlation, bound) {
            (Some(correlation), _) => correlation * correlation,
            (None, Bound::Low) => 1.0,
            (None, Bound::Likely | Bound::High) => 0.0,
        };
        Some(Order {
            surviving: layout.surviving(&[key])?,
            weight,
            correlation,
            condition,
            column,
            open: asked.open,
        })
    });
    let left = |order: &Order<'_>| {
        let all = layout.sorted_rows().max(1.0);
        1.0 - order.weight * (1.0 - order.surviving.rows() / all)
    };
    found.min_by(|a, b| left(a).total_cmp(&left(b)))
}

/// The column whose order a condition could skip by. In a table with a sort key rows lie by that;
/// a date beside a date that leads it still follows it, as a delivery does an order.
fn candidate<'a>(table: &'a Table, condition: &'a Conjunct) -> Option<&'a Ident> {
    let [name] = condition.columns.as_slice() else {
        return None;
    };
    let compares = matches!(
        condition.comparison,
        Comparison::Equal | Comparison::OneOf | Comparison::Range
    );
    let column = table
        .column(name)
        .filter(|column| !is_text(&column.data_type))?;
    let follows = match &table.sort_key {
        SortKey::Compound(columns) if !columns.is_empty() => {
            let leading = table.column(columns.first()?)?;
            leading.name != column.name && is_time(&leading.data_type) && is_time(&column.data_type)
        }
        SortKey::Interleaved(_) => false,
        _ => table.sort_columns().is_empty(),
    };
    (compares && condition.around.is_none() && follows).then_some(name)
}

fn is_time(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Date | DataType::Timestamp | DataType::TimestampTz
    )
}
