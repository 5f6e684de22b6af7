//! `distkey explain`: pasted plans → findings and a verdict.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::str::FromStr;

use super::{Exit, Global};
use crate::explain::{self, Explanation, Settings};
use crate::latency::{Cluster, Verdict};
use crate::report;
use crate::text::SourceFile;

/// Arguments of `distkey explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files with EXPLAIN output in any form of paste; `-` or nothing is standard input.
    files: Vec<PathBuf>,
    /// The cluster: node type and count, or Serverless and its RPUs, as
    /// `ra3.4xlarge:4` or `serverless:128`.
    #[arg(long)]
    cluster: Option<String>,
    /// The latency that a warm run should keep, as `800ms` or `1.5s`.
    #[arg(long, value_parser = parse_duration)]
    budget: Option<f64>,
    /// Users that send queries at the same time.
    #[arg(long, default_value_t = 1)]
    users: u32,
    /// Explain every number of this step (or of a step in each input).
    #[arg(long, value_name = "NODE")]
    why: Option<usize>,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
    Dot,
}

/// Milliseconds from `800`, `800ms` or `1.5s`.
fn parse_duration(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => match text.strip_suffix('s') {
            Some(number) => (number, 1_000.0),
            None => (text, 1.0),
        },
    };
    match number.trim().parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value * factor),
        _ => Err("write a time above zero, as `800ms` or `1.5s`".to_owned()),
    }
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let config = global.config()?;
    let named = args.cluster.as_ref().or(config.cluster.as_ref());
    let cluster = match named {
        Some(name) => Cluster::from_str(name)?,
        None => Cluster::default(),
    };
    let settings = Settings {
        config: &config,
        cluster: &cluster,
        cluster_assumed: named.is_none(),
        budget_ms: args.budget.unwrap_or(config.budget_ms),
        users: args.users,
        schema: None,
        stats: None,
    };
    if let ([path], Format::Text, None) = (args.files.as_slice(), args.format, args.why)
        && let Some(exit) = super::export::explain(path, &settings, global)?
    {
        return Ok(exit);
    }
    let explanations = explain_all(args, &settings)?;
    write(args, &explanations)?;
    Ok(exit(&explanations, global, named.is_some()))
}

fn explain_all(args: &Args, settings: &Settings<'_>) -> anyhow::Result<Vec<Explanation>> {
    let mut files = args.files.clone();
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
            let mut explanation = explain::explain(&source.name, &source.text, settings);
            explanation.notes = source.notes;
            explanation
        }
        Err(error) => Explanation::failed(
            path.display().to_string(),
            format!("cannot read it: {error}"),
        ),
    };
    Ok(files.iter().map(explain).collect())
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
    match args.format {
        Format::Text => {
            for (index, explanation) in explanations.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write!(out, "{}", report::text::render(explanation))?;
            }
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &report::json::document(explanations))?;
            writeln!(out)?;
        }
        Format::Html => write!(out, "{}", report::html::render(explanations)?)?,
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
