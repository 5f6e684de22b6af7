//! A baseline: the findings of an old code base that are known, so that it can start clean and
//! only new ones show.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::LintedFile;
use crate::text::files::real_folder;

/// Findings that are known, by file and rule, each by what it is about: no lines and no counts,
/// so that an edit above a table changes nothing, and a new table is told from an old one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// By file, relative to the baseline's own folder, then by code.
    pub findings: BTreeMap<String, BTreeMap<String, Known>>,
}

/// What syntax errors stand under, which are no rule's.
const SYNTAX_ERROR: &str = "syntax-error";

/// The known findings of a rule in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Known {
    /// What each is about, in order; what occurs twice stands here twice.
    Subjects(Vec<String>),
    /// How many there are: what 0.1 wrote.
    Count(usize),
}

impl Known {
    fn len(&self) -> usize {
        match self {
            Known::Subjects(subjects) => subjects.len(),
            Known::Count(count) => *count,
        }
    }

    /// Takes one out that is about this; says whether there was one.
    fn take(&mut self, subject: &str) -> bool {
        match self {
            Known::Subjects(subjects) => match subjects.iter().position(|one| one == subject) {
                Some(at) => {
                    subjects.swap_remove(at);
                    true
                }
                None => false,
            },
            Known::Count(0) => false,
            Known::Count(count) => {
                *count -= 1;
                true
            }
        }
    }
}

/// The folder of a baseline: what its paths are relative to, however they are spelled elsewhere.
#[derive(Debug, Clone)]
pub struct Folder {
    real: PathBuf,
}

impl Folder {
    /// The folder in which a baseline lies, or will lie.
    pub fn of(baseline: &Path) -> Self {
        let folder = baseline.parent().unwrap_or(Path::new("."));
        Self {
            real: real_folder(folder),
        }
    }

    /// The path of a file relative to the folder, with `/` between its parts.
    fn key(&self, file: &str, folders: &mut HashMap<PathBuf, PathBuf>) -> String {
        let file = Path::new(file);
        // Of a link, the link itself is meant: two of them may lead to one file.
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
            return file.display().to_string();
        };
        let folder = folders
            .entry(folder.to_owned())
            .or_insert_with(|| real_folder(folder));
        let path = folder.join(name);
        let mut here = self.real.components().peekable();
        let mut there = path.components().peekable();
        while here.peek().is_some() && here.peek() == there.peek() {
            here.next();
            there.next();
        }
        let up = here.map(|_| "..".to_owned());
        let down = there.filter(|part| !matches!(part, Component::CurDir));
        let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
        up.chain(down).collect::<Vec<_>>().join("/")
    }

    /// Whether the file of an entry is gone, as far as can be seen.
    fn is_gone(&self, key: &str) -> bool {
        let seen = std::fs::symlink_metadata(self.real.join(key));
        seen.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    }
}

impl Baseline {
    /// The findings there are now.
    pub fn of(files: &[LintedFile], folder: &Folder) -> Self {
        let mut baseline = Self::default();
        let mut folders = HashMap::new();
        for file in files {
            let findings = file.findings.iter().map(|one| (one.code, &one.subject));
            let errors = file.errors.iter().map(|one| (SYNTAX_ERROR, &one.subject));
            let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (code, subject) in findings.chain(errors) {
                let subjects = known.entry(code.to_owned()).or_default();
                subjects.push(subject.clone());
            }
            if known.is_empty() {
                continue;
            }
            let known = known.into_iter().map(|(code, mut subjects)| {
                subjects.sort_unstable();
                (code, Known::Subjects(subjects))
            });
            let key = folder.key(&file.path, &mut folders);
            baseline.findings.insert(key, known.collect());
        }
        baseline
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// A text that is none, and why.
    pub fn read(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let is_code = |code: &str| {
            let number = code.strip_prefix("DK").unwrap_or_default();
            let is_rule = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            is_rule || code == SYNTAX_ERROR
        };
        let mut codes = baseline.findings.values().flat_map(BTreeMap::keys);
        match codes.find(|code| !is_code(code)) {
            Some(code) => Err(format!("`{code}` is not the code of a rule")),
            None => Ok(baseline),
        }
    }

    /// Takes over what another baseline says of what was not looked at this time: of files that
    /// are there and were not linted, and of rules that did not run. Returns how many files
    /// that are.
    pub fn keep(
        &mut self,
        old: &Self,
        linted: &[LintedFile],
        folder: &Folder,
        runs: &dyn Fn(&str) -> bool,
    ) -> usize {
        let mut folders = HashMap::new();
        let linted: BTreeSet<String> = linted
            .iter()
            .map(|file| folder.key(&file.path, &mut folders))
            .collect();
        let mut kept = 0;
        for (path, known) in &old.findings {
            if linted.contains(path) {
                for (code, known) in known.iter().filter(|(code, _)| !runs(code)) {
                    let now = self.findings.entry(path.clone()).or_default();
                    now.insert(code.clone(), known.clone());
                }
            } else if !folder.is_gone(path) {
                self.findings.insert(path.clone(), known.clone());
                kept += 1;
            }
        }
        kept
    }

    /// Takes known findings out of the files; returns how many, and how many of the known ones
    /// in these files, by rules that run, are gone.
    pub fn apply(
        &self,
        files: &mut [LintedFile],
        folder: &Folder,
        runs: &dyn Fn(&str) -> bool,
    ) -> (usize, usize) {
        let mut folders = HashMap::new();
        let (mut taken, mut gone) = (0, 0);
        for file in files {
            let Some(known) = self.findings.get(&folder.key(&file.path, &mut folders)) else {
                continue;
            };
            let mut known = known.clone();
            let before = file.findings.len() + file.errors.len();
            let mut is_new = |code: &str, subject: &str| {
                let known = known.get_mut(code);
                !known.is_some_and(|known| known.take(subject))
            };
            file.findings.retain(|one| is_new(one.code, &one.subject));
            file.errors.retain(|one| is_new(SYNTAX_ERROR, &one.subject));
            taken += before - file.findings.len() - file.errors.len();
            let left = known.iter().filter(|(code, _)| runs(code));
            gone += left.map(|(_, known)| known.len()).sum::<usize>();
        }
        (taken, gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_baseline_is_read_as_one() {
        assert!(Baseline::read(r#"{"findings": {"a.sql": {"DK212": ["t.price"]}}}"#).is_ok());
        assert!(Baseline::read(r#"{"findings": {"a.sql": {"DK212": 1}}}"#).is_ok());
        assert!(Baseline::read(r#"{"findings": {}}"#).is_ok());
        for text in [
            "",
            "{}",
            "[]",
            "create table t (a int);",
            r#"{"findings": []}"#,
            r#"{"findings": {"a.sql": {"DK212": -1}}}"#,
            r#"{"findings": {"a.sql": {"DK212": "t.price"}}}"#,
            r#"{"findings": {"a.sql": {"E501": 1}}}"#,
            r#"{"findings": {"a.sql": {"DK": 1}}}"#,
            r#"{"findings": {}, "unrecognized": []}"#,
        ] {
            assert!(Baseline::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_is_the_same_however_it_is_spelled() {
        let there = tempfile::tempdir().expect("a folder");
        let at = |path: &str| there.path().join(path);
        std::fs::create_dir_all(at("shop/ddl/deep")).expect("folders");
        let key = |baseline: &str, file: &str| {
            let folder = Folder::of(&at(baseline));
            folder.key(&at(file).display().to_string(), &mut HashMap::new())
        };
        for file in [
            "shop/ddl/a.sql",
            "shop/./ddl/a.sql",
            "shop/ddl/deep/../a.sql",
            "shop/../shop/ddl//a.sql",
        ] {
            assert_eq!(key("shop/known.json", file), "ddl/a.sql", "{file}");
            assert_eq!(key("shop/ddl/deep/known.json", file), "../a.sql", "{file}");
        }
        assert_eq!(key("known.json", "shop/ddl/a.sql"), "shop/ddl/a.sql");
    }
}
