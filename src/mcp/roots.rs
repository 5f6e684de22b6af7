//! Where files may be read: below folders that were named when the server was started, and nowhere
//! that a link leads out of them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::answers::Text;
use crate::lint::files;
use crate::text::SourceFile;
use crate::text::files::Enter;

/// Bytes of all files of a question.
const MOST_BYTES: u64 = 16 << 20;
/// Files of a question.
const MOST_FILES: usize = 10_000;

/// The folders.
#[derive(Debug, Clone, Default)]
pub struct Roots(Vec<Root>);

#[derive(Debug, Clone)]
struct Root {
    /// As it was named.
    named: PathBuf,
    /// Without links.
    real: PathBuf,
}

impl Roots {
    /// The folders of these names.
    ///
    /// # Errors
    /// The one that can't be read, or is none, with the reason.
    pub fn new(folders: &[PathBuf]) -> Result<Self, (PathBuf, io::Error)> {
        let of = |named: &PathBuf| {
            let refused = |error| (named.clone(), error);
            let real = named.canonicalize().map_err(refused)?;
            match real.is_dir() {
                true => Ok(Root {
                    named: named.clone(),
                    real,
                }),
                false => Err(refused(io::ErrorKind::NotADirectory.into())),
            }
        };
        folders.iter().map(of).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn hold(&self, real: &Path) -> bool {
        self.0.iter().any(|root| real.starts_with(&root.real))
    }

    /// What a path names, if it lies below a root. What does not is not told from what is not there.
    fn find(&self, path: &str) -> Result<PathBuf, String> {
        if self.is_empty() {
            return Err(format!(
                "`{path}` is not read: the server was started without `--root FOLDER`; give the text \
                 itself"
            ));
        }
        let given = Path::new(path);
        let ways = self.0.iter().map(|root| match given.is_absolute() {
            true => given.to_owned(),
            false if given == Path::new(".") => root.named.clone(),
            false => root.named.join(given),
        });
        let ways = ways.filter(|_| !path.trim().is_empty());
        let mut ways = ways.filter(|way| way.canonicalize().is_ok_and(|real| self.hold(&real)));
        ways.next().ok_or_else(|| {
            format!("`{path}` is not below a folder that the server was started with, or not there")
        })
    }

    /// The text of a file that was found.
    fn read(&self, path: &Path, left: &mut u64) -> Result<Text, String> {
        let name = path.display().to_string();
        let refused = |why: String| format!("`{name}`: {why}");
        // Asked again: a link may have been put there meanwhile.
        let real = path
            .canonicalize()
            .map_err(|error| refused(error.to_string()))?;
        if !self.hold(&real) {
            return Err(refused("it leads out of the server's folders".to_owned()));
        }
        let is_file = real.metadata().is_ok_and(|it| it.is_file());
        if !is_file {
            return Err(refused("it is no file".to_owned()));
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&real).map_err(|error| refused(error.to_string()))?;
        let read = file.take(*left + 1).read_to_end(&mut bytes);
        read.map_err(|error| refused(error.to_string()))?;
        let length = bytes.len() as u64;
        *left = left.checked_sub(length).ok_or_else(|| {
            let most = MOST_BYTES >> 20;
            refused(format!(
                "with it the files are larger than {most} MB: name fewer"
            ))
        })?;
        let mut source = SourceFile::from_bytes(&*name, bytes);
        Ok(Text {
            notes: std::mem::take(&mut source.notes),
            text: source.unmasked().to_owned(),
            name,
        })
    }

    /// The texts of files.
    ///
    /// # Errors
    /// The first path that is not read, with the reason.
    pub(super) fn files(&self, paths: &[String]) -> Result<Vec<Text>, String> {
        let mut left = MOST_BYTES;
        let found = paths.iter().map(|path| self.find(path));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        found
            .iter()
            .map(|path| self.read(path, &mut left))
            .collect()
    }

    /// The texts of the SQL files that paths name, those of folders in the order in which they apply.
    ///
    /// # Errors
    /// The first path that is not read, with the reason.
    pub(super) fn sql(&self, paths: &[String]) -> Result<Vec<Text>, String> {
        let found = paths.iter().map(|path| self.find(path));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        let outside: Arc<Mutex<Option<PathBuf>>> = Arc::default();
        let enter: Enter = {
            let (roots, outside) = (self.clone(), outside.clone());
            Arc::new(move |path| {
                // What leads nowhere leads nowhere else.
                let inside = path.canonicalize().map_or(true, |real| roots.hold(&real));
                if !inside {
                    let mut outside = outside.lock().unwrap_or_else(PoisonError::into_inner);
                    outside.get_or_insert_with(|| path.to_owned());
                }
                inside
            })
        };
        let found = files::sql(&found, Some(&enter));
        let outside = outside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = outside.as_ref() {
            let path = path.display();
            return Err(format!("`{path}` leads out of the server's folders"));
        }
        if let Some((path, why)) = found.unreadable.first() {
            return Err(format!("`{path}`: {why}"));
        }
        if found.paths.len() > MOST_FILES {
            return Err(format!(
                "these are more than {MOST_FILES} files: name fewer"
            ));
        }
        let mut left = MOST_BYTES;
        let paths = found.paths.iter();
        paths.map(|path| self.read(path, &mut left)).collect()
    }
}
