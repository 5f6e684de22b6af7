//! `distkey explain` as text and as JSON: plans are written as they are explained, and none is held.

use std::cell::RefCell;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::out;
use super::pastes::{Input, Pastes};
use crate::actuals::{self, Actuals, ActualsError};
use crate::explain::{Explanation, Settings, Stream, Tally};
use crate::plan;
use crate::report::export::ExportSummary;
use crate::report::failed::Failed;
use crate::report::json::{Streamed, StreamedDocument};
use crate::report::text;
use crate::text::SourceFile;

/// Inputs, and what could not be done with them.
pub(super) struct Inputs<'a> {
    /// What was explained already: queries.
    pub explained: Vec<Explanation>,
    /// Files and standard input.
    pub files: &'a [PathBuf],
    /// What the plans are explained with.
    pub settings: &'a Settings<'a>,
    /// What could not be read or explained so far.
    pub failed: Vec<Failed>,
    /// DDL that could not be read: an input of the report as well.
    pub ddl: &'a [Failed],
}

/// What was written.
pub(super) struct Written {
    /// What each input came to.
    pub tallies: Vec<Tally>,
    /// What could not be read or explained.
    pub failed: Vec<Failed>,
}

impl Inputs<'_> {
    /// Writes the text of each input; with `all`, what is small or said elsewhere as well.
    ///
    /// # Errors
    /// What can't be written.
    pub fn text(self, all: bool) -> anyhow::Result<Written> {
        let mut out = out::buffered();
        let mut written = Written {
            tallies: Vec::new(),
            failed: self.failed,
        };
        let pastes = Pastes::default();
        let whole = |explanation| Section::Whole(Box::new(explanation));
        let explained = self.explained.into_iter().map(whole);
        let files = self.files.iter().map(|path| Section::File(path));
        let ddl = self.ddl.iter().map(|one| whole(unread(one)));
        for (index, section) in explained.chain(files).chain(ddl).enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            let tally = match section {
                Section::Whole(explanation) => {
                    write!(out, "{}", text::render(&explanation, all))?;
                    Tally::of(&explanation)
                }
                Section::File(path) => match pastes.open(path) {
                    Ok(Input::Paste(source)) if actuals::is_export(&source.text) => {
                        let explanation =
                            measured(&source.name, &source.text).unwrap_or_else(|error| {
                                unexplained(&source.name, &error, &mut written.failed)
                            });
                        write!(out, "{}", text::render(&explanation, all))?;
                        Tally::of(&explanation)
                    }
                    Ok(Input::Paste(source)) => {
                        let stream = stream(source, self.settings, &mut written.failed);
                        paste(&mut out, stream, all)?
                    }
                    Ok(Input::Export {
                        name,
                        export,
                        progress,
                    }) => {
                        let stream = Stream::of_export(&name, *export, self.settings);
                        let tally = export_summary(&mut out, stream, self.settings)?;
                        progress.finish_and_clear();
                        tally
                    }
                    Err(error) => {
                        let explanation = unreadable(path, &error, &mut written.failed);
                        write!(out, "{}", text::render(&explanation, all))?;
                        Tally::of(&explanation)
                    }
                },
            };
            ended(&tally, &mut written.failed);
            written.tallies.push(tally);
        }
        out.flush()?;
        Ok(written)
    }

    /// Writes the JSON of all inputs.
    ///
    /// # Errors
    /// What can't be written.
    pub fn json(self) -> anyhow::Result<Written> {
        let failed = RefCell::new(self.failed);
        let pastes = Pastes::default();
        let whole = |explanation| Streamed::Whole(Box::new(explanation));
        let files = self.files.iter().map(|path| match pastes.open(path) {
            Ok(Input::Paste(source)) if actuals::is_export(&source.text) => {
                match measured(&source.name, &source.text) {
                    Ok(explanation) => whole(explanation),
                    Err(error) => {
                        whole(unexplained(&source.name, &error, &mut failed.borrow_mut()))
                    }
                }
            }
            Ok(Input::Paste(source)) => {
                let stream = stream(source, self.settings, &mut failed.borrow_mut());
                Streamed::Stream(Box::new(stream))
            }
            Ok(Input::Export { name, export, .. }) => {
                Streamed::Stream(Box::new(Stream::of_export(&name, *export, self.settings)))
            }
            Err(error) => whole(unreadable(path, &error, &mut failed.borrow_mut())),
        });
        let explained = self.explained.into_iter().map(whole);
        let ddl = self.ddl.iter().map(|one| whole(unread(one)));
        let document = StreamedDocument::new(explained.chain(files).chain(ddl));
        out::json(&mut out::plain(), &document)?;
        let tallies = document.written();
        let mut failed = failed.into_inner();
        for tally in &tallies {
            ended(tally, &mut failed);
        }
        Ok(Written { tallies, failed })
    }
}

/// A part of the text.
enum Section<'a> {
    Whole(Box<Explanation>),
    File(&'a Path),
}

/// The plans of a paste; one without any is noted.
fn stream<'a>(
    source: SourceFile,
    settings: &'a Settings<'a>,
    failed: &mut Vec<Failed>,
) -> Stream<'a> {
    let reading = plan::read(&source.text);
    let stream = Stream::of_reading(&source.name, reading, source.notes, settings);
    if let (Some(0), Some(error)) = (stream.left(), &stream.rest().error) {
        failed.push(Failed::explain(&source.name, error));
    }
    stream
}

/// Writes the plans of a paste.
fn paste(out: &mut dyn Write, mut stream: Stream<'_>, all: bool) -> anyhow::Result<Tally> {
    let plans = stream.left().unwrap_or_default();
    let (mut pieces, head) = text::Pieces::of(stream.rest(), plans);
    write!(out, "{head}")?;
    for explained in &mut stream {
        write!(out, "{}", pieces.plan(&explained))?;
    }
    let (rest, tally) = stream.end();
    write!(out, "{}", pieces.end(&rest, all))?;
    Ok(tally)
}

/// Sums the plans of an export up.
fn export_summary(
    out: &mut dyn Write,
    mut stream: Stream<'_>,
    settings: &Settings<'_>,
) -> anyhow::Result<Tally> {
    let mut summary = ExportSummary::default();
    while let Some(explained) = stream.next() {
        summary.add(&explained, &stream.take_findings());
    }
    let (rest, tally) = stream.end();
    let cluster = settings.env.cluster.to_string();
    let report = summary.render(&rest.name, settings.env.budget_ms, &cluster);
    write!(out, "{report}")?;
    if let Some(error) = &rest.error {
        writeln!(out, "\n{}: {error}", rest.name)?;
    }
    Ok(tally)
}

/// Notes an input that was not read to its end.
fn ended(tally: &Tally, failed: &mut Vec<Failed>) {
    if let Some(why) = &tally.unread {
        failed.push(Failed::read(&tally.name, why));
    }
}

fn unreadable(path: &Path, error: &std::io::Error, failed: &mut Vec<Failed>) -> Explanation {
    let one = Failed::read(path.display().to_string(), error.to_string());
    let explanation = unread(&one);
    failed.push(one);
    explanation
}

/// What an export says by itself.
pub(super) fn measured(name: &str, export: &str) -> Result<Explanation, ActualsError> {
    let actuals = Actuals::alone(export)?;
    let text = crate::report::actuals::render(None, &actuals);
    Ok(Explanation::measured(name, (actuals, text)))
}

fn unexplained(name: &str, error: &ActualsError, failed: &mut Vec<Failed>) -> Explanation {
    let one = Failed::explain(name, error.to_string());
    let explanation = unread(&one);
    failed.push(one);
    explanation
}

fn unread(one: &Failed) -> Explanation {
    Explanation::failed(&one.path, one.message())
}
