//! What the names, constraints and views of a schema tell, found out once for all queries.

use super::key_index::KeyIndex;
use super::views::Views;
use crate::schema::Schema;

/// What is found out of a schema once, for many queries: it holds for every schema with the same
/// tables and views, however the tables are distributed and sorted.
#[derive(Debug)]
pub struct Prepared {
    pub(super) views: Views,
    pub(super) keys: KeyIndex,
}

impl Prepared {
    /// Of a schema. What it tells is found out when it is first asked for.
    pub fn of(schema: &Schema) -> Self {
        Self {
            views: Views::of(schema),
            keys: KeyIndex::default(),
        }
    }
}
