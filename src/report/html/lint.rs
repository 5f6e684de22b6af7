//! `distkey lint --format html`.

use std::cmp::Reverse;

use askama::Template;
use askama::filters::Safe;

use super::rich::rich;
use super::shown::shown;
use crate::lint::LintedFile;
use crate::report::failed::{Failed, tally};
use crate::rules::{Finding, Severity};
use crate::text::units::counted;

/// Files beyond this many findings show the first ones; the counts hold all.
const SHOWN: usize = 2_000;

#[derive(Template)]
#[template(path = "lint.html")]
struct Lint {
    heading: String,
    /// What became of the statements.
    became: String,
    failed: Vec<String>,
    nothing: bool,
    rules: Vec<RuleRow>,
    files: Vec<FileView>,
    left_out: usize,
}

struct RuleRow {
    severity: Severity,
    code: &'static str,
    name: &'static str,
    count: usize,
}

struct FileView {
    path: String,
    notes: Vec<String>,
    items: Vec<Item>,
}

struct Item {
    severity: String,
    code: &'static str,
    name: &'static str,
    line: usize,
    source: String,
    message: Safe<String>,
    remedy: Safe<String>,
    sql: Vec<String>,
}

/// The views of linted files.
pub(super) fn fragment(files: &[LintedFile], failed: &[Failed]) -> Result<String, askama::Error> {
    let all = || files.iter().flat_map(|file| &file.findings);
    let mut rules: Vec<RuleRow> = Vec::new();
    for finding in all() {
        match rules.iter_mut().find(|row| row.code == finding.code) {
            Some(row) => row.count += 1,
            None => rules.push(RuleRow {
                severity: finding.severity,
                code: finding.code,
                name: finding.name,
                count: 1,
            }),
        }
    }
    rules.sort_by_key(|row| (Reverse(row.severity), Reverse(row.count), row.code));
    let findings = all().count();
    let mut room = SHOWN;
    let views = files
        .iter()
        .map(|file| view(file, &mut room))
        .collect::<Vec<_>>();
    let items: usize = views.iter().map(|file| file.items.len()).sum();
    let errors: usize = files.iter().map(|file| file.errors.len()).sum();
    let statements: usize = files.iter().map(|file| file.tally.statements()).sum();
    let many = |n: usize, noun: &str| counted(n as f64, noun);
    let view = Lint {
        heading: format!(
            "{} in {}: {}, {}{}",
            many(statements, "statement"),
            many(files.len(), "file"),
            many(findings, "finding"),
            many(errors, "syntax error"),
            tally(failed)
        ),
        became: crate::report::lint::became(files, &shown),
        failed: failed
            .iter()
            .filter(|one| one.code() != "not-understood")
            .map(|one| format!("{}: {}", shown(&one.path), one.message()))
            .collect(),
        nothing: findings + errors + failed.len() == 0,
        rules,
        files: views
            .into_iter()
            .filter(|f| !f.items.is_empty() || !f.notes.is_empty())
            .collect(),
        left_out: (findings + errors).saturating_sub(items),
    };
    view.render()
}

fn view(file: &LintedFile, room: &mut usize) -> FileView {
    let line = |line: usize| file.lines.get(&line).cloned().unwrap_or_default();
    let errors = file.errors.iter().map(|error| Item {
        severity: "error".to_owned(),
        code: "",
        name: "syntax-error",
        line: error.location.line,
        source: line(error.location.line),
        message: rich(&match error.kind.as_str() {
            "" => error.message.clone(),
            kind => format!("{kind}: {}", error.message),
        }),
        remedy: rich(""),
        sql: Vec::new(),
    });
    let findings = file.findings.iter().map(|finding| item(finding, &line));
    let items: Vec<Item> = errors.chain(findings).take(*room).collect();
    *room -= items.len();
    let notes = file
        .notes
        .iter()
        .chain(&file.unknown_ignores)
        .map(|(line, note)| format!("line {line}: {note}"));
    FileView {
        path: shown(&file.path),
        notes: file.reading_notes.iter().cloned().chain(notes).collect(),
        items,
    }
}

fn item(finding: &Finding, source: &dyn Fn(usize) -> String) -> Item {
    let line = finding.location.as_ref().map_or(0, |place| place.line);
    Item {
        severity: finding.severity.to_string(),
        code: finding.code,
        name: finding.name,
        line,
        source: source(line),
        message: rich(&finding.message),
        remedy: rich(&finding.remedy.text),
        sql: finding.remedy.sql.iter().map(ToString::to_string).collect(),
    }
}
