//! The way back from each statement, and what it does not bring back.

use super::super::Keys;
use super::super::design::Design;
use super::{dist_action, distributed};
use crate::name::{self, Ident, TableName};
use crate::schema::{DistStyle, Encoding, Schema, SortKey, Table};
use crate::sql::write::{self, Action, Altered, Sql, Style};

/// The way back.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// The statements.
    pub sql: Vec<Sql>,
    /// What they do not bring back, or what is to be known of them.
    pub notes: Vec<String>,
}

/// Back to the distribution there was. AUTO starts from the style the table then has
/// [ALTER TABLE], so the one that AUTO had chosen comes first, where it is known.
pub(super) fn distribution(table: &Table, now: &Keys, kind: Altered) -> Undo {
    let alter = |action| write::alter_kind(kind, &table.name, &[action]);
    let DistStyle::Auto(chosen) = &table.dist_style else {
        return Undo {
            sql: vec![alter(dist_action(now))],
            notes: Vec::new(),
        };
    };
    let first = match chosen.as_deref() {
        Some(DistStyle::Key(column)) => Some(Action::DistKey(column)),
        Some(DistStyle::Even) => Some(Action::DistStyle(Style::Even)),
        Some(DistStyle::All) => Some(Action::DistStyle(Style::All)),
        _ => None,
    };
    let notes = match first {
        Some(_) => Vec::new(),
        None => {
            vec!["AUTO starts from the style the table then has; which one it had is not known"]
        }
    };
    Undo {
        sql: first
            .into_iter()
            .chain([Action::DistStyle(Style::Auto)])
            .map(alter)
            .collect(),
        notes: notes.into_iter().map(str::to_owned).collect(),
    }
}

/// Back to the sort key there was, with the encodings of the columns of both keys, which an ALTER
/// of the sort key can change [ALTER TABLE].
pub(super) fn sort_key(
    table: &Table,
    now: &Keys,
    new: &Keys,
    design: &Design,
    kind: Altered,
) -> Undo {
    let alter = |action: Action<'_>| write::alter_kind(kind, &table.name, &[action]);
    let mut undo = match &table.sort_key {
        SortKey::Interleaved(columns) => return interleaved(table, now, columns, &design.schema),
        SortKey::Auto(Some(columns)) => Undo {
            sql: vec![alter(Action::SortKey(columns)), alter(Action::SortKeyAuto)],
            notes: Vec::new(),
        },
        SortKey::Auto(None) => Undo {
            sql: vec![alter(Action::SortKeyAuto)],
            notes: vec![
                "AUTO starts from the key the table then has; which one it had is not known"
                    .to_owned(),
            ],
        },
        SortKey::Compound(_) | SortKey::None => Undo {
            sql: vec![alter(Action::SortKey(&now.sortkey))],
            notes: Vec::new(),
        },
    };
    let again = encoded(table, now, new);
    if !again.is_empty() {
        let column = |name: &Ident| write::literal(name.as_str());
        let columns: Vec<String> = again.iter().map(|(name, _)| column(name)).collect();
        undo.notes.push(format!(
            "each ALTER COLUMN only where the encoding is another: SELECT \"column\", encoding FROM \
             pg_table_def WHERE tablename = {} AND \"column\" IN ({})",
            write::literal(table.name.name.as_str()),
            columns.join(", ")
        ));
    }
    let restored = again
        .into_iter()
        .map(|(name, encoding)| alter(Action::Encode(name, encoding)));
    undo.sql.extend(restored);
    undo
}

/// Columns of the old and of the new sort key whose encoding is named, with it. A column of a sort
/// key that is RAW stays so: that is what Redshift makes of them.
fn encoded<'t>(table: &'t Table, now: &Keys, new: &Keys) -> Vec<(&'t Ident, Encoding)> {
    let in_either = |name: &Ident| now.sortkey.contains(name) || new.sortkey.contains(name);
    let named = table.columns.iter().filter(|_| !table.encode_auto);
    named
        .filter(|column| in_either(&column.name))
        .filter_map(|column| Some((&column.name, column.encoding?)))
        .filter(|(_, encoding)| *encoding != Encoding::Raw)
        .collect()
}

/// No key becomes interleaved by ALTER: the rows are copied into a table that has it, and the
/// names are exchanged. What the copy can't have is named.
fn interleaved(table: &Table, now: &Keys, columns: &[Ident], schema: &Schema) -> Undo {
    let snapshot = "take a snapshot before, and restore the table from it: aws redshift \
                    restore-table-from-cluster-snapshot; rows written since are not in it";
    let identity = table.columns.iter().find(|column| column.identity);
    let reason = match identity {
        Some(column) => Some(format!(
            "a copy can't keep the values of IDENTITY column {}",
            column.name
        )),
        None => (!table.columns_known).then(|| "not all of its columns are known".to_owned()),
    };
    if let Some(reason) = reason {
        return Undo {
            sql: Vec::new(),
            notes: vec![format!(
                "no statement makes a sort key INTERLEAVED again, and {reason}: {snapshot}"
            )],
        };
    }
    let called = |ending: &str| TableName {
        schema: table.name.schema.clone(),
        name: free(schema, table, ending),
    };
    let (copy, kept) = (called("interleaved"), called("compound"));
    let names: Vec<&Ident> = table.columns.iter().map(|column| &column.name).collect();
    let definition = write::Definition {
        columns: table.columns.iter().map(defined).collect(),
        primary_key: &table.primary_key,
        unique: &table.unique,
        foreign_keys: table
            .foreign_keys
            .iter()
            .map(|key| (&*key.columns, &key.table, &*key.referred_columns))
            .collect(),
    };
    Undo {
        sql: vec![
            write::begin(),
            write::create_interleaved(&copy, &definition, distributed(now), columns),
            write::insert_select(&copy, &names, &table.name),
            write::alter(&table.name, &[Action::RenameTo(&kept.name)]),
            write::alter(&copy, &[Action::RenameTo(&table.name.name)]),
            write::commit(),
        ],
        notes: left_behind(table, schema, &kept),
    }
}

fn defined(column: &crate::schema::Column) -> write::Defined<'_> {
    write::Defined {
        name: &column.name,
        data_type: &column.data_type,
        encoding: column.encoding,
        not_null: column.not_null,
        default: column.default.as_deref(),
    }
}

/// A name that no relation has.
fn free(schema: &Schema, table: &Table, ending: &str) -> Ident {
    let numbered = |number: u32| match number {
        0 => format!("{}_{ending}", table.name.name.as_str()),
        _ => format!("{}_{ending}{number}", table.name.name.as_str()),
    };
    let named = |number| TableName {
        schema: table.name.schema.clone(),
        name: Ident::exact(numbered(number)),
    };
    let is_free = |name: &TableName| schema.resolve(name).is_none();
    let mut candidates = (0..).map(named);
    let found = candidates.find(is_free).unwrap_or_else(|| named(0));
    found.name
}

/// What stays with the table that is renamed, since it follows the table and not its name.
fn left_behind(table: &Table, schema: &Schema, kept: &TableName) -> Vec<String> {
    let mut notes = vec![format!(
        "owner, grants and comments stay with {kept}; list them by SHOW GRANTS ON TABLE {kept}, \
         and give them to {} again",
        table.name
    )];
    let listed = |tables: Vec<&TableName>| name::list(tables);
    let (materialized, views): (Vec<_>, Vec<_>) = schema
        .reading(&table.name)
        .into_iter()
        .partition(|view| view.kind == crate::schema::TableKind::MaterializedView);
    let of = |views: Vec<&Table>| listed(views.iter().map(|view| &view.name).collect());
    if !views.is_empty() {
        notes.push(format!(
            "{} read {kept} from then on, unless made WITH NO SCHEMA BINDING: run CREATE OR REPLACE \
             VIEW for each again, before COMMIT",
            of(views)
        ));
    }
    if !materialized.is_empty() {
        notes.push(format!(
            "{} have to be dropped and created again, or they go on refreshing from {kept}",
            of(materialized)
        ));
    }
    let referring: Vec<&TableName> = schema
        .referring(&table.name)
        .map(|table| &table.name)
        .collect();
    if !referring.is_empty() {
        notes.push(format!(
            "foreign keys of {} refer to {kept}: drop them and add them again",
            listed(referring)
        ));
    }
    notes.push(format!("{kept} stays until you drop it"));
    notes
}
