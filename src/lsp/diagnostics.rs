//! Findings as the editor shows them.

use std::str::FromStr;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticSeverity, DiagnosticTag, NumberOrString, Range, Uri,
};

use super::position::{Lines, offset_of};
use crate::explain::{Explanation, Settings, explain};
use crate::lint::LintedFile;
use crate::report::summary::verdict_line;
use crate::rules::{Finding, Location, Severity};
use crate::text::SourceFile;

/// Findings of a file that are shown.
const MOST: usize = 1_000;

/// The severity of the editor's. What is only a hint is shown in its list, too.
fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Hint => DiagnosticSeverity::INFORMATION,
    }
}

fn diagnostic(range: Range, of: DiagnosticSeverity, code: &str, message: String) -> Diagnostic {
    Diagnostic {
        range,
        severity: Some(of),
        code: Some(NumberOrString::String(code.to_owned())),
        source: Some("distkey".to_owned()),
        message,
        ..Diagnostic::default()
    }
}

/// A finding with what to do about it.
fn of_finding(range: Range, finding: &Finding) -> Diagnostic {
    let mut message = format!("{}: {}", finding.name, finding.message);
    if !finding.remedy.text.is_empty() {
        message.push_str(&format!("\n→ {}", finding.remedy.text));
    }
    for sql in &finding.remedy.sql {
        message.push_str(&format!("\n{}", sql.as_str()));
    }
    let href = finding.url.and_then(|url| Uri::from_str(url).ok());
    Diagnostic {
        code_description: href.map(|href| CodeDescription { href }),
        ..diagnostic(range, severity(finding.severity), finding.code, message)
    }
}

/// Where a place of a source stands in the text that is open.
pub(super) fn range(lines: &Lines<'_>, text: &str, source: &SourceFile, place: &Location) -> Range {
    // Secrets are masked by as many bytes.
    if source.is_own_text() {
        return lines.range(place.span.start, place.span.end);
    }
    let start = offset_of(text, source.line_column(place.span.start));
    let end = offset_of(text, source.line_column(place.span.end));
    lines.range(start, end)
}

/// What was found in a file of SQL.
pub(super) fn of_file(text: &str, source: &SourceFile, file: &LintedFile) -> Vec<Diagnostic> {
    let lines = Lines::of(text);
    let errors = file.errors.iter().map(|error| {
        let place = range(&lines, text, source, &error.location);
        let message = match error.kind.as_str() {
            "" => error.message.clone(),
            kind => format!("{kind}: {}", error.message),
        };
        diagnostic(place, DiagnosticSeverity::ERROR, "syntax-error", message)
    });
    let findings = file.findings.iter().filter_map(|finding| {
        let place = finding.location.as_ref()?;
        Some(of_finding(range(&lines, text, source, place), finding))
    });
    let unknown = file.unknown_ignores.iter().map(|(line, message)| {
        let of = DiagnosticSeverity::WARNING;
        diagnostic(lines.whole(*line), of, "unknown-rule", message.clone())
    });
    let is_told = |line: &&usize| file.unknown_ignores.iter().all(|(other, _)| other != *line);
    let unused = file.unused_ignores.iter().filter(is_told).map(|line| {
        let message = "unused ignore comment".to_owned();
        let of = DiagnosticSeverity::INFORMATION;
        Diagnostic {
            tags: Some(vec![DiagnosticTag::UNNECESSARY]),
            ..diagnostic(lines.whole(*line), of, "unused-ignore", message)
        }
    });
    let all = errors.chain(findings).chain(unknown).chain(unused);
    all.take(MOST).collect()
}

/// What is said of the plans in a paste: the verdict at the first step, findings at theirs. `None`
/// where there is no plan.
pub(super) fn of_plans(name: &str, text: &str, settings: &Settings<'_>) -> Option<Vec<Diagnostic>> {
    let source = SourceFile::new(name, text);
    let explanation = explain(name, &source.text, settings);
    if explanation.plans.is_empty() {
        return None;
    }
    let lines = Lines::of(text);
    let verdicts = explanation.plans.iter().map(|explained| {
        let first = explained.plan.nodes.first().map_or(1, |node| node.line);
        let of = DiagnosticSeverity::INFORMATION;
        let message = verdict_line(&explained.prediction);
        diagnostic(lines.whole(first), of, "verdict", message)
    });
    let shown = explanation.findings.iter();
    let findings = shown.filter(|finding| finding.standing.is_shown());
    let findings = findings.map(|finding| {
        let line = line_of(&explanation, finding);
        of_finding(lines.whole(line), finding)
    });
    Some(verdicts.chain(findings).take(MOST).collect())
}

fn line_of(explanation: &Explanation, finding: &Finding) -> usize {
    let step = finding.node.and_then(|node| explanation.locate(node));
    step.map_or(1, |(plan, id)| plan.plan.node(id).line.max(1))
}
