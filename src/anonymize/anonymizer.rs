//! What is read, with its names replaced before anything looks at it, if that is asked.

use std::cell::RefCell;

use super::Names;
use crate::config::Config;
use crate::name::Ident;
use crate::plan::Reading;
use crate::stats::Stats;
use crate::text::SourceFile;

/// Replaces names where that was asked for, the same ones in all that one command
/// or request reads; else gives everything back as it is.
#[derive(Debug)]
pub struct Anonymizer {
    names: Option<RefCell<Names>>,
    inputs: RefCell<usize>,
}

impl Anonymizer {
    /// One that replaces names, or one that does not.
    pub fn new(on: bool) -> Self {
        Self {
            names: on.then(RefCell::default),
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
            super::learn(source, &mut names.borrow_mut());
        }
        sources.into_iter().map(|source| self.sql(source)).collect()
    }

    /// Queries.
    pub fn sql(&self, source: SourceFile) -> SourceFile {
        let Some(names) = &self.names else {
            return source;
        };
        let name = self.name(&source.name);
        super::source(&source, name, &mut names.borrow_mut())
    }

    /// Pasted plans.
    pub fn reading(&self, reading: Reading) -> Reading {
        match &self.names {
            Some(names) => super::reading(reading, &mut names.borrow_mut()),
            None => reading,
        }
    }

    /// Statistics.
    pub fn stats(&self, stats: Stats) -> Stats {
        match &self.names {
            Some(names) => super::stats(&stats, &mut names.borrow_mut()),
            None => stats,
        }
    }

    /// Settings.
    pub fn config(&self, config: Config) -> Config {
        match &self.names {
            Some(names) => super::config(&config, &mut names.borrow_mut()),
            None => config,
        }
    }

    /// A name in an argument; one that was not seen stays.
    pub fn argument(&self, name: &Ident) -> Ident {
        match &self.names {
            Some(names) => {
                let names = names.borrow();
                names.known(name).map_or_else(|| name.clone(), Ident::exact)
            }
            None => name.clone(),
        }
    }
}
