//! The files of a review, by their paths: what one names is looked up among the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::SourceFile;

/// The files.
#[derive(Debug, Default)]
pub(super) struct Files {
    sources: Vec<SourceFile>,
    by_path: BTreeMap<String, usize>,
    /// Those that were read as a part of another.
    taken: BTreeSet<usize>,
}

impl Files {
    pub fn new(sources: Vec<SourceFile>) -> Self {
        let paths = sources.iter().enumerate();
        let by_path = paths
            .map(|(at, source)| (normal(&source.name), at))
            .collect();
        Self {
            by_path,
            sources,
            taken: BTreeSet::new(),
        }
    }

    /// A file by its path as seen from a folder.
    pub fn find(&self, folder: &str, path: &str) -> Option<&SourceFile> {
        let at = self.by_path.get(&joined(folder, path))?;
        self.sources.get(*at)
    }

    /// Marks a file as read.
    pub fn take(&mut self, name: &str) {
        self.taken.extend(self.by_path.get(&normal(name)));
    }

    /// All of them.
    pub fn all(&self) -> &[SourceFile] {
        &self.sources
    }

    /// Those that were not read yet, in order.
    pub fn rest(self) -> impl Iterator<Item = SourceFile> {
        let taken = self.taken;
        let all = self.sources.into_iter().enumerate();
        all.filter(move |(at, _)| !taken.contains(at))
            .map(|(_, source)| source)
    }
}

/// The folder of a file; empty where it lies in none.
pub(super) fn folder_of(path: &str) -> &str {
    path.rfind(['/', '\\']).map_or("", |at| &path[..at])
}

/// A path as seen from a folder.
pub(super) fn joined(folder: &str, path: &str) -> String {
    match folder.is_empty() || path.starts_with('/') {
        true => normal(path),
        false => normal(&format!("{folder}/{path}")),
    }
}

/// Without `.`, and without `..` as far as there is a folder before it.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" if !parts.is_empty() => {}
            "." => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{folder_of, joined};

    #[test]
    fn paths_are_seen_from_a_folder() {
        for (folder, path, is) in [
            ("infra", "./jobs/a.json", "infra/jobs/a.json"),
            ("infra/prod", "../../modules/etl", "modules/etl"),
            ("./infra", "a.json", "infra/a.json"),
            ("", "a.json", "a.json"),
            (".", "../a", "../a"),
            ("/w/infra", "../a//b", "/w/a/b"),
        ] {
            assert_eq!(joined(folder, path), is);
        }
        assert_eq!(folder_of("a/b.tf"), "a");
        assert_eq!(folder_of("b.tf"), "");
    }
}
