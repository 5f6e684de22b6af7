//! `distkey explain`: pasted plans → findings and a verdict.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::format::ToolFormat;
use super::pastes::Pastes;
use super::streamed::{Inputs, Written, measured};
use super::tables::TablesArgs;
use super::{Exit, Global};
use crate::actuals;
use crate::anonymize::Anonymizer;
use crate::environment::View;
use crate::explain::{self, Explanation, Settings, Tally};
use crate::latency::calibration::Calibration;
use crate::plan;
use crate::report::failed::Failed;
use crate::report::{self, html};
use crate::text::SourceFile;

const EXAMPLES: &str = "\
Examples:
  psql -c 'EXPLAIN SELECT …' | distkey explain
  distkey explain plan.txt --cluster ra3.4xlarge:4 --budget 800ms
  distkey explain plan.txt --why 8
  distkey explain --query search.sql --ddl ddl/ --stats stats.json --scale 2
  distkey explain plan.txt --format html > plan.html";

/// Arguments of `distkey explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files with EXPLAIN output in any form of paste; `-` or nothing is standard input.
    files: Vec<PathBuf>,
    #[command(flatten)]
    tables: TablesArgs,
    /// Plan this query against the DDL, instead of reading a pasted plan.
    #[arg(long, value_name = "FILE", requires = "ddl")]
    query: Vec<PathBuf>,
    /// Users that send queries at the same time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    users: u32,
    /// Real rows and times of the query: an export of SVL_QUERY_SUMMARY, SVL_QUERY_REPORT,
    /// SYS_QUERY_DETAIL or STL_ALERT_EVENT_LOG. Without a plan it is explained by itself.
    #[arg(long, value_name = "FILE")]
    actuals: Option<PathBuf>,
    /// Your own timings, fitted by `distkey calibrate fit`.
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Explain every number of this step (or of a step in each input).
    #[arg(long, value_name = "NODE")]
    why: Option<usize>,
    #[command(flatten)]
    what_if: super::whatif::WhatIfArgs,
    /// Show everything: what is too small to act on, and what another finding says already.
    #[arg(long, help_heading = "Output")]
    all: bool,
    /// Output format; by default text, and `github` under GitHub Actions.
    #[arg(long, short, value_enum, help_heading = "Output")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
    Html,
    /// Tables and joins, for Graphviz.
    Dot,
    /// Tables and joins, as a picture.
    Svg,
    Sarif,
    Github,
    Gitlab,
    Junit,
}

/// Annotations under GitHub Actions, else text.
fn default_format() -> Format {
    match super::format::under_github_actions() {
        true => Format::Github,
        false => Format::Text,
    }
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let anonymizer = Anonymizer::new(global.anonymize);
    let tables = args
        .tables
        .read(args.files.iter().chain(&args.query), global, &anonymizer)?;
    let calibration = args
        .calibration
        .as_deref()
        .map(Calibration::load)
        .transpose()?;
    let settings = Settings {
        users: args.users,
        calibration: calibration.as_ref(),
        ..Settings::new(tables.env.view())
    };
    let mut failed = tables.failed.clone();
    let asked = args.actuals.is_some() || args.why.is_some() || !args.what_if.is_empty();
    let format = args.format.unwrap_or_else(default_format);
    if !anonymizer.is_on() && !asked && matches!(format, Format::Text | Format::Json) {
        let inputs = Inputs {
            explained: explain_queries(args, &anonymizer, &settings, &mut failed)?,
            files: &files(args)?,
            settings: &settings,
            failed,
            ddl: &tables.failed,
        };
        let written = match format {
            Format::Json => inputs.json()?,
            _ => inputs.text(args.all)?,
        };
        super::files::tell(
            written
                .failed
                .get(tables.failed.len()..)
                .unwrap_or_default(),
        );
        return Ok(exit(&written, global, tables.env.view()));
    }
    let mut explanations = explain_queries(args, &anonymizer, &settings, &mut failed)?;
    explain_files(args, &anonymizer, &settings, &mut explanations, &mut failed)?;
    if let Some(path) = &args.actuals {
        if anonymizer.is_on() {
            anyhow::bail!("an export of actuals can't be anonymized: leave out one of the two");
        }
        overlay(&mut explanations, path)?;
    }
    for explanation in &explanations {
        let open = explanation.unanswered.iter();
        failed.extend(open.map(|why| Failed::explain(&explanation.name, why)));
    }
    super::files::tell(&failed[tables.failed.len()..]);
    // DDL that can't be read is an input of the report as well.
    let ddl = tables.failed.iter();
    explanations.extend(ddl.map(|one| Explanation::failed(&one.path, one.message())));
    write(args, format, &explanations, &failed)?;
    let written = Written {
        tallies: explanations.iter().map(Tally::of).collect(),
        failed,
    };
    Ok(exit(&written, global, tables.env.view()))
}

/// Lays what really happened over the first plan of each input; without a plan it stands by itself.
fn overlay(explanations: &mut Vec<Explanation>, path: &Path) -> anyhow::Result<()> {
    let source = SourceFile::read(path)
        .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
    let refused = |error| anyhow::anyhow!("`{}`: {error}", path.display());
    if explanations.is_empty() {
        explanations.push(measured(&source.name, &source.text).map_err(refused)?);
        return Ok(());
    }
    for explanation in explanations {
        let Some(explained) = explanation.plans.first() else {
            continue;
        };
        let actuals = actuals::overlay(&explained.plan, &source.text).map_err(refused)?;
        let text = report::actuals::render(Some(&explained.plan), &actuals);
        explanation.lay_over((actuals, text));
    }
    Ok(())
}

/// The queries that were given; what-ifs are read after each input, since `--anonymize` learns its
/// names from it.
fn explain_queries(
    args: &Args,
    anonymizer: &Anonymizer,
    settings: &Settings<'_>,
    failed: &mut Vec<Failed>,
) -> anyhow::Result<Vec<Explanation>> {
    let mut explanations = Vec::new();
    for path in &args.query {
        match SourceFile::read(path) {
            Ok(source) => {
                let source = anonymizer.sql(source);
                let what_if = args.what_if.read(anonymizer)?;
                let mut of_script = explain::explain_script(&source, &what_if, settings);
                if of_script.is_empty() {
                    let why = "there is no query in it";
                    of_script.push(Explanation::failed(&source.name, why));
                }
                if of_script.iter().all(|one| one.plans.is_empty()) {
                    let first = of_script.first().and_then(|one| one.error.clone());
                    failed.push(Failed::explain(&source.name, first.unwrap_or_default()));
                }
                explanations.extend(of_script);
            }
            Err(error) => explanations.push(unreadable(path, &error, failed)),
        }
    }
    Ok(explanations)
}

/// The files with plans: standard input, where neither they nor queries are named.
fn files(args: &Args) -> anyhow::Result<Vec<PathBuf>> {
    if !args.files.is_empty() || !args.query.is_empty() {
        return Ok(args.files.clone());
    }
    if std::io::stdin().is_terminal() {
        if args.actuals.is_some() {
            return Ok(Vec::new());
        }
        anyhow::bail!("name a file with EXPLAIN output, or pipe it in: `distkey explain plan.txt`");
    }
    Ok(vec![PathBuf::from("-")])
}

/// The plans of files, all of which are held.
fn explain_files(
    args: &Args,
    anonymizer: &Anonymizer,
    settings: &Settings<'_>,
    explanations: &mut Vec<Explanation>,
    failed: &mut Vec<Failed>,
) -> anyhow::Result<()> {
    let pastes = Pastes::default();
    for path in &files(args)? {
        match pastes.hold(path) {
            Ok(source) if args.files.is_empty() && args.actuals.is_some() && is_blank(&source) => {}
            Ok(source) if actuals::is_export(&source.text) => {
                if anonymizer.is_on() {
                    anyhow::bail!(
                        "an export of actuals can't be anonymized: `{}`",
                        source.name
                    );
                }
                explanations.push(measured(&source.name, &source.text)?);
            }
            Ok(source) => {
                let name = anonymizer.name(&source.name);
                let reading = anonymizer.reading(plan::read(&source.text));
                let what_if = args.what_if.read(anonymizer)?;
                let mut explanation = explain::explain_reading(&name, reading, settings);
                explanation.notes.splice(0..0, source.notes);
                what_if.add(&mut explanation, None, settings);
                if let (true, Some(error)) = (explanation.plans.is_empty(), &explanation.error) {
                    failed.push(Failed::explain(&name, error));
                }
                explanations.push(explanation);
            }
            Err(error) => explanations.push(unreadable(path, &error, failed)),
        }
    }
    Ok(())
}

/// Whether nothing came in: an export alone is asked about.
fn is_blank(source: &SourceFile) -> bool {
    source.text.trim().is_empty()
}

fn unreadable(path: &Path, error: &std::io::Error, failed: &mut Vec<Failed>) -> Explanation {
    let one = Failed::read(path.display().to_string(), error.to_string());
    let explanation = Explanation::failed(&one.path, one.message());
    failed.push(one);
    explanation
}

fn write(
    args: &Args,
    format: Format,
    explanations: &[Explanation],
    failed: &[Failed],
) -> anyhow::Result<()> {
    let mut out = super::out::buffered();
    if let Some(node) = args.why {
        let mut found = false;
        for explanation in explanations {
            match report::why::render(explanation, node) {
                Some(text) => {
                    write!(out, "{text}")?;
                    found = true;
                }
                None => anstream::eprintln!("{}: there is no step {node}", explanation.name),
            }
        }
        if !found {
            anyhow::bail!("nothing to explain: no input has a step {node}");
        }
        return Ok(out.flush()?);
    }
    match format {
        Format::Text => {
            for (index, explanation) in explanations.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write!(out, "{}", report::text::render(explanation, args.all))?;
            }
        }
        Format::Markdown => {
            for explanation in explanations {
                writeln!(out, "{}", report::summary::markdown(explanation, args.all))?;
            }
        }
        Format::Sarif | Format::Github | Format::Gitlab | Format::Junit => {
            let tool = ToolFormat::of(&format).unwrap_or(ToolFormat::Github);
            let paths: Vec<&str> = explanations.iter().map(|e| e.name.as_str()).collect();
            super::format::write(
                &mut out,
                tool,
                &report::items::of_plans(explanations),
                &paths,
                failed,
            )?;
        }
        Format::Json => {
            super::out::json(&mut out, &report::json::document(explanations))?;
        }
        Format::Html => write!(out, "{}", html::render(html::View::Explain(explanations))?)?,
        Format::Svg => {
            let graphs: Vec<_> = explanations.iter().map(|one| one.graph()).collect();
            let together = crate::graph::JoinGraph::together(&graphs);
            write!(out, "{}", crate::graph::to_svg(&together))?;
        }
        Format::Dot => {
            for explanation in explanations {
                write!(out, "{}", crate::graph::to_dot(&explanation.graph()))?;
            }
        }
    }
    Ok(out.flush()?)
}

fn exit(written: &Written, global: &Global, env: View<'_>) -> Exit {
    let tallies = &written.tallies;
    if !written.failed.is_empty() || tallies.iter().all(|tally| !tally.is_told) {
        return Exit::Usage;
    }
    if env.fails_over_budget() && tallies.iter().any(|tally| tally.over) {
        return Exit::Findings;
    }
    let worst = tallies.iter().filter_map(|tally| tally.worst);
    global.fail_on.exit(worst.max())
}
