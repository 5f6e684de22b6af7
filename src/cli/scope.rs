//! What `distkey lint` reads: the files that are linted, and those around them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::files::{Files, files_with_sql, sql_files};
use super::lint_args::Args;
use crate::config::Lint;
use crate::lint::Input;
use crate::report::failed::Failed;
use crate::text::SourceFile;
use crate::text::files::{identity, is_standard_input};

/// The files, in the order in which their statements apply.
pub(super) struct Scope {
    /// The paths that were asked for.
    pub paths: Vec<PathBuf>,
    /// What is read.
    pub inputs: Vec<Input>,
    /// What can't be read.
    pub failed: Vec<Failed>,
    /// Whether the settings leave out everything that was asked for.
    pub all_excluded: bool,
}

impl Scope {
    /// What these arguments and settings come to.
    ///
    /// # Errors
    /// A name for standard input where that is not read.
    pub fn of(args: &Args, settings: &Lint) -> anyhow::Result<Self> {
        let paths = paths(args, settings);
        if args.stdin_filename.is_some() && !paths.iter().any(|path| is_standard_input(path)) {
            anyhow::bail!("`--stdin-filename` names standard input: write `-` as a path, too");
        }
        let Files {
            paths: linted,
            mut failed,
        } = files_with_sql(&paths);
        let before = linted.len();
        let linted = without_excluded(linted, settings, args.stdin_filename.as_deref());
        let all_excluded = before > 0 && linted.is_empty();
        let around = match args.ddl.is_empty() {
            true => Vec::new(),
            false => {
                let around = sql_files(&args.ddl);
                failed.extend(around.failed);
                without_excluded(around.paths, settings, None)
            }
        };
        let mut scope = Self {
            paths,
            inputs: Vec::with_capacity(linted.len() + around.len()),
            failed,
            all_excluded,
        };
        scope.fill(&linted, around, args.stdin_filename.as_deref());
        Ok(scope)
    }

    /// The files around, in their order, each linted where it is named; then those that are named
    /// and lie elsewhere.
    fn fill(&mut self, linted: &[PathBuf], around: Vec<PathBuf>, called: Option<&Path>) {
        let of = |path: &Path| match called {
            Some(called) if is_standard_input(path) => identity(called),
            _ => identity(path),
        };
        let named: HashMap<PathBuf, &PathBuf> =
            linted.iter().map(|path| (of(path), path)).collect();
        let mut there: HashSet<&PathBuf> = HashSet::new();
        for path in around {
            match named.get(&identity(&path)) {
                Some(path) => {
                    self.add(path, called);
                    there.insert(path);
                }
                None => self.inputs.push(Input::Context(path)),
            }
        }
        for path in linted {
            if !there.contains(path) {
                self.add(path, called);
            }
        }
    }

    /// Adds a file that is linted. It is read when it is wanted, and again when it is wanted again;
    /// what gives its text only once, as standard input or a pipe, is read now.
    fn add(&mut self, path: &Path, called: Option<&Path>) {
        let is_file = std::fs::metadata(path).is_ok_and(|it| it.is_file());
        let is_input = is_standard_input(path);
        if is_file && !is_input {
            self.inputs.push(Input::Path(path.to_owned()));
            return;
        }
        match Input::Path(path.to_owned()).read() {
            Ok(mut source) => {
                if let Some(called) = called.filter(|_| is_input) {
                    let notes = std::mem::take(&mut source.notes);
                    source = SourceFile::new(called.display().to_string(), source.unmasked());
                    source.notes = notes;
                }
                self.inputs.push(Input::Text(source));
            }
            Err((path, error)) => self.failed.push(Failed::read(path, error)),
        }
    }
}

/// The paths given, or those of the settings, or the current folder.
pub(super) fn paths(args: &Args, settings: &Lint) -> Vec<PathBuf> {
    if !args.paths.is_empty() {
        return args.paths.clone();
    }
    match settings.paths.as_deref() {
        None | Some([]) => vec![PathBuf::from(".")],
        Some(paths) => paths.to_vec(),
    }
}

/// Without what the settings exclude, however it was named: a hook names every file.
fn without_excluded(
    mut paths: Vec<PathBuf>,
    settings: &Lint,
    called: Option<&Path>,
) -> Vec<PathBuf> {
    if settings.exclude.is_none() {
        return paths;
    }
    let excluded = settings.excluded();
    paths.retain(|path| match (is_standard_input(path), called) {
        (true, Some(called)) => !excluded.find(called),
        (true, None) => true,
        (false, _) => !excluded.find(path),
    });
    paths
}
