//! What a statement writes. `EXPLAIN` does not print it: a DELETE or INSERT step "doesn't appear
//! in query plan" (Amazon Redshift Database Developer Guide: Mapping the query plan to the query
//! summary).

use crate::name::Ident;
use crate::sql::{Destination, WriteKind};

/// What a statement writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Writes {
    /// The kind of statement.
    pub kind: WriteKind,
    /// Where the rows go.
    pub into: Destination,
    /// Rows that are written.
    pub rows: f64,
    /// Bytes of a written row, before compression.
    pub width: f64,
    /// Rows of the target that are marked as deleted; for MERGE at most so many.
    pub deleted: f64,
    /// How they get to where the target keeps them.
    pub placement: Placement,
}

/// How rows get to where a table keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// They stay on the slices that hold them.
    Stay,
    /// They are by this DISTKEY already.
    Placed(Ident),
    /// They are hashed to the slices by this DISTKEY.
    Hashed(Ident),
    /// They are dealt to the slices in turn: DISTSTYLE EVEN.
    RoundRobin,
    /// Every node gets a copy: DISTSTYLE ALL.
    EveryNode,
    /// The target is not in the DDL: they are taken as hashed.
    Unknown,
}

impl Writes {
    /// Bytes that are written once, before compression.
    pub fn bytes(&self) -> f64 {
        self.rows * self.width
    }
}
