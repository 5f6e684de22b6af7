//! What was found of filters on keys that a join uses in part.

use std::cell::RefCell;
use std::collections::HashMap;

use super::expr::ColumnId;

/// By how much more rows find a partner than if filters and keys were independent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coverage {
    pub low: f64,
    pub likely: f64,
    pub high: f64,
    /// The key, the column that refers to it, and the filtered columns that are taken to follow it.
    pub key: ColumnId,
    pub refers: ColumnId,
    pub follow: Vec<ColumnId>,
    /// The share of the key's values that is referred to, where it is known.
    pub used: Option<f64>,
}

/// What was found for a key and a column that refers to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Covered(RefCell<HashMap<(ColumnId, ColumnId), Option<Coverage>>>);

impl Covered {
    /// What is known, or found now.
    pub(crate) fn of(
        &self,
        key: ColumnId,
        refers: ColumnId,
        find: impl FnOnce() -> Option<Coverage>,
    ) -> Option<Coverage> {
        if let Some(known) = self.0.borrow().get(&(key, refers)) {
            return known.clone();
        }
        let found = find();
        self.0.borrow_mut().insert((key, refers), found.clone());
        found
    }

    /// Forgets all: another relation is filtered.
    pub(crate) fn forget(&mut self) {
        self.0.get_mut().clear();
    }
}
