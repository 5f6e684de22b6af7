//! Source files, byte spans and the way from an offset to a line and column.

pub mod comments;
pub mod encoding;
pub mod exports;
pub mod files;
pub mod fingerprint;
pub mod measure;
mod placeholder;
pub mod save;
pub mod secrets;
pub mod units;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use schemars::JsonSchema;
use serde::Serialize;

use secrets::Secret;

/// A half-open range of bytes in one source text.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, JsonSchema,
)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`; an inverted range becomes empty.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// The smallest range that holds both.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A place as people name it: 1-based line, 1-based column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LineColumn {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, counted in characters.
    pub column: usize,
}

/// One input with its name, its text and an index of its lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as the user gave it, or `<stdin>`.
    pub name: String,
    /// The text, without a byte-order mark; invalid UTF-8 is replaced by U+FFFD. Secrets
    /// are masked: whatever is made of this text can be shown.
    pub text: String,
    /// What had to be changed to read it, in sentences for people.
    pub notes: Vec<String>,
    /// Where secrets were masked.
    secrets: Vec<Secret>,
    /// The text with its secrets, if there are any.
    unmasked: Option<Unmasked>,
    line_starts: OnceLock<Vec<usize>>,
    /// How many characters stand before each [`STRIDE`]th byte, where some take several bytes.
    characters: OnceLock<Option<Vec<usize>>>,
    /// What the text was made from, where it is not the file's own.
    original: Option<Box<Original>>,
}

/// The text of a file out of which another was made.
#[derive(Debug, Clone)]
struct Original {
    text: String,
    /// Offsets in the text that was made, each with that of the original; in order.
    places: Vec<(usize, usize)>,
}

/// A text with secrets, which no message of a programmer's shows either.
#[derive(Clone)]
struct Unmasked(String);

impl fmt::Debug for Unmasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(with secrets)")
    }
}

impl SourceFile {
    /// A source from text that is already in memory.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let (name, text) = (name.into(), text.into());
        let ending = name.rsplit('.').next().unwrap_or_default();
        let secrets = secrets::find(
            &text,
            matches!(ending, "py" | "sql" | "ddl" | "j2" | "jinja" | "jinja2"),
        );
        let (text, unmasked) = match secrets::mask(&text, &secrets) {
            Some(masked) => (masked, Some(Unmasked(text))),
            None => (text, None),
        };
        Self {
            name,
            text,
            notes: Vec::new(),
            secrets,
            unmasked,
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
            original: None,
        }
    }

    /// The same file with another text that was made of its own. Places stay those of the file:
    /// `places` are offsets in the new text, each with the one where it comes from, in order.
    pub fn rewritten(self, text: String, places: Vec<(usize, usize)>) -> Self {
        let original = Original {
            text: self.text,
            places,
        };
        Self {
            text,
            line_starts: OnceLock::new(),
            characters: OnceLock::new(),
            original: Some(Box::new(original)),
            ..self
        }
    }

    /// Whether the text is the file's own, so that an edit of it is one of the file.
    pub fn is_own_text(&self) -> bool {
        self.original.is_none()
    }

    /// The text of the file, and an offset in it by one in [`SourceFile::text`].
    fn in_file(&self, offset: usize) -> (&str, usize) {
        let Some(original) = &self.original else {
            return (&self.text, offset);
        };
        let after = original.places.partition_point(|(here, _)| *here <= offset);
        let place = after.checked_sub(1).and_then(|at| original.places.get(at));
        let (here, there) = place.copied().unwrap_or_default();
        (&original.text, there + (offset - here.min(offset)))
    }

    /// The file's own text, without its secrets.
    fn file_text(&self) -> &str {
        self.original
            .as_ref()
            .map_or(&self.text, |original| &original.text)
    }

    /// A source from raw bytes: drops a byte-order mark, decodes UTF-16 that
    /// announces itself, replaces what is not UTF-8 and says so in [`SourceFile::notes`].
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let mut notes = Vec::new();
        let text = match bytes.as_slice() {
            [0xFF, 0xFE, rest @ ..] => {
                notes.push("read as UTF-16 (little endian)".to_owned());
                decode_utf16(rest, u16::from_le_bytes)
            }
            [0xFE, 0xFF, rest @ ..] => {
                notes.push("read as UTF-16 (big endian)".to_owned());
                decode_utf16(rest, u16::from_be_bytes)
            }
            [0xEF, 0xBB, 0xBF, rest @ ..] => decode_utf8(rest.to_vec(), &mut notes),
            _ => decode_utf8(bytes, &mut notes),
        };
        let mut source = Self::new(name, text);
        source.notes = notes;
        source
    }

    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// What the operating system says of opening or reading the file; standard input
    /// that was read before, since it is empty the second time.
    pub fn read(path: &Path) -> io::Result<Self> {
        let (name, mut input) = open(path)?;
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes)?;
        Ok(Self::from_bytes(name, bytes))
    }

    /// Where secrets were masked, in their order.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// The secrets that lie within a span.
    pub fn secrets_in(&self, span: Span) -> impl Iterator<Item = &Secret> {
        // They are in order, and apart.
        let first = self
            .secrets
            .partition_point(|one| one.span.start < span.start);
        let from_there = self.secrets[first..].iter();
        from_there.take_while(move |one| one.span.end <= span.end)
    }

    /// The text with its secrets: for writing the user's own file, and never to be shown.
    pub fn unmasked(&self) -> &str {
        match &self.unmasked {
            Some(Unmasked(text)) => text,
            None => &self.text,
        }
    }

    /// Whether the text holds NUL bytes, as binary files do.
    pub fn looks_binary(&self) -> bool {
        let head = &self.text.as_bytes()[..self.text.len().min(8192)];
        memchr::memchr(0, head).is_some()
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let starts = self.line_starts();
        let (text, offset) = self.in_file(offset.min(self.text.len()));
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = starts.partition_point(|&start| start <= offset);
        let start = starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        LineColumn {
            line: line.max(1),
            column: self.characters_before(offset) - self.characters_before(start) + 1,
        }
    }

    /// How many characters stand before an offset of the file's own text. A whole dump may be one
    /// line: no more than [`STRIDE`] bytes are counted.
    fn characters_before(&self, offset: usize) -> usize {
        let text = self.file_text();
        let counts = self.characters.get_or_init(|| {
            let mut so_far = 0;
            let counted = text.as_bytes().chunks(STRIDE).map(|part| {
                so_far += characters(part);
                so_far
            });
            (!text.is_ascii()).then(|| std::iter::once(0).chain(counted).collect())
        });
        let Some(counts) = counts else {
            return offset;
        };
        let from = counts.get(offset / STRIDE).copied().unwrap_or_default();
        from + characters(&text.as_bytes()[offset / STRIDE * STRIDE..offset])
    }

    /// The text of a 1-based line, without its line end.
    pub fn line(&self, line: usize) -> &str {
        let starts = self.line_starts();
        let Some(&start) = line.checked_sub(1).and_then(|i| starts.get(i)) else {
            return "";
        };
        let text = self.file_text();
        let end = starts.get(line).copied().unwrap_or(text.len());
        text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// Number of lines; an empty text has one.
    pub fn line_count(&self) -> usize {
        self.line_starts().len()
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.file_text().as_bytes());
            let mut starts = Vec::with_capacity(ends.clone().count() + 1);
            starts.extend(std::iter::once(0).chain(ends.map(|end| end + 1)));
            starts
        })
    }
}

/// Bytes between places up to which characters are counted.
const STRIDE: usize = 1 << 10;

/// How many characters begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    let goes_on = |byte: &&u8| **byte & 0xC0 == 0x80;
    bytes.len() - bytes.iter().filter(goes_on).count()
}

/// Opens a file, or standard input for `-`: its name as it is shown, and what reads it.
///
/// # Errors
/// As [`SourceFile::read`].
pub fn open(path: &Path) -> io::Result<(String, Box<dyn Read>)> {
    static READ: AtomicBool = AtomicBool::new(false);
    if !files::is_standard_input(path) {
        return Ok((path.display().to_string(), Box::new(File::open(path)?)));
    }
    if READ.swap(true, Ordering::Relaxed) {
        return Err(io::Error::other("standard input can be read only once"));
    }
    let name = match path.as_os_str() == "-" {
        true => "<stdin>".to_owned(),
        false => path.display().to_string(),
    };
    Ok((name, Box::new(io::stdin().lock())))
}

fn decode_utf8(bytes: Vec<u8>, notes: &mut Vec<String>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            notes.push(format!(
                "byte {at} is not UTF-8: such bytes are shown as U+FFFD"
            ));
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_character_columns() {
        let source = SourceFile::new("t", "aé\nb\r\n\nc");
        let at = |offset| {
            let place = source.line_column(offset);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 3));
        assert_eq!(at(4), (2, 1));
        assert_eq!(at(8), (4, 1));
        assert_eq!(at(99), (4, 2));
        assert_eq!(source.line(2), "b");
        assert_eq!(source.line(9), "");
        assert_eq!(source.line_count(), 4);
    }

    #[test]
    fn columns_of_a_long_line_are_counted_in_characters() {
        for unit in ["a", "é", "a€b", "𝄞"] {
            let line = unit.repeat(2 * STRIDE);
            let text = format!("first é\n{line}\n{line}");
            let source = SourceFile::new("t", text.as_str());
            for (offset, _) in text.char_indices().step_by(97).chain([(text.len(), 'x')]) {
                let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
                let column = text[start..offset].chars().count() + 1;
                assert_eq!(source.line_column(offset).column, column, "{unit} {offset}");
            }
        }
    }

    #[test]
    fn a_secret_is_kept_for_the_file_alone() {
        let source = SourceFile::new("t.sql", "alter user u password 'tops3cret';");
        assert_eq!(source.text, "alter user u password '*********';");
        assert!(source.unmasked().contains("tops3cret"));
        assert!(!format!("{source:?}").contains("tops3cret"));
        assert_eq!(source.secrets().len(), 1);
    }

    #[test]
    fn other_encodings_are_read_and_named() {
        let source = SourceFile::from_bytes("t", vec![0xFF, 0xFE, b'X', 0, b'N', 0]);
        assert_eq!(source.text, "XN");
        let source = SourceFile::from_bytes("t", vec![b'X', 0xFF, b'N']);
        assert_eq!(source.text, "X\u{FFFD}N");
        assert_eq!(source.notes.len(), 1);
    }
}
