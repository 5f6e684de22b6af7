//! `distkey mcp`: the reports as tools of an assistant, over standard input and output.

use std::path::PathBuf;

use super::{Exit, Global};
use crate::answers::Start;
use crate::mcp::{Roots, Server};

/// Arguments of `distkey mcp`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder whose files the tools may read, by path; can be repeated. Without it they read no
    /// file.
    #[arg(long, value_name = "FOLDER")]
    root: Vec<PathBuf>,
    /// Answer for a server, over standard input and output.
    #[arg(long, hide = true)]
    worker: bool,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    if args.worker {
        crate::answers::work(None)?;
        return Ok(Exit::Clean);
    }
    let roots = Roots::new(&args.root)
        .map_err(|(root, error)| anyhow::anyhow!("cannot read `{}`: {error}", root.display()))?;
    let server = Server {
        config: global.config(&args.root)?,
        roots,
        anonymize: global.anonymize,
        start: Start {
            program: std::env::current_exe()?,
            arguments: vec!["mcp".to_owned(), "--worker".to_owned()],
        },
    };
    server.run()?;
    Ok(Exit::Clean)
}
