//! The command line: one file per command, nothing but arguments and calls.

mod advise;
mod baseline;
mod calibrate;
mod column_query;
mod completions;
#[cfg(feature = "pipeline")]
mod dbt;
mod diff;
mod exit;
mod explain;
mod files;
mod fix;
mod format;
mod json_schema;
mod lint;
mod lint_args;
mod linted;
#[cfg(feature = "lsp")]
mod lsp;
#[cfg(feature = "mcp")]
mod mcp;
mod ours;
mod out;
mod pastes;
#[cfg(feature = "pipeline")]
mod pipeline;
mod rule;
mod scope;
#[cfg(feature = "serve")]
mod serve;
mod stats_query;
mod streamed;
mod tables;
mod test;
mod whatif;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::environment;
pub use exit::{Exit, FailOn};

/// Reads Redshift plans and table definitions offline: what will be slow, why,
/// by how much, and what to change.
#[derive(Debug, Parser)]
#[command(name = "distkey", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// When to colour the output.
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, default_value_t = clap::ColorChoice::Auto)]
    pub color: clap::ColorChoice,
    /// Settings file, instead of the nearest `distkey.toml`.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
    /// Replace tables, columns, literals and locations, so that the output can be shown
    /// in public.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub anonymize: bool,
    /// The day that CURRENT_DATE, GETDATE() and SYSDATE mean, as `2026-11-28`, instead of the
    /// system's or that of the settings.
    #[arg(long, global = true, help_heading = "Everywhere", value_name = "DAY")]
    pub today: Option<jiff::civil::Date>,
    /// Exit with 1 from this severity on.
    #[arg(long, global = true, help_heading = "Everywhere", value_enum, default_value_t = FailOn::Warning)]
    pub fail_on: FailOn,
}

impl Global {
    /// The settings that apply to these inputs: of the nearest folder that holds them all,
    /// or one above it; of the current folder, where they lie outside of it.
    ///
    /// # Errors
    /// A settings file that can't be read or understood.
    pub fn config<'p>(
        &self,
        inputs: impl IntoIterator<Item = &'p PathBuf>,
    ) -> anyhow::Result<Config> {
        let folder = files::shared_folder(inputs);
        let mut config = environment::settings(self.config.as_deref(), &folder)?;
        if let Some(today) = self.today {
            config.today = Some(today.to_string());
        }
        Ok(config)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Explain pasted query plans: what hurts, by how much, what to change, and the verdict.
    Explain(Box<explain::Args>),
    /// Recommend keys and encodings for all tables from a workload, with what they save.
    Advise(advise::Args),
    /// Compare two plans of a query: steps added, removed, changed, and what that comes to.
    Diff(diff::Args),
    /// Compare predictions with measured timings, or fit them to your cluster.
    Calibrate(calibrate::Args),
    /// Lint files of Redshift DDL: which tables will make queries slow, why, and the fix.
    Lint(Box<lint_args::Args>),
    /// Lint a dbt project by what dbt wrote of it: keys, drift, incremental models, their queries.
    #[cfg(feature = "pipeline")]
    Dbt(Box<dbt::Args>),
    /// Review the pipeline that fills the tables, and what it costs.
    #[cfg(feature = "pipeline")]
    Pipeline(pipeline::Args),
    /// Explain a rule, or list them all.
    Rule(rule::Args),
    /// Show the reports in the browser, from this machine only.
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    /// Show findings in an editor (language server), over standard input and output.
    #[cfg(feature = "lsp")]
    Lsp(lsp::Args),
    /// Give an assistant the reports as tools (MCP), over standard input and output.
    #[cfg(feature = "mcp")]
    Mcp(mcp::Args),
    /// Print the SQL that exports the statistics for `--stats`.
    StatsQuery(stats_query::Args),
    /// Compare recommendations and verdicts with accepted snapshots.
    Test(test::Args),
    /// Print the JSON schema of a document: `distkey.toml`, or what a command writes as JSON.
    JsonSchema(json_schema::Args),
    /// Print the completion script of a shell.
    Completions(completions::Args),
    /// Print a manual page, or write all of them into a folder.
    Man(completions::Man),
}

/// Prints help, the version or what is wrong with the arguments.
fn refused(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => {
            anstream::eprintln!("error: cannot write to standard output: {why}");
            Exit::Usage.into()
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}

/// Parses the arguments, runs the command and says how it went.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    match cli.global.color {
        clap::ColorChoice::Auto => {}
        clap::ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
        clap::ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
    }
    crate::stack::for_all_threads();
    // Whatever a command does with what it read, and letting go of it, recurses as deep.
    let result = crate::stack::with_room(|| run(cli));
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            Exit::Usage.into()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let result = match cli.command {
        Command::Advise(args) => advise::run(&args, &cli.global),
        Command::Calibrate(args) => calibrate::run(&args, &cli.global),
        Command::Diff(args) => diff::run(&args, &cli.global),
        Command::Explain(args) => explain::run(&args, &cli.global),
        Command::Lint(args) => lint::run(&args, &cli.global),
        #[cfg(feature = "pipeline")]
        Command::Dbt(args) => dbt::run(*args, &cli.global),
        #[cfg(feature = "pipeline")]
        Command::Pipeline(args) => pipeline::run(&args, &cli.global),
        Command::Rule(args) => rule::run(&args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args, &cli.global),
        #[cfg(feature = "lsp")]
        Command::Lsp(args) => lsp::run(&args, &cli.global),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => mcp::run(&args, &cli.global),
        Command::StatsQuery(args) => stats_query::run(&args),
        Command::Test(args) => test::run(&args),
        Command::JsonSchema(args) => json_schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => completions::man(&args),
    };
    result.and_then(|exit| out::finish().map(|()| exit))
}
