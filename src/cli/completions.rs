//! `distkey completions` and `distkey man`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
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

/// Arguments of `distkey man`.
#[derive(Debug, clap::Args)]
pub struct Man {
    /// The command, as `explain` or `pipeline cost`; without one the page of `distkey` itself.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write all pages into this folder instead: `distkey.1`, `distkey-explain.1` and so on.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    all: Option<PathBuf>,
}

/// Manual pages, in roff.
pub(super) fn man(args: &Man) -> anyhow::Result<Exit> {
    let mut root = without_help(Cli::command());
    if let Some(folder) = &args.all {
        std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(root, folder))
            .with_context(|| format!("cannot write manual pages into `{}`", folder.display()))?;
        return Ok(Exit::Clean);
    }
    root.build();
    let mut command = &root;
    for name in &args.command {
        let Some(found) = command.find_subcommand(name) else {
            anyhow::bail!("there is no command `{}`", args.command.join(" "));
        };
        command = found;
    }
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text)?;
    super::out::stdout().write_all(&text)?;
    Ok(Exit::Clean)
}

/// A command whose `help` commands have no pages: they say what `--help` says.
fn without_help(command: clap::Command) -> clap::Command {
    let command = command.disable_help_subcommand(true);
    command.mut_subcommands(without_help)
}
