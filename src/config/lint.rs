//! What `distkey lint` reads, leaves out and knows already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::files::{real_folder, real_path};

/// What `distkey lint` reads, leaves out and knows already; paths and patterns are relative to the
/// folder of the settings, and flags of the command line replace them.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lint {
    /// Other settings, which hold where these say nothing.
    pub extend: Option<PathBuf>,
    /// Files and folders that are linted where none is named.
    pub paths: Option<Vec<PathBuf>>,
    /// Patterns, as of `.gitignore`, of files that are not read.
    pub exclude: Option<Vec<String>>,
    /// Rules that are left out for the files of a pattern: codes, names or starts of codes.
    pub per_file_ignores: Option<BTreeMap<String, Vec<String>>>,
    /// The file of known findings.
    pub baseline: Option<PathBuf>,
    /// The folder that `exclude` is relative to.
    #[serde(skip)]
    pub exclude_from: PathBuf,
    /// The folder that `per-file-ignores` is relative to.
    #[serde(skip)]
    pub ignores_from: PathBuf,
}

impl Lint {
    /// Makes paths relative to the current folder, of settings that lie in this one.
    pub(super) fn lie_in(&mut self, folder: &Path) {
        let here = std::env::current_dir().unwrap_or_default();
        let from_here = |path: &Path| {
            let path = folder.join(path);
            match path.strip_prefix(&here) {
                Ok(inside) if inside != Path::new("") => inside.to_owned(),
                Ok(_) => PathBuf::from("."),
                Err(_) => path,
            }
        };
        for path in self.paths.iter_mut().flatten().chain(&mut self.baseline) {
            *path = from_here(path);
        }
        let folder = real_folder(folder);
        self.exclude_from.clone_from(&folder);
        self.ignores_from = folder;
    }

    /// These, and what others say where these say nothing.
    pub(super) fn over(self, others: Self) -> Self {
        let exclude_from = match self.exclude {
            Some(_) => self.exclude_from,
            None => others.exclude_from,
        };
        let ignores_from = match self.per_file_ignores {
            Some(_) => self.ignores_from,
            None => others.ignores_from,
        };
        Self {
            extend: self.extend,
            paths: self.paths.or(others.paths),
            exclude: self.exclude.or(others.exclude),
            per_file_ignores: self.per_file_ignores.or(others.per_file_ignores),
            baseline: self.baseline.or(others.baseline),
            exclude_from,
            ignores_from,
        }
    }

    /// What finds the files that are left out.
    pub fn excluded(&self) -> Patterns {
        Patterns::of(
            &self.exclude_from,
            self.exclude.as_deref().unwrap_or_default(),
        )
    }

    /// What finds the files of each of `per-file-ignores`, and the rules that are left out there.
    pub fn per_file(&self) -> impl Iterator<Item = (Patterns, &[String])> {
        let per_file = self.per_file_ignores.iter().flatten();
        per_file.map(|(pattern, words)| {
            let patterns = Patterns::of(&self.ignores_from, std::slice::from_ref(pattern));
            (patterns, words.as_slice())
        })
    }
}

/// Finds files by patterns, as of `.gitignore`, relative to a folder.
#[derive(Debug, Clone)]
pub struct Patterns {
    folder: PathBuf,
    matcher: Gitignore,
}

impl Patterns {
    /// Of patterns that were read before without an error.
    fn of(folder: &Path, patterns: &[String]) -> Self {
        let mut builder = GitignoreBuilder::new("");
        for pattern in patterns {
            let _ = builder.add_line(None, pattern);
        }
        Self {
            folder: folder.to_owned(),
            matcher: builder.build().unwrap_or_else(|_| Gitignore::empty()),
        }
    }

    /// Whether one of them finds the file, or a folder above it.
    pub fn find(&self, path: &Path) -> bool {
        let path = real_path(path);
        let inside = path.strip_prefix(&self.folder);
        inside.is_ok_and(|inside| {
            let found = self.matcher.matched_path_or_any_parents(inside, false);
            found.is_ignore()
        })
    }
}

/// Why a pattern is none.
pub(super) fn refused_pattern(pattern: &str) -> Option<String> {
    if pattern.trim().is_empty() {
        return Some("an empty pattern finds no file: write one as of .gitignore".to_owned());
    }
    let error = GitignoreBuilder::new("").add_line(None, pattern).err()?;
    let reason = match error {
        ignore::Error::Glob { err, .. } => err,
        other => other.to_string(),
    };
    Some(format!("`{pattern}` is no pattern of .gitignore: {reason}"))
}
