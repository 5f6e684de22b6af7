//! `distkey diff`: two plans of one query, step by step.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::tables::TablesArgs;
use super::{Exit, Global};
use crate::anonymize::Anonymizer;
use crate::diff;
use crate::explain::{self, Explanation, Settings};
use crate::latency::Verdict;
use crate::plan;
use crate::report::{self, html};
use crate::text::SourceFile;

const EXAMPLES: &str = "\
Examples:
  distkey diff before.txt after.txt
  distkey diff before.txt after.txt --format html > diff.html";

/// Arguments of `distkey diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The plan as it was; `-` is standard input.
    before: PathBuf,
    /// The plan as it is.
    after: PathBuf,
    #[command(flatten)]
    tables: TablesArgs,
    /// Output format.
    #[arg(long, short, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let anonymizer = Anonymizer::new(global.anonymize);
    let tables = args
        .tables
        .read([&args.before, &args.after], global, &anonymizer)?;
    let settings = Settings::new(tables.env.view());
    let (before, after) = (
        read(&args.before, &anonymizer, &settings)?,
        read(&args.after, &anonymizer, &settings)?,
    );
    let (Some(old), Some(new)) = (before.plans.first(), after.plans.first()) else {
        anyhow::bail!("there is no plan to compare");
    };
    for explanation in [&before, &after] {
        if explanation.plans.len() > 1 {
            anstream::eprintln!(
                "{}: has {} plans, the first is compared",
                explanation.name,
                explanation.plans.len()
            );
        }
    }
    let diff = diff::diff(old, new, &tables.env.cluster);
    let mut out = super::out::stdout();
    match args.format {
        Format::Text => {
            let text = report::diff::render(&before.name, &after.name, &diff);
            write!(out, "{text}")?;
        }
        Format::Html => write!(out, "{}", html::render(html::View::Diff(&diff))?)?,
        Format::Json => {
            let names = [before.name.as_str(), after.name.as_str()];
            let document = report::diff::document(names, &diff, &tables.failed);
            super::out::json(&mut out, &document)?;
        }
    }
    if !tables.failed.is_empty() {
        return Ok(Exit::Usage);
    }
    let over = new.prediction.verdict == Verdict::Over && tables.env.view().fails_over_budget();
    Ok(if over { Exit::Findings } else { Exit::Clean })
}

fn read(
    path: &Path,
    anonymizer: &Anonymizer,
    settings: &Settings<'_>,
) -> anyhow::Result<Explanation> {
    let source = SourceFile::read(path)
        .map_err(|error| anyhow::anyhow!("cannot read `{}`: {error}", path.display()))?;
    let name = anonymizer.name(&source.name);
    let reading = anonymizer.reading(plan::read(&source.text));
    let explanation = explain::explain_reading(&name, reading, settings);
    if let (true, Some(error)) = (explanation.plans.is_empty(), &explanation.error) {
        anyhow::bail!("{}: {error}", explanation.name);
    }
    Ok(explanation)
}
