//! Cases: folders with a schema and a workload.

use std::path::{Path, PathBuf};

use crate::advise::Workload;
use crate::config::{Config, ConfigError};
use crate::latency::Cluster;
use crate::stats::Stats;
use crate::text::SourceFile;

/// A case, read.
#[derive(Debug)]
pub struct Case {
    /// Its folder below the root, with `-` for `/`.
    pub name: String,
    /// `schema.sql`.
    pub ddl: SourceFile,
    /// `queries/` and `plans/`, in the order of their names.
    pub workload: Workload,
    /// `stats.json`.
    pub stats: Stats,
    /// `distkey.toml` of the folder or above it.
    pub config: Config,
    /// The cluster of the settings, or the default one.
    pub cluster: Cluster,
    /// Whether the settings name no cluster.
    pub cluster_assumed: bool,
}

/// Why a folder is no case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file can't be read.
    #[error("cannot read `{path}`: {message}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system, or the reader of the format, said.
        message: String,
    },
    /// The settings are not understood.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is nothing to plan.
    #[error("`{0}` has neither `queries/*.sql` nor `plans/*`")]
    Empty(PathBuf),
    /// Two folders come to one name.
    #[error("`{0}` and `{1}` are both named `{2}`: rename one of the folders")]
    SameName(PathBuf, PathBuf, String),
}

impl Case {
    /// Reads the case of a folder.
    ///
    /// # Errors
    /// Files that can't be read or understood.
    pub fn open(folder: &Path, name: &str) -> Result<Self, CaseError> {
        let read = |path: &Path| {
            let mut source = SourceFile::read(path).map_err(|error| CaseError::Read {
                path: path.to_owned(),
                message: error.to_string(),
            })?;
            // Below the case, so that nothing depends on where it stands.
            let below = path.strip_prefix(folder).unwrap_or(path);
            source.name = below.to_string_lossy().replace('\\', "/");
            Ok::<_, CaseError>(source)
        };
        let mut workload = Workload::default();
        for path in files(&folder.join("queries"), Some("sql")) {
            workload.add_sql(&read(&path)?);
        }
        for path in files(&folder.join("plans"), None) {
            workload.add_plans(&read(&path)?);
        }
        if workload.entries.is_empty() && workload.left_out.is_empty() {
            return Err(CaseError::Empty(folder.to_owned()));
        }
        let path = folder.join("stats.json");
        let stats = match path.is_file() {
            true => Stats::read(&read(&path)?.text).map_err(|error| CaseError::Read {
                path: path.clone(),
                message: format!("it is {error}"),
            })?,
            false => Stats::default(),
        };
        let config = Config::discover(folder)?;
        let cluster = Cluster::named_or_default(config.cluster.as_deref());
        let cluster = cluster.map_err(|error| CaseError::Read {
            path: folder.join("distkey.toml"),
            message: error.to_string(),
        })?;
        Ok(Self {
            name: name.to_owned(),
            ddl: read(&folder.join("schema.sql"))?,
            workload,
            stats,
            cluster_assumed: config.cluster.is_none(),
            cluster,
            config,
        })
    }
}

/// Files of a folder in the order of their names.
fn files(folder: &Path, extension: Option<&str>) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.is_file())
        .filter(|path| extension.is_none_or(|wanted| path.extension().is_some_and(|e| e == wanted)))
        .collect();
    paths.sort();
    paths
}

/// The folders with a `schema.sql` at or below a root, with their names.
///
/// # Errors
/// Two folders of one name.
pub fn find(root: &Path) -> Result<Vec<(String, PathBuf)>, CaseError> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    let walk = ignore::WalkBuilder::new(root)
        .build()
        .filter_map(Result::ok);
    for entry in walk.filter(|entry| entry.file_name() == "schema.sql") {
        let folder = entry.path().parent().unwrap_or(root).to_owned();
        let below = folder.strip_prefix(root).unwrap_or(&folder);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        let name = match parts.is_empty() {
            true => "case".to_owned(),
            false => parts.join("-"),
        };
        if let Some((_, other)) = found.iter().find(|(other, _)| *other == name) {
            return Err(CaseError::SameName(other.clone(), folder, name));
        }
        found.push((name, folder));
    }
    found.sort();
    Ok(found)
}
