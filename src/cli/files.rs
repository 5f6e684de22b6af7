//! The files that arguments name.

use std::path::{Path, PathBuf};

use crate::lint;
use crate::report::failed::Failed;
use crate::text::{self, files::named};

/// Files to read, in order, and what of the arguments can't be read.
pub(super) struct Files {
    pub paths: Vec<PathBuf>,
    pub failed: Vec<Failed>,
}

/// Every file named, and every one of the folders but the settings.
pub(super) fn all_files(paths: &[PathBuf]) -> Files {
    of(named(paths, Some("file"), |path| {
        path.file_name().is_none_or(|name| name != "distkey.toml")
    }))
}

/// Every file named, and those of the folders that are SQL.
pub(super) fn sql_files(paths: &[PathBuf]) -> Files {
    of(lint::files::sql(paths, None))
}

/// As [`sql_files`], with the scripts and exports of the folders that hold SQL.
pub(super) fn files_with_sql(paths: &[PathBuf]) -> Files {
    of(lint::files::with_sql(paths, None))
}

fn of(found: text::files::Files) -> Files {
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
