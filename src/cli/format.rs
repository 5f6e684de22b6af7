//! Output formats for other tools, shared by the commands that have findings.

use std::io::Write;

use crate::report::failed::Failed;
use crate::report::items::Item;
use crate::report::{github, gitlab, junit, markdown, sarif};

/// A format that another tool reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ToolFormat {
    Sarif,
    Github,
    Gitlab,
    Junit,
}

impl ToolFormat {
    /// The format of a command that is called so, if another tool reads it.
    pub fn of(format: &impl clap::ValueEnum) -> Option<Self> {
        let named = format.to_possible_value()?;
        clap::ValueEnum::from_str(named.get_name(), false).ok()
    }
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
        ToolFormat::Github => {
            write!(out, "{}", github::render(items, failed))?;
            summary(items, failed)?;
        }
        ToolFormat::Junit => write!(out, "{}", junit::render(items, paths, failed)?)?,
    }
    Ok(())
}

/// Adds the findings to the summary of the job, where there is one.
fn summary(items: &[Item<'_>], failed: &[Failed]) -> anyhow::Result<()> {
    /// A summary may have 1 MiB (GitHub Docs: Workflow commands, "Step isolation and limits"); a
    /// row has about 300 bytes.
    const ROWS: usize = 1000;
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let text = markdown::render("", items, failed, ROWS);
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        anyhow::anyhow!(
            "cannot write `{}`: {error}",
            std::path::Path::new(&path).display()
        )
    })
}

/// Whether the run is one of GitHub Actions.
pub(super) fn under_github_actions() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}
