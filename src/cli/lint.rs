//! `distkey lint`: files of DDL → what will make queries slow, at the line.

use std::io::IsTerminal;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use super::files::sql_files;
use super::linted::{Args, report};
use super::tables::{read_stats, tell_unused};
use super::{Exit, Global};
use crate::anonymize::Anonymizer;
use crate::environment::{Environment, Given};
use crate::lint::{self, Input};
use crate::report::failed::Failed;
use crate::rules::{self};
use crate::text::files::is_standard_input;

/// The words of a flag, each of which must name a rule: `--ignore "$UNSET"` would
/// otherwise be the start of every code.
fn words(flag: &str, words: &[String]) -> anyhow::Result<Vec<String>> {
    for word in words {
        rules::check_selection(word).map_err(|error| anyhow::anyhow!("{flag}: {error}"))?;
    }
    Ok(words.to_vec())
}

/// What is to be linted. Files are read when they are wanted, and again when they are
/// wanted again; what gives its text only once, as standard input or a pipe, is read now.
fn inputs(paths: Vec<PathBuf>, failed: &mut Vec<Failed>) -> Vec<Input> {
    let mut inputs = Vec::with_capacity(paths.len());
    for path in paths {
        let is_file = std::fs::metadata(&path).is_ok_and(|it| it.is_file());
        match is_file && !is_standard_input(&path) {
            true => inputs.push(Input::Path(path)),
            false => match Input::Path(path).read() {
                Ok(source) => inputs.push(Input::Text(source)),
                Err((path, error)) => failed.push(Failed::read(path, error)),
            },
        }
    }
    inputs
}

/// With names replaced; all is read at once then, since a name is learnt from one file
/// and used in another.
fn without_names(
    inputs: Vec<Input>,
    anonymizer: &Anonymizer,
    failed: &mut Vec<Failed>,
) -> Vec<Input> {
    if !anonymizer.is_on() {
        return inputs;
    }
    let mut sources = Vec::new();
    for input in inputs {
        match input.read() {
            Ok(source) => sources.push(source),
            Err((path, error)) => failed.push(Failed::read(path, error)),
        }
    }
    anonymizer
        .ddl(sources)
        .into_iter()
        .map(Input::Text)
        .collect()
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let anonymizer = Anonymizer::new(global.anonymize);
    let mut config = anonymizer.config(global.config(&args.paths())?);
    config.rules.select.extend(words("--select", &args.select)?);
    config.rules.ignore.extend(words("--ignore", &args.ignore)?);
    if args.workload.is_some() {
        config.workload.name_columns();
    }
    let stats = read_stats(&args.stats, &anonymizer)?;
    let files = sql_files(&args.paths());
    let mut failed = files.failed;
    let inputs = inputs(files.paths, &mut failed);
    let inputs = without_names(inputs, &anonymizer, &mut failed);
    let stats = stats.map(|stats| anonymizer.stats(stats));
    let given = Given {
        cluster: args.cluster.as_deref(),
        stats,
        ..Given::default()
    };
    let env = Environment::new(config, given)?;
    if args.fix || args.unsafe_fixes || args.diff {
        if anonymizer.is_on() {
            anyhow::bail!("fixes are for the files as they are: leave out --anonymize");
        }
        return super::fix::run(args, &inputs, failed, env.view(), global);
    }
    let bar = progress(2 * inputs.len());
    let linted = lint::lint_with_progress(&inputs, env.view(), &|count| bar.inc(count as u64));
    bar.finish_and_clear();
    if let Some(stats) = &env.stats {
        tell_unused(&args.stats, stats, &linted.schema, &anonymizer);
    }
    report(args, linted, failed, global)
}

/// A bar on standard error when that is a terminal and there is enough to wait for.
fn progress(steps: usize) -> ProgressBar {
    const WORTH_A_BAR: usize = 1_000;
    if steps < WORTH_A_BAR || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent} %, {eta} left");
    let bar = ProgressBar::new(steps as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
