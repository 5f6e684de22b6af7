//! Tables as Redshift keeps them: columns, types, distribution, sort keys, encodings.

mod alter;
mod append;
mod bind;
mod build;
mod columns;
mod constraints;
mod copies;
mod derive;
mod display;
mod follow;
mod nearest;
mod placement;
mod settle;
mod unbound;
pub mod uses;

use std::collections::{BTreeMap, BTreeSet};

pub use alter::Refusal;
pub use build::SchemaBuilder;
pub use placement::placed_alike;
pub(crate) use placement::rank;
pub use unbound::Unbound;

pub use crate::name::{Ident, TableName};
pub use crate::sql::{DataType, Encoding};

use serde::Serialize;

use copies::Copies;

use crate::name::{self, Resolved};
use crate::sql;
use crate::text::Span;

/// How a table's rows are spread over the slices.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DistStyle {
    /// No clause or `DISTSTYLE AUTO`: Redshift decides, so the real state is
    /// unknown until `SVV_TABLE_INFO` is read; then `Some` of EVEN, ALL or KEY.
    Auto(Option<Box<DistStyle>>),
    /// Round robin.
    Even,
    /// A whole copy on every node.
    All,
    /// By the hash of this column (folded name).
    Key(Ident),
}

/// The order in which a table's rows are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// No clause or `SORTKEY AUTO`; the columns that Redshift chose, where known.
    Auto(Option<Vec<Ident>>),
    /// `SORTKEY NONE`: as the rows arrive.
    None,
    /// Sorted by a prefix of these columns.
    Compound(Vec<Ident>),
    /// Interleaved over these columns.
    Interleaved(Vec<Ident>),
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// The folded name.
    pub name: Ident,
    /// Its type.
    pub data_type: DataType,
    /// `None`: not named, so by `ENCODE AUTO` or the default of the type.
    pub encoding: Option<Encoding>,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// Whether the values come from `IDENTITY`.
    pub identity: bool,
    /// The default, as written.
    pub default: Option<String>,
    /// Where its definition stands.
    #[serde(skip)]
    pub span: Span,
}

/// A foreign key; Redshift does not enforce it, the planner trusts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignKey {
    /// The columns of this table.
    pub columns: Vec<Ident>,
    /// The table referred to.
    pub table: TableName,
    /// The columns there; empty for its primary key.
    pub referred_columns: Vec<Ident>,
}

/// What kind of relation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TableKind {
    Table,
    Temporary,
    MaterializedView,
    View,
    External,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its folded name.
    pub name: TableName,
    /// What kind of relation it is.
    pub kind: TableKind,
    /// In the order of definition.
    pub columns: Vec<Column>,
    /// Whether these are all of them: not so where a query or an unknown parent gives them.
    #[serde(skip)]
    pub columns_known: bool,
    /// How its rows are spread.
    pub dist_style: DistStyle,
    /// How its rows are ordered.
    pub sort_key: SortKey,
    /// Whether `ENCODE AUTO` is on.
    pub encode_auto: bool,
    /// The declared primary key; empty if none.
    pub primary_key: Vec<Ident>,
    /// Declared unique constraints.
    pub unique: Vec<Vec<Ident>>,
    /// Declared foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// The same constraints by name.
    #[serde(skip)]
    constraints: constraints::Constraints,
    /// Partition columns of an external table.
    pub partitions: Vec<Column>,
    /// `numRows` of an external table's properties.
    #[serde(skip)]
    pub num_rows: Option<f64>,
    /// The defining query of a view, as written.
    pub query: Option<String>,
    /// Whether the view looks up its tables by their names each time that it is read.
    #[serde(skip)]
    pub late_binding: bool,
    /// The file that defines it (an index into the inputs) and the place there.
    #[serde(skip)]
    pub defined_at: (usize, Span),
}

impl Table {
    /// A table without columns, as Redshift makes it where no clause says otherwise.
    pub fn empty(name: TableName, defined_at: Place) -> Self {
        columns::empty_table(name, defined_at)
    }

    /// Whether a column alone is declared to tell the rows apart, which Redshift does not check.
    pub fn is_unique(&self, column: &str) -> bool {
        let mut keys = std::iter::once(&self.primary_key).chain(&self.unique);
        keys.any(|key| matches!(key.as_slice(), [only] if *only == *column))
    }

    /// The column with this folded name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The sort key's columns, as declared or as `SVV_TABLE_INFO` told.
    pub fn sort_columns(&self) -> &[Ident] {
        match &self.sort_key {
            SortKey::Compound(columns)
            | SortKey::Interleaved(columns)
            | SortKey::Auto(Some(columns)) => columns,
            SortKey::Auto(None) | SortKey::None => &[],
        }
    }
}

/// All tables that the DDL defines.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Schema {
    /// By folded name.
    pub tables: BTreeMap<TableName, Table>,
    /// Where unqualified names are looked up.
    pub search_path: Vec<Ident>,
    /// What each statement did: filled by [`SchemaBuilder::finish`].
    #[serde(skip)]
    history: History,
}

/// A file (an index into the inputs) and a place in it.
pub type Place = (usize, Span);

/// What became of the statements that were applied.
#[derive(Debug, Clone, PartialEq, Default)]
struct History {
    /// The table that stands now, by the statement that created it.
    live: BTreeMap<Place, TableName>,
    /// Tables that were dropped or defined again, as they were last.
    superseded: BTreeMap<Place, Table>,
    /// The tables with a foreign key to this one.
    referring: BTreeMap<TableName, Vec<TableName>>,
    /// Actions of ALTER TABLE that Redshift refuses.
    refusals: BTreeMap<Place, Refusal>,
    /// Columns that COPY, INSERT or UPDATE names and its table does not have.
    unknown: BTreeMap<Place, UnknownColumn>,
    /// Tables whose sort key was altered, so that encodings may be others than those written.
    resorted: BTreeSet<TableName>,
    /// What kind of relation a DROP dropped, by the place of its name.
    dropped: BTreeMap<Place, TableKind>,
    /// Tables with the same columns as others: see [`Schema::copies`].
    copies: Copies,
    /// Late-binding views that no longer find what they read, by the place of the statement that took it.
    unbound: BTreeMap<Place, Vec<Unbound>>,
}

/// A column that a statement names and its table does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownColumn {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: Ident,
    /// What columns the table has.
    pub columns: Vec<Ident>,
}

/// A statement that advice gives, beside the DDL.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitting {
    /// Whether it would change nothing: the DDL says so already.
    pub is_done: bool,
    /// The statement as the relation takes it; `None` where Redshift refuses it.
    pub sql: Option<sql::write::Sql>,
}

/// Whether Redshift refuses an action of ALTER for a relation of this kind, or for this table.
fn refuses(table: &Table, action: &sql::AlterAction) -> bool {
    use sql::AlterAction as A;
    let keys = matches!(action, A::DistKey(..) | A::DistStyle(..) | A::SortKey(..));
    let encoding = matches!(action, A::ColumnEncode(..) | A::EncodeAuto(_));
    match table.kind {
        TableKind::View => true,
        TableKind::External => keys || encoding,
        TableKind::MaterializedView => encoding,
        TableKind::Table | TableKind::Temporary => alter::refusal(table, action).is_some(),
    }
}

impl Schema {
    /// The table that a name in a query or a plan means, if it is certain.
    pub fn resolve(&self, name: &TableName) -> Option<&Table> {
        self.lookup(name).found()
    }

    /// Some of the tables, looked up along the same search path.
    pub fn only(&self, names: &BTreeSet<TableName>) -> Self {
        let tables = names
            .iter()
            .filter_map(|name| self.tables.get_key_value(name));
        Self {
            tables: tables
                .map(|(name, table)| (name.clone(), table.clone()))
                .collect(),
            search_path: self.search_path.clone(),
            history: History::default(),
        }
    }

    /// What a name in a query or a plan means: see [`name::resolve`].
    pub fn lookup(&self, name: &TableName) -> Resolved<'_, Table> {
        name::resolve(&self.tables, name, &self.search_path)
    }

    /// A statement as the relation that it alters takes it. What is no ALTER of a known relation
    /// stays as it is.
    pub fn fitting(&self, sql: &sql::write::Sql) -> Fitting {
        let alter = sql::parse_alter(sql.as_str());
        let altered = alter.as_ref().and_then(|alter| {
            let table = self.resolve(&alter.name.table)?;
            Some((table, &alter.actions))
        });
        let Some((table, actions)) = altered else {
            return Fitting {
                is_done: false,
                sql: Some(sql.clone()),
            };
        };
        let mut changed = table.clone();
        for (action, _) in actions {
            alter::alter_table(&mut changed, action);
        }
        let kind = match table.kind {
            TableKind::MaterializedView => sql::write::Altered::MaterializedView,
            _ => sql::write::Altered::Table,
        };
        let refused = actions.iter().any(|(action, _)| refuses(table, action));
        Fitting {
            is_done: changed == *table,
            sql: (!refused).then(|| sql.of_kind(kind)),
        }
    }

    /// The table that the statement at this place created, as it stands at the
    /// end, or as it was last before it was dropped or defined again.
    pub fn created_at(&self, place: Place) -> Option<&Table> {
        let live = self.history.live.get(&place);
        live.and_then(|name| self.tables.get(name))
            .or_else(|| self.history.superseded.get(&place))
    }

    /// The tables with a declared foreign key to this one.
    pub fn referring(&self, table: &TableName) -> impl Iterator<Item = &Table> {
        let names = self.history.referring.get(table).into_iter().flatten();
        names.filter_map(|name| self.tables.get(name))
    }

    /// The columns of a file's statements that their tables don't have, with their places.
    pub fn unknown_columns(&self, file: usize) -> impl Iterator<Item = (Span, &UnknownColumn)> {
        let first = (file, Span::new(0, 0));
        let of_file = self.history.unknown.range(first..);
        let of_file = of_file.take_while(move |((of, _), _)| *of == file);
        of_file.map(|((_, span), unknown)| (*span, unknown))
    }

    /// The tables with the same columns as this one, by name and type, in the order of their
    /// definitions and with itself among them; none where there are no others.
    pub fn copies(&self, table: &Table) -> &[TableName] {
        self.history.copies.of(table)
    }

    /// The late-binding views that no longer find what they read, by what statements of a file did.
    pub fn unbound(&self, file: usize) -> impl Iterator<Item = (Span, &Unbound)> {
        let of_file = self.history.unbound.range((file, Span::new(0, 0))..);
        let of_file = of_file.take_while(move |((of, _), _)| *of == file);
        of_file.flat_map(|((_, span), views)| views.iter().map(move |view| (*span, view)))
    }

    /// The kind of relation that a DROP drops, by the place of its name; `None` where it is not known.
    pub fn dropped_kind(&self, place: Place) -> Option<TableKind> {
        self.history.dropped.get(&place).copied()
    }

    /// Why Redshift refuses the action of an ALTER TABLE at this place.
    pub fn refusal(&self, place: Place) -> Option<&Refusal> {
        self.history.refusals.get(&place)
    }
}
