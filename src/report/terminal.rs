//! What texts for the terminal share: width, styles, wrapping.

use anstyle::{AnsiColor, Style};

use crate::rules::Severity;

/// Columns of the report.
pub const WIDTH: usize = 100;

pub(super) const BOLD: Style = Style::new().bold();

pub(super) const DIM: Style = Style::new().dimmed();

pub(super) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Hint => AnsiColor::Cyan.on_default(),
    }
}

/// Appends a text, broken at blanks to fit the report.
pub(super) fn wrap(out: &mut String, text: &str, first: &str, rest: &str) {
    let (breaks, first) = match first.strip_prefix('\n') {
        Some(first) => ("\n", first),
        None => ("", first),
    };
    out.push_str(breaks);
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false);
    for line in textwrap::wrap(text, options) {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Cuts a text to so many characters, with an ellipsis where something is lost.
pub(super) fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}
