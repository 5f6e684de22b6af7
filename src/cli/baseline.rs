//! `distkey lint --baseline`: known findings, read and written.

use std::path::Path;

use super::ours::{self, Existing};
use crate::config::Rules;
use crate::lint::{Baseline, Folder, LintedFile};
use crate::rules;
use crate::text::units::counted;

/// Takes the known findings out, and says what the baseline no longer needs.
pub(super) fn apply(
    path: &Path,
    files: &mut [LintedFile],
    selected: &Rules,
    quiet: bool,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        anyhow::anyhow!(
            "cannot read `{}`: {error}; write it with --write-baseline",
            path.display()
        )
    })?;
    let baseline = Baseline::read(&text)
        .map_err(|error| anyhow::anyhow!("`{}` is not a baseline: {error}", path.display()))?;
    let (_, gone) = baseline.apply(files, &Folder::of(path), &|code| runs(selected, code));
    if gone > 0 && !quiet {
        anstream::eprintln!(
            "{}: {} no longer found; refresh the baseline with --write-baseline",
            path.display(),
            match gone {
                1 => "1 baseline entry is".to_owned(),
                gone => format!("{gone} baseline entries are"),
            }
        );
    }
    Ok(())
}

/// Writes today's findings; what is known of files that were not linted this time stays.
pub(super) fn write(
    path: &Path,
    files: &[LintedFile],
    selected: &Rules,
    quiet: bool,
) -> anyhow::Result<()> {
    let folder = Folder::of(path);
    let mut baseline = Baseline::of(files, &folder);
    if let Existing::Ours(old) = ours::existing(path, "baseline", Baseline::read)? {
        let kept = baseline.keep(&old, files, &folder, &|code| runs(selected, code));
        if kept > 0 && !quiet {
            anstream::eprintln!(
                "{}: kept the entries of {} not linted this time",
                path.display(),
                counted(kept as f64, "file")
            );
        }
    }
    let text = serde_json::to_string_pretty(&baseline)?;
    ours::write(path, &(text + "\n"))
}

/// Whether the rule of a code ran; one that is no longer there can't come back.
fn runs(selected: &Rules, code: &str) -> bool {
    rules::find(code).is_none_or(|rule| rules::selects(selected, &rule))
}
