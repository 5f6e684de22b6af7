//! `distkey explain` on an export of `STL_EXPLAIN`: plan by plan, in constant memory.

use std::fs::File;
use std::io::{BufReader, IsTerminal, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::{Exit, Global};
use crate::explain::{Explanation, Settings};
use crate::graph;
use crate::plan::StlPlans;
use crate::report::export::ExportSummary;
use crate::report::failed::Failed;
use crate::rules;
use crate::text::files::is_standard_input;

/// Smaller files are read whole, and every plan is printed.
const LARGE_BYTES: u64 = 4 << 20;

/// Sums an export up, if the file is a large one; `None` if it is something else.
pub(super) fn explain(
    path: &Path,
    settings: &Settings<'_>,
    unread: &[Failed],
    global: &Global,
) -> anyhow::Result<Option<Exit>> {
    // A pipe must not be opened twice: what was read of it is gone.
    let bytes = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        _ => return Ok(None),
    };
    if bytes < LARGE_BYTES || is_standard_input(path) {
        return Ok(None);
    }
    let Ok(file) = File::open(path) else {
        return Ok(None);
    };
    let progress = progress(bytes);
    let input = BufReader::with_capacity(1 << 16, progress.wrap_read(file));
    let Some(plans) = StlPlans::open(input)? else {
        return Ok(None);
    };
    let name = path.display().to_string();
    let mut summary = ExportSummary::default();
    let mut failed = unread.to_vec();
    for plan in plans {
        let mut plan = match plan {
            Ok(plan) => plan,
            Err(error) => {
                let why = format!("{error}; what follows was not read");
                failed.push(Failed::read(&name, why));
                break;
            }
        };
        let mut explanation = Explanation::failed(name.as_str(), "");
        if let Some(schema) = settings.env.schema {
            graph::bind(&mut plan, schema);
        }
        explanation.add(plan, settings);
        rules::plan::sort(&mut explanation.findings);
        summary.add(&explanation);
    }
    progress.finish_and_clear();
    let report = summary.render(
        &name,
        settings.env.budget_ms,
        &settings.env.cluster.to_string(),
    );
    write!(super::out::stdout(), "{report}")?;
    for one in &failed {
        writeln!(super::out::stdout(), "\n{}: {}", one.path, one.message())?;
    }
    super::files::tell(failed.get(unread.len()..).unwrap_or_default());
    if !failed.is_empty() {
        return Ok(Some(Exit::Usage));
    }
    if summary.over() > 0 && settings.env.fails_over_budget() {
        return Ok(Some(Exit::Findings));
    }
    Ok(Some(global.fail_on.exit(summary.worst())))
}

/// A bar on standard error when that is a terminal.
fn progress(bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    let bar = ProgressBar::new(bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
