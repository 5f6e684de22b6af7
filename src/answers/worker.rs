//! A process that answers for the server, one question after another. It can be ended at any time,
//! and with it its work and its memory: that is what it is for.

use std::io::{self, BufReader};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::answer::answer;
use super::wire;
use crate::config::Config;

/// Memory that any question may take, in bytes: the program, and what a small question with a long
/// search takes.
const LEAST_MEMORY: usize = 256 << 20;
/// Memory for each byte of a question. A plan's text becomes steps, their work, findings, and a
/// page or a document that is a multiple of it.
const MEMORY_PER_BYTE: usize = 64;
/// How often the memory is looked at while there is work.
const LOOK: Duration = Duration::from_millis(10);

/// Bytes of memory that the answer to a question of this length may take.
fn allowed(least: usize, length: usize) -> usize {
    least.saturating_add(length.saturating_mul(MEMORY_PER_BYTE))
}

/// Answers what comes over standard input, until it ends. A question may take `least` bytes of
/// memory, 256 MB where nothing is said, and 64 more for each of its own.
///
/// # Errors
/// Input that is not the server's.
pub fn work(least: Option<usize>) -> io::Result<()> {
    let least = least.unwrap_or(LEAST_MEMORY);
    let mut input = BufReader::new(io::stdin());
    let invalid = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let config = match wire::read(&mut input)? {
        Some((wire::SETTINGS, text)) => serde_json::from_slice::<Config>(&text)?,
        _ => return Err(invalid("the settings are missing")),
    };
    let memory = Watch::start();
    let (ask, asked) = mpsc::channel();
    std::thread::spawn(move || {
        while let Ok(Some(question)) = wire::read(&mut input) {
            if ask.send(question).is_err() {
                break;
            }
        }
        // The server is gone: nobody waits for what is being worked on.
        std::process::exit(0);
    });
    let mut output = io::stdout();
    for (kind, body) in asked {
        let (form, what) = wire::of_kind(kind).ok_or_else(|| invalid("no such question"))?;
        let answer = memory.during(allowed(least, body.len()), || {
            crate::stack::with_room(|| answer(form, what, &body, &config))
        });
        let (kind, text) = wire::of_answer(answer);
        wire::write(&mut output, kind, text.as_bytes())?;
    }
    Ok(())
}

/// Ends the process when it takes more memory than it may.
struct Watch {
    /// Bytes; 0 while nothing is worked on.
    allowed: Arc<AtomicUsize>,
    watching: std::thread::Thread,
}

impl Watch {
    fn start() -> Self {
        let allowed = Arc::new(AtomicUsize::new(0));
        let shared = allowed.clone();
        let thread = std::thread::spawn(move || {
            loop {
                std::thread::park();
                std::thread::sleep(LOOK);
                while let most @ 1.. = shared.load(Ordering::Acquire) {
                    if taken() > most {
                        std::process::exit(wire::OUT_OF_MEMORY);
                    }
                    std::thread::sleep(LOOK);
                }
            }
        });
        let watching = thread.thread().clone();
        Self { allowed, watching }
    }

    fn during<T>(&self, most: usize, work: impl FnOnce() -> T) -> T {
        self.allowed.store(most, Ordering::Release);
        self.watching.unpark();
        let done = work();
        self.allowed.store(0, Ordering::Release);
        done
    }
}

/// Bytes of memory that this process takes; 0 where the system does not tell.
fn taken() -> usize {
    memory_stats::memory_stats().map_or(0, |memory| memory.physical_mem)
}
