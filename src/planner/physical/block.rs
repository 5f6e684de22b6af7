//! A planned block, and what it is asked for.

use crate::planner::logical::expr::{ColumnId, Expr};

use super::rel::Rel;

/// A planned block.
pub(super) struct Block {
    pub rel: Rel,
    /// Names and columns of the select list.
    pub outputs: Vec<(String, ColumnId)>,
    /// Conditions that read columns of the block around it.
    pub correlated: Vec<Expr>,
}

/// What a block is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Columns,
    /// Columns, which go to a table or to files: they are not gathered on the leader node.
    Written,
    /// Columns, which a join compares with the block around.
    Joined,
    /// Only whether there are rows: the select list of EXISTS is not worked out.
    Rows,
}
