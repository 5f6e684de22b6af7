//! Any form in which people paste a plan → [`Plan`]s, every line accounted for.

mod classify;
mod clean;
mod columns;
mod drawn;
mod engine;
mod escaped;
mod items;
mod lead;
mod order;
mod pieces;
mod reader;
mod records;
mod refusal;
mod stl;
mod text_line;
mod verbose;
mod wrap;

use super::Plan;
pub use refusal::PasteError;
pub use stl::{StlError, StlPlans};

/// A line that is neither plan nor decoration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Unrecognized {
    /// 1-based line of the input.
    pub line: usize,
    /// The line.
    pub text: String,
}

/// What became of the input's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct LineCount {
    /// Steps.
    pub nodes: usize,
    /// Lines under a step, and the rest of a line that was wrapped.
    pub details: usize,
    /// Redshift's own advice.
    pub notices: usize,
    /// Headers, rulers, borders, row counts, prompts, blank lines.
    pub decoration: usize,
    /// Lines of a VERBOSE dump.
    pub dump: usize,
    /// Everything else.
    pub unrecognized: usize,
}

/// What was read from one input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The plans, in the order of the input.
    pub plans: Vec<Plan>,
    /// Why there is none, or why one was refused.
    pub error: Option<PasteError>,
    /// Lines that are neither plan nor decoration.
    pub unrecognized: Vec<Unrecognized>,
    /// What became of the lines.
    pub lines: LineCount,
}

/// Reads any form of paste. Never fails as a whole: what can't be read is in
/// [`Reading::error`] and [`Reading::unrecognized`].
pub fn read(text: &str) -> Reading {
    if text.trim().is_empty() {
        return refused(text, PasteError::Empty);
    }
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return refused(text, PasteError::Binary);
    }
    if let Some(reading) = stl::read(text) {
        return reading;
    }
    if let Some(records) = records::unpack(text) {
        return reader::read_records(text, &records);
    }
    match escaped::expand(text) {
        Some((text, lines)) => reader::read_text(&text, Some(&lines)),
        None => reader::read_text(text, None),
    }
}

fn refused(text: &str, error: PasteError) -> Reading {
    Reading {
        error: Some(error),
        lines: LineCount {
            decoration: text.lines().count(),
            ..LineCount::default()
        },
        ..Reading::default()
    }
}
