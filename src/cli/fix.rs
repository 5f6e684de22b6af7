//! `distkey lint --fix` and `--diff`: what the fixes change, and writing it.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Exit;
use super::linted::{self, Reporter};
use crate::environment::View;
use crate::lint::{FixedFile, Input, Linted, Outcome, Slower};
use crate::report;
use crate::report::failed::{Failed, Undone, tally};
use crate::text::SourceFile;
use crate::text::encoding::encoded;
use crate::text::save;
use crate::text::units::duration;

/// Applies the fixes, or shows them, and reports what is left.
pub(super) fn run(
    reporter: &Reporter<'_>,
    inputs: &[Input],
    mut failed: Vec<Failed>,
    env: View<'_>,
) -> anyhow::Result<Exit> {
    let fixes = &reporter.args.fixes;
    let queries = queries(&fixes.queries, &mut failed);
    let outcome = crate::lint::fix_for(inputs, fixes.unsafe_fixes, env, &queries);
    for slower in &outcome.slower {
        anstream::eprintln!("{}", kept_back(slower));
    }
    if reporter.args.fixes.diff {
        failed.extend(linted::unreadable(&outcome.linted));
        return diffs(reporter, &outcome, &failed);
    }
    if let Some(text) = input_text(inputs)? {
        let fixed = outcome.fixed.first().map_or(text, |file| &file.after);
        write!(super::out::stdout(), "{fixed}")?;
        return Ok(left(reporter, &outcome.linted, &failed));
    }
    let (mut files, mut findings) = (0, 0);
    for file in &outcome.fixed {
        match save(file) {
            Ok(()) => {
                files += 1;
                findings += file.applied.values().sum::<usize>();
            }
            Err(error) => failed.push(Failed::write(&file.path, format!("{error:#}"))),
        }
    }
    if !reporter.args.shown.quiet {
        anstream::eprintln!("{}", told("fixed", findings, files));
    }
    let left = match failed.iter().any(|one| one.undone == Undone::Write) {
        // What was not written is still there to be found.
        true => crate::lint::lint(inputs, env),
        false => outcome.linted,
    };
    reporter.report(left, failed)
}

/// Prints the fixes as a diff.
fn diffs(reporter: &Reporter<'_>, outcome: &Outcome, failed: &[Failed]) -> anyhow::Result<Exit> {
    let diff: String = outcome.fixed.iter().map(FixedFile::diff).collect();
    write!(super::out::stdout(), "{diff}")?;
    let findings = outcome.fixed.iter().flat_map(|file| file.applied.values());
    let told = told("would fix", findings.sum(), outcome.fixed.len());
    super::files::tell(failed);
    anstream::eprintln!("{told}{}", tally(failed));
    if outcome.linted.files.is_empty() && !reporter.all_excluded {
        anyhow::bail!("no SQL to read in {}", linted::names(reporter.paths));
    }
    Ok(match (failed.is_empty(), outcome.fixed.is_empty()) {
        (false, _) => Exit::Usage,
        (_, true) => Exit::Clean,
        _ if reporter.args.shown.exit_zero => Exit::Clean,
        (_, false) => Exit::Findings,
    })
}

/// What is left in standard input, on standard error: the text has the output.
fn left(reporter: &Reporter<'_>, linted: &Linted, failed: &[Failed]) -> Exit {
    super::files::tell(failed);
    for file in &linted.files {
        anstream::eprint!("{}", report::lint::render(file, false));
    }
    reporter.exit(&linted.files, failed)
}

/// The queries that no fix may make slower.
fn queries(paths: &[PathBuf], failed: &mut Vec<Failed>) -> Vec<SourceFile> {
    let files = super::files::sql_files(paths);
    failed.extend(files.failed);
    let mut queries = Vec::new();
    for path in &files.paths {
        match SourceFile::read(path) {
            Ok(source) => queries.push(source),
            Err(error) => failed.push(Failed::read(path.display().to_string(), error.to_string())),
        }
    }
    queries
}

/// Fixes that were not applied for the sake of a query.
fn kept_back(slower: &Slower) -> String {
    let Slower { code, query, .. } = slower;
    match slower.after_ms.is_finite() {
        true => format!(
            "not fixed: {code}, with which {query} would take {} instead of {}",
            duration(slower.after_ms),
            duration(slower.before_ms)
        ),
        false => format!("not fixed: {code}, with which {query} can't be planned any more"),
    }
}

fn told(what: &str, findings: usize, files: usize) -> String {
    let plural = |n: usize, noun: &str| match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    };
    format!(
        "{what} {} in {}",
        plural(findings, "finding"),
        plural(files, "file")
    )
}

/// Standard input's text: it is fixed on standard output.
fn input_text(inputs: &[Input]) -> anyhow::Result<Option<&str>> {
    let mut linted = inputs.iter().filter(|input| input.is_linted());
    match (linted.next(), linted.next()) {
        (Some(Input::Text(source)), None) => Ok(Some(source.unmasked())),
        _ if inputs.iter().any(|input| matches!(input, Input::Text(_))) => {
            anyhow::bail!("`--fix` takes standard input by itself, or files")
        }
        _ => Ok(None),
    }
}

/// Writes the fixes of a file, in its own encoding, unless it has changed since it was read.
fn save(file: &FixedFile) -> anyhow::Result<()> {
    let path = Path::new(&file.path);
    let bytes = std::fs::read(path)?;
    let fixed = encoded(&bytes, &file.before, &file.after).map_err(anyhow::Error::msg)?;
    save::save(path, &fixed)?;
    Ok(())
}
