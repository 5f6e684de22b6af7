//! What a scan reads.

use crate::plan::{Node, cost};
use crate::schema::{DataType, Table};
use crate::stats::TableStats;

use super::{Context, ScanWork, Work, sane};

/// Average bytes taken for a VARCHAR whose average is not known, at most its length.
const DEFAULT_TEXT_BYTES: f64 = 32.0;

/// The scan of one step.
pub(super) fn scan(node: &Node, cx: &Context<'_>, work: &mut Work) -> ScanWork {
    let name = node.relation_name().unwrap_or_default();
    let (schema_name, bare) = match name.rsplit_once('.') {
        Some((schema, bare)) => (Some(schema), bare),
        None => (None, name.as_str()),
    };
    let table = cx
        .schema
        .and_then(|schema| schema.resolve(schema_name, bare));
    let stats = cx.stats.and_then(|stats| stats.table(schema_name, bare));
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
    let columns = cx.known.and_then(|known| known.columns.get(&node.id));
    let (fixed, text) = match (table, columns) {
        (Some(table), Some(columns)) => widths(table, columns, stats),
        _ => {
            work.assume("The printed width stands for the columns that a scan reads: columns used in filters only are not counted, and all are taken as fixed-width.".to_owned());
            (sane(node.width).unwrap_or(0.0), 0.0)
        }
    };
    ScanWork {
        table_rows: rows,
        rows_read: rows,
        share_read: 1.0,
        fixed_bytes: rows * fixed,
        text_bytes: rows * text,
        blocks_read: 0.0,
        blocks_total: 0.0,
        columns: columns.map_or(0, Vec::len),
        known: columns.is_some() && table.is_some(),
        pruning: String::new(),
    }
}

/// Bytes per row of the fixed-width and of the text columns that are read.
fn widths(table: &Table, columns: &[String], stats: Option<&TableStats>) -> (f64, f64) {
    let mut fixed = 0.0;
    let mut text = 0.0;
    for name in columns {
        let Some(column) = table.column(name) else {
            continue;
        };
        let average = stats
            .and_then(|stats| stats.columns.get(name))
            .and_then(|column| sane(column.average_bytes));
        match text_length(&column.data_type) {
            Some(length) => text += average.unwrap_or(length.min(DEFAULT_TEXT_BYTES)),
            None => fixed += average.unwrap_or_else(|| fixed_bytes(&column.data_type)),
        }
    }
    (fixed, text)
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
pub(super) fn fixed_bytes(data_type: &DataType) -> f64 {
    match data_type {
        DataType::Boolean => 1.0,
        DataType::SmallInt => 2.0,
        DataType::Integer | DataType::Real | DataType::Date => 4.0,
        DataType::Decimal { precision, .. } if *precision > 19 => 16.0,
        _ => 8.0,
    }
}
