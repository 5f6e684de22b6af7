//! The texts that the editor has open.

use lsp_types::TextDocumentContentChangeEvent;

use super::position::Lines;

/// Bytes from which a text is looked at only once nothing is typed for a while.
const LARGE: usize = 1 << 20;

/// A text that is open.
#[derive(Debug)]
pub(super) struct Document {
    pub text: String,
    pub version: i32,
    /// Whether the editor takes it for SQL.
    pub is_sql: bool,
}

impl Document {
    /// Takes in changes, each of the text that those before it left.
    pub fn change(&mut self, changes: Vec<TextDocumentContentChangeEvent>) {
        for change in changes {
            let Some(range) = change.range else {
                self.text = change.text;
                continue;
            };
            let (start, end) = {
                let lines = Lines::of(&self.text);
                (lines.offset(range.start), lines.offset(range.end))
            };
            self.text
                .replace_range(start.min(end)..end.max(start), &change.text);
        }
    }

    pub fn is_large(&self) -> bool {
        self.text.len() > LARGE
    }

    /// Whether it looks like a plan that was pasted.
    pub fn may_be_plan(&self) -> bool {
        memchr::memmem::find(self.text.as_bytes(), b"(cost=").is_some()
    }
}
