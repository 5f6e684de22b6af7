//! Encodings by type and role, for tables where they are named.

use std::collections::BTreeMap;

use crate::name::Ident;
use crate::schema::{DataType, Encoding, Table};

/// The encodings that should change. A table on ENCODE AUTO is left to Redshift,
/// which keeps them up to date; so are columns whose encoding is not named.
pub(super) fn better(table: &Table, sort_columns: &[Ident]) -> BTreeMap<Ident, Encoding> {
    let mut changes = BTreeMap::new();
    if table.encode_auto {
        return changes;
    }
    for column in &table.columns {
        let Some(now) = column.encoding else { continue };
        let first = sort_columns.first() == Some(&column.name);
        let sorted = sort_columns.contains(&column.name);
        let wanted = match now {
            // Zone maps of the first sort column stay finest without compression.
            _ if first => now,
            Encoding::Raw if sorted => now,
            Encoding::Lzo | Encoding::Raw => suits(&column.data_type).unwrap_or(now),
            _ => now,
        };
        if wanted != now {
            changes.insert(column.name.clone(), wanted);
        }
    }
    changes
}

/// AZ64 for numbers, dates and times, ZSTD for text [Compression encodings].
fn suits(data_type: &DataType) -> Option<Encoding> {
    match data_type {
        DataType::SmallInt
        | DataType::Integer
        | DataType::BigInt
        | DataType::Decimal { .. }
        | DataType::Date
        | DataType::Timestamp
        | DataType::TimestampTz => Some(Encoding::Az64),
        DataType::Char(n) | DataType::Varchar(n) if *n >= 4 => Some(Encoding::Zstd),
        _ => None,
    }
}
