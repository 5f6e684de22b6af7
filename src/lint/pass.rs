//! The two passes: every file for the schema, then every file for the rules,
//! with no more text held between them than [`KEPT_BYTES`].

use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::changelog::{self, Other};
use super::flyway;
use super::per_file::PerFile;
use super::silence::silence;
use super::subject::{of_error, subject};
use super::{FileError, Input, Linted, LintedFile, Tally};
use crate::environment::View;
use crate::rules::schema::Shared;
use crate::rules::{self, Finding, Fix};
use crate::schema::uses::Uses;
use crate::schema::{Schema, SchemaBuilder};
use crate::sql::commands::is_told_by_a_rule;
use crate::sql::{self, Body, Script};
use crate::text::{SourceFile, Span, exports};

/// Text of definitions that stay in memory between the passes; files beyond are read a second time.
/// A definition takes about ten times its text.
const KEPT_BYTES: usize = 64 << 20;

/// Bytes of what is left of another statement for each byte of a definition's text.
const STATEMENT: usize = 16;

/// Longer lines are not shown under findings, and not kept.
const LONGEST_LINE: usize = 400;

/// Files that are read side by side before their statements are applied in order.
const AT_ONCE: usize = 64;

/// Text that is read side by side: the syntax trees of queries take eighty times as much.
const BYTES_AT_ONCE: usize = 1 << 20;

/// A file's name, and why it can't be read.
type Unreadable = (String, String);

/// Reads the file at a position.
type Read<'a> = &'a (dyn Fn(usize) -> Result<SourceFile, Unreadable> + Sync);

pub(super) struct Pass<'a> {
    inputs: &'a [Input],
    read: Read<'a>,
    env: View<'a>,
    progress: &'a (dyn Fn(usize) + Sync),
    per_file: PerFile,
}

/// What all files define, and what they do with it.
struct All {
    schema: Schema,
    uses: Uses,
}

/// A file's statements.
struct Parsed {
    source: SourceFile,
    script: Script,
    tally: Tally,
    uses: Uses,
}

impl Parsed {
    /// About how much of it stays in memory, as text of definitions.
    fn weight(&self) -> usize {
        let statements = self.script.statements.iter().map(|one| match one.body {
            Body::CreateTable(_) | Body::CreateView(_) | Body::CreateExternalTable(_) => {
                one.span.len()
            }
            _ => STATEMENT,
        });
        statements.sum::<usize>() + self.source.text.len() / STATEMENT
    }
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
        let shared = Shared::default();
        let outcomes: Vec<Result<Option<LintedFile>, Unreadable>> = kept
            .into_par_iter()
            .enumerate()
            .map(|(at, kept)| {
                let linted = match kept {
                    Kept::Parsed(parsed) => Ok(Some(self.look(at, *parsed, &all, &shared))),
                    Kept::Unreadable(unreadable) => Err(unreadable),
                    Kept::Dropped => {
                        let parsed = self.parse(at, &mut |part| part.forget_queries());
                        parsed.map(|parsed| Some(self.look(at, parsed, &all, &shared)))
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

    /// Reads a file; `seen` is told of each part while its queries are there.
    fn parse(&self, at: usize, seen: &mut dyn FnMut(&mut Script)) -> Result<Parsed, Unreadable> {
        let (source, others) = with_sql((self.read)(at)?)?;
        let mut uses = Uses::default();
        let script = sql::parse_in_parts(&source, &mut |part| {
            uses.read(&source.text, part);
            seen(part);
        });
        let mut tally = tally(&source, &script);
        for (line, name) in others {
            *tally.kinds.entry(name.clone()).or_default() += 1;
            tally.not_understood.push((line, name));
        }
        tally.not_understood.sort();
        Ok(Parsed {
            uses,
            source,
            script,
            tally,
        })
    }

    /// The second pass over one file: the rules.
    fn look(&self, file: usize, parsed: Parsed, all: &All, shared: &Shared) -> LintedFile {
        let Parsed {
            source,
            script,
            tally,
            uses,
        } = parsed;
        let created = rules::schema::created(&script, &all.schema, file);
        let cx = rules::schema::Context {
            source: &source,
            file,
            script: &script,
            created: &created,
            schema: &all.schema,
            shared,
            uses: &all.uses,
            here: &uses,
            stats: self.env.stats,
            cluster: self.env.cluster,
            config: self.env.config,
        };
        let mut findings = rules::schema::check(&cx);
        let ignored = self.per_file.ignored(&source.name);
        findings.retain(|finding| !ignored.names(finding.code));
        let by_flyway = |one: &Finding| one.evidence.text("tool").as_deref() == Some("Flyway");
        // Its settings are read only where something hangs on them.
        if findings.iter().any(by_flyway)
            && flyway::runs_without_transaction(Path::new(&source.name))
        {
            findings.retain(|finding| !by_flyway(finding));
        }
        for finding in &mut findings {
            finding.subject = subject(&source, &script, finding);
            // An edit is made of the masked text: it may not stand in a secret's place.
            // Nor is one of a text that was taken out of another.
            let is_of_file = source.is_own_text();
            if finding
                .fix
                .as_ref()
                .is_some_and(|fix| !is_of_file || hides(fix, &source))
            {
                finding.fix = None;
            }
        }
        let silenced = silence(&source, &script, findings, &|rule| {
            rules::selects(&self.env.config.rules, rule) && !ignored.names(rule.code)
        });
        let errors: Vec<FileError> = script
            .errors
            .iter()
            .map(|error| {
                let location = cx.location(error.span);
                FileError {
                    subject: of_error(source.line(location.line), &error.message),
                    location,
                    kind: error.kind.clone(),
                    message: error.message.clone(),
                }
            })
            .collect();
        let notes = script.notes.iter().map(|note| {
            let line = source.line_column(note.span.start).line;
            (line, note.message.clone())
        });
        let notes = notes.collect();
        let found = silenced.findings.iter().filter_map(|f| f.location.as_ref());
        let lines = errors
            .iter()
            .map(|error| &error.location)
            .chain(found)
            .map(|place| (place.line, source.line(place.line)))
            .filter(|(_, text)| text.len() <= LONGEST_LINE)
            .map(|(line, text)| (line, text.to_owned()))
            .collect();
        let fixes = silenced.findings.iter().filter_map(|f| f.fix.as_ref());
        let edits = fixes.flat_map(|fix| &fix.edits);
        let places = edits
            .flat_map(|edit| [edit.span.start, edit.span.end])
            .map(|offset| (offset, source.line_column(offset)))
            .collect();
        LintedFile {
            number: file,
            places,
            tally,
            errors,
            notes,
            lines,
            findings: silenced.findings,
            silenced: silenced.silenced,
            unused_ignores: silenced.unused,
            unknown_ignores: silenced.unknown,
            reading_notes: source.notes,
            path: source.name,
        }
    }
}

/// The source with nothing in its text but the SQL that is in a script, an export or a
/// changelog, and the changes of that which are not SQL.
#[cfg(feature = "pipeline")]
fn with_sql(source: SourceFile) -> Result<(SourceFile, Vec<Other>), Unreadable> {
    if !source.name.ends_with(".py") {
        return Ok(changelog::sql(exports::ddl(source)));
    }
    let found = sql::python::strings(source).map_err(|name| {
        let why = "Python does not read it, and so nothing of it was checked";
        (name, why.to_owned())
    })?;
    Ok((found, Vec::new()))
}

/// The source with nothing in its text but the SQL that is in an export or a changelog, and the
/// changes of that which are not SQL.
#[cfg(not(feature = "pipeline"))]
fn with_sql(source: SourceFile) -> Result<(SourceFile, Vec<Other>), Unreadable> {
    match source.name.ends_with(".py") {
        true => Err((source.name, "this build reads no Python".to_owned())),
        false => Ok(changelog::sql(exports::ddl(source))),
    }
}

/// Characters that are kept of a statement that was not understood.
const LONGEST_BEGINNING: usize = 80;

/// What becomes of each statement.
fn tally(source: &SourceFile, script: &Script) -> Tally {
    let mut tally = Tally::default();
    let left_out = |span: Span, tally: &mut Tally| {
        let line = source.line_column(span.start).line;
        let text = source.line(line).trim();
        let end = text.char_indices().nth(LONGEST_BEGINNING);
        let text = end.map_or(text, |(end, _)| &text[..end]);
        tally.not_understood.push((line, text.to_owned()));
    };
    for statement in &script.statements {
        let kind = match &statement.body {
            Body::Other => {
                let text = source.text.get(statement.span.start..statement.span.end);
                let text = text.unwrap_or_default();
                let of_kind = sql::kind(text);
                *tally.accepted.entry(of_kind).or_default() += 1;
                "Other"
            }
            Body::NotUnderstood if !is_told_by_a_rule(&statement.kind) => {
                left_out(statement.span, &mut tally);
                statement.kind.as_str()
            }
            _ => {
                tally.checked += 1;
                statement.kind.as_str()
            }
        };
        match tally.kinds.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                tally.kinds.insert(kind.to_owned(), 1);
            }
        }
    }
    for error in &script.errors {
        left_out(error.span, &mut tally);
    }
    tally
}

/// Whether an edit would write over a secret.
fn hides(fix: &Fix, source: &SourceFile) -> bool {
    let secrets = source.secrets();
    let over = |span: Span| {
        // The first one that ends behind its start: they are in order, and apart.
        let first = secrets.partition_point(|secret| secret.span.end <= span.start);
        secrets
            .get(first)
            .is_some_and(|secret| secret.span.start < span.end)
    };
    fix.edits.iter().any(|edit| over(edit.span))
}

/// What the first pass leaves of a file.
enum Kept {
    Parsed(Box<Parsed>),
    Dropped,
    /// Nothing is said of it.
    Context,
    Unreadable(Unreadable),
}
