//! `distkey serve`: the page, on this machine.

use std::net::{IpAddr, Ipv4Addr};

use super::{Exit, Global};
use crate::serve::{Server, Start};

/// Arguments of `distkey serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 8439)]
    port: u16,
    /// Another address than this machine's own: the page is then opened by a token in its address.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<IpAddr>,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// Answer for a server, over standard input and output.
    #[arg(long, hide = true)]
    worker: bool,
    /// Bytes of memory that any question may take.
    #[arg(long, hide = true, requires = "worker")]
    least_memory: Option<usize>,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    if args.worker {
        crate::serve::work(args.least_memory)?;
        return Ok(Exit::Clean);
    }
    let config = global.config([])?;
    let start = Start {
        program: std::env::current_exe()?,
        arguments: vec!["serve".to_owned(), "--worker".to_owned()],
    };
    let address = args.listen.unwrap_or(Ipv4Addr::LOCALHOST.into());
    let server = Server::bind(address, args.port, config, start).map_err(|error| {
        anyhow::anyhow!(
            "cannot listen on {address}, port {}: {error}; choose another with --port",
            args.port
        )
    })?;
    let url = server.url()?;
    anstream::println!("distkey is at {url} until you press Ctrl+C");
    if !address.is_loopback() {
        anstream::eprintln!(
            "warning: everybody who knows this address can use this page, and what they paste crosses the network unencrypted"
        );
    }
    if args.open {
        open(&url);
    }
    server.run_until_interrupted()?;
    Ok(Exit::Clean)
}

/// Asks the desktop to open an address; it says what is wrong if it can't.
fn open(url: &str) {
    let command = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    if let Err(error) = std::process::Command::new(command).arg(url).spawn() {
        anstream::eprintln!("cannot open the browser: {command}: {error}");
    }
}
