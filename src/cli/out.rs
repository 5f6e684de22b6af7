//! Standard output: a reader that has seen enough, as `head`, is no failure, and
//! changes nothing about what the findings come to.

use std::fmt::Arguments;
use std::io::{self, BufWriter, ErrorKind, StdoutLock, Write};

/// Standard output, locked.
pub(super) struct Out(anstream::AutoStream<StdoutLock<'static>>);

/// Standard output.
pub(super) fn stdout() -> Out {
    Out(anstream::stdout().lock())
}

/// Standard output, written in large pieces; what is held back is written by `flush`.
pub(super) fn buffered() -> BufWriter<Out> {
    BufWriter::with_capacity(GATHERED, stdout())
}

/// Prints to standard output.
///
/// # Errors
/// What can't be written, as on a full disk.
pub(super) fn print(text: Arguments<'_>) -> anyhow::Result<()> {
    Ok(stdout().write_fmt(text)?)
}

/// Standard output for what holds no styles, as JSON, in which nothing is looked for.
pub(super) fn plain() -> Out {
    Out(anstream::AutoStream::always_ansi(io::stdout().lock()))
}

/// Bytes that are gathered before they are written: JSON comes in pieces of a few bytes.
const GATHERED: usize = 1 << 16;

/// Writes a value as JSON, with a line end.
///
/// # Errors
/// As [`print`].
pub(super) fn json(
    out: &mut dyn Write,
    value: &(impl serde::Serialize + ?Sized),
) -> anyhow::Result<()> {
    let mut gathered = BufWriter::with_capacity(GATHERED, out);
    serde_json::to_writer_pretty(&mut gathered, value)?;
    writeln!(gathered)?;
    Ok(gathered.flush()?)
}

/// Writes what is still held back.
///
/// # Errors
/// As [`print`].
pub(super) fn finish() -> anyhow::Result<()> {
    Ok(stdout().flush()?)
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        told(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        told(self.0.flush(), ())
    }
}

/// A closed pipe takes everything.
fn told<T>(result: io::Result<T>, all: T) -> io::Result<T> {
    result.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(all),
        // `write!` would try again.
        ErrorKind::Interrupted => Err(error),
        kind => Err(io::Error::new(
            kind,
            format!("cannot write to standard output: {error}"),
        )),
    })
}
