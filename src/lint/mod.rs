//! Files of DDL → the schema they define together, and what is worth changing.

mod baseline;
pub mod changelog;
pub mod files;
mod fix;
mod flyway;
#[cfg(feature = "pipeline")]
mod models;
mod parsed;
mod pass;
mod per_file;
mod silence;
mod subject;
mod workspace;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use baseline::{Baseline, Folder, Known};
pub use fix::{FixedFile, Outcome, Slower, fix, fix_for};
#[cfg(feature = "pipeline")]
pub use models::lint_models;
use pass::Pass;
pub use workspace::Workspace;

use crate::environment::View;
use crate::rules::{Finding, Location};
use crate::schema::Schema;
use crate::text::{LineColumn, SourceFile};

/// One file, linted: of its text only the lines that the report shows are kept,
/// so that a tree of many thousand files fits.
#[derive(Debug)]
pub struct LintedFile {
    /// Its number among the inputs.
    pub number: usize,
    /// The path as the user gave it, or `<stdin>`.
    pub path: String,
    /// What had to be changed to read it.
    pub reading_notes: Vec<String>,
    /// What became of its statements.
    pub tally: Tally,
    /// What is wrong with statements that could not be read.
    pub errors: Vec<FileError>,
    /// What was skipped or not understood: the line, and what happened.
    pub notes: Vec<(usize, String)>,
    /// What is worth changing, in the order of the lines.
    pub findings: Vec<Finding>,
    /// Findings that a comment silences.
    pub silenced: usize,
    /// Lines of such comments that silence nothing.
    pub unused_ignores: Vec<usize>,
    /// Such comments that are not understood, as by a word that names no rule: the line, and
    /// what is wrong.
    pub unknown_ignores: Vec<(usize, String)>,
    /// The lines that errors and findings point to.
    pub lines: BTreeMap<usize, String>,
    /// Where the edits of the findings begin and end, by their offsets.
    pub places: BTreeMap<usize, LineColumn>,
}

/// What became of the statements of a file: each is one of the three.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Statements that the rules have looked at.
    pub checked: usize,
    /// Statements that Redshift has and that no rule looks at, by kind.
    pub accepted: BTreeMap<String, usize>,
    /// The line and the beginning of each statement that was not understood, syntax errors included.
    pub not_understood: Vec<(usize, String)>,
    /// How many were read of each kind; those without a rule are `Other`.
    pub kinds: BTreeMap<String, usize>,
}

impl Tally {
    /// All statements.
    pub fn statements(&self) -> usize {
        self.checked + self.accepted.values().sum::<usize>() + self.not_understood.len()
    }
}

/// A statement that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// Where.
    pub location: Location,
    /// The kind of statement; empty where that is not known.
    pub kind: String,
    /// What was expected.
    pub message: String,
    /// What it is about, as [`Finding::subject`]: its message and its line.
    pub subject: String,
}

/// Files, linted together.
#[derive(Debug, Default)]
pub struct Linted {
    /// In the order of the input, without those that can't be read.
    pub files: Vec<LintedFile>,
    /// Files that can't be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// What all files define together.
    pub schema: Schema,
}

/// Something to lint.
#[derive(Debug, Clone)]
pub enum Input {
    /// A text in memory.
    Text(SourceFile),
    /// A file, read when it is wanted, and again when it is wanted again.
    Path(PathBuf),
    /// A file that is read for what it defines; nothing is said of it.
    Context(PathBuf),
}

impl Input {
    /// Whether findings in it are wanted.
    pub fn is_linted(&self) -> bool {
        !matches!(self, Input::Context(_))
    }

    /// About how many bytes its text has: 0 where that is not known before it is read.
    pub(crate) fn size(&self) -> usize {
        match self {
            Input::Text(source) => source.text.len(),
            Input::Path(path) | Input::Context(path) => {
                let length = std::fs::metadata(path).map_or(0, |it| it.len());
                usize::try_from(length).unwrap_or(usize::MAX)
            }
        }
    }

    /// The text.
    ///
    /// # Errors
    /// The path with the reason, where it can't be read or is no text.
    pub fn read(&self) -> Result<SourceFile, (String, String)> {
        match self {
            Input::Text(source) => Ok(source.clone()),
            Input::Path(path) | Input::Context(path) => match SourceFile::read(path) {
                Ok(source) if source.looks_binary() => {
                    Err((source.name, "it is binary, not SQL".to_owned()))
                }
                Ok(source) => Ok(source),
                Err(error) => Err((path.display().to_string(), error.to_string())),
            },
        }
    }
}

/// Reads and lints; statements apply in the order of the inputs.
pub fn lint(inputs: &[Input], env: View<'_>) -> Linted {
    lint_with_progress(inputs, env, &|_| ())
}

/// As [`lint`]; `progress` is told how many more are done, of twice their number:
/// each is read for the schema, and looked at for the rules.
pub fn lint_with_progress(
    inputs: &[Input],
    env: View<'_>,
    progress: &(dyn Fn(usize) + Sync),
) -> Linted {
    let read = |at: usize| inputs[at].read();
    Pass::new(inputs, &read, env, progress).run()
}
