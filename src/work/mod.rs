//! How much each step of a plan does: rows, bytes, blocks, bytes moved, groups,
//! sorted rows. Quantities only: time is [`crate::latency`]'s business.
//!
//! This is the one place that knows how much a step does; rules, graph and
//! prediction all read it from here.

mod grouping;
mod limit;
mod load_order;
mod measure;
mod moved;
mod partitions;
mod printed;
mod restriction;
mod rewritten;
mod runtime_filter;
mod scan;
mod stored;
mod text_prefix;
mod width;
mod written;
pub mod zone_map;

pub use crate::plan::{Compute, Predicate, RowRange, comparisons};
pub use measure::{MEMORY_SHARE, measure, measure_likely};
pub use moved::{bytes_moved, rows_moved};
pub use rewritten::{Goes, Rewriting, RowBytes};
pub use stored::stored_bytes;
pub use width::{bytes_of, fixed_bytes};
pub use written::bytes_placed;

use crate::plan::NodeId;
use crate::schema::{Schema, Table};
use crate::stats::{Stats, TableStats};

/// Rows and bytes beyond this are clipped: a pasted cost can reach 1e99.
pub const LARGEST: f64 = 1e24;

/// Bytes of a block: Redshift keeps each column of each slice in blocks of 1 MB
/// (page STV_BLOCKLIST).
pub const BLOCK_BYTES: f64 = 1_048_576.0;

/// The cluster, as far as the amount of work depends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Compute nodes.
    pub nodes: f64,
    /// Slices of the whole cluster.
    pub slices: f64,
    /// Memory of the whole cluster in bytes.
    pub memory_bytes: f64,
    /// Whether scans are known to skip what a join rules out.
    pub joins_prune: bool,
}

/// What is known beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The tables, if their DDL was given.
    pub schema: Option<&'a Schema>,
    /// Row counts and distinct values, if they were given.
    pub stats: Option<&'a Stats>,
    /// The cluster.
    pub shape: Shape,
}

impl<'a> Context<'a> {
    /// A context for a pasted plan on this cluster.
    pub fn new(shape: Shape) -> Self {
        Self {
            schema: None,
            stats: None,
            shape,
        }
    }

    /// Adds what is known of the tables and their data.
    #[must_use]
    pub fn with(self, schema: &'a Schema, stats: &'a Stats) -> Self {
        Self {
            schema: Some(schema),
            stats: Some(stats),
            ..self
        }
    }
}

/// Which end of what is not known is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Likely,
    Low,
    High,
}

/// What a scan reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScanWork {
    /// Rows of the table (or of what a pasted cost says is read).
    pub table_rows: f64,
    /// Rows in the blocks that are read.
    pub rows_read: f64,
    /// Share of the blocks that zone maps can't skip, 0 to 1.
    pub share_read: f64,
    /// Bytes read of fixed-width columns, uncompressed.
    pub fixed_bytes: f64,
    /// Bytes read of VARCHAR and CHAR columns, uncompressed.
    pub text_bytes: f64,
    /// Values read of these columns.
    pub text_values: f64,
    /// Bytes read of all columns as they lie on disk, encoded.
    pub stored_bytes: f64,
    /// Blocks read, over all columns and slices.
    pub blocks_read: f64,
    /// Blocks of the columns that are read, over all slices.
    pub blocks_total: f64,
    /// Columns read; 0 where the plan does not say.
    pub columns: usize,
    /// Whether rows, widths and columns are known rather than read back from cost.
    pub known: bool,
    /// Why blocks can or can't be skipped, in a sentence.
    pub pruning: String,
    /// Whether only the slices that hold what the distribution key is asked for read blocks.
    pub only_there: bool,
    /// Whether the sort key skips an unknown number of blocks, so that the low end of the
    /// work reads fewer than the likely one.
    pub uncertain: bool,
}

impl ScanWork {
    /// Only a share of what is read is read.
    pub(super) fn keep(&mut self, share: f64) {
        for part in [
            &mut self.rows_read,
            &mut self.share_read,
            &mut self.fixed_bytes,
            &mut self.text_bytes,
            &mut self.text_values,
            &mut self.stored_bytes,
            &mut self.blocks_read,
        ] {
            *part *= share;
        }
    }
}

/// What one step does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepWork {
    /// The step's id.
    pub node: NodeId,
    /// Rows that reach the step: for a scan those it reads, for a join both sides.
    pub rows_in: f64,
    /// Rows that leave it.
    pub rows_out: f64,
    /// What it reads, if it is a scan.
    pub scan: Option<ScanWork>,
    /// Bytes of fixed-width columns in the rows that leave a scan.
    pub materialized_bytes: f64,
    /// Comparisons in its filters and conditions, over all rows.
    pub comparisons: f64,
    /// Bytes of text that LIKE has to search.
    pub like_bytes: f64,
    /// Bytes of text that regular expressions have to search.
    pub regex_bytes: f64,
    /// Bytes of text that other functions and aggregates read.
    pub function_bytes: f64,
    /// Arithmetic, function calls and aggregate updates, over all rows.
    pub operations: f64,
    /// Bytes that leave their node for another: rows × width × copies.
    pub network_bytes: f64,
    /// Bytes that leave their node for the table that the statement writes; the root has them.
    pub placed_bytes: f64,
    /// Rows sent to the leader node.
    pub leader_rows: f64,
    /// Bytes sent to the leader node.
    pub leader_bytes: f64,
    /// Rows put into a join's hash table, per copy.
    pub build_rows: f64,
    /// Bytes of that hash table on the slice that holds most.
    pub build_bytes_per_slice: f64,
    /// Rows that look a match up.
    pub probe_rows: f64,
    /// Pairs compared by a nested loop.
    pub pairs: f64,
    /// Pairs of rows with equal keys beyond one for each row that is looked up: conditions are
    /// asked of each, and a row is put together for it.
    pub further_pairs: f64,
    /// Rows that are hashed to find their group.
    pub rows_hashed: f64,
    /// Bytes of text among the group keys of these rows.
    pub key_text_bytes: f64,
    /// Groups that are made, before HAVING.
    pub groups: f64,
    /// Groups of single slices that are sent to the slice that puts them together.
    pub groups_sent: f64,
    /// Bytes of text among the keys of the groups.
    pub group_text_bytes: f64,
    /// Values told apart for the only `COUNT(DISTINCT …)`.
    pub distinct_rows: f64,
    /// Values told apart for `COUNT(DISTINCT …)` beside other aggregates.
    pub mixed_distinct_rows: f64,
    /// Rows sorted.
    pub sort_rows: f64,
    /// Bytes written to disk and read again, because memory does not hold them.
    pub spill_bytes: f64,
    /// Whether one slice does it all.
    pub serial: bool,
    /// Slices that share it, where they are fewer than all: rows distributed by a
    /// column of few values, or by one that is asked for by value.
    pub slices: Option<f64>,
}

/// The work of a plan, by step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Work {
    /// One entry per step; the index is the step's id.
    pub steps: Vec<StepWork>,
    /// The same if all uncertain row counts are at their low end; empty if none is uncertain.
    pub low: Vec<StepWork>,
    /// The same if all are at their high end.
    pub high: Vec<StepWork>,
    /// What had to be assumed, in sentences; no sentence twice.
    pub assumptions: Vec<String>,
    /// Facts that would make it more certain, each with the query that fetches it.
    pub unknown: Vec<String>,
}

impl Work {
    /// The work of a step.
    pub fn step(&self, id: NodeId) -> Option<&StepWork> {
        self.steps.get(id)
    }

    /// Bytes that move between nodes, over all steps and on the way to a table that is written.
    pub fn network_bytes(&self) -> f64 {
        let moved = |step: &StepWork| step.network_bytes + step.placed_bytes;
        self.steps.iter().map(moved).sum()
    }

    /// Those on the way to a table that is written.
    pub fn placed_bytes(&self) -> f64 {
        self.steps.iter().map(|step| step.placed_bytes).sum()
    }

    /// Bytes read by all scans.
    pub fn scanned_bytes(&self) -> f64 {
        self.scans()
            .map(|scan| scan.fixed_bytes + scan.text_bytes)
            .sum()
    }

    /// Blocks read by all scans.
    pub fn scanned_blocks(&self) -> f64 {
        self.scans().map(|scan| scan.blocks_read).sum()
    }

    /// What the scans read.
    pub fn scans(&self) -> impl Iterator<Item = &ScanWork> {
        self.steps.iter().filter_map(|step| step.scan.as_ref())
    }

    /// Adds an assumption, once.
    pub(crate) fn assume(&mut self, text: String) {
        if !self.assumptions.contains(&text) {
            self.assumptions.push(text);
        }
    }
}

/// A number that can be worked with: not negative, finite, at most [`LARGEST`].
pub fn sane(value: Option<f64>) -> Option<f64> {
    let value = value.filter(|value| !value.is_nan())?;
    Some(value.clamp(0.0, LARGEST))
}

/// Rows of a table as the statistics say, else as many as a column that is declared unique has
/// values.
pub fn known_rows(table: &Table, stats: &TableStats) -> Option<f64> {
    let unique = || {
        let mut columns = stats.columns.iter();
        columns.find_map(|(name, known)| known.distinct.filter(|_| table.is_unique(name)))
    };
    stats.rows.or_else(unique)
}
