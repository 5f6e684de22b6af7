//! Tables as Redshift keeps them: columns, types, distribution, sort keys, encodings.

mod alter;
mod build;
mod columns;
mod derive;
mod settle;

use std::collections::BTreeMap;

pub use alter::Refusal;
pub use build::SchemaBuilder;

use serde::Serialize;

use crate::text::Span;

/// A column type with Redshift's defaults filled in. Sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[allow(missing_docs)]
pub enum DataType {
    SmallInt,
    Integer,
    BigInt,
    Decimal {
        precision: u8,
        scale: u8,
    },
    Real,
    DoublePrecision,
    Boolean,
    Char(u32),
    /// Length in bytes; `TEXT` is `Varchar(256)`, `VARCHAR(MAX)` is `Varchar(65535)`.
    Varchar(u32),
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    IntervalYearToMonth,
    IntervalDayToSecond,
    Super,
    Varbyte(u32),
    HllSketch,
    Geometry,
    Geography,
    /// Not a type of a native Redshift table: kept as written.
    Other(String),
}

impl std::fmt::Display for DataType {
    /// The type as `CREATE TABLE` spells it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            DataType::SmallInt => "SMALLINT",
            DataType::Integer => "INTEGER",
            DataType::BigInt => "BIGINT",
            DataType::Decimal { precision, scale } => {
                return write!(f, "DECIMAL({precision},{scale})");
            }
            DataType::Real => "REAL",
            DataType::DoublePrecision => "DOUBLE PRECISION",
            DataType::Boolean => "BOOLEAN",
            DataType::Char(length) => return write!(f, "CHAR({length})"),
            DataType::Varchar(length) => return write!(f, "VARCHAR({length})"),
            DataType::Date => "DATE",
            DataType::Time => "TIME",
            DataType::TimeTz => "TIMETZ",
            DataType::Timestamp => "TIMESTAMP",
            DataType::TimestampTz => "TIMESTAMPTZ",
            DataType::IntervalYearToMonth => "INTERVAL YEAR TO MONTH",
            DataType::IntervalDayToSecond => "INTERVAL DAY TO SECOND",
            DataType::Super => "SUPER",
            DataType::Varbyte(length) => return write!(f, "VARBYTE({length})"),
            DataType::HllSketch => "HLLSKETCH",
            DataType::Geometry => "GEOMETRY",
            DataType::Geography => "GEOGRAPHY",
            DataType::Other(name) => name,
        };
        f.write_str(name)
    }
}

/// How a table's rows are spread over the slices.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub enum DistStyle {
    /// No clause or `DISTSTYLE AUTO`: Redshift decides, so the real state is
    /// unknown until `SVV_TABLE_INFO` is read; then `Some` of EVEN, ALL or KEY.
    Auto(Option<Box<DistStyle>>),
    /// Round robin.
    Even,
    /// A whole copy on every node.
    All,
    /// By the hash of this column (folded name).
    Key(String),
}

/// The order in which a table's rows are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub enum SortKey {
    /// No clause or `SORTKEY AUTO`; the columns that Redshift chose, where known.
    Auto(Option<Vec<String>>),
    /// `SORTKEY NONE`: as the rows arrive.
    None,
    /// Sorted by a prefix of these columns.
    Compound(Vec<String>),
    /// Interleaved over these columns.
    Interleaved(Vec<String>),
}

/// A column's compression encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[allow(missing_docs)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    Raw,
    Az64,
    Bytedict,
    Delta,
    Delta32k,
    Lzo,
    Mostly8,
    Mostly16,
    Mostly32,
    Runlength,
    Text255,
    Text32k,
    Zstd,
}

impl std::fmt::Display for Encoding {
    /// The encoding as DDL spells it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Encoding::Raw => "RAW",
            Encoding::Az64 => "AZ64",
            Encoding::Bytedict => "BYTEDICT",
            Encoding::Delta => "DELTA",
            Encoding::Delta32k => "DELTA32K",
            Encoding::Lzo => "LZO",
            Encoding::Mostly8 => "MOSTLY8",
            Encoding::Mostly16 => "MOSTLY16",
            Encoding::Mostly32 => "MOSTLY32",
            Encoding::Runlength => "RUNLENGTH",
            Encoding::Text255 => "TEXT255",
            Encoding::Text32k => "TEXT32K",
            Encoding::Zstd => "ZSTD",
        })
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// The folded name.
    pub name: String,
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
    pub columns: Vec<String>,
    /// The table referred to.
    pub table: TableName,
    /// The columns there; empty for its primary key.
    pub referred_columns: Vec<String>,
}

/// A table's folded name. Ordered by name, then schema, so that all tables of one
/// name stand together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct TableName {
    /// The schema, or `None` where the search path decides.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

impl Ord for TableName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.name, &self.schema).cmp(&(&other.name, &other.schema))
    }
}

impl PartialOrd for TableName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
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
    pub primary_key: Vec<String>,
    /// Declared unique constraints.
    pub unique: Vec<Vec<String>>,
    /// Declared foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Partition columns of an external table.
    pub partitions: Vec<Column>,
    /// The defining query of a view, as written.
    pub query: Option<String>,
    /// The file that defines it (an index into the inputs) and the place there.
    #[serde(skip)]
    pub defined_at: (usize, Span),
}

impl Table {
    /// The column with this folded name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The sort key's columns, as declared or as `SVV_TABLE_INFO` told.
    pub fn sort_columns(&self) -> &[String] {
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
    pub search_path: Vec<String>,
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
}

impl Schema {
    /// The table that a name in a query or a plan means: exact, then through
    /// the search path, then the only table of that name in any schema.
    pub fn resolve(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        let key = |schema: Option<&str>| TableName {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        if let Some(table) = self.tables.get(&key(schema)) {
            return Some(table);
        }
        if schema.is_none() {
            let found = self
                .search_path
                .iter()
                .find_map(|path| self.tables.get(&key(Some(path))));
            if found.is_some() {
                return found;
            }
        }
        let mut same_name = self
            .tables
            .range(key(None)..)
            .take_while(|(key, _)| key.name == name)
            .filter(|(key, _)| schema.is_none() || key.schema.is_none());
        let (_, only) = same_name.next()?;
        same_name.next().is_none().then_some(only)
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

    /// Why Redshift refuses the action of an ALTER TABLE at this place.
    pub fn refusal(&self, place: Place) -> Option<&Refusal> {
        self.history.refusals.get(&place)
    }
}
