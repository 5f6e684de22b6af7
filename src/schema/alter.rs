//! Actions of `ALTER TABLE` applied to a table, and why Redshift refuses one.

use super::columns::{add_column, add_constraint, names, num_rows, set_dist_style, sort_key};
use super::constraints;
use super::{Column, DataType, DistStyle, Encoding, Ident, SortKey, Table, TableKind, TableName};
use crate::sql::{AlterAction, ColumnAttribute, ColumnDef, SortKeyWord, TableConstraint};

/// Why Redshift refuses an action of ALTER TABLE, the table being what it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Refusal {
    /// The table has no such column.
    NoSuchColumn(Ident),
    /// ALTER DISTKEY, DISTSTYLE or ENCODE beside an interleaved sort key.
    Interleaved,
    /// A sort key can't become interleaved.
    ToInterleaved,
    /// The column is the distribution key or in the sort key.
    KeyColumn(Ident),
    /// A table keeps at least one column.
    LastColumn(Ident),
    /// Only VARCHAR columns change their type, and only their length.
    NotVarchar {
        column: Ident,
        from: String,
        to: String,
    },
    /// These encodings keep the length.
    EncodedLength { column: Ident, encoding: Encoding },
    /// A column with a default keeps its type.
    HasDefault(Ident),
    /// A column of a constraint keeps its type.
    InConstraint(Ident),
    /// The column has this encoding already.
    SameEncoding { column: Ident, encoding: Encoding },
    /// An added column can't have this.
    AddedWith { column: Ident, what: &'static str },
    /// Temporary tables keep their distribution style.
    Temporary,
    /// There is no such encoding.
    NoSuchEncoding(String),
    /// The table has a column of this name.
    ColumnExists(Ident),
    /// There is a table of this name.
    TableExists(TableName),
    /// The table has no such constraint.
    NoSuchConstraint(Ident),
    /// A table has one primary key.
    SecondPrimaryKey,
    /// APPEND from a table that differs in what must be alike.
    Unlike { source: TableName, what: String },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::NoSuchColumn(column) => write!(f, "it has no column `{column}`"),
            Refusal::Interleaved => f.write_str("its sort key is interleaved"),
            Refusal::ToInterleaved => f.write_str("a sort key can't become interleaved"),
            Refusal::KeyColumn(column) => {
                write!(f, "`{column}` is part of its distribution or sort key")
            }
            Refusal::LastColumn(column) => write!(f, "`{column}` is its last column"),
            Refusal::NotVarchar { column, from, to } => write!(
                f,
                "`{column}` is {from} and would become {to}: only the length of a VARCHAR changes"
            ),
            Refusal::EncodedLength { column, encoding } => {
                write!(
                    f,
                    "`{column}` is encoded as {encoding}, which keeps its length"
                )
            }
            Refusal::HasDefault(column) => {
                write!(f, "`{column}` has a default and so keeps its type")
            }
            Refusal::InConstraint(column) => {
                write!(
                    f,
                    "`{column}` is part of a constraint and so keeps its type"
                )
            }
            Refusal::SameEncoding { column, encoding } => {
                write!(f, "`{column}` is encoded as {encoding} already")
            }
            Refusal::AddedWith { column, what } => {
                write!(
                    f,
                    "`{column}` is added with {what}, which ADD COLUMN does not take"
                )
            }
            Refusal::Temporary => {
                f.write_str("it is a temporary table, which keeps its distribution style")
            }
            Refusal::NoSuchEncoding(word) => write!(f, "there is no encoding `{word}`"),
            Refusal::ColumnExists(column) => write!(f, "it has a column `{column}` already"),
            Refusal::TableExists(table) => write!(f, "there is a table `{table}` already"),
            Refusal::NoSuchConstraint(name) => write!(f, "it has no constraint `{name}`"),
            Refusal::SecondPrimaryKey => f.write_str("it has a primary key already"),
            Refusal::Unlike { source, what } => {
                write!(f, "the rows of `{source}` don't fit in as they are: {what}")
            }
        }
    }
}

/// Why Redshift refuses the action on this table; `None` if it takes it, or if
/// the table is not known well enough.
pub(super) fn refusal(table: &Table, action: &AlterAction) -> Option<Refusal> {
    if !matches!(table.kind, TableKind::Table | TableKind::Temporary) {
        return None;
    }
    let column = |name: &Ident| -> Result<&Column, Option<Refusal>> {
        let missing = || {
            table
                .columns_known
                .then(|| Refusal::NoSuchColumn(name.clone()))
        };
        table.column(name).ok_or_else(missing)
    };
    let interleaved = matches!(table.sort_key, SortKey::Interleaved(_));
    let found = match action {
        AlterAction::DropColumn((name, _)) => column(name).map(|_| drop_column(table, name)),
        AlterAction::RenameColumn((name, _), (to, _)) => column(name).map(|_| {
            let exists = table.column(to).is_some();
            exists.then(|| Refusal::ColumnExists(to.clone()))
        }),
        AlterAction::DistKey((name, _), _) => {
            column(name).map(|_| interleaved.then_some(Refusal::Interleaved))
        }
        AlterAction::DistStyle(..) => Ok(match table.kind {
            TableKind::Temporary => Some(Refusal::Temporary),
            _ => interleaved.then_some(Refusal::Interleaved),
        }),
        AlterAction::SortKey(SortKeyWord::Interleaved, ..) => Ok(Some(Refusal::ToInterleaved)),
        AlterAction::SortKey(_, columns, _) => {
            let mut missing = columns.iter().map(|(name, _)| column(name));
            missing
                .find(Result::is_err)
                .map_or(Ok(None), |e| e.map(|_| None))
        }
        AlterAction::ColumnEncode((name, _), word, encoding, _) => {
            column(name).map(|column| match encoding {
                _ if interleaved => Some(Refusal::Interleaved),
                None => Some(Refusal::NoSuchEncoding(word.to_lowercase())),
                Some(encoding) if column.encoding == Some(*encoding) => {
                    Some(Refusal::SameEncoding {
                        column: name.clone(),
                        encoding: *encoding,
                    })
                }
                _ => None,
            })
        }
        AlterAction::ColumnType((name, _), to, _) => {
            column(name).map(|column| change_type(table, column, to))
        }
        AlterAction::AddColumn(def) if table.column(&def.name.0).is_some() => {
            Ok(Some(Refusal::ColumnExists(def.name.0.clone())))
        }
        AlterAction::AddColumn(def) => Ok(add_refused(def)),
        AlterAction::DropConstraint((name, _)) => {
            let known = table.constraints.contains(name);
            Ok((!known).then(|| Refusal::NoSuchConstraint(name.clone())))
        }
        AlterAction::AddConstraint(TableConstraint::PrimaryKey(..), _) => {
            Ok((!table.primary_key.is_empty()).then_some(Refusal::SecondPrimaryKey))
        }
        _ => Ok(None),
    };
    match found {
        Ok(refusal) | Err(refusal) => refusal,
    }
}

fn drop_column(table: &Table, name: &Ident) -> Option<Refusal> {
    let in_key = table.dist_style == DistStyle::Key(name.clone())
        || matches!(&table.sort_key, SortKey::Compound(columns) | SortKey::Interleaved(columns) if columns.contains(name));
    if in_key {
        return Some(Refusal::KeyColumn(name.clone()));
    }
    let last = table.columns_known && table.columns.len() == 1;
    last.then(|| Refusal::LastColumn(name.clone()))
}

fn change_type(table: &Table, column: &Column, to: &DataType) -> Option<Refusal> {
    let known = !matches!(column.data_type, DataType::Other(_));
    let both_text =
        matches!(column.data_type, DataType::Varchar(_)) && matches!(to, DataType::Varchar(_));
    let name = || column.name.clone();
    if known && !both_text {
        return Some(Refusal::NotVarchar {
            column: name(),
            from: column.data_type.to_string(),
            to: to.to_string(),
        });
    }
    use Encoding as E;
    let keeps = |encoding: &E| {
        matches!(
            encoding,
            E::Bytedict | E::Runlength | E::Text255 | E::Text32k
        )
    };
    if let Some(encoding) = column.encoding.filter(keeps) {
        let column = name();
        return Some(Refusal::EncodedLength { column, encoding });
    }
    if column.default.is_some() {
        return Some(Refusal::HasDefault(name()));
    }
    let constrained = table.primary_key.contains(&column.name)
        || table
            .unique
            .iter()
            .any(|unique| unique.contains(&column.name))
        || table
            .foreign_keys
            .iter()
            .any(|key| key.columns.contains(&column.name));
    constrained.then(|| Refusal::InConstraint(name()))
}

fn add_refused(def: &ColumnDef) -> Option<Refusal> {
    let what = def
        .attributes
        .iter()
        .find_map(|attribute| match attribute {
            ColumnAttribute::DistKey(_) => Some("DISTKEY"),
            ColumnAttribute::SortKey(_) => Some("SORTKEY"),
            ColumnAttribute::Unique(_) => Some("UNIQUE"),
            ColumnAttribute::PrimaryKey(_) => Some("PRIMARY KEY"),
            ColumnAttribute::References(..) => Some("REFERENCES"),
            ColumnAttribute::Identity(_) => Some("IDENTITY"),
            _ => None,
        })?;
    Some(Refusal::AddedWith {
        column: def.name.0.clone(),
        what,
    })
}

pub(super) fn alter_table(table: &mut Table, action: &AlterAction) {
    let column = |table: &mut Table, name: &str, change: &dyn Fn(&mut Column)| {
        if let Some(column) = table.columns.iter_mut().find(|column| column.name == name) {
            change(column);
        }
    };
    match action {
        AlterAction::AddColumn(def) => {
            let encode_auto = table.encode_auto;
            add_column(table, def);
            // An encoding in ADD COLUMN leaves ENCODE AUTO as it was.
            table.encode_auto = encode_auto;
        }
        AlterAction::DropColumn((name, _)) => constraints::drop_column(table, name),
        AlterAction::AddConstraint(constraint, name) => {
            add_constraint(table, constraint, name.as_ref());
        }
        AlterAction::DropConstraint((name, _)) => constraints::drop(table, name),
        AlterAction::RenameColumn((from, _), (to, _)) => {
            column(table, from, &|column| column.name.clone_from(to));
            rename_in_keys(table, from, to);
        }
        AlterAction::DistKey((name, _), _) => table.dist_style = DistStyle::Key(name.clone()),
        AlterAction::DistStyle(word, _) => set_dist_style(table, *word),
        AlterAction::SortKey(word, columns, _) => table.sort_key = sort_key(*word, names(columns)),
        AlterAction::ColumnEncode((name, _), _, encoding, _) => {
            table.encode_auto = false;
            column(table, name, &|column| column.encoding = *encoding);
        }
        AlterAction::ColumnType((name, _), data_type, _) => {
            column(table, name, &|column| column.data_type = data_type.clone());
        }
        AlterAction::EncodeAuto(_) => table.encode_auto = true,
        AlterAction::Properties(properties, _) => {
            table.num_rows = num_rows(properties).or(table.num_rows);
        }
        _ => {}
    }
}

fn rename_in_keys(table: &mut Table, from: &Ident, to: &Ident) {
    let rename = |names: &mut Vec<Ident>| {
        for name in names.iter_mut().filter(|name| *name == from) {
            to.clone_into(name);
        }
    };
    match &mut table.sort_key {
        SortKey::Compound(columns) | SortKey::Interleaved(columns) => rename(columns),
        SortKey::Auto(_) | SortKey::None => {}
    }
    if let DistStyle::Key(column) = &mut table.dist_style
        && column == from
    {
        to.clone_into(column);
    }
    constraints::rename_column(table, from, to);
    rename(&mut table.primary_key);
    table.unique.iter_mut().for_each(rename);
    for key in &mut table.foreign_keys {
        rename(&mut key.columns);
    }
}
