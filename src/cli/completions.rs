//! `distkey completions` and `distkey man`.

use std::io::Write;

use clap::CommandFactory;

use super::{Cli, Exit};

/// Arguments of `distkey completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell.
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "distkey", &mut script);
    super::out::stdout().write_all(&script)?;
    Ok(Exit::Clean)
}

/// The manual page, in roff.
pub(super) fn man() -> anyhow::Result<Exit> {
    let page = clap_mangen::Man::new(Cli::command());
    let mut text = Vec::new();
    page.render(&mut text)?;
    super::out::stdout().write_all(&text)?;
    Ok(Exit::Clean)
}
