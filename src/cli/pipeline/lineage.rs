//! `distkey pipeline lineage`.

use std::io::Write;
use std::path::PathBuf;

use super::{Exit, exit, read, tell_unrecognized};
use crate::pipeline::lineage::Lineage;
use crate::report;
use crate::report::openlineage::{self, Naming};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files or folders: jobs, scripts, COPY, DDL, queries.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only what this prefix, job, table or column feeds: what breaks if it is late or wrong.
    #[arg(long, visible_alias = "late", value_name = "NAME")]
    feeds: Option<String>,
    /// Only where this column, table or query comes from: what feeds it.
    #[arg(
        long,
        visible_alias = "of",
        value_name = "NAME",
        conflicts_with = "feeds"
    )]
    from: Option<String>,
    /// The namespace that OpenLineage's tables get: `redshift://cluster.region:5439`.
    #[arg(long, value_name = "URI", default_value = "redshift")]
    namespace: String,
    /// The database that stands before the schema in OpenLineage's names of tables.
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// The namespace that OpenLineage's jobs and statements get.
    #[arg(long, value_name = "NAME", default_value = "distkey")]
    job_namespace: String,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    format: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    Text,
    Dot,
    Svg,
    Json,
    Openlineage,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let (pipeline, unread) = read(&args.paths);
    let lineage = Lineage::of(&pipeline);
    tell_unrecognized(&pipeline, unread);
    for one in &lineage.not_followed {
        anstream::eprintln!("{}: columns not followed: {}", one.statement, one.why);
    }
    if lineage.edges().is_empty() {
        anyhow::bail!("nothing feeds anything in these files");
    }
    let feeds = args.feeds.as_deref().map(|name| (name, true));
    let asked = feeds.or(args.from.as_deref().map(|name| (name, false)));
    if let Some((name, feeds)) = asked
        && lineage.reach(name, feeds).is_empty()
    {
        anyhow::bail!("nothing is called `{name}` in these files");
    }
    let mut out = crate::cli::out::stdout();
    match args.format {
        Output::Text => write!(out, "{}", report::pipeline::lineage(&lineage, asked))?,
        Output::Dot => write!(out, "{}", report::pipeline::lineage_dot(&lineage, asked))?,
        Output::Svg => write!(out, "{}", report::lineage_svg::to_svg(&lineage))?,
        Output::Openlineage => {
            let naming = Naming {
                tables: &args.namespace,
                database: args.database.as_deref(),
                jobs: &args.job_namespace,
            };
            for event in openlineage::events(&lineage, &naming, &now()) {
                serde_json::to_writer(&mut out, &event)?;
                writeln!(out)?;
            }
        }
        Output::Json => {
            let edges = lineage.edges();
            let edges = edges
                .iter()
                .map(|(from, to)| serde_json::json!({"from": from, "to": to}));
            let found = asked.map(|(name, feeds)| {
                let found = lineage.reach(name, feeds).into_iter();
                let found =
                    found.map(|(steps, node)| serde_json::json!({"steps": steps, "node": node}));
                found.collect::<Vec<_>>()
            });
            let document = serde_json::json!({"edges": edges.collect::<Vec<_>>(), "found": found});
            crate::cli::out::json(&mut out, &document)?;
        }
    }
    Ok(exit(unread, Exit::Clean))
}

/// The time of the events: of the last change of what is built reproducibly, else now.
fn now() -> String {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok();
    let fixed = fixed.and_then(|seconds| jiff::Timestamp::from_second(seconds.parse().ok()?).ok());
    let at = fixed.unwrap_or_else(jiff::Timestamp::now);
    let at = at.round(jiff::Unit::Second).unwrap_or(at);
    at.to_string()
}
