//! The keys of every table: what the search takes and what it returns.

use std::sync::Arc;

use crate::name::{Ident, TableName};
use crate::planner::Prepared;
use crate::schema::{DistStyle, Schema, SortKey, Table};
use crate::stats::{Stats, TableStats};
use crate::work::bytes_of;

/// A design: the tables with their keys, and what is known of their data under it.
#[derive(Debug, Clone)]
pub(super) struct Design {
    pub schema: Schema,
    pub stats: Stats,
    /// What the planner finds out of the tables whatever their keys.
    pub prepared: Arc<Prepared>,
}

impl Design {
    /// These tables with the keys that they have.
    pub fn new(schema: Schema, stats: Stats) -> Self {
        Self {
            prepared: Arc::new(Prepared::of(&schema)),
            schema,
            stats,
        }
    }

    /// The design with another table.
    #[must_use]
    pub fn with_table(mut self, table: Table, stats: TableStats) -> Self {
        self.stats.tables.insert(table.name.clone(), stats);
        self.schema.tables.insert(table.name.clone(), table);
        Self::new(self.schema, self.stats)
    }

    /// A table by its full name.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.schema.tables.get(name)
    }

    /// Where a table's rows are; EVEN where it is not known.
    pub fn style(&self, name: &TableName) -> DistStyle {
        let table = self.table(name);
        table.map_or(DistStyle::Even, |table| effective(&table.dist_style))
    }

    /// Distributes a table otherwise: what is known of its skew no longer holds. AUTO stays
    /// AUTO where it stands for the same: Redshift may know better.
    pub fn distribute(&mut self, name: &TableName, style: DistStyle) {
        if self.table(name).is_none() || self.style(name) == style {
            return;
        }
        if let Some(table) = self.schema.tables.get_mut(name) {
            table.dist_style = style;
        }
        for (other, stats) in &mut self.stats.tables {
            if other.matches(name) {
                stats.diststyle = None;
                stats.skew_rows = None;
            }
        }
    }

    /// Sorts a table by other columns. Rows that arrived since the last sort stay
    /// unsorted: that share depends on loads, not on the key.
    pub fn sort(&mut self, name: &TableName, columns: &[Ident]) {
        if let Some(table) = self.schema.tables.get_mut(name) {
            table.sort_key = SortKey::Compound(columns.to_vec());
        }
        for (other, stats) in &mut self.stats.tables {
            if other.matches(name) {
                stats.sortkey1 = None;
            }
        }
    }

    /// The tables whose keys differ from those of another design.
    pub fn changed_from(&self, other: &Design) -> Vec<TableName> {
        let tables = self.schema.tables.iter();
        let changed = tables.filter(|(name, table)| {
            let there = other.table(name);
            there.is_some_and(|there| {
                there.dist_style != table.dist_style || there.sort_key != table.sort_key
            })
        });
        changed.map(|(name, _)| name.clone()).collect()
    }

    /// The design with some tables as another has them.
    #[must_use]
    pub fn with_tables_of(&self, other: &Design, tables: &[TableName]) -> Design {
        let mut design = self.clone();
        for name in tables {
            design.take_keys(other, name, true, true);
        }
        design
    }

    /// Gives a table the distribution, the sort key or both that another design has.
    pub fn take_keys(&mut self, other: &Design, name: &TableName, distribution: bool, sort: bool) {
        let (Some(there), Some(here)) = (other.table(name), self.schema.tables.get_mut(name))
        else {
            return;
        };
        if distribution {
            here.dist_style = there.dist_style.clone();
        }
        if sort {
            here.sort_key = there.sort_key.clone();
        }
        // Few names match, and to look each one up takes longer than to compare it.
        let known = self.stats.tables.iter_mut();
        for (known, stats) in known.filter(|(known, _)| known.matches(name)) {
            let Some(then) = other.stats.tables.get(known) else {
                continue;
            };
            if distribution {
                stats.diststyle.clone_from(&then.diststyle);
                stats.skew_rows = then.skew_rows;
            }
            if sort {
                stats.sortkey1.clone_from(&then.sortkey1);
            }
        }
    }

    /// A table's rows, where they are known.
    pub fn rows(&self, table: &Table) -> Option<f64> {
        self.stats.table(&table.name)?.rows
    }

    /// Bytes of a table before compression; `None` where its rows are not known.
    pub fn raw_bytes(&self, table: &Table) -> Option<f64> {
        let nothing = TableStats::default();
        let known = self.stats.table(&table.name).unwrap_or(&nothing);
        let columns = table.columns.iter();
        let width: f64 = columns
            .map(|column| bytes_of(&column.data_type, known, &column.name))
            .sum();
        Some(known.rows? * width)
    }
}

/// The style that counts: what AUTO stands for, EVEN where that is not known.
pub(super) fn effective(style: &DistStyle) -> DistStyle {
    match style {
        DistStyle::Auto(Some(style)) => (**style).clone(),
        DistStyle::Auto(None) => DistStyle::Even,
        style => style.clone(),
    }
}
