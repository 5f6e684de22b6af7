//! `distkey lint --fix` and `--diff`: what the fixes change, and writing it.

use std::io::Write;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::{Exit, Global, lint};
use crate::lint::{FixedFile, Input, Settings};

/// Applies the fixes, or shows them, and reports what is left.
pub(super) fn run(
    args: &lint::Args,
    inputs: &[Input],
    settings: &Settings<'_>,
    global: &Global,
) -> anyhow::Result<Exit> {
    let outcome = crate::lint::fix(inputs, args.unsafe_fixes, settings);
    let findings: usize = outcome.fixed.iter().flat_map(|f| f.applied.values()).sum();
    if args.diff {
        let diff: String = outcome.fixed.iter().map(diff).collect();
        write!(anstream::stdout().lock(), "{diff}")?;
        anstream::eprintln!("{}", told("would fix", findings, outcome.fixed.len()));
        return Ok(match outcome.fixed.is_empty() {
            true => Exit::Clean,
            false => Exit::Findings,
        });
    }
    if let Some(text) = input_text(inputs)? {
        let fixed = outcome.fixed.first().map_or(text, |file| &file.after);
        write!(anstream::stdout().lock(), "{fixed}")?;
        return Ok(Exit::Clean);
    }
    let mut written = 0;
    for file in &outcome.fixed {
        match save(file) {
            Ok(()) => written += 1,
            Err(error) => anstream::eprintln!("{}: {error:#}; left as it is", file.path),
        }
    }
    anstream::eprintln!("{}", told("fixed", findings, written));
    lint::report(args, outcome.linted, global)
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
    match inputs {
        [Input::Text(source)] => Ok(Some(&source.text)),
        _ if inputs.iter().any(|input| matches!(input, Input::Text(_))) => {
            anyhow::bail!("`--fix` takes standard input by itself, or files")
        }
        _ => Ok(None),
    }
}

/// A unified diff of one file.
fn diff(file: &FixedFile) -> String {
    let path = file.path.trim_start_matches("./").trim_start_matches('/');
    TextDiff::from_lines(&file.before, &file.after)
        .unified_diff()
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

/// Writes a file through one beside it, so that an interruption loses nothing.
fn save(file: &FixedFile) -> anyhow::Result<()> {
    const MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
    let path = std::fs::canonicalize(&file.path)?;
    let bytes = std::fs::read(&path)?;
    let (mark, text) = match bytes.strip_prefix(MARK) {
        Some(text) => (MARK, text),
        None => (&[][..], bytes.as_slice()),
    };
    if text != file.before.as_bytes() {
        anyhow::bail!("it has changed meanwhile, or is not UTF-8");
    }
    let beside = beside(&path);
    std::fs::write(&beside, [mark, file.after.as_bytes()].concat())?;
    std::fs::set_permissions(&beside, std::fs::metadata(&path)?.permissions())?;
    std::fs::rename(&beside, &path)?;
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}
