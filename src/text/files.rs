//! The files that paths name, in the order in which they are read: as named, and
//! within a folder by version, so that an ALTER follows its CREATE.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock};

use regex::Regex;

/// What paths come to.
#[derive(Debug, Default)]
pub struct Files {
    /// Files to read, each once, in order.
    pub paths: Vec<PathBuf>,
    /// What can't be read, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// Whether a file or folder may be looked at.
pub type Enter = Arc<dyn Fn(&Path) -> bool + Send + Sync>;

/// Every file named, and those of the folders that are wanted; `.gitignore` is
/// respected. `kind` says what is wanted, as "SQL file": a folder without one could not
/// be read; without it, such a folder is fine.
pub fn named(paths: &[PathBuf], kind: Option<&str>, wanted: impl Fn(&Path) -> bool) -> Files {
    named_within(paths, kind, None, wanted)
}

/// As [`named`]; of the folders, nothing is read that `enter` does not let in.
pub fn named_within(
    paths: &[PathBuf],
    kind: Option<&str>,
    enter: Option<&Enter>,
    wanted: impl Fn(&Path) -> bool,
) -> Files {
    let mut files = Files::default();
    let mut seen = HashSet::new();
    for path in paths {
        let found = match is_standard_input(path) || !path.is_dir() {
            true => vec![path.clone()],
            false => files.walk(path, kind, enter, &wanted),
        };
        for path in found {
            if seen.insert(identity(&path)) {
                files.paths.push(path);
            }
        }
    }
    files
}

impl Files {
    /// The wanted files of a folder, in order; what can't be read is noted.
    fn walk(
        &mut self,
        folder: &Path,
        kind: Option<&str>,
        enter: Option<&Enter>,
        wanted: &dyn Fn(&Path) -> bool,
    ) -> Vec<PathBuf> {
        let unreadable = self.unreadable.len();
        let mut found = Vec::new();
        // Links are followed: what lies behind one is part of the folder to everybody else.
        let mut walk = ignore::WalkBuilder::new(folder);
        walk.follow_links(true);
        if let Some(enter) = enter.cloned() {
            walk.filter_entry(move |entry| enter(entry.path()));
        }
        for entry in walk.build() {
            match entry {
                Ok(entry) => {
                    let kind = entry.file_type();
                    if !kind.is_some_and(|kind| kind.is_dir()) && wanted(entry.path()) {
                        match kind.is_some_and(|kind| kind.is_file()) {
                            true => found.push(entry.into_path()),
                            false => self.cannot_read(
                                entry.path(),
                                "it is a pipe or a device; name it itself to read it",
                            ),
                        }
                    }
                }
                Err(error) => self.failed(folder, &error, wanted),
            }
        }
        let nothing = found.is_empty() && self.unreadable.len() == unreadable;
        if let (true, Some(kind)) = (nothing, kind) {
            self.cannot_read(
                folder,
                format!(
                    "there is no {kind} in it; hidden files and those that Git ignores do not count"
                ),
            );
        }
        found.sort_by_cached_key(|path| keys(path.strip_prefix(folder).unwrap_or(path)));
        found
    }

    fn failed(&mut self, folder: &Path, error: &ignore::Error, wanted: &dyn Fn(&Path) -> bool) {
        let Some((path, reason)) = reason(error) else {
            return;
        };
        let path = path.unwrap_or(folder);
        let metadata = std::fs::symlink_metadata(path);
        // A link that leads nowhere would have been a file: perhaps not one that is wanted.
        if metadata.is_ok_and(|it| it.is_symlink()) && !wanted(path) {
            return;
        }
        self.cannot_read(path, reason);
    }

    fn cannot_read(&mut self, path: &Path, reason: impl Into<String>) {
        self.unreadable
            .push((path.display().to_string(), reason.into()));
    }
}

/// Where a walk failed and why; `None` for a link back to a folder above, all of
/// which is read without it.
fn reason(error: &ignore::Error) -> Option<(Option<&Path>, String)> {
    match error {
        ignore::Error::WithPath { path, err } => {
            let (_, told) = reason(err)?;
            // Asked again, the system says it without the library's words around it.
            let again = std::fs::metadata(path).and_then(|it| match it.is_dir() {
                true => std::fs::read_dir(path).map(|_| ()),
                false => Ok(()),
            });
            let told = again.err().map_or(told, |error| error.to_string());
            Some((Some(path), told))
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            reason(err)
        }
        ignore::Error::Loop { .. } => None,
        other => Some((None, other.to_string())),
    }
}

/// Whether a path is standard input by one of its names.
pub fn is_standard_input(path: &Path) -> bool {
    let names = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
    names.iter().any(|name| path.as_os_str() == *name)
}

/// The same for every way to write one folder.
pub fn real_folder(folder: &Path) -> PathBuf {
    let folder = match folder == Path::new("") {
        true => Path::new("."),
        false => folder,
    };
    let real = std::fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
    real.unwrap_or_else(|_| folder.to_owned())
}

/// The same for every way to write the path of one file; of a link, the link itself is meant.
pub fn real_path(file: &Path) -> PathBuf {
    match (file.parent(), file.file_name()) {
        (Some(folder), Some(name)) => real_folder(folder).join(name),
        _ => real_folder(file),
    }
}

/// The same for every way to write one file.
pub fn identity(path: &Path) -> PathBuf {
    if is_standard_input(path) {
        return PathBuf::from("-");
    }
    let real = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    real.unwrap_or_else(|_| path.to_owned())
}

/// Orders files of one folder by version: `V2__b` before `V10__a`, `1.9` before
/// `1.10`, and what is repeatable, `R__c`, after the rest.
pub fn sort_by_version(paths: &mut [PathBuf]) {
    paths.sort_by_cached_key(|path| keys(path.file_name().map_or(path, Path::new)));
}

/// What a path below a folder is ordered by, part by part.
fn keys(path: &Path) -> Vec<Key> {
    let parts: Vec<String> = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let last = parts.len().saturating_sub(1);
    let parts = parts.into_iter().enumerate();
    parts.map(|(at, part)| Key::of(part, at == last)).collect()
}

/// What a name is ordered by, in this order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// Repeatable migrations come after the versioned ones.
    repeatable: bool,
    before: String,
    version: Vec<Digits>,
    after: Vec<Run>,
    /// The name itself parts what is equal in all of these, as `1` and `001`.
    name: String,
}

impl Key {
    fn of(name: String, is_file: bool) -> Self {
        /// What stands before a version, the version, and what stands after it.
        static VERSION: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"^(\D*?)(\d+(?:[._-]\d+)*)(.*)$").ok());
        // `1.10` has no ending: it is a version.
        let stem = match name.rsplit_once('.') {
            Some((stem, ending)) if is_file && ending.contains(char::is_alphabetic) => stem,
            _ => &name,
        };
        let parts = VERSION.as_ref().and_then(|regex| regex.captures(stem));
        let part = |at: usize| parts.as_ref().and_then(|parts| parts.get(at));
        let text = |at: usize| part(at).map_or("", |found| found.as_str());
        let before = part(1).map_or(stem, |found| found.as_str());
        let digits = text(2).split(|c: char| !c.is_ascii_digit());
        Self {
            repeatable: is_file && stem.starts_with("R__"),
            before: before.to_lowercase(),
            version: digits
                .filter(|digits| !digits.is_empty())
                .map(Digits::of)
                .collect(),
            after: runs(&text(3).to_lowercase()),
            name,
        }
    }
}

/// A number of any length.
#[derive(Debug, PartialEq, Eq)]
struct Digits(String);

impl Digits {
    fn of(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').to_owned())
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Digits, which compare as a number, or what stands between them.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Run {
    Number(Digits),
    Text(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let number = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != number)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        out.push(match number {
            true => Run::Number(Digits::of(run)),
            false => Run::Text(run.to_owned()),
        });
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names are in order whichever way they were listed.
    fn in_order(names: &[&str]) {
        let expected: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        for turn in 0..names.len() {
            let mut paths = expected.clone();
            paths.rotate_left(turn);
            paths.sort_by_cached_key(|path| keys(path));
            assert_eq!(paths, expected);
        }
    }

    #[test]
    fn versions_are_numbers() {
        in_order(&["V1__a.sql", "V2__b.sql", "V10__a.sql", "V10__b.sql"]);
        in_order(&["1.9.sql", "1.10.sql", "2.sql"]);
        in_order(&["V1__z.sql", "V1_1__a.sql", "V1_2__a.sql", "V2__a.sql"]);
        in_order(&["V1__z.sql", "V1.1__a.sql", "V1.9__a.sql", "V1.10__a.sql"]);
        in_order(&["001_a.sql", "1_b.sql", "2_a.sql", "0010_a.sql"]);
        in_order(&["001.sql", "01.sql", "1.sql"]);
        in_order(&[
            "20240131_a.sql",
            "20240201_a.sql",
            "99999999999999999999999999_a.sql",
        ]);
        in_order(&["2024-1-31.sql", "2024-02-01.sql", "2024-10-01.sql"]);
        in_order(&["a_2_part9.sql", "a_2_part10.sql", "a_10_part1.sql"]);
    }

    #[test]
    fn repeatable_migrations_come_last_in_their_folder() {
        in_order(&[
            "a/V9__x.sql",
            "a/V10__x.sql",
            "a/R__views.sql",
            "b/deep/V2__x.sql",
            "b/V1__x.sql",
            "b/R__1.sql",
            "b/R__2.sql",
            "V1__x.sql",
            "R__a.sql",
        ]);
        // Only the mark of a migration makes it one.
        in_order(&["R_a.sql", "RA__b.sql", "z.sql"]);
    }

    #[test]
    fn folders_are_versions_too() {
        in_order(&["1.9/b.sql", "1.10/a.sql", "v2/a.sql", "v10/a.sql"]);
        in_order(&["Orders.sql", "orders2.sql", "Orders10.sql", "users.sql"]);
    }
}
