//! Files that a command writes where it is told to: never over what is not its own.

use std::path::Path;

use crate::text::save::save;

/// What is there before a file is written.
pub(super) enum Existing<T> {
    /// Nothing that could be lost.
    Nothing,
    /// A file of the kind that is to be written.
    Ours(T),
}

/// Reads what is there.
///
/// # Errors
/// A file of another kind, or one that can't be read.
pub(super) fn existing<T>(
    path: &Path,
    kind: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> anyhow::Result<Existing<T>> {
    let name = path.display();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(metadata) if metadata.is_dir() => anyhow::bail!("`{name}` is a folder: name a file"),
        // A pipe or a device holds nothing.
        Ok(_) => return Ok(Existing::Nothing),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Existing::Nothing);
        }
        Err(error) => anyhow::bail!("cannot read `{name}`: {error}"),
    }
    let bytes =
        std::fs::read(path).map_err(|error| anyhow::anyhow!("cannot read `{name}`: {error}"))?;
    if bytes.is_empty() {
        return Ok(Existing::Nothing);
    }
    let text = String::from_utf8(bytes).map_err(|error| error.to_string());
    match text.and_then(|text| read(&text)) {
        Ok(ours) => Ok(Existing::Ours(ours)),
        Err(error) => anyhow::bail!(
            "`{name}` exists and is not a {kind}: {error}; name another file, or remove this one"
        ),
    }
}

/// Writes a file whose place was looked at with [`existing`].
///
/// # Errors
/// What the operating system says, with the file's name.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    save(path, text.as_bytes())
        .map_err(|error| anyhow::anyhow!("cannot write `{}`: {error}", path.display()))
}
