//! One statement or job: what it reads and writes, column by column where that is known.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::planner::{Change, Influence};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A prefix of S3.
    Prefix,
    /// A Glue job, or a script that no job names.
    Job,
    /// A table or view.
    Table,
    /// A column.
    Column,
    /// A query.
    Query,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Prefix => "prefix",
            Kind::Job => "job",
            Kind::Table => "table",
            Kind::Column => "column",
            Kind::Query => "query",
        }
    }
}

/// One thing that feeds another or is fed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

impl Node {
    /// A node of this kind and name.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }
}

/// A column of a table, or all of a prefix whose columns are not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// The table or prefix.
    pub of: Node,
    /// The column.
    pub column: Option<String>,
}

impl Field {
    /// Its own node: a column, or the prefix.
    pub fn node(&self) -> Node {
        match &self.column {
            Some(column) => Node::new(Kind::Column, format!("{}.{column}", self.of.name)),
            None => self.of.clone(),
        }
    }
}

/// What a column is made of, and what becomes of each part on the way.
pub type Origins = BTreeMap<Field, BTreeSet<Change>>;

/// One statement or job.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// The job's name, or the statement's file and line.
    pub name: String,
    /// Whether it is a job of Glue, or a script, rather than a statement.
    pub is_job: bool,
    /// The jobs that run it.
    pub run_by: BTreeSet<String>,
    /// The statement.
    pub sql: Option<String>,
    /// Tables and prefixes that it reads.
    pub reads: BTreeSet<Node>,
    /// Tables and prefixes that it writes, with their columns as far as they are known.
    pub writes: BTreeMap<Node, BTreeMap<String, Origins>>,
    /// What decides which rows are written, and in which order.
    pub influences: BTreeMap<Field, BTreeSet<Influence>>,
}

/// The same origins after another step.
pub(super) fn through(origins: &Origins, after: &BTreeSet<Change>) -> Origins {
    let all = origins.iter().map(|(field, before)| {
        let pairs = before
            .iter()
            .flat_map(|before| after.iter().map(|after| *before.max(after)));
        (field.clone(), pairs.collect())
    });
    all.collect()
}

/// Adds origins to others.
pub(super) fn merge(all: &mut Origins, more: Origins) {
    for (field, changes) in more {
        all.entry(field).or_default().extend(changes);
    }
}
