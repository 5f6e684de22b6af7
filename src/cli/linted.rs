//! What `distkey lint` takes, and how it says what it found; with `--fix` as without.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::format::ToolFormat;
use super::{Exit, Global};
use crate::lint::{Linted, LintedFile};
use crate::report::failed::Failed;
use crate::report::{self, html};
use crate::rules::Severity;
use crate::text::units::counted;

/// Arguments of `distkey lint`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files or folders with SQL; `-` is standard input; nothing is the current folder.
    paths: Vec<PathBuf>,
    /// Only these rules: codes, names or the start of a code.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these rules.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Statistics: JSON, or exports of SVV_TABLE_INFO or pg_stats; several are read as one.
    #[arg(long, value_name = "FILE")]
    pub(super) stats: Vec<PathBuf>,
    /// The cluster, as `ra3.4xlarge:4`: its slices decide about skew.
    #[arg(long)]
    pub(super) cluster: Option<String>,
    /// Check that the tables serve this workload, whose columns the settings may name otherwise.
    #[arg(long, value_enum)]
    pub(super) workload: Option<NamedWorkload>,
    /// Known findings, counted by file and rule: only others are reported.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write today's findings into the file that `--baseline` names.
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Fail where a statement is not understood, and so not checked.
    #[arg(long)]
    strict: bool,
    /// Apply the fixes that keep the meaning, and report what is left.
    #[arg(long)]
    pub(super) fix: bool,
    /// Apply also those that change a type, a key or an encoding's default.
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    /// Print the fixes as a diff, and change no file.
    #[arg(long)]
    pub(super) diff: bool,
    /// Output format; by default text, and `github` under GitHub Actions.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// A workload that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum NamedWorkload {
    /// Search by category and price.
    SearchByCategory,
}

impl Args {
    /// The paths given, or the current folder.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        match self.paths.is_empty() {
            true => vec![PathBuf::from(".")],
            false => self.paths.clone(),
        }
    }

    /// The format asked for; else annotations under GitHub Actions, and text elsewhere.
    fn format(&self) -> Format {
        self.format
            .unwrap_or_else(|| match super::format::under_github_actions() {
                true => Format::Github,
                false => Format::Text,
            })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
    Sarif,
    Github,
    Gitlab,
    Junit,
}

/// What lint could not read.
pub(super) fn unreadable(linted: &Linted) -> impl Iterator<Item = Failed> {
    let unreadable = linted.unreadable.iter();
    unreadable.map(|(path, error)| Failed::read(path, error))
}

/// Files with statements that were not understood, beside those whose syntax errors are told one by
/// one: what was not read is not clean.
fn not_understood(files: &[LintedFile], strict: bool) -> impl Iterator<Item = Failed> {
    files.iter().filter_map(move |file| {
        let errors: Vec<usize> = file.errors.iter().map(|one| one.location.line).collect();
        let told = file.tally.not_understood.iter().map(|(line, _)| *line);
        let lines: Vec<usize> = told.filter(|line| !errors.contains(line)).collect();
        let (first, others) = lines.split_first()?;
        let of = counted(file.tally.statements() as f64, "statement");
        let more = match others.len() {
            0 => String::new(),
            n => format!(" and {}", counted(n as f64, "other line")),
        };
        let reason = format!(
            "{} of {of} not understood, and not checked: line {first}{more}",
            lines.len()
        );
        Some(Failed::understand(&file.path, reason, strict))
    })
}

/// Whether a file has statements and none of them was understood.
fn is_foreign(file: &LintedFile) -> bool {
    let tally = &file.tally;
    tally.not_understood.len() == tally.statements() && file.errors.is_empty()
}

/// Folders in which no file holds a statement: nothing was checked there.
fn without_sql(folders: &[PathBuf], files: &[LintedFile]) -> Vec<Failed> {
    let empty = folders.iter().filter_map(|folder| {
        let mut count = 0;
        for file in files
            .iter()
            .filter(|file| Path::new(&file.path).starts_with(folder))
        {
            if file.tally.statements() > 0 {
                return None;
            }
            count += 1;
        }
        let what = counted(f64::from(count), "file");
        let reason = format!("there is no SQL statement in its {what}");
        (count > 0 && folder.is_dir()).then(|| Failed::read(folder.display().to_string(), reason))
    });
    empty.collect()
}

/// Writes what was found; with a baseline, what is new. `failed` is what could not be
/// read or written so far.
pub(super) fn report(
    args: &Args,
    linted: Linted,
    mut failed: Vec<Failed>,
    global: &Global,
) -> anyhow::Result<Exit> {
    failed.extend(unreadable(&linted));
    let mut files = linted.files;
    failed.extend(without_sql(&args.paths(), &files));
    super::files::tell(&failed);
    let left_out: Vec<Failed> = not_understood(&files, args.strict).collect();
    let foreign = |one: &&Failed| {
        let file = files.iter().find(|file| file.path == one.path);
        one.fails() || file.is_some_and(is_foreign)
    };
    let told: Vec<Failed> = left_out.iter().filter(foreign).cloned().collect();
    super::files::tell(&told);
    failed.extend(left_out);
    if files.is_empty() {
        if args.format() != Format::Text {
            write(args, &files, &failed)?;
        }
        anyhow::bail!("no SQL to read in {}", names(&args.paths()));
    }
    if let Some(path) = &args.baseline {
        if args.write_baseline {
            super::baseline::write(path, &files, &failed)?;
            return Ok(match failed.iter().any(Failed::fails) {
                false => Exit::Clean,
                true => Exit::Usage,
            });
        }
        super::baseline::apply(path, &mut files)?;
    }
    write(args, &files, &failed)?;
    Ok(exit(&files, &failed, global))
}

pub(super) fn names(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    names.join(", ")
}

fn write(args: &Args, files: &[LintedFile], failed: &[Failed]) -> anyhow::Result<()> {
    let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut out = std::io::BufWriter::new(super::out::stdout());
    let format = args.format();
    match format {
        Format::Text => {
            for file in files {
                write!(out, "{}", report::lint::render(file, coloured))?;
            }
            write!(out, "{}", report::lint::summary(files, failed))?;
        }
        Format::Sarif | Format::Github | Format::Gitlab | Format::Junit => {
            let tool = match format {
                Format::Sarif => ToolFormat::Sarif,
                Format::Gitlab => ToolFormat::Gitlab,
                Format::Junit => ToolFormat::Junit,
                _ => ToolFormat::Github,
            };
            let paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
            let items = report::items::of_files(files);
            super::format::write(&mut out, tool, &items, &paths, failed)?;
        }
        Format::Html => write!(out, "{}", html::render(html::View::Lint(files, failed))?)?,
        Format::Json => {
            super::out::json(&mut out, &report::lint::document(files, failed))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// What could not be read or written comes before what was found.
pub(super) fn exit(files: &[LintedFile], failed: &[Failed], global: &Global) -> Exit {
    if failed.iter().any(Failed::fails) {
        return Exit::Usage;
    }
    let findings = files
        .iter()
        .flat_map(|file| &file.findings)
        .map(|finding| finding.severity);
    let errors = files
        .iter()
        .flat_map(|file| &file.errors)
        .map(|_| Severity::Error);
    global.fail_on.exit(findings.chain(errors).max())
}
