//! Rules that the settings leave out for some files.

use std::path::Path;

use crate::config::{Lint, Patterns};
use crate::rules;

/// The settings' `per-file-ignores`, ready to be asked.
pub(super) struct PerFile {
    patterns: Vec<(Patterns, Vec<String>)>,
}

/// The words that leave rules out for a file.
pub(super) struct Ignored<'a>(Vec<&'a str>);

impl PerFile {
    pub fn of(settings: &Lint) -> Self {
        let per_file = settings.per_file();
        Self {
            patterns: per_file
                .map(|(found, words)| (found, words.to_vec()))
                .collect(),
        }
    }

    /// What is left out for the file at a path.
    pub fn ignored(&self, path: &str) -> Ignored<'_> {
        let path = Path::new(path);
        let fitting = self.patterns.iter().filter(|(found, _)| found.find(path));
        Ignored(
            fitting
                .flat_map(|(_, words)| words.iter().map(String::as_str))
                .collect(),
        )
    }
}

impl Ignored<'_> {
    /// Whether a rule is left out.
    pub fn names(&self, code: &str) -> bool {
        let rule = match self.0.is_empty() {
            true => None,
            false => rules::find(code),
        };
        rule.is_some_and(|rule| self.0.iter().any(|word| rule.is_selected_by(word.trim())))
    }
}
