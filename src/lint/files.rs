//! The files of SQL that paths name, in the order in which they apply.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::changelog;
use crate::text::files::{Enter, Files, named_within};
use crate::text::{SourceFile, exports};

/// Every file named, and those of the folders that are SQL.
pub fn sql(paths: &[PathBuf], enter: Option<&Enter>) -> Files {
    of_sql(paths, enter, is_sql)
}

/// As [`sql`], with the scripts and exports of the folders that hold SQL.
pub fn with_sql(paths: &[PathBuf], enter: Option<&Enter>) -> Files {
    of_sql(paths, enter, |path| is_sql(path) || holds_sql(path))
}

/// Whether a file is SQL by its name.
pub fn is_sql(path: &Path) -> bool {
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
fn of_sql(paths: &[PathBuf], enter: Option<&Enter>, wanted: impl Fn(&Path) -> bool) -> Files {
    let mut changelogs = RefCell::new(Vec::new());
    let mut found = named_within(paths, Some("SQL file"), enter, |path| {
        if changelog::may_be(path) {
            changelogs.borrow_mut().push(path.to_owned());
        }
        wanted(path)
    });
    changelog::sort(paths, changelogs.get_mut(), &mut found.paths);
    found
}
