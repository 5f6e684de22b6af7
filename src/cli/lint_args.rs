//! What `distkey lint` takes.

use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  distkey lint ddl/
  distkey lint --ddl . changed.sql
  distkey lint ddl/ --fix --diff
  distkey lint ddl/ --baseline known.json --write-baseline";

/// Arguments of `distkey lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files or folders with SQL; `-` is standard input; nothing is `lint.paths` of the settings,
    /// or the current folder.
    pub(super) paths: Vec<PathBuf>,
    /// Files or folders that are read for the tables they define: nothing is said of those that
    /// are not named themselves.
    #[arg(long, value_name = "PATH")]
    pub(super) ddl: Vec<PathBuf>,
    /// What standard input is called, and which file it stands in for.
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub(super) rules: RuleArgs,
    #[command(flatten)]
    pub(super) known: KnownArgs,
    #[command(flatten)]
    pub(super) fixes: FixArgs,
    #[command(flatten)]
    pub(super) shown: ShownArgs,
}

/// Which rules run, and what they know.
#[derive(Debug, clap::Args)]
pub(super) struct RuleArgs {
    /// Only these rules: codes, names or the start of a code; instead of those of the settings.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    pub(super) select: Vec<String>,
    /// Not these rules; instead of those of the settings.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    pub(super) ignore: Vec<String>,
    /// Statistics: JSON, or exports of SVV_TABLE_INFO or pg_stats; several are read as one.
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(super) stats: Vec<PathBuf>,
    /// The cluster, as `ra3.4xlarge:4`: its slices decide about skew.
    #[arg(long, help_heading = "Rules")]
    pub(super) cluster: Option<String>,
    /// Check that the tables serve this workload, whose columns the settings may name otherwise.
    #[arg(long, value_enum, help_heading = "Rules")]
    pub(super) workload: Option<NamedWorkload>,
}

/// A workload that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum NamedWorkload {
    /// Search by category and price.
    SearchByCategory,
}

/// Findings that are known.
#[derive(Debug, clap::Args)]
pub(super) struct KnownArgs {
    /// Known findings, by file, rule and what they are about: only others are reported.
    #[arg(long, value_name = "FILE", help_heading = "Known findings")]
    pub(super) baseline: Option<PathBuf>,
    /// Write today's findings into the baseline; entries of files that are not linted stay.
    #[arg(long, help_heading = "Known findings")]
    pub(super) write_baseline: bool,
}

/// What is done about findings.
#[derive(Debug, Default, clap::Args)]
pub(super) struct FixArgs {
    /// Apply the fixes that keep the meaning, and report what is left.
    #[arg(long, help_heading = "Fixes")]
    pub(super) fix: bool,
    /// Apply also those that change a type, a key or an encoding's default.
    #[arg(long, help_heading = "Fixes")]
    pub(super) unsafe_fixes: bool,
    /// Print the fixes as a diff, and change no file.
    #[arg(long, help_heading = "Fixes")]
    pub(super) diff: bool,
    /// Files or folders of queries: a fix with which one of them is slower is not applied.
    #[arg(long, value_name = "PATH", help_heading = "Fixes")]
    pub(super) queries: Vec<PathBuf>,
}

impl FixArgs {
    /// Whether fixes are wanted.
    pub(super) fn any(&self) -> bool {
        self.fix || self.unsafe_fixes || self.diff
    }
}

/// What is shown, where, and how it counts.
#[derive(Debug, clap::Args)]
pub(super) struct ShownArgs {
    /// Output format; by default text, and `github` under GitHub Actions.
    #[arg(long, short, value_enum, help_heading = "Output")]
    format: Option<Format>,
    /// Show how many findings each rule has instead of the findings.
    #[arg(long, help_heading = "Output")]
    pub(super) statistics: bool,
    /// Say nothing but the findings.
    #[arg(long, short, help_heading = "Output")]
    pub(super) quiet: bool,
    /// Write the report into a file.
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub(super) output: Option<PathBuf>,
    /// Fail where a statement is not understood, and so not checked.
    #[arg(long, help_heading = "Output")]
    pub(super) strict: bool,
    /// Exit with 0 whatever is found; wrong usage and what can't be read still count.
    #[arg(long, help_heading = "Output")]
    pub(super) exit_zero: bool,
}

impl ShownArgs {
    /// The format asked for; else annotations under GitHub Actions, and text elsewhere.
    pub(super) fn format(&self) -> Format {
        self.format
            .unwrap_or_else(|| match super::format::under_github_actions() {
                true => Format::Github,
                false => Format::Text,
            })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
pub(super) enum Format {
    Text,
    Concise,
    Markdown,
    Json,
    Html,
    Sarif,
    Github,
    Gitlab,
    Junit,
}
