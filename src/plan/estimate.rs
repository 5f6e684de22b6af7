//! What the planner knows of a step and `EXPLAIN` does not print.

use crate::name::Ident;
use crate::stats::Basis;

/// What the planner knows of a step and `EXPLAIN` does not print; nothing of it is known of
/// a pasted step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Estimate {
    /// The columns of a table that a scan works with.
    pub columns: Option<ScannedColumns>,
    /// Expressions evaluated per row that reaches the step.
    pub compute: Compute,
    /// By how much the rows that come out may differ from what is printed.
    pub rows: RowRange,
    /// By how much the rows of a scanned table may, where they are a default.
    pub table_rows: Option<RowRange>,
    /// Share of the blocks that a scan reads, where it was measured.
    pub share_read: Option<f64>,
    /// What the share of rows that a scan's filter passes rests on.
    pub basis: Option<Basis>,
    /// The groups that a step makes.
    pub grouping: Option<Grouping>,
    /// Pairs of rows whose keys are equal, as a factor of those that come out of a join: other
    /// conditions are asked of each of them.
    pub pairs: Option<f64>,
}

/// The groups that a step makes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grouping {
    /// How many it makes, as factors of the rows that are printed: more of them where a HAVING
    /// takes some away.
    pub made: RowRange,
    /// Whether the rows of a group may lie on several slices, so that the groups of each slice
    /// are sent to the one that puts them together.
    pub scattered: bool,
}

/// The columns of a table that a scan works with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScannedColumns {
    /// Those that it reads, predicates included.
    pub read: Vec<Ident>,
    /// Those that later steps read.
    pub passed: Vec<Ident>,
}

/// By how much the rows of a step may differ from the printed ones, as factors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowRange {
    /// Nine of ten cases lie above.
    pub low: f64,
    /// As likely too low as too high.
    pub likely: f64,
    /// Nine of ten cases lie below.
    pub high: f64,
}

impl RowRange {
    /// The printed rows are right.
    pub const EXACT: RowRange = RowRange {
        low: 1.0,
        likely: 1.0,
        high: 1.0,
    };

    /// Whether the printed rows are right.
    pub fn is_exact(self) -> bool {
        self == Self::EXACT
    }

    /// Two independent factors, both at their worst.
    #[must_use]
    pub fn times(self, other: RowRange) -> RowRange {
        RowRange {
            low: self.low * other.low,
            likely: self.likely * other.likely,
            high: self.high * other.high,
        }
    }

    /// The range that holds both.
    #[must_use]
    pub fn widest(self, other: RowRange) -> RowRange {
        RowRange {
            low: self.low.min(other.low),
            likely: self.likely.max(other.likely),
            high: self.high.max(other.high),
        }
    }

    /// No lower than `least` and no higher than `most`, unless the likely factor is.
    #[must_use]
    pub fn within(self, least: f64, most: f64) -> RowRange {
        let most = most.max(least);
        let likely = self.likely.clamp(least, most);
        RowRange {
            low: self.low.clamp(least, most).min(likely),
            likely,
            high: self.high.clamp(least, most).max(likely),
        }
    }
}

/// Expressions that a step evaluates for every row.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Compute {
    /// Aggregate functions kept per group.
    pub aggregates: f64,
    /// Arithmetic and function calls.
    pub operations: f64,
    /// Bytes of text per row that LIKE searches.
    pub like_bytes: f64,
    /// Bytes of text per row that go through regular expressions.
    pub regex_bytes: f64,
    /// Bytes of text per row that other functions or aggregates read.
    pub text_bytes: f64,
    /// Bytes of text per row among group keys.
    pub key_text_bytes: f64,
    /// Values per row that are told apart for the only `COUNT(DISTINCT …)`.
    pub distinct_values: f64,
    /// Values per row that are told apart beside other aggregates.
    pub mixed_distinct_values: f64,
    /// Rows that are kept at the end: LIMIT over a Sort.
    pub keep: Option<f64>,
}

impl Compute {
    /// Adds what another expression takes.
    pub fn add(&mut self, other: Compute) {
        self.aggregates += other.aggregates;
        self.operations += other.operations;
        self.like_bytes += other.like_bytes;
        self.regex_bytes += other.regex_bytes;
        self.text_bytes += other.text_bytes;
        self.key_text_bytes += other.key_text_bytes;
        self.distinct_values += other.distinct_values;
        self.mixed_distinct_values += other.mixed_distinct_values;
        self.keep = self.keep.or(other.keep);
    }
}

impl Default for RowRange {
    fn default() -> Self {
        Self::EXACT
    }
}
