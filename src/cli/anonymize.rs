//! `--anonymize`: what is read, with its names replaced, before anything looks at it.

use std::cell::RefCell;

use super::Global;
use crate::anonymize::{self, Names};
use crate::config::Config;
use crate::plan::Reading;
use crate::stats::Stats;
use crate::text::SourceFile;

/// Replaces names where that was asked for, the same ones in all that one command
/// reads; else gives everything back as it is.
#[derive(Debug)]
pub(super) struct Anonymizer {
    names: Option<RefCell<Names>>,
    inputs: RefCell<usize>,
}

impl Anonymizer {
    pub fn new(global: &Global) -> Self {
        Self {
            names: global.anonymize.then(RefCell::default),
            inputs: RefCell::new(0),
        }
    }

    /// Whether names are replaced.
    pub fn is_on(&self) -> bool {
        self.names.is_some()
    }

    /// What an input is called.
    pub fn name(&self, name: &str) -> String {
        if !self.is_on() {
            return name.to_owned();
        }
        let mut count = self.inputs.borrow_mut();
        *count += 1;
        format!("input {count}")
    }

    /// DDL: the tables of all sources are learnt before the first is rewritten.
    pub fn ddl(&self, sources: Vec<SourceFile>) -> Vec<SourceFile> {
        let Some(names) = &self.names else {
            return sources;
        };
        for source in &sources {
            anonymize::learn(source, &mut names.borrow_mut());
        }
        sources.into_iter().map(|source| self.sql(source)).collect()
    }

    /// Queries.
    pub fn sql(&self, source: SourceFile) -> SourceFile {
        let Some(names) = &self.names else {
            return source;
        };
        let name = self.name(&source.name);
        anonymize::source(&source, name, &mut names.borrow_mut())
    }

    /// Pasted plans.
    pub fn reading(&self, reading: Reading) -> Reading {
        match &self.names {
            Some(names) => anonymize::reading(reading, &mut names.borrow_mut()),
            None => reading,
        }
    }

    /// Statistics.
    pub fn stats(&self, stats: Stats) -> Stats {
        match &self.names {
            Some(names) => anonymize::stats(&stats, &mut names.borrow_mut()),
            None => stats,
        }
    }

    /// Settings.
    pub fn config(&self, config: Config) -> Config {
        match &self.names {
            Some(names) => anonymize::config(&config, &mut names.borrow_mut()),
            None => config,
        }
    }

    /// An argument that names tables and columns.
    pub fn argument(&self, text: &str) -> String {
        match &self.names {
            Some(names) => names.borrow().known_words(text),
            None => text.to_owned(),
        }
    }
}
