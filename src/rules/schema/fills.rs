//! Where a file fills its tables.

use std::collections::HashMap;

use super::Context;
use crate::name::TableName;
use crate::schema::uses::{Change, Write};

/// The INSERT and COPY statements of a file by their table, in their order.
pub(super) struct Fills<'a>(HashMap<&'a TableName, Vec<&'a Write>>);

impl<'a> Fills<'a> {
    pub fn of(cx: &Context<'a>) -> Self {
        let mut fills: HashMap<&TableName, Vec<&Write>> = HashMap::new();
        for write in &cx.here.writes {
            if matches!(write.change, Change::Insert | Change::Copy) {
                fills.entry(&write.table).or_default().push(write);
            }
        }
        Self(fills)
    }

    /// The first one of the same table after a change of its rows.
    pub fn after(&self, change: &Write) -> Option<&'a Write> {
        let of_table = self.0.get(&change.table)?;
        let before = of_table.partition_point(|fill| fill.span.start <= change.span.start);
        of_table.get(before).copied()
    }
}
