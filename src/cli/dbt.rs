//! `distkey dbt`: a dbt project by its artefacts.

use std::path::PathBuf;

use super::lint_args::{self, FixArgs, KnownArgs, RuleArgs, ShownArgs};
use super::linted::Reporter;
use super::tables::read_stats;
use super::{Exit, Global};
use crate::anonymize::Anonymizer;
use crate::dbt::Project;
use crate::environment::{Environment, Given};
use crate::lint;
use crate::report::failed::Failed;

const EXAMPLES: &str = "\
Examples:
  dbt compile && dbt docs generate && distkey dbt
  distkey dbt path/to/project --cluster ra3.4xlarge:4
  distkey dbt target/ -f sarif -o dbt.sarif";

/// Arguments of `distkey dbt`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The project's folder, or its target folder.
    #[arg(default_value = ".")]
    project: PathBuf,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    shown: ShownArgs,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    if global.anonymize {
        anyhow::bail!("names of a dbt project are in its paths, too: leave out --anonymize");
    }
    let paths = [args.project.clone()];
    let mut config = global.config(&paths)?;
    super::lint::replace("--select", &args.rules.select, &mut config.rules.select)?;
    super::lint::replace("--ignore", &args.rules.ignore, &mut config.rules.ignore)?;
    if args.rules.workload.is_some() {
        config.workload.name_columns();
    }
    let baseline = args.known.baseline.clone().or(config.lint.baseline.clone());
    let stats = read_stats(&args.rules.stats, &Anonymizer::new(false))?;
    let project = Project::read(&args.project)?;
    let given = Given {
        cluster: args.rules.cluster.as_deref(),
        stats,
        ..Given::default()
    };
    let env = Environment::new(config, given)?;
    if !args.shown.quiet {
        for note in &project.notes {
            anstream::eprintln!("note: {note}");
        }
    }
    let linted = lint::lint_models(&project, env.view());
    // Reports are those of lint.
    let args = lint_args::Args {
        paths: paths.to_vec(),
        ddl: Vec::new(),
        stdin_filename: None,
        rules: args.rules,
        known: args.known,
        fixes: FixArgs::default(),
        shown: args.shown,
    };
    let reporter = Reporter {
        args: &args,
        global,
        paths: &[],
        all_excluded: false,
        baseline: baseline.as_deref(),
        rules: &env.config.rules,
    };
    reporter.report(linted, Vec::<Failed>::new())
}
