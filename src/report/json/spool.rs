//! Values that are written to a file until they are needed, in whatever order.

use std::cell::RefCell;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use serde::Serialize;
use serde::ser::{Error as _, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use tempfile::SpooledTempFile;

/// Bytes that are held in memory before a file without a name takes them.
const HELD: usize = 4 << 20;

/// Values as the JSON that they become.
pub(super) struct Spool {
    /// What stands before each of their lines but the first.
    indentation: String,
    file: RefCell<BufWriter<SpooledTempFile>>,
    places: Vec<Range<u64>>,
}

impl Spool {
    /// A spool of values that stand so many levels deep in the document.
    pub fn at(level: usize) -> Self {
        Self::holding(HELD, level)
    }

    /// A spool that holds so many bytes in memory.
    fn holding(bytes: usize, level: usize) -> Self {
        Self {
            indentation: "  ".repeat(level),
            file: RefCell::new(BufWriter::new(SpooledTempFile::new(bytes))),
            places: Vec::new(),
        }
    }

    /// Adds a value.
    ///
    /// # Errors
    /// What the operating system says of the file, as on a full disk.
    pub fn add(&mut self, value: &impl Serialize) -> io::Result<()> {
        // Texts hold no line ends of their own.
        let text =
            serde_json::to_string_pretty(value)?.replace('\n', &format!("\n{}", self.indentation));
        let start = self.places.last().map_or(0, |last| last.end);
        self.places.push(start..start + text.len() as u64);
        let written = self.file.get_mut().write_all(text.as_bytes());
        written.map_err(|error| {
            let folder = std::env::temp_dir();
            io::Error::new(
                error.kind(),
                format!(
                    "cannot write findings to a temporary file in `{}`: {error}; TMPDIR names \
                     another folder",
                    folder.display()
                ),
            )
        })
    }

    /// All values in an order of their places.
    pub fn in_order(&self, order: Vec<usize>) -> Ordered<'_> {
        Ordered { spool: self, order }
    }

    /// All values as they were added.
    pub fn as_added(&self) -> Ordered<'_> {
        self.in_order((0..self.places.len()).collect())
    }

    fn read(&self, place: usize) -> io::Result<Box<RawValue>> {
        let range = self.places.get(place).cloned().unwrap_or_default();
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(range.start))?;
        let mut text = String::new();
        let length = range.end - range.start;
        file.get_mut().take(length).read_to_string(&mut text)?;
        Ok(RawValue::from_string(text)?)
    }
}

/// Values of a spool, as a list.
pub(super) struct Ordered<'a> {
    spool: &'a Spool,
    order: Vec<usize>,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.order.len()))?;
        for &place in &self.order {
            list.serialize_element(&self.spool.read(place).map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_in_any_order_from_memory_and_from_a_file() {
        for held in [0, 20, 1 << 20] {
            let mut spool = Spool::holding(held, 2);
            for value in ["one", "two\n", "{\"three\"}", ""] {
                spool.add(&[value]).expect("a place");
            }
            let print = |list: &Ordered<'_>| serde_json::to_string(list).expect("JSON");
            let again: Vec<[String; 1]> =
                serde_json::from_str(&print(&spool.in_order(vec![3, 0, 2, 1]))).expect("a list");
            assert_eq!(again, [[""], ["one"], ["{\"three\"}"], ["two\n"]], "{held}");
            let added: Vec<[String; 1]> =
                serde_json::from_str(&print(&spool.as_added())).expect("a list");
            assert_eq!(added[1], ["two\n"], "{held}");
        }
    }
}
