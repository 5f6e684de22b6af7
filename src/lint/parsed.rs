//! One file: its statements, and what the rules say of it where all files are known.

use std::path::Path;

use super::changelog::{self, Other};
use super::flyway;
use super::per_file::PerFile;
use super::silence::silence;
use super::subject::{of_error, subject};
use super::{FileError, LintedFile, Tally};
use crate::environment::View;
use crate::rules::schema::Shared;
use crate::rules::{self, Finding, Fix};
use crate::schema::Schema;
use crate::schema::uses::Uses;
use crate::sql::commands::is_told_by_a_rule;
use crate::sql::{self, Body, Script};
use crate::text::{SourceFile, Span, exports};

/// Bytes of what is left of another statement for each byte of a definition's text.
const STATEMENT: usize = 16;

/// Longer lines are not shown under findings, and not kept.
const LONGEST_LINE: usize = 400;

/// A file's name, and why it can't be read.
pub(super) type Unreadable = (String, String);

/// What all files define, and what they do with it.
#[derive(Debug, Default)]
pub(super) struct All {
    pub schema: Schema,
    pub uses: Uses,
}

/// A file's statements.
#[derive(Debug)]
pub(super) struct Parsed {
    pub source: SourceFile,
    pub script: Script,
    pub uses: Uses,
    tally: Tally,
}

impl Parsed {
    /// Reads a file; `seen` is told of each part while its queries are there.
    pub fn of(source: SourceFile, seen: &mut dyn FnMut(&mut Script)) -> Result<Self, Unreadable> {
        let (source, others) = with_sql(source)?;
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
        Ok(Self {
            source,
            script,
            uses,
            tally,
        })
    }

    /// About how much of it stays in memory, as text of definitions.
    pub fn weight(&self) -> usize {
        let statements = self.script.statements.iter().map(|one| match one.body {
            Body::CreateTable(_) | Body::CreateView(_) | Body::CreateExternalTable(_) => {
                one.span.len()
            }
            _ => STATEMENT,
        });
        statements.sum::<usize>() + self.source.text.len() / STATEMENT
    }
}

/// What a file is judged by.
pub(super) struct Judge<'a> {
    pub env: View<'a>,
    pub per_file: &'a PerFile,
    pub all: &'a All,
    pub shared: &'a Shared,
}

impl Judge<'_> {
    /// What the rules say of a file, by its number among all.
    pub fn look(&self, file: usize, parsed: &Parsed) -> LintedFile {
        let Parsed {
            source,
            script,
            tally,
            uses,
        } = parsed;
        let created = rules::schema::created(script, &self.all.schema, file);
        let cx = rules::schema::Context {
            source,
            file,
            script,
            created: &created,
            schema: &self.all.schema,
            shared: self.shared,
            uses: &self.all.uses,
            here: uses,
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
            finding.subject = subject(source, script, finding);
            // An edit is made of the masked text: it may not stand in a secret's place.
            // Nor is one of a text that was taken out of another.
            let is_of_file = source.is_own_text();
            if finding
                .fix
                .as_ref()
                .is_some_and(|fix| !is_of_file || hides(fix, source))
            {
                finding.fix = None;
            }
        }
        let silenced = silence(source, script, findings, &|rule| {
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
            tally: tally.clone(),
            errors,
            notes,
            lines,
            findings: silenced.findings,
            silenced: silenced.silenced,
            unused_ignores: silenced.unused,
            unknown_ignores: silenced.unknown,
            reading_notes: source.notes.clone(),
            path: source.name.clone(),
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
