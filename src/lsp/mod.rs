//! `distkey lsp`: findings as one types, by the Language Server Protocol over standard input and
//! output.
//!
//! One thread reads, one writes, and one answers in order: a change is taken in at once, and looked
//! at when nothing else waits. Predictions of queries, which may take long, are made beside it.

mod actions;
mod beside;
mod completion;
mod definition;
mod diagnostics;
mod documents;
mod frames;
mod hover;
mod lexer;
mod names;
mod position;
mod session;
mod uri;
mod workspace;

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::Date;

use crate::stats::Stats;
use frames::{Incoming, Out};
use session::{Next, Session};

/// How long nothing may come before a large file is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// What holds beside the settings of the folder that the editor opens.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The settings file, instead of the nearest.
    pub config: Option<PathBuf>,
    /// The day that CURRENT_DATE means.
    pub today: Option<Date>,
    /// The cluster.
    pub cluster: Option<String>,
    /// The budget in milliseconds.
    pub budget_ms: Option<f64>,
    /// What is known of the data.
    pub stats: Option<Stats>,
}

/// Requests that the client no longer wants answered, by their id as JSON.
type Cancelled = Arc<Mutex<HashSet<String>>>;

/// Answers until the client says that it is over, or its input ends.
///
/// # Errors
/// An end that was not announced by `shutdown`.
pub fn run(given: Given) -> io::Result<()> {
    let cancelled = Cancelled::default();
    let (send, incoming) = channel();
    let (out, writer) = Out::standard();
    let reading = cancelled.clone();
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Ok(Some(message)) = frames::read(&mut input) {
            if let Incoming::Message(message) = &message {
                frames::note_cancelled(message, &reading);
            }
            if send.send(message).is_err() {
                break;
            }
        }
    });
    let mut session = Session::new(given, out, cancelled);
    let next = loop {
        let message = match incoming.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Disconnected) => break Next::End,
            Err(TryRecvError::Empty) => {
                if session.look_at_next() {
                    continue;
                }
                let received = match session.has_large() {
                    true => incoming.recv_timeout(PAUSE),
                    false => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                match received {
                    Ok(message) => message,
                    Err(RecvTimeoutError::Timeout) => {
                        session.look_at_large();
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => break Next::End,
                }
            }
        };
        match session.take(message) {
            Next::GoOn => {}
            end => break end,
        }
    };
    drop(session);
    writer.wait();
    match next {
        Next::Abandoned => Err(io::Error::other("`exit` came without `shutdown`")),
        _ => Ok(()),
    }
}
