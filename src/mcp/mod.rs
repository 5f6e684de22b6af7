//! `distkey mcp`: the reports as tools of an assistant, by the Model Context Protocol over standard
//! input and output.
//!
//! Nothing is written and nothing is fetched. Every answer is made by
//! [`crate::answers::answer`], in a process that ends with its question; files are read only below
//! folders that were named when the server was started.

mod handler;
mod lines;
mod prompts;
mod roots;
mod tools;

use std::io;
use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;

pub use roots::Roots;

use crate::answers::Start;
use crate::answers::pool::Pool;
use crate::config::Config;
use handler::Handler;
use lines::Lines;

/// A server that was not started yet.
#[derive(Debug)]
pub struct Server {
    /// The settings.
    pub config: Config,
    /// Where files may be read.
    pub roots: Roots,
    /// Whether names are replaced in every answer.
    pub anonymize: bool,
    /// How processes that answer are started.
    pub start: Start,
}

impl Server {
    /// Answers until the input ends; what is under way then is answered still.
    ///
    /// # Errors
    /// The operating system's.
    pub fn run(self) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let settings = serde_json::to_vec(&self.config)?;
        let handler = Handler {
            pool: Pool::new(self.start, settings, processors),
            roots: Arc::new(self.roots),
            anonymize: self.anonymize,
        };
        let (lines, written) = Lines::of_standard_streams();
        let done = runtime.block_on(async {
            let done = match handler.serve(lines).await {
                Ok(running) => running
                    .waiting()
                    .await
                    .map(|_| ())
                    .map_err(io::Error::other),
                // It left before it said anything.
                Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
                Err(error) => Err(io::Error::other(error)),
            };
            written.wait().await;
            done
        });
        // The client is gone, and nobody waits for its input.
        runtime.shutdown_background();
        done
    }
}
