//! The files that arguments name.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::lint::changelog;
use crate::report::failed::Failed;
use crate::text::files::named;
use crate::text::{SourceFile, exports};

/// Files to read, in order, and what of the arguments can't be read.
pub(super) struct Files {
    pub paths: Vec<PathBuf>,
    pub failed: Vec<Failed>,
}

/// Every file named, and every one of the folders but the settings.
pub(super) fn all_files(paths: &[PathBuf]) -> Files {
    files(paths, "file", |path| {
        path.file_name().is_none_or(|name| name != "distkey.toml")
    })
}

/// Every file named, and those of the folders that are SQL.
pub(super) fn sql_files(paths: &[PathBuf]) -> Files {
    files_of_sql(paths, is_sql)
}

/// As [`sql_files`], with the scripts and exports of the folders that hold SQL.
pub(super) fn files_with_sql(paths: &[PathBuf]) -> Files {
    files_of_sql(paths, |path| is_sql(path) || holds_sql(path))
}

fn is_sql(path: &Path) -> bool {
    const ENDINGS: [&str; 5] = [".sql", ".ddl", ".sql.j2", ".sql.jinja", ".sql.jinja2"];
    let name = path.file_name().unwrap_or_default();
    let name = name.to_string_lossy().to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a script or an export holds SQL: it is read for that.
fn holds_sql(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    let read = || SourceFile::read(path).ok();
    if ending == "csv" {
        return read().is_some_and(|source| !exports::ddl(source).is_own_text());
    }
    #[cfg(feature = "pipeline")]
    if ending == "py" {
        let found = read().and_then(|source| crate::sql::python::strings(source).ok());
        return found.is_some_and(|source| !source.text.trim().is_empty());
    }
    changelog::holds_sql(path)
}

/// SQL files in the order in which Liquibase applies them, where a changelog says so.
fn files_of_sql(paths: &[PathBuf], wanted: impl Fn(&Path) -> bool) -> Files {
    let mut changelogs = RefCell::new(Vec::new());
    let mut found = files(paths, "SQL file", |path| {
        if changelog::may_be(path) {
            changelogs.borrow_mut().push(path.to_owned());
        }
        wanted(path)
    });
    changelog::sort(paths, changelogs.get_mut(), &mut found.paths);
    found
}

fn files(paths: &[PathBuf], kind: &str, wanted: impl Fn(&Path) -> bool) -> Files {
    let found = named(paths, Some(kind), wanted);
    let failed = found.unreadable.into_iter();
    Files {
        paths: found.paths,
        failed: failed.map(|(path, why)| Failed::read(path, why)).collect(),
    }
}

/// Names on standard error what could not be done.
pub(super) fn tell(failed: &[Failed]) {
    for one in failed {
        anstream::eprintln!("{}: {}", one.path, one.message());
    }
}

/// The nearest folder that holds all of these, where that lies in the current one; else the
/// current one, as for standard input.
pub(super) fn shared_folder<'p>(inputs: impl IntoIterator<Item = &'p PathBuf>) -> PathBuf {
    let here = PathBuf::from(".");
    let Ok(current) = std::path::absolute(&here).and_then(|path| path.canonicalize()) else {
        return here;
    };
    let mut shared: Option<PathBuf> = None;
    for input in inputs {
        let Ok(path) = input.canonicalize() else {
            continue;
        };
        let folder = match path.is_dir() {
            true => path.as_path(),
            false => path.parent().unwrap_or(&path),
        };
        let with_others = |of_others: PathBuf| {
            let mut above = of_others.ancestors();
            above
                .find(|above| folder.starts_with(above))
                .map(Path::to_owned)
        };
        shared = match shared {
            None => Some(folder.to_owned()),
            Some(of_others) => with_others(of_others),
        };
    }
    shared
        .filter(|folder| folder.starts_with(&current))
        .unwrap_or(current)
}
