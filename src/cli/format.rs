//! Output formats for other tools, shared by the commands that have findings.

use std::io::Write;

use crate::report::failed::Failed;
use crate::report::items::Item;
use crate::report::{github, gitlab, junit, sarif};

/// A format that another tool reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToolFormat {
    Sarif,
    Github,
    Gitlab,
    Junit,
}

/// Writes the findings.
pub(super) fn write(
    out: &mut dyn Write,
    format: ToolFormat,
    items: &[Item<'_>],
    paths: &[&str],
    failed: &[Failed],
) -> anyhow::Result<()> {
    match format {
        ToolFormat::Sarif => super::out::json(out, &sarif::render(items, failed))?,
        ToolFormat::Gitlab => super::out::json(out, &gitlab::render(items, failed))?,
        ToolFormat::Github => write!(out, "{}", github::render(items, failed))?,
        ToolFormat::Junit => write!(out, "{}", junit::render(items, paths, failed)?)?,
    }
    Ok(())
}

/// Whether the run is one of GitHub Actions.
pub(super) fn under_github_actions() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
