//! Files and standard input as pastes, up to a size, or as exports of any size.

use std::cell::Cell;
use std::fs;
use std::io::{self, BufReader, Cursor, IsTerminal, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::explain::Export;
use crate::plan::StlPlans;
use crate::text::files::is_standard_input;
use crate::text::{self, SourceFile};

/// An export of more than this is read plan by plan; a smaller one is a paste like any other,
/// whose rows need not be in order.
const LARGE_BYTES: u64 = 4 << 20;
/// A paste is read whole: it has some twenty times its size in memory.
const MOST_BYTES: u64 = 64 << 20;
/// What all inputs of a run come to at most where all their plans are held to the end.
const MOST_HELD: u64 = 8 << 20;

/// An input.
pub(super) enum Input {
    /// All of it.
    Paste(SourceFile),
    /// Its rows, as they are asked for.
    Export {
        /// Its name as it is shown.
        name: String,
        /// The plans of the rows.
        export: Box<Export<'static>>,
        /// How far it is read, where that can be told.
        progress: ProgressBar,
    },
}

/// What reads the inputs of a run.
#[derive(Debug, Default)]
pub(super) struct Pastes {
    /// Bytes of those that are held.
    held: Cell<u64>,
}

impl Pastes {
    /// Opens an input whose plans are written one after another.
    ///
    /// # Errors
    /// What the operating system says; a paste of more than 64 MB.
    pub fn open(&self, path: &Path) -> io::Result<Input> {
        let (name, mut input) = text::open(path)?;
        let mut bytes = Vec::new();
        input
            .by_ref()
            .take(LARGE_BYTES + 1)
            .read_to_end(&mut bytes)?;
        let large = bytes.len() as u64 > LARGE_BYTES;
        let is_export = large && is_export(&bytes);
        if is_export {
            let progress = progress(path);
            let rest = progress.wrap_read(input);
            progress.inc(bytes.len() as u64);
            let rows = BufReader::with_capacity(1 << 16, Cursor::new(bytes).chain(rest));
            let export = StlPlans::open(Box::new(rows) as Box<_>).map_err(io::Error::other)?;
            let export = export.map(Box::new).ok_or(io::ErrorKind::InvalidData)?;
            return Ok(Input::Export {
                name,
                export,
                progress,
            });
        }
        let all = MOST_BYTES.saturating_sub(bytes.len() as u64) + 1;
        input.take(all).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > MOST_BYTES {
            true => Err(too_large(&format!(
                "it has more than {} MB, and a paste is read whole",
                MOST_BYTES >> 20
            ))),
            false => Ok(Input::Paste(SourceFile::from_bytes(name, bytes))),
        }
    }

    /// Reads an input whose plans are held to the end.
    ///
    /// # Errors
    /// What the operating system says; inputs of more than 8 MB together.
    pub fn hold(&self, path: &Path) -> io::Result<SourceFile> {
        let (name, input) = text::open(path)?;
        let left = MOST_HELD - self.held.get();
        let mut bytes = Vec::new();
        input.take(left + 1).read_to_end(&mut bytes)?;
        let size = bytes.len() as u64;
        if size > left {
            return Err(too_large(&format!(
                "the inputs have more than {} MB together, all of which this format or option \
                 holds at once; text and JSON without such options do not",
                MOST_HELD >> 20
            )));
        }
        self.held.set(self.held.get() + size);
        Ok(SourceFile::from_bytes(name, bytes))
    }
}

fn too_large(why: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!(
            "{why}: split it between two plans, or export the plans as rows of STL_EXPLAIN, which \
             text and JSON read plan by plan whatever their size"
        ),
    )
}

/// Whether an input begins as an export does.
fn is_export(head: &[u8]) -> bool {
    matches!(StlPlans::open(head), Ok(Some(_)))
}

/// A bar on standard error when that is a terminal.
fn progress(path: &Path) -> ProgressBar {
    let bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
    if !io::stderr().is_terminal() || is_standard_input(path) || bytes == 0 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    let bar = ProgressBar::new(bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
