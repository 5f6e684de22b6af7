//! The keys of a table that is read, for the join to reckon by.

use crate::name::Ident;
use crate::planner::logical::expr::ColumnId;
use crate::planner::logical::keys::{Evidence, Keyed, Reference, Unique};
use crate::schema::{DistStyle, Table};

use super::Binder;
use super::table::known_rows;

impl<'a> Binder<'a, '_> {
    /// Registers which columns of a table are keys and to what the others refer.
    pub(super) fn keys_of(&mut self, table: &'a Table, rows: f64, columns: &[(String, ColumnId)]) {
        let index = self.catalog.keys;
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
        for key in index.declared(table) {
            add(key, Evidence::Declared);
        }
        if let Some(key) = index.named(table) {
            add(std::slice::from_ref(key), Evidence::Named);
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
        for (name, id) in columns {
            if let Some(reference) = self.reference(table, name) {
                self.columns.keys.refer(*id, reference);
            }
        }
    }

    /// The key that a column refers to: as REFERENCES says, else as its name does.
    fn reference(&self, table: &'a Table, column: &str) -> Option<Reference> {
        let declared = table
            .foreign_keys
            .iter()
            .filter(|key| matches!(key.columns.as_slice(), [only] if only.as_str() == column))
            .find_map(|key| self.catalog.schema.resolve(&key.table));
        let found = declared.or_else(|| self.catalog.keys.referred(table, column))?;
        // Its own key refers to nothing; a declared one may, to its parent.
        if found.name == table.name {
            return None;
        }
        Some(Reference {
            table: found.name.to_string(),
            rows: known_rows(found, self.catalog.stats.table(&found.name))?,
            declared: declared.is_some(),
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
