//! A design that was found, with what led to it: each step of the search takes one and
//! returns one, and reasons, script and comparison read the last.

use std::collections::BTreeMap;

use super::candidates::Candidates;
use super::evaluate::Planned;
use super::joins::Joins;
use crate::name::{Ident, TableName};
use crate::schema::DistStyle;

/// The best design so far.
#[derive(Debug)]
pub(super) struct Found {
    /// The design, with the workload planned under it.
    pub planned: Planned,
    /// What its distribution was chosen from.
    pub distributed: Distributed,
    /// Its new sort keys.
    pub better: BTreeMap<TableName, Better>,
    /// What was taken back, with the reason.
    pub taken_back: Vec<String>,
}

impl Found {
    /// The present design: nothing was searched yet.
    pub fn unchanged(planned: Planned) -> Self {
        Self {
            planned,
            distributed: Distributed {
                joins: Joins::default(),
                candidates: Vec::new(),
                outcome: Outcome {
                    styles: BTreeMap::new(),
                    current: 0.0,
                    recommended: 0.0,
                    lower_bound: 0.0,
                    proven: true,
                },
            },
            better: BTreeMap::new(),
            taken_back: Vec::new(),
        }
    }
}

/// What a distribution was chosen from, and how good it is.
#[derive(Debug)]
pub(super) struct Distributed {
    pub joins: Joins,
    pub candidates: Vec<Candidates>,
    pub outcome: Outcome,
}

/// The outcome of a search: the objective's values are bytes.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub styles: BTreeMap<TableName, DistStyle>,
    /// Bytes moved over the workload, and bytes stored by copies, as things are.
    pub current: f64,
    pub recommended: f64,
    pub lower_bound: f64,
    pub proven: bool,
}

/// A sort key that reads fewer blocks.
#[derive(Debug, Clone)]
pub(super) struct Better {
    pub table: TableName,
    pub columns: Vec<Ident>,
    pub blocks_before: f64,
    pub blocks_after: f64,
}
