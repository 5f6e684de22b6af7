//! The report of `distkey lint`: each finding with its source line, then a
//! summary by rule; and its JSON with stable keys.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use schemars::JsonSchema;
use serde::Serialize;

use super::failed::{Failed, Undone, tally};
use super::terminal::{BOLD, severity_style, wrap};
use crate::lint::{FileError, LintedFile, Tally};
use crate::rules::{Applicability, Finding, Location, Severity};
use crate::text::units::counted;

/// The findings of one file.
pub fn render(file: &LintedFile, coloured: bool) -> String {
    parts(file, coloured).collect()
}

/// [`render`] bit by bit: a file may have as many findings as lines.
pub fn parts(file: &LintedFile, coloured: bool) -> impl Iterator<Item = String> {
    let notes = file.reading_notes.iter();
    let notes = notes.map(|note| format!("{}: {note}\n", file.path));
    let errors = file.errors.iter().map(move |error| {
        let title = match error.kind.as_str() {
            "" => error.message.clone(),
            kind => format!("{kind}: {}", error.message),
        };
        let id = "syntax-error";
        let mut out = snippet(file, &error.location, Level::ERROR, id, &title, coloured);
        out.push('\n');
        out
    });
    let findings = file.findings.iter();
    let findings = findings.filter_map(move |finding| of_finding(file, finding, coloured));
    let unknown = file.unknown_ignores.iter();
    let unknown = unknown.map(|(line, message)| format!("{}:{line}: {message}\n", file.path));
    // Why it silences nothing is said already.
    let is_told = |line: &usize| file.unknown_ignores.iter().any(|(other, _)| other == line);
    let unused = file
        .unused_ignores
        .iter()
        .filter(move |line| !is_told(line));
    let unused = unused.map(|line| format!("{}:{line}: unused ignore comment\n", file.path));
    notes
        .chain(errors)
        .chain(findings)
        .chain(unknown)
        .chain(unused)
}

/// A finding that is shown, with its line and what to do.
fn of_finding(file: &LintedFile, finding: &Finding, coloured: bool) -> Option<String> {
    let location = finding.location.as_ref();
    let location = location.filter(|_| finding.standing.is_shown())?;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::HELP.with_name("hint"),
    };
    let id = format!("{} {}", finding.code, finding.name);
    let mut out = snippet(file, location, level, &id, &finding.message, coloured);
    out.push('\n');
    wrap(&mut out, &finding.remedy.text, "    → ", "      ");
    for sql in &finding.remedy.sql {
        wrap(&mut out, sql.as_str(), "        ", "            ");
    }
    out.push('\n');
    Some(out)
}

/// The line of a place with a mark under it. Lines too long to show are not
/// kept: of them only the place is shown.
fn snippet(
    file: &LintedFile,
    place: &Location,
    level: Level<'_>,
    id: &str,
    message: &str,
    coloured: bool,
) -> String {
    let text = file.lines.get(&place.line).map_or("", String::as_str);
    let start = text
        .char_indices()
        .nth(place.column.saturating_sub(1))
        .map_or(text.len(), |(at, _)| at);
    let end = (start + place.span.len()).min(text.len()).max(start);
    let end = (end..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    let range = start..end;
    let snippet = Snippet::source(text)
        .line_start(place.line)
        .path(file.path.as_str())
        .annotation(AnnotationKind::Primary.span(range));
    let report = &[level.primary_title(message).id(id).element(snippet)];
    let renderer = match coloured {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    renderer.render(report)
}

/// Findings by severity, the worst first, then by rule.
fn by_rule(
    files: &[LintedFile],
) -> BTreeMap<(std::cmp::Reverse<Severity>, &'static str, &'static str), usize> {
    let mut rules = BTreeMap::new();
    for finding in files.iter().flat_map(|file| &file.findings) {
        let severity = std::cmp::Reverse(finding.severity);
        *rules
            .entry((severity, finding.code, finding.name))
            .or_default() += 1;
    }
    rules
}

/// Hints of a rule that are shown one by one, as many as GitHub shows annotations of a kind.
const SHOWN: usize = 10;

/// Folds the hints of a rule beyond the first ten, unless the rule was asked for: an old code base
/// has one for each of its tables.
pub fn fold(files: &mut [LintedFile], asked_for: &dyn Fn(&str) -> bool) {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for finding in files.iter_mut().flat_map(|file| &mut file.findings) {
        if finding.severity != Severity::Hint || asked_for(finding.code) {
            continue;
        }
        let count = counts.entry(finding.code).or_default();
        *count += 1;
        finding.standing.folded = *count > SHOWN;
    }
}

/// How many findings each rule has: a line for each.
pub fn statistics(files: &[LintedFile]) -> String {
    let mut out = String::new();
    for ((severity, code, name), count) in by_rule(files) {
        let style = severity_style(severity.0);
        let _ = writeln!(
            out,
            "  {style}{:<8}{style:#} {code} {name:<28} {count:>5}",
            severity.0.to_string()
        );
    }
    out
}

/// How much was read, what became of it, and what could not be read or written.
pub fn totals(files: &[LintedFile], failed: &[Failed]) -> String {
    let statements: usize = files.iter().map(|file| file.tally.statements()).sum();
    let errors: usize = files.iter().map(|file| file.errors.len()).sum();
    let findings: usize = files.iter().map(|file| file.findings.len()).sum();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} in {}: {}, {}{}",
        plural(statements, "statement"),
        plural(files.len(), "file"),
        plural(findings, "finding"),
        plural(errors, "syntax error"),
        tally(failed),
    );
    wrap(&mut out, &became(files, &str::to_owned), "  ", "  ");
    for one in failed.iter().filter(|one| one.code() != "not-understood") {
        let _ = writeln!(out, "  {}: {}", one.path, one.message());
    }
    out
}

/// How many findings there are, by rule, and what could not be read or written.
pub fn summary(files: &[LintedFile], failed: &[Failed]) -> String {
    let totals = totals(files, failed);
    let (first, rest) = totals.split_once('\n').unwrap_or((totals.as_str(), ""));
    let mut out = format!("{BOLD}{first}{BOLD:#}\n{rest}{}", statistics(files));
    let findings = files.iter().flat_map(|file| &file.findings);
    let folded: Vec<&Finding> = findings.filter(|one| !one.standing.is_shown()).collect();
    if !folded.is_empty() {
        let codes: std::collections::BTreeSet<&str> = folded.iter().map(|one| one.code).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let _ = writeln!(
            out,
            "  {} more not shown above: --select {} shows all",
            plural(folded.len(), "hint"),
            codes.join(",")
        );
    }
    let fixes = |wanted: Applicability| {
        let findings = files.iter().flat_map(|file| &file.findings);
        let fixes = findings.filter_map(|finding| finding.fix.as_ref());
        fixes.filter(|fix| fix.applicability == wanted).count()
    };
    let (safe, on_request) = (fixes(Applicability::Safe), fixes(Applicability::Unsafe));
    let fixable = match (safe, on_request) {
        (0, 0) => String::new(),
        (0, _) => format!(
            "  {on_request} can be fixed with --unsafe-fixes; --diff --unsafe-fixes shows how\n"
        ),
        (_, 0) => format!("  {safe} can be fixed with --fix; --diff shows how\n"),
        _ => format!(
            "  {safe} can be fixed with --fix, {on_request} more with --unsafe-fixes; --diff shows how\n"
        ),
    };
    out.push_str(&fixable);
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

/// Places and kinds of statements that are named.
const PLACES: usize = 5;

/// What became of all statements: `9 checked, 2 accepted unread (GRANT, VACUUM), 1 not understood
/// (b.sql:9)`, with files as `named`.
pub(super) fn became(files: &[LintedFile], named: &dyn Fn(&str) -> String) -> String {
    let tallies = || files.iter().map(|file| &file.tally);
    let checked: usize = tallies().map(|tally| tally.checked).sum();
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, count) in tallies().flat_map(|tally| &tally.accepted) {
        *accepted.entry(kind).or_default() += count;
    }
    let mut places = files.iter().flat_map(|file| {
        let lines = file.tally.not_understood.iter();
        lines.map(|(line, _)| format!("{}:{line}", named(&file.path)))
    });
    let mut words = format!("{checked} checked");
    if !accepted.is_empty() {
        let count: usize = accepted.values().sum();
        let mut kinds: Vec<(&str, usize)> = accepted.into_iter().collect();
        kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
        let named: Vec<&str> = kinds.iter().take(PLACES).map(|(kind, _)| *kind).collect();
        let more = match kinds.len().saturating_sub(PLACES) {
            0 => String::new(),
            more => format!(" and {}", plural(more, "other kind")),
        };
        let _ = write!(
            words,
            ", {count} accepted unread ({}{more})",
            named.join(", ")
        );
    }
    let shown: Vec<String> = places.by_ref().take(PLACES).collect();
    if !shown.is_empty() {
        let more = places.count();
        let count = shown.len() + more;
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = write!(
            words,
            ", {count} not understood ({}{more})",
            shown.join(", ")
        );
    }
    words
}

fn plural(count: usize, noun: &str) -> String {
    counted(count as f64, noun)
}

/// The JSON document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    accounting: Accounting,
    files: Vec<FileView<'a>>,
}

/// What became of all statements.
#[derive(Debug, Serialize, JsonSchema)]
struct Accounting {
    statements: usize,
    checked: usize,
    accepted_unread: usize,
    not_understood: usize,
}

/// A statement that was not understood.
#[derive(Debug, Serialize, JsonSchema)]
struct NotUnderstood<'a> {
    line: usize,
    text: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FileView<'a> {
    path: &'a str,
    error: Option<Cow<'a, str>>,
    /// All statements: each is checked, accepted unread or not understood.
    statements: usize,
    /// Statements that the rules have looked at.
    checked: usize,
    /// Statements that no rule looks at, by kind.
    accepted_unread: Cow<'a, BTreeMap<String, usize>>,
    /// Statements that were not understood, syntax errors included.
    not_understood: Vec<NotUnderstood<'a>>,
    kinds: Cow<'a, BTreeMap<String, usize>>,
    syntax_errors: Vec<ErrorView<'a>>,
    notes: Vec<NoteView<'a>>,
    findings: &'a [Finding],
    unused_ignores: &'a [usize],
    unknown_ignores: Vec<NoteView<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ErrorView<'a> {
    line: usize,
    column: usize,
    kind: &'a str,
    message: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NoteView<'a> {
    line: usize,
    message: &'a str,
}

/// The document for these files, and what could not be read or written.
pub fn document<'a>(files: &'a [LintedFile], failed: &'a [Failed]) -> Document<'a> {
    let read = files.iter().map(|file| {
        let mut failed = failed.iter();
        let unwritten = failed.find(|one| one.undone == Undone::Write && one.path == file.path);
        FileView {
            path: &file.path,
            error: unwritten.map(|one| one.message().into()),
            statements: file.tally.statements(),
            checked: file.tally.checked,
            accepted_unread: Cow::Borrowed(&file.tally.accepted),
            not_understood: file.tally.not_understood.iter().map(left_out).collect(),
            kinds: Cow::Borrowed(&file.tally.kinds),
            syntax_errors: file.errors.iter().map(error_view).collect(),
            notes: notes(&file.notes),
            findings: &file.findings,
            unused_ignores: &file.unused_ignores,
            unknown_ignores: notes(&file.unknown_ignores),
        }
    });
    let unread = failed.iter().filter(|one| one.undone == Undone::Read);
    let unread = unread.map(|one| FileView {
        path: &one.path,
        error: Some(one.reason.as_str().into()),
        statements: 0,
        checked: 0,
        accepted_unread: Cow::Owned(BTreeMap::new()),
        not_understood: Vec::new(),
        kinds: Cow::Owned(BTreeMap::new()),
        syntax_errors: Vec::new(),
        notes: Vec::new(),
        findings: &[],
        unused_ignores: &[],
        unknown_ignores: Vec::new(),
    });
    let sum = |of: fn(&Tally) -> usize| files.iter().map(|file| of(&file.tally)).sum();
    Document {
        accounting: Accounting {
            statements: sum(Tally::statements),
            checked: sum(|tally| tally.checked),
            accepted_unread: sum(|tally| tally.accepted.values().sum()),
            not_understood: sum(|tally| tally.not_understood.len()),
        },
        files: read.chain(unread).collect(),
    }
}

fn left_out((line, text): &(usize, String)) -> NotUnderstood<'_> {
    NotUnderstood { line: *line, text }
}

fn notes(notes: &[(usize, String)]) -> Vec<NoteView<'_>> {
    let views = notes.iter().map(|(line, message)| NoteView {
        line: *line,
        message,
    });
    views.collect()
}

fn error_view(error: &FileError) -> ErrorView<'_> {
    ErrorView {
        line: error.location.line,
        column: error.location.column,
        kind: &error.kind,
        message: &error.message,
    }
}
