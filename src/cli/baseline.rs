//! `distkey lint --baseline`: known findings, read and written.

use std::path::Path;

use super::ours::{self, Existing};
use crate::lint::{Baseline, LintedFile};
use crate::report::failed::{Failed, Undone};
use crate::text::units::counted;

/// Takes the known findings out, and says what the baseline no longer needs.
pub(super) fn apply(path: &Path, files: &mut [LintedFile]) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        anyhow::anyhow!(
            "cannot read `{}`: {error}; write it with --write-baseline",
            path.display()
        )
    })?;
    let baseline = Baseline::read(&text)
        .map_err(|error| anyhow::anyhow!("`{}` is not a baseline: {error}", path.display()))?;
    let (_, gone) = baseline.apply(files);
    if gone > 0 {
        anstream::eprintln!(
            "{}: {gone} baseline entries no longer occur; refresh the baseline with --write-baseline",
            path.display()
        );
    }
    Ok(())
}

/// Writes today's findings; what is known of files that could not be read this time stays.
pub(super) fn write(path: &Path, files: &[LintedFile], failed: &[Failed]) -> anyhow::Result<()> {
    let mut baseline = Baseline::of(files);
    if let Existing::Ours(old) = ours::existing(path, "baseline", Baseline::read)? {
        let unread = failed.iter().filter(|one| one.undone == Undone::Read);
        // Of what was read, nothing but today's findings is known.
        let unread = unread.filter(|one| files.iter().all(|file| file.path != one.path));
        let unread: Vec<&str> = unread.map(|one| one.path.as_str()).collect();
        let kept = baseline.keep(&old, &unread);
        if kept > 0 {
            anstream::eprintln!(
                "{}: kept the entries of {} that could not be read",
                path.display(),
                counted(kept as f64, "file")
            );
        }
    }
    let text = serde_json::to_string_pretty(&baseline)?;
    ours::write(path, &(text + "\n"))
}
