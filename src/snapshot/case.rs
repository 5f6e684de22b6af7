//! Cases: folders with a schema and a workload.

use std::path::{Path, PathBuf};

use crate::advise::Workload;
use crate::config::ConfigError;
use crate::environment::{self, Environment, Given};
use crate::schema::Schema;
use crate::sql;
use crate::stats::Stats;
use crate::text::SourceFile;
use crate::text::files::{named, sort_by_version};

use super::SNAPSHOTS;
use super::store::is_own;

/// A case, read.
#[derive(Debug)]
pub struct Case {
    /// Its folder below the root, with `-` for `/`.
    pub name: String,
    /// `schema.sql`.
    pub ddl: SourceFile,
    /// `queries/` and `plans/`, in the order of their versions.
    pub workload: Workload,
    /// What of it is not understood, or can't be true.
    pub notes: Vec<String>,
    /// Its tables and `stats.json`, with `distkey.toml` of the folder or above it.
    pub env: Environment,
}

/// Why a folder is no case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file or folder can't be read.
    #[error("cannot read `{path}`: {message}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        message: String,
    },
    /// A file was read and is not what it should be.
    #[error("cannot use `{path}`: {message}")]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What the reader of the format said.
        message: String,
    },
    /// The settings are not understood.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Queries that can't be read at all.
    #[error("{}", unread_text(.0))]
    Unread(Vec<(String, String)>),
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
        for path in files(&folder.join("queries"), Some("sql"))? {
            workload.add_sql(&read(&path)?);
        }
        for path in files(&folder.join("plans"), None)? {
            workload.add_plans(&read(&path)?);
        }
        if !workload.unread.is_empty() {
            return Err(CaseError::Unread(workload.unread));
        }
        if workload.entries.is_empty() && workload.left_out.is_empty() {
            return Err(CaseError::Empty(folder.to_owned()));
        }
        let path = folder.join("stats.json");
        let (stats, notes) = match is_there(&path) {
            true => Stats::read_with_notes(&read(&path)?.text).map_err(|error| {
                CaseError::NotUnderstood {
                    path: path.clone(),
                    message: format!("it is {error}"),
                }
            })?,
            false => (Stats::default(), Vec::new()),
        };
        let config = environment::settings(None, folder)?;
        let ddl = read(&folder.join("schema.sql"))?;
        let given = Given {
            schema: Some(Schema::of(&sql::parse(&ddl))),
            stats: Some(stats),
            ..Given::default()
        };
        let env = Environment::new(config, given).map_err(|error| CaseError::NotUnderstood {
            path: folder.join("distkey.toml"),
            message: error.to_string(),
        })?;
        Ok(Self {
            name: name.to_owned(),
            ddl,
            workload,
            notes,
            env,
        })
    }
}

fn unread_text(unread: &[(String, String)]) -> String {
    let each: Vec<String> = unread
        .iter()
        .map(|(place, why)| format!("`{place}` can't be read: {why}"))
        .collect();
    each.join("; ")
}

/// Whether there is something under a path, be it a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Files of a folder in the order of their versions; none where there is no folder.
fn files(folder: &Path, extension: Option<&str>) -> Result<Vec<PathBuf>, CaseError> {
    if !is_there(folder) {
        return Ok(Vec::new());
    }
    let unreadable = |error: std::io::Error| CaseError::Read {
        path: folder.to_owned(),
        message: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let wanted = extension.is_none_or(|wanted| path.extension().is_some_and(|it| it == wanted));
        // A link that leads nowhere is a file that can't be read.
        if wanted && !path.is_dir() {
            paths.push(path);
        }
    }
    sort_by_version(&mut paths);
    Ok(paths)
}

/// What a folder of cases holds.
#[derive(Debug, Default)]
pub struct Cases {
    /// The folder that their names begin at, with their snapshots.
    pub root: PathBuf,
    /// The folders with a `schema.sql`, by name.
    pub cases: Vec<(String, PathBuf)>,
    /// Folders that can't be read, with the reason: there may be cases in them.
    pub unreadable: Vec<(String, String)>,
    /// Whether these are all cases of the root.
    pub all: bool,
}

/// The folders with a `schema.sql` at or below a folder, with their names: those that they have
/// from wherever the command runs.
///
/// # Errors
/// Two folders of one name.
pub fn find(folder: &Path) -> Result<Cases, CaseError> {
    let is_schema = |path: &Path| path.file_name().is_some_and(|name| name == "schema.sql");
    if !folder.is_dir() {
        let error = std::fs::metadata(folder).err();
        let why = error.map_or_else(|| "it is not a folder".to_owned(), |it| it.to_string());
        return Ok(Cases {
            root: folder.to_owned(),
            unreadable: vec![(folder.display().to_string(), why)],
            ..Cases::default()
        });
    }
    let root = root_of(folder);
    let found = named(&[folder.to_owned()], None, is_schema);
    let mut cases = Cases {
        all: same_folder(&root, folder),
        root,
        unreadable: found.unreadable,
        cases: Vec::new(),
    };
    for path in found.paths {
        let folder = path.parent().unwrap_or(folder).to_owned();
        let name = name_below(&cases.root, &folder);
        if let Some((_, other)) = cases.cases.iter().find(|(other, _)| *other == name) {
            return Err(CaseError::SameName(other.clone(), folder, name));
        }
        cases.cases.push((name, folder));
    }
    cases.cases.sort();
    Ok(cases)
}

/// The name of a case by its folder below the root.
fn name_below(root: &Path, folder: &Path) -> String {
    let (root, folder) = (absolute(root), absolute(folder));
    let below = folder.strip_prefix(&root).unwrap_or(&folder);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    match parts.is_empty() {
        true => "case".to_owned(),
        false => parts.join("-"),
    }
}

/// The folder at or above one where `distkey test` has left snapshots; else the folder itself, and
/// the one above a case.
fn root_of(folder: &Path) -> PathBuf {
    let whole = absolute(folder);
    match whole.ancestors().find(|above| has_snapshots(above)) {
        Some(root) if root == whole => folder.to_owned(),
        Some(root) => root.to_owned(),
        None if is_there(&folder.join("schema.sql")) => {
            whole.parent().map_or_else(|| whole.clone(), Path::to_owned)
        }
        None => folder.to_owned(),
    }
}

/// Whether a folder keeps snapshots that this program wrote: insta's are kept in folders of the
/// same name.
fn has_snapshots(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder.join(SNAPSHOTS))
        .into_iter()
        .flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut snapshots = paths.filter(|path| path.extension().is_some_and(|it| it == "snap"));
    snapshots.any(|path| is_own(&path))
}

fn same_folder(a: &Path, b: &Path) -> bool {
    absolute(a) == absolute(b)
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
