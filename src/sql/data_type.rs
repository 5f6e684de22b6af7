//! Column types and compression encodings, as DDL spells them.

use schemars::JsonSchema;
use serde::Serialize;

/// A column type with Redshift's defaults filled in. Sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

impl DataType {
    /// The encoding that compresses values of this type best: AZ64 for numbers, dates and
    /// times, ZSTD for text [Compression encodings]. `None` where none is named, and for text
    /// below four bytes, which is chosen: there is next to nothing to save.
    pub fn suited_encoding(&self) -> Option<Encoding> {
        match self {
            DataType::SmallInt
            | DataType::Integer
            | DataType::BigInt
            | DataType::Decimal { .. }
            | DataType::Date
            | DataType::Timestamp
            | DataType::TimestampTz => Some(Encoding::Az64),
            DataType::Char(n) | DataType::Varchar(n) if *n >= 4 => Some(Encoding::Zstd),
            _ => None,
        }
    }
}

impl Serialize for DataType {
    /// As `CREATE TABLE` spells it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A column's compression encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
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
