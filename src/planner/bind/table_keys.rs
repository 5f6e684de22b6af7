//! The keys of a table that is read, for the join to reckon by.

use crate::name::Ident;
use crate::planner::logical::expr::ColumnId;
use crate::planner::logical::keys::{Evidence, Keyed, Reference, Unique};
use crate::schema::{DistStyle, Table};

use super::key_index::Referring;
use super::table::known_rows;
use super::{Binder, Catalog};

impl<'a> Binder<'a, '_> {
    /// Registers which columns of a table are keys and to what the others refer.
    pub(super) fn keys_of(&mut self, table: &'a Table, rows: f64, columns: &[(String, ColumnId)]) {
        let keys = self.catalog.prepared.keys.of(self.catalog.schema, table);
        let id = |name: &Ident| {
            let mut all = columns.iter();
            all.find(|(known, _)| *known == name.as_str())
                .map(|(_, id)| *id)
        };
        let mut unique: Vec<Unique> = Vec::new();
        let mut add = |names: &[Ident], evidence| {
            if let Some(columns) = names.iter().map(id).collect::<Option<Vec<_>>>() {
                unique.push(Unique { columns, evidence });
            }
        };
        for (key, evidence) in &keys.unique {
            add(key, *evidence);
        }
        if let Some(key) = laid_out(table).filter(|_| table.primary_key.is_empty()) {
            add(std::slice::from_ref(key), Evidence::LaidOut);
        }
        let ids = columns.iter().map(|(_, id)| *id);
        let keyed = Keyed {
            table: Some(table.name.clone()),
            rows,
            unique,
            filters: Vec::new(),
        };
        self.columns.keys.add(ids, keyed);
        for referring in &keys.references {
            if let (Some(id), Some(reference)) = (id(&referring.column), self.reference(referring))
            {
                self.columns.keys.refer(id, reference);
            }
        }
    }

    /// The key that a column refers to, with the rows of its table; `None` where they are unknown.
    fn reference(&self, referring: &Referring) -> Option<Reference> {
        let Catalog { schema, stats, .. } = self.catalog;
        let table = schema.tables.get(&referring.table)?;
        Some(Reference {
            table: table.name.to_string(),
            rows: known_rows(table, stats.table(&table.name))?,
            declared: referring.declared,
        })
    }
}

/// The column that alone is both DISTKEY and SORTKEY.
fn laid_out(table: &Table) -> Option<&Ident> {
    let style = match &table.dist_style {
        DistStyle::Auto(Some(known)) => known,
        style => style,
    };
    match (style, table.sort_columns()) {
        (DistStyle::Key(key), [only]) if key == only => Some(only),
        _ => None,
    }
}
