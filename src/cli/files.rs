//! The files that arguments name.

use std::path::{Path, PathBuf};

use crate::report::failed::Failed;
use crate::text::files::named;

/// Files to read, in order, and what of the arguments can't be read.
pub(super) struct Files {
    pub paths: Vec<PathBuf>,
    pub failed: Vec<Failed>,
}

/// Every file named, and every one of the folders.
pub(super) fn all_files(paths: &[PathBuf]) -> Files {
    files(paths, "file", |_| true)
}

/// Every file named, and those of the folders that are SQL.
pub(super) fn sql_files(paths: &[PathBuf]) -> Files {
    files(paths, "SQL file", |path| {
        let ending = path.extension();
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("sql"))
    })
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
