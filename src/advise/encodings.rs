//! Encodings by type and role, for tables where they are named.

use std::collections::BTreeMap;

use crate::name::Ident;
use crate::schema::{Encoding, Table};

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
            Encoding::Lzo | Encoding::Raw => column.data_type.suited_encoding().unwrap_or(now),
            _ => now,
        };
        if wanted != now {
            changes.insert(column.name.clone(), wanted);
        }
    }
    changes
}
