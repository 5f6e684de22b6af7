//! `distkey lsp`: findings in an editor, over standard input and output.

use std::path::PathBuf;

use super::tables::read_stats;
use super::{Exit, Global};
use crate::anonymize::Anonymizer;
use crate::lsp::{self, Given};
use crate::text::units::parse_duration;

/// Arguments of `distkey lsp`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Statistics: JSON, or exports of SVV_TABLE_INFO or pg_stats; several are read as one.
    #[arg(long, value_name = "FILE")]
    stats: Vec<PathBuf>,
    /// The cluster, as `ra3.4xlarge:4`; else that of the settings.
    #[arg(long)]
    cluster: Option<String>,
    /// The latency that a warm run should keep, as `800ms` or `1.5s`.
    #[arg(long, value_parser = parse_duration)]
    budget: Option<f64>,
    /// What editors say of themselves: it is the only way to talk.
    #[arg(long, hide = true)]
    stdio: bool,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    if global.anonymize {
        anyhow::bail!("findings are for the files as they are: leave out --anonymize");
    }
    if let Some(cluster) = &args.cluster {
        cluster.parse::<crate::cluster::Cluster>()?;
    }
    lsp::run(Given {
        config: global.config.clone(),
        today: global.today,
        cluster: args.cluster.clone(),
        budget_ms: args.budget,
        stats: read_stats(&args.stats, &Anonymizer::new(false))?,
    })?;
    Ok(Exit::Clean)
}
