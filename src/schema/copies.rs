//! Tables with the same columns: one design, written down once for each schema, tenant or report.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Table, TableKind, TableName};

/// The names of tables with the same columns, by a hash of these.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Copies(HashMap<u64, Vec<TableName>>);

impl Copies {
    /// The groups of two and more, each in the order of definition.
    pub fn among(tables: &BTreeMap<TableName, Table>) -> Self {
        let mut alike: HashMap<u64, Vec<&Table>> = HashMap::new();
        for table in tables.values().filter(|table| is_of_kind(table)) {
            alike.entry(hash(table)).or_default().push(table);
        }
        let groups = alike.into_iter().filter(|(_, tables)| tables.len() > 1);
        let groups = groups.map(|(hash, mut tables)| {
            tables.sort_by_key(|table| table.defined_at);
            let names = tables.into_iter().map(|table| table.name.clone());
            (hash, names.collect())
        });
        Self(groups.collect())
    }

    /// The group of a table.
    pub fn of(&self, table: &Table) -> &[TableName] {
        if self.0.is_empty() || !is_of_kind(table) {
            return &[];
        }
        let group = self.0.get(&hash(table)).map_or(&[][..], Vec::as_slice);
        // One that was dropped or defined anew has no copies.
        match group.contains(&table.name) {
            true => group,
            false => &[],
        }
    }
}

fn is_of_kind(table: &Table) -> bool {
    table.kind == TableKind::Table && table.columns_known
}

fn hash(table: &Table) -> u64 {
    let mut hasher = DefaultHasher::new();
    for column in &table.columns {
        (&column.name, &column.data_type).hash(&mut hasher);
    }
    hasher.finish()
}
