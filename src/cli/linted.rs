//! How `distkey lint` says what it found; with `--fix` as without.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::format::ToolFormat;
use super::lint_args::{Args, Format};
use super::{Exit, Global};
use crate::config::Rules;
use crate::lint::{Linted, LintedFile};
use crate::report::failed::Failed;
use crate::report::{self, html};
use crate::rules::{self, Severity};
use crate::text::files::identity;
use crate::text::units::counted;

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

/// Says what was found.
pub(super) struct Reporter<'a> {
    pub args: &'a Args,
    pub global: &'a Global,
    /// The paths that were asked for.
    pub paths: &'a [PathBuf],
    /// Whether the settings leave out everything that was asked for.
    pub all_excluded: bool,
    /// The file of known findings.
    pub baseline: Option<&'a Path>,
    /// Which rules ran.
    pub rules: &'a Rules,
}

impl Reporter<'_> {
    /// Writes what was found; with a baseline, what is new. `failed` is what could not be
    /// read or written so far.
    pub fn report(&self, linted: Linted, mut failed: Vec<Failed>) -> anyhow::Result<Exit> {
        failed.extend(unreadable(&linted));
        let mut files = linted.files;
        failed.extend(without_sql(self.paths, &files));
        super::files::tell(&failed);
        let strict = self.args.shown.strict;
        let left_out: Vec<Failed> = not_understood(&files, strict).collect();
        let foreign = |one: &&Failed| {
            let file = files.iter().find(|file| file.path == one.path);
            one.fails() || file.is_some_and(is_foreign)
        };
        if !self.args.shown.quiet {
            let told: Vec<Failed> = left_out.iter().filter(foreign).cloned().collect();
            super::files::tell(&told);
        }
        failed.extend(left_out);
        if files.is_empty() && !self.all_excluded {
            if self.args.shown.format() != Format::Text {
                self.write(&files, &failed)?;
            }
            anyhow::bail!("no SQL to read in {}", names(self.paths));
        }
        if self.all_excluded && !self.args.shown.quiet {
            anstream::eprintln!("note: the settings exclude all of {}", names(self.paths));
        }
        if let Some(path) = self.baseline {
            if self.args.known.write_baseline {
                super::baseline::write(path, &files, self.rules, self.args.shown.quiet)?;
                return Ok(match failed.iter().any(Failed::fails) {
                    false => Exit::Clean,
                    true => Exit::Usage,
                });
            }
            super::baseline::apply(path, &mut files, self.rules, self.args.shown.quiet)?;
        }
        if self.args.shown.format() == Format::Text {
            let asked_for = |code: &str| {
                let rule = rules::find(code);
                let words = &self.args.rules.select;
                rule.is_some_and(|rule| words.iter().any(|word| rule.is_called(word.trim())))
            };
            report::lint::fold(&mut files, &asked_for);
        }
        self.write(&files, &failed)?;
        Ok(self.exit(&files, &failed))
    }

    /// Writes the report where it is wanted.
    fn write(&self, files: &[LintedFile], failed: &[Failed]) -> anyhow::Result<()> {
        let Some(path) = &self.args.shown.output else {
            let coloured =
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            let mut out = std::io::BufWriter::new(super::out::stdout());
            self.render(&mut out, files, failed, coloured)?;
            return Ok(out.flush()?);
        };
        let is_read = |file: &LintedFile| identity(Path::new(&file.path)) == identity(path);
        if files.iter().any(is_read) {
            anyhow::bail!(
                "`{}` is read: name another file for the report",
                path.display()
            );
        }
        let mut text = Vec::new();
        let mut plain = anstream::StripStream::new(&mut text);
        self.render(&mut plain, files, failed, false)?;
        crate::text::save::save(path, &text)
            .map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", path.display()))
    }

    fn render(
        &self,
        out: &mut dyn Write,
        files: &[LintedFile],
        failed: &[Failed],
        coloured: bool,
    ) -> anyhow::Result<()> {
        let shown = &self.args.shown;
        let format = shown.format();
        let summed_up = !shown.quiet;
        if shown.statistics && matches!(format, Format::Text | Format::Concise) {
            write!(out, "{}", report::lint::statistics(files))?;
            return Ok(());
        }
        match format {
            Format::Text => {
                for file in files {
                    for part in report::lint::parts(file, coloured) {
                        out.write_all(part.as_bytes())?;
                    }
                }
                if summed_up {
                    write!(out, "{}", report::lint::summary(files, failed))?;
                }
            }
            Format::Concise => {
                let items = report::items::of_files(files);
                write!(out, "{}", report::concise::render(&items))?;
                if summed_up {
                    write!(out, "{}", report::lint::totals(files, failed))?;
                }
            }
            Format::Markdown => {
                let items = report::items::of_files(files);
                let totals = report::lint::totals(files, failed);
                let rows = if shown.statistics { 0 } else { usize::MAX };
                let document = report::markdown::render(&totals, &items, failed, rows);
                write!(out, "{document}")?;
            }
            Format::Sarif | Format::Github | Format::Gitlab | Format::Junit => {
                let tool = ToolFormat::of(&format).unwrap_or(ToolFormat::Github);
                let paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
                let items = report::items::of_files(files);
                super::format::write(out, tool, &items, &paths, failed)?;
            }
            Format::Html => write!(out, "{}", html::render(html::View::Lint(files, failed))?)?,
            Format::Json => {
                super::out::json(out, &report::lint::document(files, failed))?;
            }
        }
        Ok(())
    }

    /// What could not be read or written, and comments that are not understood, come before what
    /// was found.
    pub fn exit(&self, files: &[LintedFile], failed: &[Failed]) -> Exit {
        let not_understood = files.iter().any(|file| !file.unknown_ignores.is_empty());
        if failed.iter().any(Failed::fails) || not_understood {
            return Exit::Usage;
        }
        if self.args.shown.exit_zero {
            return Exit::Clean;
        }
        let findings = files
            .iter()
            .flat_map(|file| &file.findings)
            .map(|finding| finding.severity);
        let errors = files
            .iter()
            .flat_map(|file| &file.errors)
            .map(|_| Severity::Error);
        self.global.fail_on.exit(findings.chain(errors).max())
    }
}

/// Paths for a message.
pub(super) fn names(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    names.join(", ")
}
