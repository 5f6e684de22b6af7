//! A baseline: how many findings of each rule each file may have, so that an
//! old code base can start clean and only new findings show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LintedFile;

/// Findings that are known, counted by file and rule. Counts, and no lines: they
/// stay true when a file is edited above them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
