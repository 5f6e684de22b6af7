//! The parts of a definition → the parts of a table.

use super::constraints::{Constraint, Constraints, keep};
use super::{Column, DistStyle, ForeignKey, Ident, Place, SortKey, Table, TableKind, TableName};
use crate::sql::{
    ColumnAttribute, ColumnDef, DistStyleWord, Named, SortKeyWord, TableAttribute, TableConstraint,
};

/// A table as Redshift makes it where no clause says otherwise.
pub(super) fn empty_table(name: TableName, defined_at: Place) -> Table {
    Table {
        name,
        kind: TableKind::Table,
        columns: Vec::new(),
        columns_known: true,
        dist_style: DistStyle::Auto(None),
        sort_key: SortKey::Auto(None),
        encode_auto: true,
        primary_key: Vec::new(),
        unique: Vec::new(),
        foreign_keys: Vec::new(),
        constraints: Constraints::default(),
        partitions: Vec::new(),
        num_rows: None,
        query: None,
        late_binding: false,
        defined_at,
    }
}

/// The rows that an external table's properties give it, if they do. Redshift takes the
/// property's name as it is spelled [CREATE EXTERNAL TABLE].
pub(super) fn num_rows(properties: &[(String, String)]) -> Option<f64> {
    let (_, value) = properties.iter().rfind(|(key, _)| key == "numRows")?;
    let rows: f64 = value.trim().parse().ok()?;
    (rows.is_finite() && rows >= 0.0).then_some(rows)
}

pub(super) fn names(columns: &[Named]) -> Vec<Ident> {
    columns.iter().map(|(name, _)| name.clone()).collect()
}

pub(super) fn add_column(table: &mut Table, def: &ColumnDef) {
    let mut column = Column {
        name: def.name.0.clone(),
        data_type: def.data_type.clone(),
        encoding: None,
        not_null: false,
        identity: false,
        default: None,
        span: def.span,
    };
    let mut constraint_name: Option<&Ident> = None;
    for attribute in &def.attributes {
        let own = || vec![def.name.0.clone()];
        match attribute {
            ColumnAttribute::Constraint((name, _)) => {
                constraint_name = Some(name);
                continue;
            }
            ColumnAttribute::Default(value, _) => {
                // A dump writes identities as a default: `"identity"(1, 0, '0,1'::text)`.
                column.identity |= value
                    .trim_start()
                    .to_lowercase()
                    .starts_with("\"identity\"(");
                column.default = Some(value.clone());
            }
            ColumnAttribute::Identity(_) => column.identity = true,
            ColumnAttribute::Encode(_, encoding, _) => {
                column.encoding = *encoding;
                // Any explicit encoding turns ENCODE AUTO off for the table.
                table.encode_auto = false;
            }
            ColumnAttribute::DistKey(_) => table.dist_style = DistStyle::Key(column.name.clone()),
            ColumnAttribute::SortKey(_) => {
                table.sort_key = SortKey::Compound(vec![column.name.clone()]);
            }
            ColumnAttribute::NotNull(_) => column.not_null = true,
            ColumnAttribute::PrimaryKey(_) => {
                column.not_null = true;
                table.primary_key = vec![column.name.clone()];
                keep(table, constraint_name, Constraint::PrimaryKey(own()));
            }
            ColumnAttribute::Unique(_) => {
                table.unique.push(vec![column.name.clone()]);
                keep(table, constraint_name, Constraint::Unique(own()));
            }
            ColumnAttribute::References(reference, _) => {
                let (referred, referred_column) = reference.as_ref();
                table.foreign_keys.push(ForeignKey {
                    columns: vec![column.name.clone()],
                    table: referred.table.clone(),
                    referred_columns: referred_column.iter().cloned().collect(),
                });
                keep(table, constraint_name, Constraint::ForeignKey(own()));
            }
            ColumnAttribute::Collate(_) | ColumnAttribute::Null(_) | ColumnAttribute::Check(_) => {}
        }
        constraint_name = None;
    }
    table.columns.push(column);
}

pub(super) fn add_constraint(
    table: &mut Table,
    constraint: &TableConstraint,
    name: Option<&Named>,
) {
    let name = name.map(|(name, _)| name);
    match constraint {
        TableConstraint::PrimaryKey(columns, _) => {
            table.primary_key = names(columns);
            keep(table, name, Constraint::PrimaryKey(names(columns)));
        }
        TableConstraint::Unique(columns, _) => {
            table.unique.push(names(columns));
            keep(table, name, Constraint::Unique(names(columns)));
        }
        TableConstraint::ForeignKey {
            columns,
            table: referred,
            referred: referred_columns,
            ..
        } => {
            table.foreign_keys.push(ForeignKey {
                columns: names(columns),
                table: referred.table.clone(),
                referred_columns: names(referred_columns),
            });
            keep(table, name, Constraint::ForeignKey(names(columns)));
        }
        TableConstraint::Check(_) => {}
    }
}

pub(super) fn apply_attributes(table: &mut Table, attributes: &[TableAttribute]) {
    for attribute in attributes {
        match attribute {
            TableAttribute::DistStyle(word, _) => set_dist_style(table, *word),
            TableAttribute::DistKey((column, _), _) => {
                table.dist_style = DistStyle::Key(column.clone());
            }
            TableAttribute::SortKey(word, columns, _) => {
                table.sort_key = sort_key(*word, names(columns));
            }
            TableAttribute::EncodeAuto(_) => table.encode_auto = true,
            TableAttribute::Backup(..) => {}
        }
    }
}

pub(super) fn set_dist_style(table: &mut Table, word: DistStyleWord) {
    table.dist_style = match word {
        DistStyleWord::Auto => DistStyle::Auto(None),
        DistStyleWord::Even => DistStyle::Even,
        DistStyleWord::All => DistStyle::All,
        // The column is named by DISTKEY, before or after.
        DistStyleWord::Key => return,
    };
}

pub(super) fn sort_key(word: SortKeyWord, columns: Vec<Ident>) -> SortKey {
    match word {
        SortKeyWord::Compound => SortKey::Compound(columns),
        SortKeyWord::Interleaved => SortKey::Interleaved(columns),
        SortKeyWord::Auto => SortKey::Auto(None),
        SortKeyWord::None => SortKey::None,
    }
}

/// Keys that say the position of a query's column, `DISTKEY(1)`, get its name, as far as the
/// columns are known.
pub(super) fn name_positions(table: &mut Table) {
    let columns: Vec<Ident> = table
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let name = |key: &mut Ident| {
        if columns.contains(key) {
            return;
        }
        let position: Option<usize> = key.as_str().parse().ok();
        let column = position.and_then(|n| columns.get(n.checked_sub(1)?));
        if let Some(column) = column {
            key.clone_from(column);
        }
    };
    if let DistStyle::Key(key) = &mut table.dist_style {
        name(key);
    }
    if let SortKey::Compound(keys) | SortKey::Interleaved(keys) = &mut table.sort_key {
        keys.iter_mut().for_each(name);
    }
}
