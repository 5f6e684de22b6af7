//! The report of `distkey lint`: each finding with its source line, then a
//! summary by rule; and its JSON with stable keys.

use std::collections::BTreeMap;
use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use super::text::{BOLD, severity_style, wrap};
use crate::lint::LintedFile;
use crate::rules::{Finding, Severity};
use crate::sql::SyntaxError;
use crate::text::{SourceFile, Span};

/// The findings of one file.
pub fn render(file: &LintedFile, coloured: bool) -> String {
    let mut out = String::new();
    for note in &file.source.notes {
        let _ = writeln!(out, "{}: {note}", file.source.name);
    }
    for error in &file.script.errors {
        let title = match error.kind.as_str() {
            "" => error.message.clone(),
            kind => format!("{kind}: {}", error.message),
        };
        let level = Level::ERROR;
        out.push_str(&snippet(
            &file.source,
            error.span,
            level,
            "syntax-error",
            &title,
            coloured,
        ));
        out.push('\n');
    }
    for finding in &file.findings {
        let Some(location) = &finding.location else {
            continue;
        };
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Hint => Level::HELP.with_name("hint"),
        };
        let id = format!("{} {}", finding.code, finding.name);
        out.push_str(&snippet(
            &file.source,
            location.span,
            level,
            &id,
            &finding.message,
            coloured,
        ));
        out.push('\n');
        wrap(&mut out, &finding.remedy.text, "    → ", "      ");
        for sql in &finding.remedy.sql {
            wrap(&mut out, sql, "        ", "            ");
        }
        out.push('\n');
    }
    for line in &file.unused_ignores {
        let _ = writeln!(
            out,
            "{}:{line}: this comment silences nothing",
            file.source.name
        );
    }
    out
}

/// The line of a place with a mark under it.
fn snippet(
    source: &SourceFile,
    span: Span,
    level: Level<'_>,
    id: &str,
    message: &str,
    coloured: bool,
) -> String {
    let place = source.line_column(span.start);
    let text = source.line(place.line);
    let start_of_line = text
        .char_indices()
        .nth(place.column.saturating_sub(1))
        .map_or(text.len(), |(at, _)| at);
    let end = (start_of_line + span.len())
        .min(text.len())
        .max(start_of_line);
    let end = (end..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    // Endless lines are cut, so that the mark can be seen.
    let (text, range) = match text.len() > 400 {
        true => (String::new(), 0..0),
        false => (text.to_owned(), start_of_line..end),
    };
    let snippet = Snippet::source(text.as_str())
        .line_start(place.line)
        .path(source.name.as_str())
        .annotation(AnnotationKind::Primary.span(range));
    let report = &[level.primary_title(message).id(id).element(snippet)];
    let renderer = match coloured {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    renderer.render(report)
}

/// How many findings there are, by rule.
pub fn summary(files: &[LintedFile]) -> String {
    let mut rules: BTreeMap<(std::cmp::Reverse<Severity>, &str, &str), usize> = BTreeMap::new();
    for finding in files.iter().flat_map(|file| &file.findings) {
        let key = (
            std::cmp::Reverse(finding.severity),
            finding.code,
            finding.name,
        );
        *rules.entry(key).or_default() += 1;
    }
    let statements: usize = files.iter().map(|file| file.script.statements.len()).sum();
    let errors: usize = files.iter().map(|file| file.script.errors.len()).sum();
    let findings: usize = rules.values().sum();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{BOLD}{} in {}: {}, {}{BOLD:#}",
        plural(statements, "statement"),
        plural(files.len(), "file"),
        plural(findings, "finding"),
        plural(errors, "syntax error"),
    );
    for ((severity, code, name), count) in &rules {
        let style = severity_style(severity.0);
        let _ = writeln!(
            out,
            "  {style}{:<8}{style:#} {code} {name:<28} {count:>5}",
            severity.0.to_string()
        );
    }
    let silenced: usize = files.iter().map(|file| file.silenced).sum();
    if silenced > 0 {
        let _ = writeln!(
            out,
            "  {} silenced by comments",
            plural(silenced, "finding")
        );
    }
    out
}

fn plural(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// The JSON document.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    files: Vec<FileView<'a>>,
}

#[derive(Debug, Serialize)]
struct FileView<'a> {
    path: &'a str,
    error: Option<&'a str>,
    statements: usize,
    kinds: BTreeMap<&'a str, usize>,
    syntax_errors: Vec<ErrorView<'a>>,
    notes: Vec<NoteView<'a>>,
    findings: &'a [Finding],
    unused_ignores: &'a [usize],
}

#[derive(Debug, Serialize)]
struct ErrorView<'a> {
    line: usize,
    column: usize,
    kind: &'a str,
    message: &'a str,
}

#[derive(Debug, Serialize)]
struct NoteView<'a> {
    line: usize,
    message: &'a str,
}

/// The document for these files, and those that could not be read.
pub fn document<'a>(files: &'a [LintedFile], unreadable: &'a [(String, String)]) -> Document<'a> {
    let read = files.iter().map(|file| FileView {
        path: &file.source.name,
        error: None,
        statements: file.script.statements.len(),
        kinds: file.kinds(),
        syntax_errors: file
            .script
            .errors
            .iter()
            .map(|e| error_view(&file.source, e))
            .collect(),
        notes: file
            .script
            .notes
            .iter()
            .map(|note| NoteView {
                line: file.source.line_column(note.span.start).line,
                message: &note.message,
            })
            .collect(),
        findings: &file.findings,
        unused_ignores: &file.unused_ignores,
    });
    let unread = unreadable.iter().map(|(path, error)| FileView {
        path,
        error: Some(error),
        statements: 0,
        kinds: BTreeMap::new(),
        syntax_errors: Vec::new(),
        notes: Vec::new(),
        findings: &[],
        unused_ignores: &[],
    });
    Document {
        files: read.chain(unread).collect(),
    }
}

fn error_view<'a>(source: &SourceFile, error: &'a SyntaxError) -> ErrorView<'a> {
    let place = source.line_column(error.span.start);
    ErrorView {
        line: place.line,
        column: place.column,
        kind: &error.kind,
        message: &error.message,
    }
}
