//! A workload's `stats.json` may give one average for all VARCHAR columns that it
//! does not name.

use crate::schema::{DataType, Schema};
use crate::stats::Stats;

/// The entry that stands for them, folded as column names are.
const OTHERS: &str = "(other varchar columns)";

/// Gives every VARCHAR column without an average of its own that of the others.
pub(super) fn fill_others(stats: &mut Stats, schema: &Schema) {
    for (name, table) in &mut stats.tables {
        let others = table
            .columns
            .remove(OTHERS)
            .and_then(|stats| stats.average_bytes);
        let (Some(average), Some(defined)) = (others, schema.resolve(name)) else {
            continue;
        };
        let texts = defined
            .columns
            .iter()
            .filter(|column| matches!(column.data_type, DataType::Varchar(_)));
        for column in texts {
            let stats = table.columns.entry(column.name.clone()).or_default();
            stats.average_bytes.get_or_insert(average);
        }
    }
}
