//! What the editor offers to do about a finding: its fix, or a comment that silences it.

use std::collections::HashMap;
use std::sync::LazyLock;

use lsp_types::{CodeAction, CodeActionKind, Range, TextEdit, Uri, WorkspaceEdit};
use regex::Regex;

use super::diagnostics::range;
use super::position::{Lines, offset_of};
use crate::lint::LintedFile;
use crate::rules::{Applicability, Finding, Fix};
use crate::text::SourceFile;

/// What can be done about the findings that a range touches; each with what it is about.
pub(super) fn at(
    uri: &Uri,
    text: &str,
    source: &SourceFile,
    file: &LintedFile,
    wanted: Range,
) -> Vec<CodeAction> {
    // What was taken out of another text has other places, and other comments.
    if !source.is_own_text() {
        return Vec::new();
    }
    let lines = Lines::of(text);
    let touches = |place: Range| place.start <= wanted.end && wanted.start <= place.end;
    let here = file.findings.iter().filter(|finding| {
        let place = finding.location.as_ref();
        place.is_some_and(|place| touches(range(&lines, text, source, place)))
    });
    let mut all = Vec::new();
    let mut silenced: Vec<(&str, u32)> = Vec::new();
    for finding in here {
        let edit = |edits: Vec<TextEdit>| WorkspaceEdit {
            // The protocol's own type: an address is not changed while it is a key.
            changes: Some(HashMap::from([(uri.clone(), edits)])),
            ..WorkspaceEdit::default()
        };
        if let Some(fix) = &finding.fix {
            let is_safe = fix.applicability == Applicability::Safe;
            all.push(CodeAction {
                title: title(finding, is_safe),
                kind: Some(CodeActionKind::QUICKFIX),
                is_preferred: Some(is_safe),
                edit: Some(edit(edits(&lines, fix))),
                ..CodeAction::default()
            });
        }
        let Some(place) = &finding.location else {
            continue;
        };
        let line = range(&lines, text, source, place).start.line;
        if silenced.contains(&(finding.code, line)) {
            continue;
        }
        silenced.push((finding.code, line));
        let start = offset_of(text, source.line_column(place.span.start));
        all.push(CodeAction {
            title: format!("Ignore {} {} here", finding.code, finding.name),
            kind: Some(CodeActionKind::QUICKFIX),
            is_preferred: Some(false),
            edit: Some(edit(vec![ignore(&lines, text, start, finding.code)])),
            ..CodeAction::default()
        });
    }
    all
}

fn title(finding: &Finding, is_safe: bool) -> String {
    let about = match is_safe {
        true => "",
        false => " (changes what the statement does)",
    };
    format!("Fix {} {}{about}", finding.code, finding.name)
}

fn edits(lines: &Lines<'_>, fix: &Fix) -> Vec<TextEdit> {
    let edits = fix.edits.iter().map(|edit| TextEdit {
        range: lines.range(edit.span.start, edit.span.end),
        new_text: edit.text.clone(),
    });
    edits.collect()
}

/// A comment above the line of an offset; one that stands there already takes the code as well.
fn ignore(lines: &Lines<'_>, text: &str, offset: usize, code: &str) -> TextEdit {
    static THERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^\s*--+[ \t]*distkey[ \t]*:[ \t]*ignore[ \t]+[\w-]+(?:[ \t]*,[ \t]*[\w-]+)*",
        )
        .ok()
    });
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let before = text[..start].trim_end_matches(['\n', '\r']);
    let above = before.rfind('\n').map_or(0, |at| at + 1);
    let there = THERE
        .as_ref()
        .and_then(|there| there.find(&before[above..]));
    if let Some(there) = there {
        let end = above + there.end();
        return TextEdit {
            range: lines.range(end, end),
            new_text: format!(", {code}"),
        };
    }
    let end = match text[..start].ends_with("\r\n") {
        true => "\r\n",
        false => "\n",
    };
    let indentation = lines.indentation(offset);
    TextEdit {
        range: lines.range(start, start),
        new_text: format!("{indentation}-- distkey: ignore {code}: say why{end}"),
    }
}
