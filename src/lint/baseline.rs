//! A baseline: how many findings of each rule each file may have, so that an
//! old code base can start clean and only new findings show.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LintedFile;

/// Findings that are known, counted by file and rule. Counts, and no lines: they
/// stay true when a file is edited above them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// By file, then by code.
    pub findings: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Baseline {
    /// The findings there are now.
    pub fn of(files: &[LintedFile]) -> Self {
        let mut baseline = Self::default();
        for file in files {
            for finding in &file.findings {
                let counts = baseline.findings.entry(file.path.clone()).or_default();
                *counts.entry(finding.code.to_owned()).or_default() += 1;
            }
        }
        baseline
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// A text that is none, and why.
    pub fn read(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let is_code = |code: &str| {
            let number = code.strip_prefix("DK").unwrap_or_default();
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        };
        let mut codes = baseline.findings.values().flat_map(BTreeMap::keys);
        match codes.find(|code| !is_code(code)) {
            Some(code) => Err(format!("`{code}` is not the code of a rule")),
            None => Ok(baseline),
        }
    }

    /// Takes over what another baseline says of files that could not be read: paths of
    /// files, or of folders with all below them. Returns how many files that are.
    pub fn keep(&mut self, old: &Self, unread: &[&str]) -> usize {
        let mut kept = 0;
        for (path, counts) in &old.findings {
            let below = |folder: &&str| Path::new(path).starts_with(folder);
            if !self.findings.contains_key(path) && unread.iter().any(below) {
                self.findings.insert(path.clone(), counts.clone());
                kept += 1;
            }
        }
        kept
    }

    /// Takes known findings out of the files; returns how many, and how many of
    /// the known ones are gone.
    pub fn apply(&self, files: &mut [LintedFile]) -> (usize, usize) {
        let mut left = self.findings.clone();
        let mut taken = 0;
        for file in files {
            let Some(counts) = left.get_mut(&file.path) else {
                continue;
            };
            file.findings
                .retain(|finding| match counts.get_mut(finding.code) {
                    Some(count) if *count > 0 => {
                        *count -= 1;
                        taken += 1;
                        false
                    }
                    _ => true,
                });
        }
        let gone = left.values().flat_map(BTreeMap::values).sum();
        (taken, gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(files: &[(&str, usize)]) -> Baseline {
        let of = |count: usize| BTreeMap::from([("DK212".to_owned(), count)]);
        let files = files
            .iter()
            .map(|(path, count)| ((*path).to_owned(), of(*count)));
        Baseline {
            findings: files.collect(),
        }
    }

    #[test]
    fn only_a_baseline_is_read_as_one() {
        assert!(Baseline::read(r#"{"findings": {"a.sql": {"DK212": 1}}}"#).is_ok());
        assert!(Baseline::read(r#"{"findings": {}}"#).is_ok());
        for text in [
            "",
            "{}",
            "[]",
            "create table t (a int);",
            r#"{"findings": []}"#,
            r#"{"findings": {"a.sql": {"DK212": -1}}}"#,
            r#"{"findings": {"a.sql": {"E501": 1}}}"#,
            r#"{"findings": {"a.sql": {"DK": 1}}}"#,
            r#"{"findings": {}, "unrecognized": []}"#,
        ] {
            assert!(Baseline::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn entries_of_unread_files_and_folders_are_kept() {
        let old = baseline(&[
            ("a.sql", 1),
            ("b.sql", 2),
            ("in/c.sql", 3),
            ("inner.sql", 4),
        ]);
        let mut new = baseline(&[("a.sql", 5)]);
        assert_eq!(new.keep(&old, &["a.sql", "b.sql", "in"]), 2);
        assert_eq!(
            new,
            baseline(&[("a.sql", 5), ("b.sql", 2), ("in/c.sql", 3)])
        );
        assert_eq!(baseline(&[]).keep(&old, &[]), 0);
        assert_eq!(baseline(&[]).keep(&old, &["in/"]), 1);
    }
}
