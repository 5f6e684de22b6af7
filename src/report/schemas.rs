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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// `distkey.toml`.
    Config,
    /// `explain --format json`.
    Explain,
    /// `lint --format json`.
    Lint,
    /// `advise --format json`.
    Advise,
    /// `diff --format json`.
    Diff,
    /// `pipeline review --format json`.
    #[cfg(feature = "pipeline")]
    PipelineReview,
    /// `pipeline cost --format json`.
    #[cfg(feature = "pipeline")]
    PipelineCost,
    /// `calibrate evaluate --format json`.
    CalibrateEvaluate,
}

/// The schema of a document, JSON Schema 2020-12.
pub fn schema(document: Document) -> Schema {
    match document {
        Document::Config => schemars::schema_for!(Config),
        Document::Explain => of::<json::Document<'_>>("explain"),
        Document::Lint => of::<lint::Document<'_>>("lint"),
        Document::Advise => of::<Advice>("advise"),
        Document::Diff => of::<diff::Document<'_>>("diff"),
        #[cfg(feature = "pipeline")]
        Document::PipelineReview => of::<super::pipeline::Review<'_>>("pipeline-review"),
        #[cfg(feature = "pipeline")]
        Document::PipelineCost => of::<super::cost::CostDocument<'_>>("pipeline-cost"),
        Document::CalibrateEvaluate => of::<Evaluation>("calibrate-evaluate"),
    }
}

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
