//! Files that change one at a time, as in an editor: each is read when it changes, and the schema is
//! made anew of what was read.

use rayon::prelude::*;

use super::parsed::{All, Judge, Parsed, Unreadable};
use super::per_file::PerFile;
use super::{Input, LintedFile};
use crate::environment::View;
use crate::rules::schema::Shared;
use crate::schema::{Schema, SchemaBuilder};
use crate::sql::Script;
use crate::stats::Stats;
use crate::text::SourceFile;

/// Files by their number, in the order in which their statements apply.
#[derive(Debug, Default)]
pub struct Workspace {
    files: Vec<File>,
    /// What they define; `None` where one has changed since.
    all: Option<(All, Shared)>,
}

#[derive(Debug)]
struct File {
    /// Whether it counts: one that is gone keeps its number.
    is_there: bool,
    /// What was read, with the queries of its definitions.
    read: Result<Parsed, Unreadable>,
}

impl File {
    fn of(source: SourceFile) -> Self {
        Self {
            is_there: true,
            read: Parsed::of(source, &mut |_| ()),
        }
    }
}

impl Workspace {
    /// Reads all of these.
    pub fn new(inputs: &[Input]) -> Self {
        let files = inputs.par_iter().map(|input| match input.read() {
            Ok(source) => File::of(source),
            Err(unreadable) => File {
                is_there: true,
                read: Err(unreadable),
            },
        });
        Self {
            files: files.collect(),
            all: None,
        }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Takes the text that a file has now.
    pub fn set(&mut self, number: usize, source: SourceFile) {
        if let Some(file) = self.files.get_mut(number) {
            *file = File::of(source);
            self.all = None;
        }
    }

    /// Adds a file behind all others; its number.
    pub fn add(&mut self, source: SourceFile) -> usize {
        self.files.push(File::of(source));
        self.all = None;
        self.files.len() - 1
    }

    /// Leaves out a file; others keep their numbers.
    pub fn remove(&mut self, number: usize) {
        if let Some(file) = self.files.get_mut(number) {
            file.is_there = false;
            self.all = None;
        }
    }

    fn parsed(&self, number: usize) -> Option<&Parsed> {
        let file = self.files.get(number).filter(|file| file.is_there)?;
        file.read.as_ref().ok()
    }

    /// The text of a file, as its statements were read from it.
    pub fn source(&self, number: usize) -> Option<&SourceFile> {
        self.parsed(number).map(|parsed| &parsed.source)
    }

    /// The statements of a file, without queries that define nothing.
    pub fn script(&self, number: usize) -> Option<&Script> {
        self.parsed(number).map(|parsed| &parsed.script)
    }

    fn all(&mut self, stats: Option<&Stats>) -> &(All, Shared) {
        let all = self.all.take();
        let all = all.unwrap_or_else(|| (defined(&self.files, stats), Shared::default()));
        self.all.insert(all)
    }

    /// What all files define together; AUTO is settled by the statistics, which are the same each
    /// time.
    pub fn schema(&mut self, stats: Option<&Stats>) -> &Schema {
        &self.all(stats).0.schema
    }

    /// What is worth changing in a file; `None` where it can't be read, or is not there.
    pub fn look(&mut self, number: usize, env: View<'_>) -> Option<LintedFile> {
        self.all(env.stats);
        let (all, shared) = self.all.as_ref()?;
        let judge = Judge {
            env,
            per_file: &PerFile::of(&env.config.lint),
            all,
            shared,
        };
        let parsed = self.parsed(number)?;
        Some(crate::stack::with_room(|| judge.look(number, parsed)))
    }
}

fn defined(files: &[File], stats: Option<&Stats>) -> All {
    let mut builder = SchemaBuilder::default();
    let mut all = All::default();
    for file in files {
        if let (true, Ok(parsed)) = (file.is_there, &file.read) {
            builder.apply_part(&parsed.script);
            all.uses.add(&parsed.uses);
        }
        builder.end_file();
    }
    all.schema = builder.finish();
    if let Some(stats) = stats {
        all.schema.settle_auto(stats);
    }
    all
}
