//! The page around the views, the same for every command.

use askama::Template;

use super::{SCRIPT, STYLE};

/// The whole file. The body is what a view's template wrote, escaped there.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    pub title: String,
    pub body: String,
    style: &'static str,
    script: &'static str,
}

impl Page {
    pub fn new(title: String, body: String) -> Self {
        Self {
            title,
            body,
            style: STYLE,
            script: SCRIPT,
        }
    }
}
