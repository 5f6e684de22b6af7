//! `distkey test`: recommendations and verdicts against their snapshots.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use super::Exit;
use crate::snapshot::{self, Case, Compared, Outcome};

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
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let on_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    if on_ci && (args.accept || args.review) {
        anyhow::bail!(
            "nothing is accepted on CI: run `distkey test --accept` where you work, and commit it"
        );
    }
    let cases = snapshot::find(&args.dir)?;
    if cases.is_empty() {
        anyhow::bail!(
            "no case in `{}`: a case is a folder with `schema.sql` and `queries/*.sql` or `plans/*`",
            args.dir.display()
        );
    }
    let folder = snapshot::folder(&args.dir);
    let mut tally = Tally::default();
    for (name, path) in &cases {
        let case = match Case::open(path, name) {
            Ok(case) => case,
            Err(error) => {
                tally.broken += 1;
                anstream::println!("broken    {name}: {error}");
                continue;
            }
        };
        let compared = snapshot::compare(&folder, name, snapshot::text_of(&case))?;
        tally.add(args, &compared, on_ci)?;
        if tally.quit {
            break;
        }
    }
    let names: Vec<String> = cases.iter().map(|(name, _)| name.clone()).collect();
    for orphan in snapshot::orphans(&folder, &names) {
        anstream::println!(
            "orphan    {}: its case is gone; delete it",
            orphan.display()
        );
    }
    anstream::println!(
        "{} as accepted, {} accepted now, {} different, {} new, {} broken",
        tally.same,
        tally.accepted,
        tally.different,
        tally.new,
        tally.broken
    );
    let open = tally.different + tally.new;
    if open > 0 {
        anstream::println!(
            "accept with `distkey test {} --accept`, or look at each with --review",
            args.dir.display()
        );
    }
    Ok(match open + tally.broken {
        0 => Exit::Clean,
        _ => Exit::Findings,
    })
}

#[derive(Debug, Default)]
struct Tally {
    same: usize,
    accepted: usize,
    different: usize,
    new: usize,
    broken: usize,
    quit: bool,
}

impl Tally {
    fn add(&mut self, args: &Args, compared: &Compared, on_ci: bool) -> anyhow::Result<()> {
        let (what, diff) = match &compared.outcome {
            Outcome::Same => {
                self.same += 1;
                if !on_ci {
                    compared.forget_pending();
                }
                anstream::println!("same      {}", compared.name);
                return Ok(());
            }
            Outcome::Different(diff) => ("different", diff.clone()),
            Outcome::New(diff) => ("new", diff.clone()),
            Outcome::Corrupted(why) => {
                anstream::println!("corrupted {}: {why}", compared.path.display());
                ("different", compared.text.clone())
            }
        };
        if args.accept {
            compared.accept()?;
            self.accepted += 1;
            anstream::println!("accepted  {}", compared.name);
            return Ok(());
        }
        anstream::println!("{what:<9} {}", compared.name);
        anstream::println!("{}", diff.trim_end());
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
            Outcome::New(_) => self.new += 1,
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
