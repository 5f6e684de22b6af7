//! Writing files so that an interruption or a full disk loses nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file through one beside it that then takes its place; mode and links stay.
///
/// # Errors
/// What the operating system says; the file is then as it was.
pub fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Of a link, the file that it leads to is written; a new file has no real path yet.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let metadata = match std::fs::metadata(&path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(metadata) = &metadata {
        // A rename would get around what the file itself forbids.
        if metadata.permissions().readonly() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it is read-only",
            ));
        }
        let mut file = OpenOptions::new().write(true).open(&path)?;
        if !metadata.is_file() {
            // A pipe or a device can't be replaced, only written to.
            return file.write_all(bytes);
        }
    }
    let (beside, file) = beside(&path)?;
    let written = fill(file, bytes).and_then(|()| {
        if let Some(metadata) = metadata {
            std::fs::set_permissions(&beside, metadata.permissions())?;
        }
        std::fs::rename(&beside, &path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A new file beside another. Its name does not hold the other's: that may be as
/// long as a name can be.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    const TRIES: u32 = 100;
    let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
    for count in 0..TRIES {
        let name = format!(".distkey-{}-{count}.tmp", std::process::id());
        let beside = path.with_file_name(name);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
        {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

fn fill(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    // A disk that turns out to be full must do so before the old file is gone.
    file.sync_all()
}
