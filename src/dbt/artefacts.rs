//! The parts of dbt's artefacts that are read; keys that are not known are left alone.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// `manifest.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub metadata: Metadata,
    #[serde(default)]
    pub nodes: BTreeMap<String, Node>,
    #[serde(default)]
    pub sources: BTreeMap<String, Node>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Metadata {
    pub dbt_schema_version: Option<String>,
    pub adapter_type: Option<String>,
}

impl Manifest {
    /// The number in `https://schemas.getdbt.com/dbt/manifest/v12.json`.
    pub fn version(&self) -> Option<u32> {
        let name = self.metadata.dbt_schema_version.as_deref()?;
        let file = name.rsplit('/').next()?;
        file.strip_prefix('v')?.split('.').next()?.parse().ok()
    }
}

/// A model, seed, snapshot, test or source.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Node {
    pub resource_type: String,
    pub name: String,
    pub schema: Option<String>,
    pub alias: Option<String>,
    /// Of a source.
    pub identifier: Option<String>,
    pub relation_name: Option<String>,
    pub original_file_path: String,
    pub patch_path: Option<String>,
    pub fqn: Vec<String>,
    pub raw_code: Option<String>,
    pub compiled_code: Option<String>,
    pub columns: BTreeMap<String, ColumnNode>,
    pub config: BTreeMap<String, Value>,
    pub test_metadata: Option<TestMetadata>,
    pub attached_node: Option<String>,
    pub column_name: Option<String>,
    pub depends_on: DependsOn,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ColumnNode {
    pub name: String,
    pub data_type: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TestMetadata {
    pub name: String,
    pub kwargs: BTreeMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DependsOn {
    pub nodes: Vec<String>,
}

/// `catalog.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Catalog {
    #[serde(default)]
    pub nodes: BTreeMap<String, Entry>,
    #[serde(default)]
    pub sources: BTreeMap<String, Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    pub columns: BTreeMap<String, ColumnEntry>,
    pub stats: BTreeMap<String, Stat>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ColumnEntry {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub index: i64,
}

/// A figure; one that is not included is null on the cluster.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stat {
    pub value: Value,
    pub include: bool,
}

impl Entry {
    pub fn number(&self, name: &str) -> Option<f64> {
        let stat = self.stats.get(name).filter(|stat| stat.include)?;
        let number = match &stat.value {
            Value::String(text) => text.parse().ok(),
            other => other.as_f64(),
        };
        number.filter(|number: &f64| number.is_finite() && *number >= 0.0)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        let stat = self.stats.get(name).filter(|stat| stat.include)?;
        stat.value.as_str()
    }
}
