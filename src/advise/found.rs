//! A design that was found, with what led to it: each step of the search takes one and
//! returns one, and reasons, script and comparison read the last.

use std::collections::BTreeMap;

use super::candidates::Candidates;
use super::evaluate::Planned;
use super::joins::Joins;
use crate::name::TableName;
use crate::schema::DistStyle;

/// The best design so far.
#[derive(Debug)]
pub(super) struct Found {
    /// The design, with the workload planned under it.
    pub planned: Planned,
    /// What its distribution was chosen from.
    pub distributed: Distributed,
}

impl Found {
    /// The present design: nothing was searched yet.
    pub fn unchanged(planned: Planned) -> Self {
        Self {
            planned,
            distributed: Distributed {
                joins: Joins::default(),
                enumerated: 0,
                candidates: Vec::new(),
                outcome: Outcome::default(),
            },
        }
    }
}

/// What a distribution was chosen from, and how good it is.
#[derive(Debug)]
pub(super) struct Distributed {
    pub joins: Joins,
    /// How many entries were planned under every combination that they can tell apart.
    pub enumerated: usize,
    pub candidates: Vec<Candidates>,
    pub outcome: Outcome,
}

/// The outcome of a search: the objective's values are bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub styles: BTreeMap<TableName, DistStyle>,
    /// No combination of the candidates has less: of the sum, and of what is moved.
    pub lower_bound: f64,
    pub least_moved: f64,
}
