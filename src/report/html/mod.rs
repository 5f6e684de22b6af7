//! `--format html`: one self-contained file. The drawing is in the file before
//! any script runs; the script adds zooming, collapsing and searching.

mod bar;
mod joins;
mod layout;
mod view;

use askama::Template;

use crate::explain::Explanation;
use view::Page;

/// The style of every page.
pub const STYLE: &str = include_str!("style.css");
/// The script of every page.
pub const SCRIPT: &str = include_str!("script.js");

/// The file for these inputs.
///
/// # Errors
/// Never in practice: writing to a string fails only when the template does.
pub fn render(explanations: &[Explanation]) -> Result<String, askama::Error> {
    Page::of(explanations).render()
}

/// The views of these inputs without the page around them.
///
/// # Errors
/// As [`render`].
pub fn render_fragment(explanations: &[Explanation]) -> Result<String, askama::Error> {
    view::Fragment::of(explanations).render()
}
