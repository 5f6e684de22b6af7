//! `distkey test`: recommendations and verdicts against their snapshots.

use std::fmt::Display;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use super::Exit;
use crate::snapshot::{self, Case, CaseError, Compared, Outcome};
use crate::text::units::counted;

/// Arguments of `distkey test`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder with the cases: each a folder with `schema.sql` and `queries/` or `plans/`.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Accept what the cases come to now.
    #[arg(long, conflicts_with = "review")]
    accept: bool,
    /// Step through the differences and accept them one by one.
    #[arg(long)]
    review: bool,
    /// The share by which times, bytes and rows may drift, 0 to 1, instead of that of the case's
    /// settings (`test.tolerance`, by default 0.1).
    #[arg(long, value_name = "SHARE", value_parser = share)]
    tolerance: Option<f64>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("write a number from 0 to 1, as 0.1 for a tenth".to_owned()),
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let on_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    if on_ci && (args.accept || args.review) {
        anyhow::bail!(
            "nothing is accepted on CI: run `distkey test --accept` where you work, and commit it"
        );
    }
    let found = snapshot::find(&args.dir)?;
    for (path, error) in &found.unreadable {
        anstream::eprintln!("{path}: cannot read it: {error}");
    }
    let cases = found.cases;
    if cases.is_empty() {
        anyhow::bail!(
            "no case in `{}`: a case is a folder with `schema.sql` and `queries/*.sql` or `plans/*`",
            args.dir.display()
        );
    }
    let folder = snapshot::folder(&found.root);
    let mut tally = Tally {
        unreadable: found.unreadable.len(),
        ..Tally::default()
    };
    for (name, path) in &cases {
        let case = match Case::open(path, name) {
            Ok(case) => case,
            Err(error) => {
                tally.unreadable += usize::from(matches!(error, CaseError::Read { .. }));
                tally.broken(name, &error)?;
                continue;
            }
        };
        for note in &case.notes {
            anstream::eprintln!("note: {name}/stats.json: {note}");
        }
        let tolerance = args.tolerance.unwrap_or(case.env.config.test.tolerance);
        let done = snapshot::compare(&folder, name, snapshot::text_of(&case), tolerance)
            .map_err(Failure::Snapshot)
            .and_then(|compared| tally.add(args, &compared, tolerance, on_ci));
        match done {
            Ok(()) => {}
            Err(Failure::Snapshot(error)) => {
                let path = folder.join(format!("{name}.snap"));
                tally.unreadable += 1;
                tally.broken(
                    name,
                    &format_args!("its snapshot `{}`: {error}", path.display()),
                )?;
            }
            Err(Failure::Output(error)) => return Err(error),
        }
        if tally.quit {
            break;
        }
    }
    let names: Vec<String> = cases.iter().map(|(name, _)| name.clone()).collect();
    // Where a folder can't be read, its cases are not known to be gone.
    let orphans = match found.unreadable.is_empty() && found.all {
        true => snapshot::orphans(&folder, &names),
        false => Vec::new(),
    };
    for orphan in orphans {
        super::out::print(format_args!(
            "orphan    {}: its case is gone; delete it\n",
            orphan.display()
        ))?;
    }
    super::out::print(format_args!(
        "{} as accepted, {} accepted now, {} different, {} new, {} broken{}\n",
        tally.same,
        tally.accepted,
        tally.different,
        tally.new,
        tally.broken,
        match found.unreadable.len() {
            0 => String::new(),
            count => format!(", {} not read", counted(count as f64, "folder")),
        }
    ))?;
    let open = tally.different + tally.new;
    if open > 0 {
        super::out::print(format_args!(
            "accept with `distkey test {} --accept`, or look at each with --review\n",
            args.dir.display()
        ))?;
    }
    Ok(match (tally.unreadable, open + tally.broken) {
        (0, 0) => Exit::Clean,
        (0, _) => Exit::Findings,
        _ => Exit::Usage,
    })
}

#[derive(Debug, Default)]
struct Tally {
    same: usize,
    accepted: usize,
    different: usize,
    new: usize,
    broken: usize,
    /// Folders, files of cases and snapshots that can't be read or written.
    unreadable: usize,
    quit: bool,
}

/// Why a case could not be compared.
enum Failure {
    /// Its snapshot can't be read or written.
    Snapshot(std::io::Error),
    /// What is said of it can't be written.
    Output(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::Output(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Snapshot(error)
    }
}

impl Tally {
    fn broken(&mut self, name: &str, why: &dyn Display) -> anyhow::Result<()> {
        self.broken += 1;
        super::out::print(format_args!("broken    {name}: {why}\n"))
    }

    fn add(
        &mut self,
        args: &Args,
        compared: &Compared,
        tolerance: f64,
        on_ci: bool,
    ) -> Result<(), Failure> {
        let (what, diff) = match &compared.outcome {
            Outcome::Same => {
                self.same += 1;
                if !on_ci {
                    compared.forget_pending();
                }
                super::out::print(format_args!("same      {}\n", compared.name))?;
                return Ok(());
            }
            Outcome::Drifted(drift) if !args.accept => {
                self.same += 1;
                if !on_ci {
                    compared.forget_pending();
                }
                super::out::print(format_args!("same      {}\n", compared.name))?;
                super::out::print(format_args!("{}", drift.render(tolerance)))?;
                return Ok(());
            }
            Outcome::Drifted(drift) | Outcome::Different(drift) => {
                ("different", drift.render(tolerance))
            }
            Outcome::New => ("new", compared.text.clone()),
            Outcome::Corrupted(why) => {
                super::out::print(format_args!(
                    "corrupted {}: {why}\n",
                    compared.path.display()
                ))?;
                ("different", compared.text.clone())
            }
        };
        if args.accept {
            compared.accept()?;
            self.accepted += 1;
            super::out::print(format_args!("accepted  {}\n", compared.name))?;
            return Ok(());
        }
        super::out::print(format_args!("{what:<9} {}\n", compared.name))?;
        super::out::print(format_args!("{}\n", diff.trim_end()))?;
        if args.review {
            match ask(&compared.name)? {
                Answer::Yes => {
                    compared.accept()?;
                    self.accepted += 1;
                    return Ok(());
                }
                Answer::No => {}
                Answer::Quit => self.quit = true,
            }
        } else if !on_ci {
            compared.leave_pending()?;
        }
        match compared.outcome {
            Outcome::New => self.new += 1,
            _ => self.different += 1,
        }
        Ok(())
    }
}

enum Answer {
    Yes,
    No,
    Quit,
}

/// Asks on standard error; the end of the input is no.
fn ask(name: &str) -> anyhow::Result<Answer> {
    loop {
        anstream::eprint!("accept {name}? [y]es, [n]o, [q]uit: ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            return Ok(Answer::Quit);
        }
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(Answer::Yes),
            "n" | "no" => return Ok(Answer::No),
            "q" | "quit" => return Ok(Answer::Quit),
            _ => {}
        }
    }
}
