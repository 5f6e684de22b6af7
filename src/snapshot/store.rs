//! Snapshots on disk, in the format of insta, so that `cargo insta review` reads
//! them too.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::text::save::save;

/// How a case stands against its snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As accepted.
    Same,
    /// Otherwise than accepted, with a diff.
    Different(String),
    /// Never accepted, with a diff from nothing.
    New(String),
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

/// Holds a text against the snapshot of a case.
///
/// # Errors
/// A snapshot that is there and can't be read.
pub fn compare(folder: &Path, name: &str, text: String) -> io::Result<Compared> {
    let path = folder.join(format!("{name}.snap"));
    let outcome = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Outcome::New(diff("", &text)),
        Err(error) => return Err(error),
        Ok(bytes) => match contents(&String::from_utf8_lossy(&bytes)) {
            None => Outcome::Corrupted(
                "it does not begin with the header of a snapshot, `---` to `---`".to_owned(),
            ),
            Some(accepted) if accepted.trim_end() == text.trim_end() => Outcome::Same,
            Some(accepted) => Outcome::Different(diff(&accepted, &text)),
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

fn diff(before: &str, after: &str) -> String {
    TextDiff::from_lines(before.trim_end(), after.trim_end())
        .unified_diff()
        .header("accepted", "now")
        .missing_newline_hint(false)
        .to_string()
}

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
        let header = format!(
            "---\nsource: {}/schema.sql\nexpression: distkey test\n---\n",
            self.name
        );
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
