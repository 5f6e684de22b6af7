//! Where a file fills its tables.

use std::collections::HashMap;

use super::{Context, Created};
use crate::name::TableName;
use crate::schema::uses::{Change, Write};
use crate::sql::Body;

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

/// The tables that each run of the file makes anew: dropped there, then created, then filled.
pub(super) struct Rebuilt<'a> {
    /// Where each is dropped first.
    dropped: HashMap<&'a TableName, usize>,
    /// Where each is filled last.
    filled: HashMap<&'a TableName, usize>,
}

impl<'a> Rebuilt<'a> {
    pub fn of(cx: &Context<'a>) -> Self {
        let mut dropped = HashMap::new();
        for statement in &cx.script.statements {
            if let Body::Drop(drop) = &statement.body {
                for name in &drop.names {
                    dropped.entry(&name.table).or_insert(statement.span.start);
                }
            }
        }
        let fills = cx.here.writes.iter();
        let fills = fills.filter(|one| matches!(one.change, Change::Insert | Change::Copy));
        Self {
            dropped,
            filled: fills.map(|one| (&one.table, one.span.start)).collect(),
        }
    }

    /// Whether the table that a statement creates is one of them.
    pub fn has(&self, (create, _, statement): Created<'a>) -> bool {
        let name = &create.name.table;
        let at = |places: &HashMap<&TableName, usize>| places.get(name).copied();
        at(&self.dropped).is_some_and(|at| at < statement.span.start)
            && at(&self.filled).is_some_and(|at| at > statement.span.start)
    }
}
