//! A line of a paste without what a client, a page or a person put around it.

use std::borrow::Cow;

/// A line without its wrapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line<'a> {
    /// Column of the first character, TABs counted to the next multiple of eight.
    pub column: usize,
    /// The text without surrounding blanks.
    pub text: Cow<'a, str>,
    /// Whether it stands at the end of a drawn branch.
    pub branch: bool,
    /// Whether it is a numbered item of a list.
    pub item: bool,
}
