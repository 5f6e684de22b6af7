//! `distkey lint`: files of DDL → what will make queries slow, at the line.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use super::lint_args::Args;
use super::linted::Reporter;
use super::scope::{self, Scope};
use super::tables::{read_stats, tell_unused};
use super::{Exit, Global};
use crate::anonymize::Anonymizer;
use crate::environment::{Environment, Given};
use crate::lint::{self, Input};
use crate::report::failed::Failed;
use crate::rules;

/// Replaces what the settings say by the words of a flag, each of which must name a rule:
/// `--ignore "$UNSET"` would otherwise be the start of every code.
pub(super) fn replace(
    flag: &str,
    words: &[String],
    setting: &mut Vec<String>,
) -> anyhow::Result<()> {
    for word in words {
        rules::check_selection(word).map_err(|error| anyhow::anyhow!("{flag}: {error}"))?;
    }
    if !words.is_empty() {
        *setting = words.to_vec();
    }
    Ok(())
}

/// With names replaced; all is read at once then, since a name is learnt from one file
/// and used in another.
fn without_names(
    inputs: Vec<Input>,
    anonymizer: &Anonymizer,
    failed: &mut Vec<Failed>,
) -> anyhow::Result<Vec<Input>> {
    if !anonymizer.is_on() {
        return Ok(inputs);
    }
    if !inputs.iter().all(Input::is_linted) {
        anyhow::bail!("`--anonymize` takes all files as paths: leave out `--ddl`");
    }
    let mut sources = Vec::new();
    for input in inputs {
        match input.read() {
            Ok(source) => sources.push(source),
            Err((path, error)) => failed.push(Failed::read(path, error)),
        }
    }
    let sources = anonymizer.ddl(sources).into_iter();
    Ok(sources.map(Input::Text).collect())
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let anonymizer = Anonymizer::new(global.anonymize);
    // Settings are those of what was named; their own paths do not lead to others.
    let named = scope::paths(args, &crate::config::Lint::default());
    let mut config = anonymizer.config(global.config(&named)?);
    let rules = &args.rules;
    replace("--select", &rules.select, &mut config.rules.select)?;
    replace("--ignore", &rules.ignore, &mut config.rules.ignore)?;
    if rules.workload.is_some() {
        config.workload.name_columns();
    }
    let baseline = args.known.baseline.clone().or(config.lint.baseline.clone());
    if args.known.write_baseline && baseline.is_none() {
        anyhow::bail!(
            "`--write-baseline` has no file: name one by `--baseline FILE` or `lint.baseline` of the settings"
        );
    }
    #[cfg(feature = "pipeline")]
    if !args.shown.quiet {
        for folder in named
            .iter()
            .filter(|path| path.join("dbt_project.yml").is_file())
        {
            let folder = folder.display();
            anstream::eprintln!(
                "note: `{folder}` is a dbt project: `distkey dbt {folder}` knows its models' keys, and fills their templates"
            );
        }
    }
    let stats = read_stats(&rules.stats, &anonymizer)?;
    let mut scope = Scope::of(args, &config.lint)?;
    scope.inputs = without_names(scope.inputs, &anonymizer, &mut scope.failed)?;
    let stats = stats.map(|stats| anonymizer.stats(stats));
    let given = Given {
        cluster: rules.cluster.as_deref(),
        stats,
        ..Given::default()
    };
    let env = Environment::new(config, given)?;
    let reporter = Reporter {
        args,
        global,
        paths: &scope.paths,
        all_excluded: scope.all_excluded,
        baseline: baseline.as_deref(),
        rules: &env.config.rules,
    };
    if args.fixes.any() {
        if anonymizer.is_on() {
            anyhow::bail!("fixes are for the files as they are: leave out --anonymize");
        }
        return super::fix::run(&reporter, &scope.inputs, scope.failed, env.view());
    }
    if !args.fixes.queries.is_empty() {
        anyhow::bail!("`--queries` is for fixes: add `--fix`, `--unsafe-fixes` or `--diff`");
    }
    let bar = progress(2 * scope.inputs.len());
    let linted =
        lint::lint_with_progress(&scope.inputs, env.view(), &|count| bar.inc(count as u64));
    bar.finish_and_clear();
    if let (Some(stats), false) = (&env.stats, args.shown.quiet) {
        tell_unused(&rules.stats, stats, &linted.schema, &anonymizer);
    }
    reporter.report(linted, scope.failed)
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
