//! Names of files as a page shows them: a page is passed on, so it tells nothing of the machine.

use std::path::Path;

/// The path from the current folder, where the file lies in it; of one elsewhere its name.
pub(super) fn shown(name: &str) -> String {
    let path = Path::new(name);
    if !path.is_absolute() {
        return name.to_owned();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let short = path.strip_prefix(here).ok();
    let short = short.or_else(|| path.file_name().map(Path::new));
    short.map_or_else(|| name.to_owned(), |path| path.display().to_string())
}

/// A text with such names in it.
pub(super) fn shown_in(text: &str, names: &[&str]) -> String {
    names.iter().fold(text.to_owned(), |text, name| {
        text.replace(name, &shown(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_from_here_or_a_name() {
        let here = std::env::current_dir().expect("a folder");
        let within = here.join("plans").join("q1.txt");
        assert_eq!(shown(&within.display().to_string()), "plans/q1.txt");
        let elsewhere = here.parent().expect("a folder above").join("q1.txt");
        assert_eq!(shown(&elsewhere.display().to_string()), "q1.txt");
        for same in ["plans/q1.txt", "<stdin>", "pasted plan", "../q1.txt"] {
            assert_eq!(shown(same), same);
        }
    }
}
