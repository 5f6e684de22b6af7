//! `distkey json-schema`: the schema of the settings file, for editors.

use super::Exit;
use crate::config::Config;

/// Arguments of `distkey json-schema`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which document.
    #[arg(value_enum)]
    name: Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// `distkey.toml`.
    Config,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let schema = match args.name {
        Name::Config => schemars::schema_for!(Config),
    };
    let mut out = super::out::stdout();
    super::out::json(&mut out, &schema)?;
    Ok(Exit::Clean)
}
