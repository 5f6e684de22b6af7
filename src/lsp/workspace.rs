//! The files of the folder that the editor opened, as `distkey lint` reads them, with the texts that
//! are open in place of those on the disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Given;
use crate::environment::{self, Environment};
use crate::lint::{self, Baseline, Folder, Input, LintedFile, files};
use crate::schema::Schema;
use crate::text::SourceFile;
use crate::text::files::identity;

/// Files of a folder that are read.
const MOST_FILES: usize = 20_000;

pub(super) struct Workspace {
    given: Given,
    folders: Vec<PathBuf>,
    env: Environment,
    lint: lint::Workspace,
    /// Findings that the settings' baseline knows.
    known: Option<(Baseline, Folder)>,
    /// The path of each number; `None` for a text that is in no file.
    paths: Vec<Option<PathBuf>>,
    /// Numbers by path or address.
    numbers: HashMap<String, usize>,
}

/// The same for every way to write one path.
fn key(path: &Path) -> String {
    identity(path).to_string_lossy().into_owned()
}

impl Workspace {
    pub fn new(given: Given) -> Self {
        Self {
            given,
            folders: Vec::new(),
            env: Environment::default(),
            lint: lint::Workspace::default(),
            known: None,
            paths: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// Reads the folders, whose first decides which settings hold; what is wrong with these.
    pub fn open(&mut self, folders: Vec<PathBuf>) -> Vec<String> {
        self.folders = folders;
        let mut wrong = Vec::new();
        let given = self.given.clone();
        let here = PathBuf::from(".");
        let folder = self.folders.first().unwrap_or(&here);
        let settings = environment::settings(given.config.as_deref(), folder);
        let mut config = settings.unwrap_or_else(|error| {
            wrong.push(error.to_string());
            crate::config::Config::default()
        });
        if let Some(today) = given.today {
            config.today = Some(today.to_string());
        }
        let made = Environment::new(
            config.clone(),
            environment::Given {
                cluster: given.cluster.as_deref(),
                budget_ms: given.budget_ms,
                schema: None,
                stats: given.stats,
            },
        );
        self.env = made.unwrap_or_else(|error| {
            wrong.push(error.to_string());
            Environment {
                config,
                ..Environment::default()
            }
        });
        let settings = &self.env.config.lint;
        self.known = settings.baseline.as_ref().and_then(|path| {
            let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
            match text.and_then(|text| Baseline::read(&text)) {
                Ok(known) => Some((known, Folder::of(path))),
                Err(why) => {
                    wrong.push(format!("`{}`: {why}", path.display()));
                    None
                }
            }
        });
        let named = settings.paths.clone().filter(|paths| !paths.is_empty());
        let named = named.filter(|_| !self.folders.is_empty());
        let found = files::with_sql(named.as_ref().unwrap_or(&self.folders), None).paths;
        // Addresses are made of them.
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let mut found: Vec<PathBuf> = found.into_iter().map(absolute).collect();
        if settings.exclude.is_some() {
            let excluded = settings.excluded();
            found.retain(|path| !excluded.find(path));
        }
        if found.len() > MOST_FILES {
            wrong.push(format!(
                "{} files of SQL are more than are read: name those that count by `lint.paths` of the settings",
                found.len()
            ));
            found.truncate(MOST_FILES);
        }
        let inputs: Vec<Input> = found.iter().cloned().map(Input::Path).collect();
        self.lint = lint::Workspace::new(&inputs);
        self.numbers = found.iter().map(|path| key(path)).zip(0..).collect();
        self.paths = found.into_iter().map(Some).collect();
        wrong
    }

    /// The folders that are open.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    pub fn env(&self) -> &Environment {
        &self.env
    }

    /// Whether a file is one of those that lint reads.
    pub fn has(&self, path: &Path) -> bool {
        self.numbers.contains_key(&key(path))
    }

    /// Takes a text that is open; its number.
    pub fn set(&mut self, uri: &str, path: Option<&Path>, text: &str) -> usize {
        let known = path.map_or_else(|| uri.to_owned(), key);
        let number = self.numbers.get(&known).copied();
        let listed = number.and_then(|number| self.paths.get(number)?.as_deref());
        let name = listed.or(path).map(|path| path.display().to_string());
        let name = name.unwrap_or_else(|| "untitled.sql".to_owned());
        let source = SourceFile::new(name, text);
        if let Some(number) = number {
            self.lint.set(number, source);
            return number;
        }
        let number = self.lint.add(source);
        self.paths.push(path.map(Path::to_owned));
        self.numbers.insert(known, number);
        number
    }

    /// Takes the file on the disk in place of a text that is no longer open.
    pub fn release(&mut self, uri: &str, path: Option<&Path>) {
        let known = path.map_or_else(|| uri.to_owned(), key);
        let Some(number) = self.numbers.get(&known).copied() else {
            return;
        };
        match path.map(|path| Input::Path(path.to_owned()).read()) {
            Some(Ok(source)) => self.lint.set(number, source),
            _ => self.lint.remove(number),
        }
    }

    pub fn path(&self, number: usize) -> Option<&Path> {
        self.paths.get(number)?.as_deref()
    }

    /// The text of a file by its number, as its statements were read from it.
    pub fn source(&self, number: usize) -> Option<&SourceFile> {
        self.lint.source(number)
    }

    /// What all files define.
    pub fn schema(&mut self) -> &Schema {
        self.lint.schema(self.env.stats.as_ref())
    }

    /// What is worth changing in a file; nothing of one that the settings leave out, and nothing
    /// that is known.
    pub fn look(&mut self, number: usize) -> Option<LintedFile> {
        let settings = &self.env.config.lint;
        let path = self.paths.get(number).and_then(Option::as_deref);
        if path.is_some_and(|path| settings.exclude.is_some() && settings.excluded().find(path)) {
            return None;
        }
        let mut file = self.lint.look(number, self.env.view())?;
        if let Some((known, folder)) = &self.known {
            known.apply(std::slice::from_mut(&mut file), folder, &|_| true);
        }
        Some(file)
    }
}
