//! The page around the views, the same for every command.

use askama::Template;

use super::{SCRIPT, STYLE};

/// Only this style and this script, by their hashes, which a test holds to what they are: whatever
/// else gets into a file runs nothing and fetches nothing.
const POLICY: &str = concat!(
    "default-src 'none'; style-src '",
    include_str!("policy/style.txt"),
    "'; script-src '",
    include_str!("policy/script.txt"),
    "'; img-src data:; base-uri 'none'; form-action 'none'"
);

/// The whole file. The body is what a view's template wrote, escaped there.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    pub title: String,
    pub body: String,
    policy: &'static str,
    style: &'static str,
    script: &'static str,
}

impl Page {
    pub fn new(title: String, body: String) -> Self {
        Self {
            title,
            body,
            policy: POLICY,
            style: STYLE,
            script: SCRIPT,
        }
    }
}
