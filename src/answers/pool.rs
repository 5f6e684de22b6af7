//! The processes that work for the server. A question whose time is up, or whose asker is gone, ends
//! with its process: nothing inside has to look whether it is still wanted.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::time::timeout;

use super::answer::{Form, What};
use super::wire;

/// How long a question may take.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a question waits for others.
const PATIENCE: Duration = Duration::from_secs(10);
/// From when on a question is a long one. It then makes room for the next, and the system shares
/// out the processors: what is quick is never kept waiting by what is not.
const LONG: Duration = Duration::from_millis(500);
/// Long questions at once, for each processor. One more, and the one that has had most time ends.
const LONG_AT_ONCE: usize = 4;
/// A process that had a longer body than this many bytes is not used again, nor is one that had a
/// long question: it may keep the memory.
const SMALL: usize = 1 << 20;
/// How long a process may take to end.
const ENDING: Duration = Duration::from_secs(2);

/// How the processes are started.
#[derive(Debug, Clone)]
pub struct Start {
    /// The program, which [`super::work`] runs in.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    TooMany,
    TooManyLong,
    TooLong,
    TooMuchMemory,
    Failed,
}

impl Unanswered {
    /// What is wrong, and what to do.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Unanswered::TooMany => "too many requests at once: try again in a moment",
            Unanswered::TooManyLong => {
                "too many long requests at once: try again in a moment, or a smaller input"
            }
            Unanswered::TooLong => "it took longer than 30 seconds: try a smaller input",
            Unanswered::TooMuchMemory => {
                "it takes too much memory: try a smaller input, or the command line, which has no such limit"
            }
            Unanswered::Failed => {
                "this is a mistake in distkey: please report the input, with --anonymize if need be"
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct Pool {
    start: Start,
    /// The settings, as they are sent.
    settings: Vec<u8>,
    idle: Mutex<Vec<Worker>>,
    /// Questions at once that are not long: as many as processors.
    at_once: usize,
    turns: Semaphore,
    long_at_once: usize,
    /// What ends a long question where it is dropped, the oldest first.
    long: Mutex<VecDeque<oneshot::Sender<()>>>,
}

/// A process that is ended where this is dropped.
#[derive(Debug)]
struct Worker {
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Pool {
    pub(crate) fn new(start: Start, settings: Vec<u8>, processors: usize) -> Self {
        Self {
            start,
            settings,
            idle: Mutex::default(),
            at_once: processors,
            turns: Semaphore::new(processors),
            long_at_once: processors * LONG_AT_ONCE,
            long: Mutex::default(),
        }
    }

    /// Has processes ready before they are asked.
    ///
    /// # Errors
    /// A program that can't be started.
    #[cfg(feature = "serve")]
    pub(crate) async fn warm(&self) -> io::Result<()> {
        for _ in 0..self.at_once {
            let worker = self.started().await?;
            self.keep(worker);
        }
        Ok(())
    }

    /// The kind and the text of the answer to a question.
    pub(crate) async fn ask(
        &self,
        form: Form,
        what: What,
        body: &[u8],
    ) -> Result<(u8, Vec<u8>), Unanswered> {
        let Ok(Ok(turn)) = timeout(PATIENCE, self.turns.acquire()).await else {
            return Err(Unanswered::TooMany);
        };
        let idle = self.idle();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.started().await.map_err(|_| Unanswered::Failed)?,
        };
        let asking = worker.ask(wire::kind_of(form, what), body);
        let (answered, turn) = self.within_limits(asking, turn).await?;
        let Ok(answer) = answered else {
            return Err(worker.why_it_ended().await);
        };
        // Kept before the next has its turn.
        if turn.is_some() && body.len() <= SMALL {
            self.keep(worker);
        }
        Ok(answer)
    }

    /// What comes out if it comes in time, with the turn if it was quick.
    async fn within_limits<'p, T>(
        &self,
        asking: impl Future<Output = T>,
        turn: SemaphorePermit<'p>,
    ) -> Result<(T, Option<SemaphorePermit<'p>>), Unanswered> {
        let mut asking = std::pin::pin!(asking);
        if let Ok(answered) = timeout(LONG, &mut asking).await {
            return Ok((answered, Some(turn)));
        }
        drop(turn);
        let displaced = self.place_among_long();
        tokio::select! {
            answered = timeout(LONGEST - LONG, asking) => match answered {
                Ok(answered) => Ok((answered, None)),
                Err(_) => Err(Unanswered::TooLong),
            },
            _ = displaced => Err(Unanswered::TooManyLong),
        }
    }

    /// Takes a place among the long questions; what is returned is done when another needs it.
    fn place_among_long(&self) -> oneshot::Receiver<()> {
        let (ends, displaced) = oneshot::channel();
        let mut long = self.long.lock().unwrap_or_else(PoisonError::into_inner);
        long.retain(|other| !other.is_closed());
        long.push_back(ends);
        if long.len() > self.long_at_once {
            long.pop_front();
        }
        displaced
    }

    /// A process that waits.
    fn idle(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut worker = idle.pop()?;
            // Somebody else may have ended it.
            if matches!(worker.process.try_wait(), Ok(None)) {
                return Some(worker);
            }
        }
    }

    fn keep(&self, worker: Worker) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.at_once {
            idle.push(worker);
        }
    }

    async fn started(&self) -> io::Result<Worker> {
        let mut process = Command::new(&self.start.program)
            .args(&self.start.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(io::Error::other("the process has no pipes"));
        };
        let mut worker = Worker {
            process,
            input,
            output,
        };
        worker.send(wire::SETTINGS, &self.settings).await?;
        Ok(worker)
    }
}

impl Worker {
    async fn send(&mut self, kind: u8, text: &[u8]) -> io::Result<()> {
        self.input.write_all(&wire::head(kind, text.len())).await?;
        self.input.write_all(text).await?;
        self.input.flush().await
    }

    async fn ask(&mut self, kind: u8, text: &[u8]) -> io::Result<(u8, Vec<u8>)> {
        self.send(kind, text).await?;
        let mut head = [0; wire::HEAD];
        self.output.read_exact(&mut head).await?;
        let (kind, length) = wire::of_head(head);
        let mut answer = vec![0; length];
        self.output.read_exact(&mut answer).await?;
        Ok((kind, answer))
    }

    async fn why_it_ended(&mut self) -> Unanswered {
        match timeout(ENDING, self.process.wait()).await {
            Ok(Ok(status)) if status.code() == Some(wire::OUT_OF_MEMORY) => {
                Unanswered::TooMuchMemory
            }
            _ => Unanswered::Failed,
        }
    }
}
