//! Snapshots on disk, in the format of insta, so that `cargo insta review` reads
//! them too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::text::save::save;

use super::drift::Drift;

/// How a case stands against its snapshot.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// As accepted.
    Same,
    /// As accepted, but for numbers that moved within the tolerance.
    Drifted(Drift),
    /// Otherwise than accepted.
    Different(Drift),
    /// Never accepted.
    New,
    /// There is a file, and it is no snapshot.
    Corrupted(String),
}

/// A case with its snapshot.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The case.
    pub name: String,
    /// The snapshot's file.
    pub path: PathBuf,
    /// What the case comes to.
    pub text: String,
    /// How that stands against the snapshot.
    pub outcome: Outcome,
}

/// Holds a text against the snapshot of a case; numbers may differ by `tolerance`, a share.
///
/// # Errors
/// A snapshot that is there and can't be read.
pub fn compare(folder: &Path, name: &str, text: String, tolerance: f64) -> io::Result<Compared> {
    let path = folder.join(format!("{name}.snap"));
    let outcome = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Outcome::New,
        Err(error) => return Err(error),
        Ok(bytes) => match contents(&String::from_utf8_lossy(&bytes)) {
            None => Outcome::Corrupted(
                "it does not begin with the header of a snapshot, `---` to `---`".to_owned(),
            ),
            Some(accepted) if accepted.trim_end() == text.trim_end() => Outcome::Same,
            Some(accepted) => {
                let drift = Drift::between(&accepted, &text, tolerance);
                match (drift.differs(), drift.within.is_empty()) {
                    (true, _) => Outcome::Different(drift),
                    (false, false) => Outcome::Drifted(drift),
                    (false, true) => Outcome::Same,
                }
            }
        },
    };
    Ok(Compared {
        name: name.to_owned(),
        path,
        text,
        outcome,
    })
}

/// What follows the header; line ends as Git may have changed them.
fn contents(snapshot: &str) -> Option<String> {
    let snapshot = snapshot.replace("\r\n", "\n");
    let rest = snapshot.strip_prefix("---\n")?;
    let (_, contents) = rest.split_once("\n---\n")?;
    Some(contents.to_owned())
}

/// Whether a snapshot is one that this program wrote.
pub(super) fn is_own(path: &Path) -> bool {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut header = text.lines().skip(1).take_while(|line| *line != "---");
    header.any(|line| line == EXPRESSION)
}

/// What the header of a snapshot says it is of.
const EXPRESSION: &str = "expression: distkey test";

impl Compared {
    /// Makes the text the accepted one.
    ///
    /// # Errors
    /// A file that can't be written.
    pub fn accept(&self) -> io::Result<()> {
        self.write(&self.path)?;
        let _ = fs::remove_file(self.pending());
        Ok(())
    }

    /// Leaves the text beside the snapshot, where `cargo insta review` finds it.
    ///
    /// # Errors
    /// A file that can't be written.
    pub fn leave_pending(&self) -> io::Result<()> {
        self.write(&self.pending())
    }

    /// Takes away what [`Compared::leave_pending`] left.
    pub fn forget_pending(&self) {
        let _ = fs::remove_file(self.pending());
    }

    fn pending(&self) -> PathBuf {
        self.path.with_extension("snap.new")
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let header = format!("---\nsource: {}/schema.sql\n{EXPRESSION}\n---\n", self.name);
        let text = header + self.text.trim_end() + "\n";
        save(path, text.as_bytes())
    }
}

/// Snapshots that belong to no case.
pub fn orphans(folder: &Path, names: &[String]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut orphans: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "snap"))
        .filter(|path| {
            let name = path
                .file_stem()
                .map(|name| name.to_string_lossy().into_owned());
            name.is_none_or(|name| !names.contains(&name))
        })
        .collect();
    orphans.sort();
    orphans
}
