//! Recommendations kept under snapshot test, so that a change of the schema that
//! makes a query slow shows in review, and statistics that moved by a hundredth don't.
//!
//! A case is a folder with `schema.sql`, with `queries/*.sql` or `plans/*`, and, if
//! wanted, `stats.json` and `distkey.toml`. `distkey test` compares what it comes to
//! with the snapshot; Rust projects can do the same under [insta]:
//!
//! ```no_run
//! let text = distkey::snapshot::stable_text("tests/schemas/catalog").expect("a case");
//! insta::assert_snapshot!(text);
//! ```
//!
//! [insta]: https://insta.rs

mod case;
mod drift;
mod figures;
mod names;
mod sections;
mod store;
mod text;

use std::path::{Path, PathBuf};

pub use case::{Case, CaseError, Cases, find};
pub use drift::{Drift, Moved};
pub use store::{Compared, Outcome, compare, orphans};

/// What a case comes to, as text that does not depend on the machine, the order of files or the
/// last digits of the statistics: verdicts, keys and findings, without the numbers that
/// `distkey test` compares within a tolerance.
///
/// # Errors
/// A folder that is no case, or files of it that can't be read.
pub fn stable_text(folder: impl AsRef<Path>) -> Result<String, CaseError> {
    let case = Case::open(folder.as_ref(), "case")?;
    Ok(text::render(&case, text::Numbers::LeftOut))
}

/// The text of an opened case, with its numbers.
pub fn text_of(case: &Case) -> String {
    text::render(case, text::Numbers::Shown)
}

/// Where the snapshots of the cases under a folder are kept.
pub fn folder(root: &Path) -> PathBuf {
    root.join(SNAPSHOTS)
}

/// The folder of snapshots beside the cases.
const SNAPSHOTS: &str = "snapshots";
