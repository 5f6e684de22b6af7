//! The files that paths name: folders are walked, with `.gitignore` respected.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every file named, and every one of the folders.
pub(super) fn all_files(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    walked(paths, |_| true)
}

/// Every file named, and those of the folders that are SQL.
pub(super) fn sql_files(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    walked(paths, |path| {
        let ending = path.extension();
        ending.is_some_and(|ending| ending.eq_ignore_ascii_case("sql"))
    })
}

fn walked(paths: &[PathBuf], wanted: impl Fn(&Path) -> bool) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for path in paths {
        if !path.is_dir() {
            files.insert(path.clone());
            continue;
        }
        let walk = ignore::WalkBuilder::new(path).build();
        let found = walk.filter_map(Result::ok).filter(|entry| {
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            is_file && wanted(entry.path())
        });
        files.extend(found.map(ignore::DirEntry::into_path));
    }
    files
}
