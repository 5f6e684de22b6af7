//! What a scan reads: columns, bytes, and blocks after zone maps.

use crate::name::Ident;
use crate::plan::condition::{Comparison, Conjunct};
use crate::plan::{Node, cost};
use crate::schema::{DataType, DistStyle, SortKey, Table};
use crate::stats::{TableStats, number_of_text};
use crate::thresholds::{DEFAULT_DISTINCT, DEFAULT_TEXT_BYTES};

use super::zone_map::{KeyColumn, Layout, Part, Restriction, Surviving, busy_slices};
use super::{Context, ScanWork, Work, sane};

/// The scan of one step.
pub(super) fn scan(node: &Node, cx: &Context<'_>, work: &mut Work) -> ScanWork {
    let name = node.table_name().unwrap_or_default();
    let table = cx.schema.and_then(|schema| schema.resolve(&name));
    let stats = cx
        .stats
        .and_then(|stats| stats.table(table.map_or(&name, |table| &table.name)));
    let from_cost = cost::rows_scanned(node).and_then(|rows| sane(Some(rows)));
    let rows = sane(stats.and_then(|stats| stats.rows))
        .or(from_cost)
        .or(sane(node.rows));
    let rows = rows.unwrap_or_else(|| {
        work.assume(format!(
            "The rows of `{name}` are unknown: none are counted."
        ));
        0.0
    });
    let deleted = stats
        .and_then(|stats| sane(stats.deleted_rows))
        .unwrap_or(0.0);
    let reads = cx.known.and_then(|known| known.reads.get(&node.id));
    let mut scan = ScanWork {
        table_rows: rows,
        rows_read: rows,
        share_read: 1.0,
        known: reads.is_some() && table.is_some(),
        ..ScanWork::default()
    };
    let filters: Vec<&Conjunct> = node.filters().collect();
    let (Some(table), Some(stats)) = (table, stats) else {
        let columns = reads.zip(table);
        return without_stats(node, scan, columns, &filters, work);
    };
    let names = match reads {
        Some(names) => names.clone(),
        None => {
            work.assume("A printed plan does not say which columns a scan reads: those of its filter and its width are counted.".to_owned());
            filter_columns(&filters, table)
        }
    };
    let layout = Layout {
        rows: rows + deleted,
        slices: cx.shape.slices,
        unsorted: stats.unsorted.unwrap_or(0.0),
    };
    let measured = cx
        .known
        .and_then(|known| known.share_read.get(&node.id))
        .copied();
    // With a distribution key that is asked for by value, few slices hold matches.
    let asked = dist_key(table).and_then(|key| Some((key, asked_values(key, &filters)?)));
    let held = asked.map_or(1.0, |(_, values)| {
        (values / cx.shape.slices.max(1.0)).min(1.0)
    });
    let surviving = match measured {
        Some(_) => None,
        None => surviving(table, stats, &layout, &filters, held, &mut scan),
    };
    let held = if surviving.is_some() { held } else { 1.0 };
    let mut least = 1.0f64;
    for name in &names {
        let Some(column) = table.column(name) else {
            continue;
        };
        let width = bytes_of(&column.data_type, stats, name);
        let mut blocks = layout.blocks(width, surviving.as_ref());
        // The sorted rows of the other slices hold other values: they are skipped.
        blocks.read = (blocks.read - blocks.unsorted) * held + blocks.unsorted;
        let mut share = measured.unwrap_or(match blocks.total > 0.0 {
            true => blocks.read / blocks.total,
            false => 1.0,
        });
        least = least.min(share);
        // Zone maps can't prune such a predicate: the whole column is searched,
        // even where another column's predicate skips blocks.
        if is_text(&column.data_type) && is_searched(name, &filters) {
            share = 1.0;
        }
        scan.blocks_read += share * blocks.total;
        scan.blocks_total += blocks.total;
        let bytes = layout.rows * width * share;
        match is_text(&column.data_type) {
            true => {
                scan.text_bytes += bytes;
                scan.text_values += layout.rows * share;
            }
            false => scan.fixed_bytes += bytes,
        }
    }
    if reads.is_none() {
        scan.fixed_bytes += rows * sane(node.width).unwrap_or(0.0) * least;
    }
    scan.columns = names.len();
    scan.share_read = least;
    scan.rows_read = layout.rows * least;
    scan
}

/// Slices that hold the rows of a scan, where they are fewer than all.
pub(super) fn slices(node: &Node, table: &Table, stats: &TableStats, all: f64) -> Option<f64> {
    let key = dist_key(table)?;
    let asked = asked_values(key, &node.filters().collect::<Vec<_>>());
    let distinct = stats
        .columns
        .get(key)
        .and_then(|column| sane(column.distinct));
    let busy = busy_slices(asked.or(distinct)?, all);
    (busy < all).then_some(busy)
}

/// The column by which a table is distributed.
fn dist_key(table: &Table) -> Option<&Ident> {
    let style = match &table.dist_style {
        DistStyle::Auto(Some(style)) => style,
        style => style,
    };
    match style {
        DistStyle::Key(key) => Some(key),
        _ => None,
    }
}

/// How many values of a column a filter asks for, if it asks by value.
fn asked_values(column: &str, filters: &[&Conjunct]) -> Option<f64> {
    filters
        .iter()
        .filter(|filter| matches!(filter.columns.as_slice(), [only] if only == column))
        .filter(|filter| filter.around.is_none())
        .filter(|filter| matches!(filter.comparison, Comparison::Equal | Comparison::OneOf))
        .map(|filter| filter.literals.len().max(1) as f64)
        .reduce(f64::min)
}

/// A scan of which only rows, perhaps columns, are known.
fn without_stats(
    node: &Node,
    mut scan: ScanWork,
    columns: Option<(&Vec<Ident>, &Table)>,
    filters: &[&Conjunct],
    work: &mut Work,
) -> ScanWork {
    let rows = scan.rows_read;
    let Some((names, table)) = columns else {
        work.assume("The printed width stands for the columns that a scan reads: columns used in filters only are not counted, and all are taken as fixed-width.".to_owned());
        scan.fixed_bytes = rows * sane(node.width).unwrap_or(0.0);
        scan.pruning =
            "no statistics, so nothing is said of blocks that could be skipped".to_owned();
        return scan;
    };
    let stats = TableStats::default();
    for name in names {
        let Some(column) = table.column(name) else {
            continue;
        };
        let bytes = rows * bytes_of(&column.data_type, &stats, name);
        match is_text(&column.data_type) {
            true => {
                scan.text_bytes += bytes;
                scan.text_values += rows;
            }
            false => scan.fixed_bytes += bytes,
        }
    }
    scan.columns = names.len();
    if filters.iter().any(|filter| leads(table, filter)) {
        scan.pruning =
            "no statistics, so nothing is said of blocks that could be skipped".to_owned();
    }
    scan
}

fn filter_columns(filters: &[&Conjunct], table: &Table) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    for name in filters.iter().flat_map(|filter| &filter.columns) {
        if table.column(name).is_some() && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn leads(table: &Table, filter: &Conjunct) -> bool {
    table
        .sort_columns()
        .first()
        .is_some_and(|first| filter.columns.contains(first))
}

/// Whether a predicate has to look at every value of a text column.
fn is_searched(name: &str, filters: &[&Conjunct]) -> bool {
    filters.iter().any(|filter| {
        filter.columns.iter().any(|column| column == name)
            && matches!(filter.comparison, Comparison::Pattern | Comparison::Other)
    })
}

/// What the sort key leaves to be read, and the sentence for it.
fn surviving(
    table: &Table,
    stats: &TableStats,
    layout: &Layout,
    filters: &[&Conjunct],
    held: f64,
    scan: &mut ScanWork,
) -> Option<Surviving> {
    let columns = table.sort_columns();
    if columns.is_empty() {
        scan.pruning = match table.sort_key {
            SortKey::Auto(_) => {
                "SORTKEY AUTO: no order is known, so no block is skipped".to_owned()
            }
            _ => "no sort key, so no block is skipped".to_owned(),
        };
        return None;
    }
    if let SortKey::Interleaved(_) = table.sort_key {
        scan.pruning = "an interleaved sort key: what it skips is not computed".to_owned();
        return None;
    }
    let key: Vec<KeyColumn> = columns
        .iter()
        .map(|name| KeyColumn {
            distinct: stats
                .columns
                .get(name)
                .and_then(|c| c.distinct)
                .unwrap_or(DEFAULT_DISTINCT),
            bytes: table
                .column(name)
                .map_or(8.0, |column| bytes_of(&column.data_type, stats, name)),
            restriction: match dist_key(table) == Some(name) {
                true => concentrated(restriction(name, stats, filters), held),
                false => restriction(name, stats, filters),
            },
        })
        .collect();
    let survives = layout.surviving(&key);
    scan.pruning = match (&survives, filters.is_empty()) {
        (Some(_), _) => format!(
            "sorted by `{}`, blocks outside of the predicate are skipped",
            columns.join("`, `")
        ),
        (None, true) => "no filter, so every block is read".to_owned(),
        (None, false) => format!(
            "no predicate that `{}` could skip blocks by",
            columns.join("`, `")
        ),
    };
    if layout.unsorted > 0.0 {
        scan.pruning.push_str(&format!(
            "; the unsorted {:.1} % are read whole",
            layout.unsorted * 100.0
        ));
    }
    survives
}

/// A restriction on the slices that hold its values: there they are a larger part.
fn concentrated(restriction: Restriction, held: f64) -> Restriction {
    let Restriction::Values(parts) = restriction else {
        return restriction;
    };
    let count = parts.len().max(1) as f64;
    // Each of these slices holds one of the values, all of it.
    let part = parts.first().map(|part| {
        let share = (part.to - part.from) * count / held.max(1e-9);
        Part::new(Some(part.from), share)
    });
    Restriction::Values(part.into_iter().collect())
}

/// What the filters ask of one column, as far as its zone map can tell.
fn restriction(name: &str, stats: &TableStats, filters: &[&Conjunct]) -> Restriction {
    let mine: Vec<&Conjunct> = filters
        .iter()
        .filter(|filter| filter.columns.iter().any(|column| column == name))
        .filter(|filter| filter.columns.len() == 1 && filter.around.is_none() && !filter.parameter)
        .copied()
        .collect();
    let column = stats.columns.get(name);
    let below = |value: f64| column.and_then(|column| column.share_between(None, Some(value)));
    let values: Option<Vec<&String>> = mine
        .iter()
        .filter(|filter| matches!(filter.comparison, Comparison::Equal | Comparison::OneOf))
        .map(|filter| filter.literals.iter().collect::<Vec<_>>())
        .min_by_key(Vec::len);
    if let Some(values) = values {
        let share = column
            .and_then(|column| column.share_equal(1.0))
            .unwrap_or(1.0 / DEFAULT_DISTINCT);
        let count = values.len().max(1);
        let mut parts: Vec<Part> = (0..count)
            .map(|i| {
                let place = values
                    .get(i)
                    .and_then(|value| below(number_of_text(value)?));
                // Values whose place is unknown are taken as evenly spread.
                Part::new(place.or(Some((i as f64 + 0.5) / count as f64)), share)
            })
            .collect();
        parts.sort_by(|a, b| a.from.total_cmp(&b.from));
        return Restriction::Values(parts);
    }
    let (mut low, mut high) = (None::<f64>, None::<f64>);
    let mut any = false;
    for filter in mine
        .iter()
        .filter(|filter| filter.comparison == Comparison::Range)
    {
        any = true;
        if let Some(bound) = filter.lower.as_deref().and_then(number_of_text) {
            low = Some(low.map_or(bound, |low| low.max(bound)));
        }
        if let Some(bound) = filter.upper.as_deref().and_then(number_of_text) {
            high = Some(high.map_or(bound, |high| high.min(bound)));
        }
    }
    if !any {
        return Restriction::None;
    }
    match column.and_then(|column| column.share_between(low, high)) {
        Some(share) => Restriction::Range(Part::new(low.map_or(Some(0.0), below), share)),
        // Without the least and greatest value nothing can be said to be skipped.
        None => Restriction::None,
    }
}

/// Bytes of a column's value.
pub fn bytes_of(data_type: &DataType, stats: &TableStats, name: &str) -> f64 {
    let average = stats
        .columns
        .get(name)
        .and_then(|column| sane(column.average_bytes));
    average.unwrap_or_else(|| match text_length(data_type) {
        Some(length) => length.min(DEFAULT_TEXT_BYTES),
        None => fixed_bytes(data_type),
    })
}

/// Whether a column's values differ in length.
pub(super) fn is_text(data_type: &DataType) -> bool {
    text_length(data_type).is_some()
}

/// The declared length of a text column.
fn text_length(data_type: &DataType) -> Option<f64> {
    match data_type {
        DataType::Char(n) | DataType::Varchar(n) | DataType::Varbyte(n) => Some(f64::from(*n)),
        DataType::Super | DataType::Geometry | DataType::Geography | DataType::HllSketch => {
            Some(DEFAULT_TEXT_BYTES)
        }
        _ => None,
    }
}

/// Bytes of a fixed-width value [Data types].
pub fn fixed_bytes(data_type: &DataType) -> f64 {
    match data_type {
        DataType::Boolean => 1.0,
        DataType::SmallInt => 2.0,
        DataType::Integer | DataType::Real | DataType::Date => 4.0,
        DataType::Decimal { precision, .. } if *precision > 19 => 16.0,
        _ => 8.0,
    }
}
