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
    let fits = first.chars().count() + text.len() <= WIDTH;
    if fits && text.is_ascii() && !text.is_empty() && !text.contains('\n') {
        out.push_str(first);
        out.push_str(text.trim_end());
        out.push('\n');
        return;
    }
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(rest)
        .break_words(false);
    for line in textwrap::wrap(&with_units(text), options) {
        out.push_str(&line.trim_end().replace(NO_BREAK, " "));
        out.push('\n');
    }
}

/// A blank at which no line ends.
const NO_BREAK: char = '\u{a0}';
/// Units that stay on the line of their number.
const UNITS: &[&str] = &[
    "ms", "s", "min", "h", "%", "bytes", "kB", "MB", "GB", "TB", "million", "billion", "trillion",
];

/// A text whose numbers keep their units.
fn with_units(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut number = false;
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            let bare = word.trim_end_matches([',', '.', ';', ':', ')']);
            out.push(match number && UNITS.contains(&bare) {
                true => NO_BREAK,
                false => ' ',
            });
        }
        number = word.ends_with(|c: char| c.is_ascii_digit());
        out.push_str(word);
    }
    out
}

/// Cuts a text to so many characters, with an ellipsis where something is lost.
pub(super) fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}
