//! Bytes of values before compression.

use crate::schema::DataType;
use crate::stats::TableStats;
use crate::thresholds::DEFAULT_TEXT_BYTES;

use super::sane;

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
