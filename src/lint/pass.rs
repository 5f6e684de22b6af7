//! The two passes: every file for the schema, then every file for the rules,
//! with no more text held between them than [`KEPT_BYTES`].

use std::ops::Range;

use rayon::prelude::*;

use super::parsed::{All, Judge, Parsed, Unreadable};
use super::per_file::PerFile;
use super::{Input, Linted, LintedFile};
use crate::environment::View;
use crate::rules::schema::Shared;
use crate::schema::SchemaBuilder;
use crate::schema::uses::Uses;
use crate::sql::Script;
use crate::text::SourceFile;

/// Text of definitions that stay in memory between the passes; files beyond are read a second time.
/// A definition takes about ten times its text.
const KEPT_BYTES: usize = 64 << 20;

/// Files that are read side by side before their statements are applied in order.
const AT_ONCE: usize = 64;

/// Text that is read side by side: the syntax trees of queries take eighty times as much.
const BYTES_AT_ONCE: usize = 1 << 20;

/// Reads the file at a position.
type Read<'a> = &'a (dyn Fn(usize) -> Result<SourceFile, Unreadable> + Sync);

pub(super) struct Pass<'a> {
    inputs: &'a [Input],
    read: Read<'a>,
    env: View<'a>,
    progress: &'a (dyn Fn(usize) + Sync),
    per_file: PerFile,
}

impl<'a> Pass<'a> {
    /// `read` gives the text of an input as it is now, with fixes.
    pub fn new(
        inputs: &'a [Input],
        read: Read<'a>,
        env: View<'a>,
        progress: &'a (dyn Fn(usize) + Sync),
    ) -> Self {
        Self {
            inputs,
            read,
            env,
            progress,
            per_file: PerFile::of(&env.config.lint),
        }
    }

    pub fn run(&self) -> Linted {
        let (all, kept) = self.define();
        let judge = Judge {
            env: self.env,
            per_file: &self.per_file,
            all: &all,
            shared: &Shared::default(),
        };
        let outcomes: Vec<Result<Option<LintedFile>, Unreadable>> = kept
            .into_par_iter()
            .enumerate()
            .map(|(at, kept)| {
                let linted = match kept {
                    Kept::Parsed(parsed) => Ok(Some(judge.look(at, &parsed))),
                    Kept::Unreadable(unreadable) => Err(unreadable),
                    Kept::Dropped => {
                        let parsed = self.parse(at, &mut |part| part.forget_queries());
                        parsed.map(|parsed| Some(judge.look(at, &parsed)))
                    }
                    Kept::Context => Ok(None),
                };
                (self.progress)(1);
                linted
            })
            .collect();
        let mut linted = Linted {
            schema: all.schema,
            ..Linted::default()
        };
        for outcome in outcomes {
            match outcome {
                Ok(Some(file)) => linted.files.push(file),
                Ok(None) => {}
                Err(unreadable) => linted.unreadable.push(unreadable),
            }
        }
        linted
    }

    /// The first pass: what all files define, and do with it.
    fn define(&self) -> (All, Vec<Kept>) {
        let mut builder = SchemaBuilder::default();
        let mut uses = Uses::default();
        let mut kept = Vec::with_capacity(self.inputs.len());
        let mut bytes = 0;
        for chunk in self.chunks() {
            let alone = chunk.len() == 1;
            let (first, size) = (chunk.start, chunk.len());
            let parsed: Vec<_> = match alone {
                // Of a large file, what takes most of the memory is dropped part by part.
                true => vec![self.parse(first, &mut |part| {
                    builder.apply_part(part);
                    part.forget_queries();
                })],
                false => {
                    let parse = |at| self.parse(at, &mut |_| ());
                    chunk.into_par_iter().map(parse).collect()
                }
            };
            for (at, parsed) in (first..).zip(parsed) {
                kept.push(match parsed {
                    Ok(mut parsed) => {
                        if !alone {
                            builder.apply_part(&parsed.script);
                            parsed.script.forget_queries();
                        }
                        uses.add(&parsed.uses);
                        // The first one is in memory with its findings in any case, however large.
                        let is_first = bytes == 0;
                        bytes += parsed.weight();
                        match (self.inputs[at].is_linted(), is_first || bytes <= KEPT_BYTES) {
                            (false, _) => Kept::Context,
                            (true, true) => Kept::Parsed(Box::new(parsed)),
                            (true, false) => Kept::Dropped,
                        }
                    }
                    Err(unreadable) => Kept::Unreadable(unreadable),
                });
                // Files that can't be read keep their numbers.
                builder.end_file();
            }
            (self.progress)(size);
        }
        let mut schema = builder.finish();
        if let Some(stats) = self.env.stats {
            schema.settle_auto(stats);
        }
        (All { schema, uses }, kept)
    }

    fn parse(&self, at: usize, seen: &mut dyn FnMut(&mut Script)) -> Result<Parsed, Unreadable> {
        Parsed::of((self.read)(at)?, seen)
    }

    /// The inputs in groups whose files are read side by side; a large one is a group of its own,
    /// of which parts are.
    fn chunks(&self) -> Vec<Range<usize>> {
        let mut chunks = Vec::new();
        let (mut start, mut size) = (0, 0);
        for (at, input) in self.inputs.iter().enumerate() {
            let more = input.size();
            if at > start && (at - start == AT_ONCE || size + more > BYTES_AT_ONCE) {
                chunks.push(start..at);
                (start, size) = (at, 0);
            }
            size += more;
        }
        if start < self.inputs.len() {
            chunks.push(start..self.inputs.len());
        }
        chunks
    }
}

/// What the first pass leaves of a file.
enum Kept {
    Parsed(Box<Parsed>),
    Dropped,
    /// Nothing is said of it.
    Context,
    Unreadable(Unreadable),
}
