//! `distkey explain`: pasted plans → findings and a verdict.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::anonymize::Anonymizer;
use super::format::ToolFormat;
use super::{Exit, Global};
use crate::explain::{self, Explanation, Settings, WhatIf};
use crate::latency::calibration::Calibration;
use crate::latency::{Cluster, Verdict};
use crate::plan;
use crate::report::{self, html};
use crate::schema::{Schema, SchemaBuilder};
use crate::sql;
use crate::stats::Stats;
use crate::text::{SourceFile, Span};

/// Arguments of `distkey explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files with EXPLAIN output in any form of paste; `-` or nothing is standard input.
    files: Vec<PathBuf>,
    /// Files or folders with the tables' DDL: findings then say why, and give the exact ALTER.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    ddl: Vec<PathBuf>,
    /// Plan this query against the DDL, instead of reading a pasted plan.
    #[arg(long, value_name = "FILE", requires = "ddl")]
    query: Vec<PathBuf>,
    /// Statistics: JSON with rows and distinct values, or an export of SVV_TABLE_INFO.
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    /// The cluster: node type and count, or Serverless and its RPUs, as
    /// `ra3.4xlarge:4` or `serverless:128`.
    #[arg(long)]
    cluster: Option<String>,
    /// The latency that a warm run should keep, as `800ms` or `1.5s`.
    #[arg(long, value_parser = crate::text::units::parse_duration)]
    budget: Option<f64>,
    /// Users that send queries at the same time.
    #[arg(long, default_value_t = 1)]
    users: u32,
    /// Real rows and times of the query: an export of SVL_QUERY_SUMMARY, SYS_QUERY_DETAIL or
    /// STL_ALERT_EVENT_LOG.
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
    /// Output format; by default text, and `github` under GitHub Actions.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
    Dot,
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
    let anonymizer = Anonymizer::new(global);
    let tables = read_tables(&args.ddl, args.stats.as_deref(), &anonymizer)?;
    let config = anonymizer.config(global.config()?);
    let named = args.cluster.as_ref().or(config.cluster.as_ref());
    let cluster = match named {
        Some(name) => Cluster::from_str(name)?,
        None => Cluster::default(),
    };
    let calibration = args
        .calibration
        .as_deref()
        .map(Calibration::load)
        .transpose()?;
    let settings = Settings {
        config: &config,
        cluster: &cluster,
        cluster_assumed: named.is_none(),
        budget_ms: args.budget.unwrap_or(config.budget_ms),
        users: args.users,
        schema: tables.schema.as_ref(),
        stats: tables.stats.as_ref(),
        calibration: calibration.as_ref(),
    };
    if !anonymizer.is_on()
        && let ([path], Format::Text, None) = (
            args.files.as_slice(),
            args.format.unwrap_or(Format::Text),
            args.why,
        )
        && let Some(exit) = super::export::explain(path, &settings, global)?
    {
        return Ok(exit);
    }
    let what_if = args.what_if.read(&anonymizer)?;
    let mut explanations = explain_all(args, &what_if, &anonymizer, &settings)?;
    if let Some(path) = &args.actuals {
        if anonymizer.is_on() {
            anyhow::bail!("an export of actuals can't be anonymized: leave out one of the two");
        }
        overlay(&mut explanations, path)?;
    }
    write(args, &explanations)?;
    Ok(exit(&explanations, global, named.is_some()))
}

/// Lays what really happened over the first plan of each input.
fn overlay(explanations: &mut [Explanation], path: &Path) -> anyhow::Result<()> {
    let source = SourceFile::read(path)
        .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
    for explanation in explanations {
        let Some(explained) = explanation.plans.first() else {
            continue;
        };
        let actuals = crate::work::actuals::overlay(&explained.plan, &source.text)
            .map_err(|error| anyhow::anyhow!("`{}`: {error}", path.display()))?;
        let text = report::actuals::render(&explained.plan, &actuals);
        explanation.actuals = Some((actuals, text));
    }
    Ok(())
}

/// What the arguments tell of the tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// From the DDL, if it was given.
    pub schema: Option<Schema>,
    /// From the statistics, if they were given.
    pub stats: Option<Stats>,
}

/// Reads DDL and statistics; a file of DDL that can't be read is named.
pub(super) fn read_tables(
    ddl: &[PathBuf],
    stats: Option<&Path>,
    anonymizer: &Anonymizer,
) -> anyhow::Result<Tables> {
    let stats = stats.map(super::lint::read_stats).transpose()?;
    let schema = match ddl.is_empty() {
        true => None,
        false => Some(read_schema(ddl, anonymizer)?),
    };
    let stats = stats.map(|stats| anonymizer.stats(stats));
    let settled = schema.map(|mut schema| {
        if let Some(stats) = &stats {
            schema.settle_auto(stats);
        }
        schema
    });
    Ok(Tables {
        schema: settled,
        stats,
    })
}

fn read_schema(paths: &[PathBuf], anonymizer: &Anonymizer) -> anyhow::Result<Schema> {
    let mut sources = Vec::new();
    for path in super::lint::sql_files(paths) {
        match crate::lint::Input::Path(path).read() {
            Ok(source) => sources.push(source),
            Err((path, error)) => anstream::eprintln!("{path}: cannot read it: {error}"),
        }
    }
    let sources = anonymizer.ddl(sources);
    if sources.is_empty() {
        anyhow::bail!("no DDL could be read");
    }
    let mut builder = SchemaBuilder::default();
    for source in &sources {
        let script = sql::parse(source);
        for error in &script.errors {
            let place = source.line_column(error.span.start);
            anstream::eprintln!("{}:{}: {}", source.name, place.line, error.message);
        }
        builder.apply(&script);
    }
    Ok(builder.finish())
}

/// Plans every query of a file; one that can't be planned is an error of its own.
fn explain_queries(
    path: &Path,
    schema: &Schema,
    what_if: &WhatIf,
    anonymizer: &Anonymizer,
    settings: &Settings<'_>,
) -> Vec<Explanation> {
    let source = match SourceFile::read(path) {
        Ok(source) => anonymizer.sql(source),
        Err(error) => return vec![unreadable(path, &error)],
    };
    let name = source.name.clone();
    let script = sql::parse(&source);
    let nothing = Stats::default();
    let stats = settings.stats.unwrap_or(&nothing);
    let place = |span: Span| format!("{name}:{}", source.line_column(span.start).line);
    let mut explanations: Vec<Explanation> = script
        .errors
        .iter()
        .map(|error| Explanation::failed(place(error.span), error.message.clone()))
        .collect();
    for statement in &script.statements {
        let text = &source.text[statement.span.start..statement.span.end];
        let Ok(query) = sql::parse_query(text) else {
            let what = format!("{} is not a query that can be planned", statement.kind);
            explanations.push(Explanation::failed(place(statement.span), what));
            continue;
        };
        let named = match script.statements.len() {
            1 => name.clone(),
            _ => place(statement.span),
        };
        explanations.push(
            match explain::explain_query(&named, &query, schema, stats, settings) {
                Ok(mut explanation) => {
                    what_if.add(&mut explanation, Some(&query), settings);
                    explanation
                }
                Err(error) => Explanation::failed(named, error.to_string()),
            },
        );
    }
    explanations
}

fn explain_all(
    args: &Args,
    what_if: &WhatIf,
    anonymizer: &Anonymizer,
    settings: &Settings<'_>,
) -> anyhow::Result<Vec<Explanation>> {
    let mut files = args.files.clone();
    let mut explanations = Vec::new();
    if let Some(schema) = settings.schema {
        for path in &args.query {
            explanations.extend(explain_queries(path, schema, what_if, anonymizer, settings));
        }
    }
    if files.is_empty() && !args.query.is_empty() {
        return Ok(explanations);
    }
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            anyhow::bail!(
                "name a file with EXPLAIN output, or pipe it in: `distkey explain plan.txt`"
            );
        }
        files.push(PathBuf::from("-"));
    }
    let explain = |path: &PathBuf| match SourceFile::read(path) {
        Ok(source) => {
            let name = anonymizer.name(&source.name);
            let reading = anonymizer.reading(plan::read(&source.text));
            let mut explanation = explain::explain_reading(&name, reading, settings);
            explanation.notes = source.notes;
            what_if.add(&mut explanation, None, settings);
            explanation
        }
        Err(error) => unreadable(path, &error),
    };
    explanations.extend(files.iter().map(explain));
    Ok(explanations)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Explanation {
    Explanation::failed(
        path.display().to_string(),
        format!("cannot read it: {error}"),
    )
}

fn write(args: &Args, explanations: &[Explanation]) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    if let Some(node) = args.why {
        for explanation in explanations {
            match report::why::render(explanation, node) {
                Some(text) => write!(out, "{text}")?,
                None => anstream::eprintln!("{}: there is no step {node}", explanation.name),
            }
        }
        return Ok(());
    }
    let format = args.format.unwrap_or_else(default_format);
    match format {
        Format::Text => {
            for (index, explanation) in explanations.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write!(out, "{}", report::text::render(explanation))?;
            }
        }
        Format::Sarif | Format::Github | Format::Gitlab | Format::Junit => {
            let tool = match format {
                Format::Sarif => ToolFormat::Sarif,
                Format::Gitlab => ToolFormat::Gitlab,
                Format::Junit => ToolFormat::Junit,
                _ => ToolFormat::Github,
            };
            let paths: Vec<&str> = explanations.iter().map(|e| e.name.as_str()).collect();
            super::format::write(
                &mut out,
                tool,
                &report::items::of_plans(explanations),
                &paths,
            )?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &report::json::document(explanations))?;
            writeln!(out)?;
        }
        Format::Html => write!(out, "{}", html::render(html::View::Explain(explanations))?)?,
        Format::Dot => {
            for explanation in explanations {
                write!(out, "{}", crate::graph::to_dot(&explanation.graph))?;
            }
        }
    }
    Ok(())
}

fn exit(explanations: &[Explanation], global: &Global, cluster_named: bool) -> Exit {
    if explanations
        .iter()
        .all(|explanation| explanation.plans.is_empty())
    {
        return Exit::Usage;
    }
    let over = |explanation: &Explanation| {
        explanation
            .plans
            .iter()
            .any(|plan| plan.prediction.verdict == Verdict::Over)
    };
    if cluster_named && explanations.iter().any(over) {
        return Exit::Findings;
    }
    let findings = explanations
        .iter()
        .flat_map(|explanation| &explanation.findings);
    global
        .fail_on
        .exit(findings.map(|finding| finding.severity).max())
}
