//! `distkey pipeline lineage --format openlineage`: a JobEvent for every job and statement, one a line,
//! as catalogs that take OpenLineage load them.
//!
//! Versions of the schemas, and how datasets are named: OpenLineage 2-0-2, Naming conventions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::name::DEFAULT_PATH;
use crate::pipeline::lineage::{Field, Kind, Lineage, Node, Step};
use crate::planner::{Change, Influence};

const PRODUCER: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/tree/v",
    env!("CARGO_PKG_VERSION")
);
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";

/// What catalogs call what these files do not name.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'n> {
    /// The namespace of tables: `redshift://cluster.region:5439`.
    pub tables: &'n str,
    /// The database that they are in, if it is to stand before their schema.
    pub database: Option<&'n str>,
    /// The namespace of jobs and statements.
    pub jobs: &'n str,
}

/// A job or statement with what it reads and writes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobEvent {
    event_time: String,
    producer: &'static str,
    #[serde(rename = "schemaURL")]
    schema_url: &'static str,
    job: Job,
    inputs: Vec<Dataset>,
    outputs: Vec<Dataset>,
}

#[derive(Debug, Serialize)]
struct Job {
    namespace: String,
    name: String,
    facets: BTreeMap<&'static str, Facet>,
}

#[derive(Debug, Serialize)]
struct Dataset {
    namespace: String,
    name: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    facets: BTreeMap<&'static str, Facet>,
}

/// A facet with where it comes from and which schema it has.
#[derive(Debug, Serialize)]
struct Facet {
    #[serde(rename = "_producer")]
    producer: &'static str,
    #[serde(rename = "_schemaURL")]
    schema_url: &'static str,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum What {
    #[serde(rename_all = "camelCase")]
    Sql {
        query: String,
    },
    #[serde(rename_all = "camelCase")]
    Type {
        processing_type: &'static str,
        integration: &'static str,
        job_type: &'static str,
    },
    ColumnLineage {
        fields: BTreeMap<String, Inputs>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        dataset: Vec<InputField>,
    },
    Schema {
        fields: Vec<SchemaField>,
    },
}

#[derive(Debug, Serialize)]
struct SchemaField {
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Inputs {
    input_fields: Vec<InputField>,
}

#[derive(Debug, Serialize)]
struct InputField {
    namespace: String,
    name: String,
    field: String,
    transformations: Vec<Transformation>,
}

#[derive(Debug, Serialize)]
struct Transformation {
    r#type: &'static str,
    subtype: &'static str,
}

impl What {
    fn facet(self) -> Facet {
        Facet {
            producer: PRODUCER,
            schema_url: match &self {
                What::Sql { .. } => {
                    "https://openlineage.io/spec/facets/1-1-0/SQLJobFacet.json#/$defs/SQLJobFacet"
                }
                What::Type { .. } => {
                    "https://openlineage.io/spec/facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet"
                }
                What::ColumnLineage { .. } => {
                    "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet"
                }
                What::Schema { .. } => {
                    "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet"
                }
            },
            what: self,
        }
    }
}

/// An event for every job and statement that reads or writes something, at one time.
pub fn events(lineage: &Lineage, naming: &Naming<'_>, at: &str) -> Vec<JobEvent> {
    let steps = lineage.steps.iter();
    let steps = steps.filter(|step| !step.reads.is_empty() || !step.writes.is_empty());
    steps.map(|step| event(lineage, step, naming, at)).collect()
}

fn event(lineage: &Lineage, step: &Step, naming: &Naming<'_>, at: &str) -> JobEvent {
    let dataset = |node: &Node| {
        let (namespace, name) = naming.dataset(lineage, node);
        Dataset {
            namespace,
            name,
            facets: BTreeMap::new(),
        }
    };
    // What only decides which rows are written is read, too; the target that is joined is not.
    let read: BTreeSet<&Node> = step.reads.iter().collect();
    let outputs = step
        .writes
        .iter()
        .filter(|(node, _)| node.kind != Kind::Query);
    let outputs = outputs.map(|(node, columns)| {
        let mut out = dataset(node);
        let field = |field: &Field, transformations: Vec<Transformation>| {
            let column = field.column.clone()?;
            let (namespace, name) = naming.dataset(lineage, &field.of);
            (!transformations.is_empty() && read.contains(&field.of)).then_some(InputField {
                namespace,
                name,
                field: column,
                transformations,
            })
        };
        let fields = columns.iter().filter_map(|(column, origins)| {
            let inputs = origins.iter();
            let inputs = inputs.filter_map(|(from, changes)| field(from, of_changes(changes)));
            let inputs: Vec<InputField> = inputs.collect();
            let input_fields = inputs;
            (!input_fields.is_empty()).then(|| (column.clone(), Inputs { input_fields }))
        });
        let fields: BTreeMap<String, Inputs> = fields.collect();
        let influences = step.influences.iter();
        let influences = influences.filter_map(|(from, all)| field(from, of_influences(all)));
        let influences: Vec<InputField> = influences.collect();
        if !fields.is_empty() || !influences.is_empty() {
            let what = What::ColumnLineage {
                fields,
                dataset: influences,
            };
            out.facets.insert("columnLineage", what.facet());
        }
        if !columns.is_empty() {
            let names = columns
                .keys()
                .map(|name| SchemaField { name: name.clone() });
            let what = What::Schema {
                fields: names.collect(),
            };
            out.facets.insert("schema", what.facet());
        }
        out
    });
    let mut facets = BTreeMap::new();
    let what = What::Type {
        processing_type: "BATCH",
        integration: if step.is_job { "GLUE" } else { "REDSHIFT" },
        job_type: if step.is_job { "JOB" } else { "QUERY" },
    };
    facets.insert("jobType", what.facet());
    if let Some(query) = step.sql.clone() {
        facets.insert("sql", What::Sql { query }.facet());
    }
    JobEvent {
        event_time: at.to_owned(),
        producer: PRODUCER,
        schema_url: EVENT,
        outputs: outputs.collect(),
        inputs: step.reads.iter().map(dataset).collect(),
        job: Job {
            namespace: naming.jobs.to_owned(),
            name: step.name.clone(),
            facets,
        },
    }
}

fn of_changes(changes: &BTreeSet<Change>) -> Vec<Transformation> {
    let all = changes.iter().map(|change| match change {
        Change::Identity => ("DIRECT", "IDENTITY"),
        Change::Transformation => ("DIRECT", "TRANSFORMATION"),
        Change::Aggregation => ("DIRECT", "AGGREGATION"),
        Change::Window => ("INDIRECT", "WINDOW"),
    });
    all.map(|(r#type, subtype)| Transformation { r#type, subtype })
        .collect()
}

fn of_influences(influences: &BTreeSet<Influence>) -> Vec<Transformation> {
    let all = influences.iter().map(|influence| match influence {
        Influence::Join => "JOIN",
        Influence::Filter => "FILTER",
        Influence::GroupBy => "GROUP_BY",
        Influence::Sort => "SORT",
    });
    all.map(|subtype| Transformation {
        r#type: "INDIRECT",
        subtype,
    })
    .collect()
}

impl Naming<'_> {
    /// Namespace and name of a table or prefix.
    fn dataset(&self, lineage: &Lineage, node: &Node) -> (String, String) {
        if node.kind != Kind::Prefix {
            let name = match (self.database, node.name.contains('.')) {
                (Some(database), true) => format!("{database}.{}", node.name),
                (Some(database), false) => format!("{database}.{DEFAULT_PATH}.{}", node.name),
                (None, _) => node.name.clone(),
            };
            return (self.tables.to_owned(), name);
        }
        // A job names a key, COPY the same with its bucket: one dataset.
        let whole = lineage.whole_prefix(node);
        match whole.split_once("://") {
            Some((scheme, rest)) => {
                let (bucket, key) = rest.split_once('/').unwrap_or((rest, "/"));
                (format!("{scheme}://{bucket}"), key.to_owned())
            }
            None => ("s3://{bucket}".to_owned(), whole.to_owned()),
        }
    }
}
