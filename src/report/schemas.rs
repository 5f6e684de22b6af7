//! The schemas of the JSON documents.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{diff, json, lint};
use crate::advise::Advice;
use crate::config::Config;
use crate::latency::calibrate::Evaluation;
use crate::name::{ColumnRef, TableName};
use crate::rules::Evidence;
use crate::schema::{DistStyle, SortKey};
use crate::sql::DataType;

/// Goes up when a key goes away or means something else; more keys may come at any time.
const VERSION: u32 = 1;

/// A document whose form is promised.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// `explain`.
    pub name: &'static str,
    /// What it is, or what writes it.
    pub of: &'static str,
    schema: fn(&str) -> Schema,
}

impl Document {
    /// Its schema, JSON Schema 2020-12.
    pub fn schema(&self) -> Schema {
        (self.schema)(self.name)
    }
}

const fn document(name: &'static str, of: &'static str, schema: fn(&str) -> Schema) -> Document {
    Document { name, of, schema }
}

/// Every such document.
pub const DOCUMENTS: &[Document] = &[
    document("config", "`distkey.toml`", |_| {
        schemars::schema_for!(Config)
    }),
    document(
        "explain",
        "`distkey explain --format json`",
        of::<json::Document<'_>>,
    ),
    document(
        "lint",
        "`distkey lint --format json`",
        of::<lint::Document<'_>>,
    ),
    document("advise", "`distkey advise --format json`", of::<Advice>),
    document(
        "diff",
        "`distkey diff --format json`",
        of::<diff::Document<'_>>,
    ),
    #[cfg(feature = "pipeline")]
    document(
        "pipeline-review",
        "`distkey pipeline review --format json`",
        of::<super::pipeline::Review<'_>>,
    ),
    #[cfg(feature = "pipeline")]
    document(
        "pipeline-cost",
        "`distkey pipeline cost --format json`",
        of::<super::cost::CostDocument<'_>>,
    ),
    document(
        "calibrate-evaluate",
        "`distkey calibrate evaluate --format json`",
        of::<Evaluation>,
    ),
];

/// As it is written: what may be left out is not required.
fn of<T: JsonSchema>(name: &str) -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert(
        "$id".to_owned(),
        format!("urn:distkey:{name}:{VERSION}").into(),
    );
    schema.insert("title".to_owned(), format!("distkey {name}").into());
    schema
}

/// What is written in a way of its own.
macro_rules! written_as {
    ($($type:ty: $schema:tt;)*) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

written_as! {
    ColumnRef: {"type": "string"};
    DataType: {"type": "string"};
    DistStyle: {"type": "string"};
    Evidence: {"type": "object"};
    SortKey: {"type": "string"};
    TableName: {"type": "string"};
}
