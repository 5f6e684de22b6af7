//! A dbt project by what dbt wrote of it: `manifest.json`, and `catalog.json` where it is there.
//!
//! Which field means what: <https://docs.getdbt.com/reference/artifacts/manifest-json> and
//! <https://docs.getdbt.com/reference/resource-configs/redshift-configs>.

mod artefacts;
mod model;
mod places;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use artefacts::{Catalog, Manifest};
pub use model::{Actual, Kept, Key, Model, Strategy};
pub use places::Setting;
pub use tables::Tables;

/// Schema versions of the manifest that are read as they are documented; others on best effort.
const KNOWN_VERSIONS: std::ops::RangeInclusive<u32> = 10..=12;

/// A project, read.
#[derive(Debug)]
pub struct Project {
    /// Where its files lie: the paths of its models are relative to it.
    pub root: PathBuf,
    /// Models, seeds and snapshots, by their unique ids.
    pub models: BTreeMap<String, Model>,
    /// Whether there is a catalog: without one, nothing is known of what is on the cluster.
    pub has_catalog: bool,
    /// What could not be read, or is taken on best effort.
    pub notes: Vec<String>,
    sources: BTreeMap<String, model::Source>,
}

/// Why a project can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no manifest.
    #[error(
        "there is no manifest.json in `{0}` or its target/: run `dbt parse`, or better `dbt compile` and `dbt docs generate`, and name the project or its target folder"
    )]
    NoManifest(String),
    /// A file that is not what its name says.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(String, String),
    /// Another database.
    #[error("`{0}` is of dbt's adapter `{1}`, not of `redshift`")]
    OtherAdapter(String, String),
}

impl Project {
    /// Reads the project at a folder, or of a target folder.
    ///
    /// # Errors
    /// No manifest, one that is no JSON of dbt's, or one of another database.
    pub fn read(path: &Path) -> Result<Self, ProjectError> {
        let within = [path.join("target"), path.to_owned()];
        let target = within
            .into_iter()
            .find(|folder| folder.join("manifest.json").is_file())
            .ok_or_else(|| ProjectError::NoManifest(path.display().to_string()))?;
        let manifest: Manifest = json(&target.join("manifest.json"))?;
        let mut notes = Vec::new();
        let shown = target.join("manifest.json").display().to_string();
        match manifest.metadata.adapter_type.as_deref() {
            Some("redshift") => {}
            Some(other) => return Err(ProjectError::OtherAdapter(shown, other.to_owned())),
            None => notes.push(format!(
                "`{shown}` names no adapter: it is taken for Redshift's"
            )),
        }
        match manifest.version() {
            Some(version) if KNOWN_VERSIONS.contains(&version) => {}
            Some(version) => notes.push(format!(
                "`{shown}` has version {version} of the manifest: it is read as version {}",
                KNOWN_VERSIONS.end()
            )),
            None => notes.push(format!("`{shown}` does not say which version it has")),
        }
        let catalog = target.join("catalog.json");
        let catalog: Option<Catalog> = match catalog.is_file() {
            true => Some(json(&catalog)?),
            false => {
                notes.push(
                    "there is no catalog.json: column types, rows and the keys that tables really have are not known; `dbt docs generate` writes it".to_owned(),
                );
                None
            }
        };
        let root = match target == path {
            // A target folder lies in its project.
            true => match target.parent() {
                Some(above) if !above.as_os_str().is_empty() => above.to_owned(),
                _ => PathBuf::from(".."),
            },
            false => path.to_owned(),
        };
        let (models, sources) = model::of(manifest, catalog.as_ref(), &root);
        let without_query = models.values().filter(|one| one.lacks_query()).count();
        if without_query > 0 {
            notes.push(format!(
                "{} no compiled query, so that it is not planned: run `dbt compile`",
                match without_query {
                    1 => "1 model has".to_owned(),
                    many => format!("{many} models have"),
                }
            ));
        }
        Ok(Self {
            root,
            models,
            has_catalog: catalog.is_some(),
            notes,
            sources,
        })
    }

    /// The tables as the cluster has them, or as dbt would make them.
    pub fn tables(&self) -> Tables {
        tables::of(self.models.values(), self.sources.values())
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ProjectError> {
    let shown = || path.display().to_string();
    let text =
        std::fs::read(path).map_err(|why| ProjectError::Unreadable(shown(), why.to_string()))?;
    serde_json::from_slice(&text).map_err(|why| {
        let why = format!("it is no JSON as dbt writes it: {why}");
        ProjectError::Unreadable(shown(), why)
    })
}
