//! The planner's cost arithmetic, read back from public plans: relative numbers
//! without a unit, never a time.

pub(crate) use crate::plan::cost::{
    PER_OPERATION as OPERATOR, PER_ROW as ROW, SORT_PENALTY as SORT,
};

/// Cost of one byte copied to every node, on nearly every cluster.
const BROADCAST_BYTE: f64 = 10_000.0;
/// Bytes that a row takes on the wire beside its columns.
const ROW_HEADER: f64 = 8.0;

/// A cost range.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Range {
    /// Until the first row.
    pub startup: f64,
    /// Until the last row.
    pub total: f64,
}

/// `rows × (0.01 + 0.0025 × comparisons)`.
pub(crate) fn scan(rows: f64, comparisons: f64) -> f64 {
    rows * (ROW + OPERATOR * comparisons)
}

/// Startup of a `HashAggregate`: every key and every aggregate of every row.
pub(crate) fn hash_aggregate(input: Range, rows: f64, units: f64) -> f64 {
    input.total + rows * OPERATOR * units
}

/// Startup of a `Sort`: `1e12 + 0.005·n·log2 n`.
pub(crate) fn sort(input: Range, rows: f64) -> f64 {
    SORT + input.total + 2.0 * OPERATOR * rows * rows.max(2.0).log2()
}

/// Bytes that rows take on the wire: width aligned to 4, plus a header.
pub(crate) fn wire_bytes(rows: f64, width: f64) -> f64 {
    rows * ((width / 4.0).ceil() * 4.0 + ROW_HEADER)
}

/// Cost of copying these bytes to every node.
pub(crate) fn broadcast(bytes: f64) -> f64 {
    bytes * BROADCAST_BYTE
}

/// Cost of redistributing these bytes. The price of a byte differs between
/// clusters as 10,000 ÷ a whole number (2, 3, 7, 16, 30, 48 in public plans; 50 beside a
/// broadcast's 100 on a newer one): taken as the number of nodes, each of which receives its
/// share only. So a side is broadcast if it is at least that many times smaller than what
/// would be redistributed instead. Public plans that pin it down: on a cluster with the price
/// of three nodes 1 part in 5.5 is broadcast and 76 million rows beside 79 million are hashed;
/// with that of sixteen, 26 rows beside 200 are hashed; with that of two, 652 rows of 16 bytes
/// are hashed rather than as many of 12 broadcast, and 1 part in 6 is broadcast. Half of both
/// sides (1 part in 2.01) is broadcast where no price is to be seen, which two nodes or fewer
/// explain. A test compares all of them.
pub(crate) fn redistribute(bytes: f64, nodes: f64) -> f64 {
    bytes * BROADCAST_BYTE / nodes.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_costs_a_hundredth_per_row_and_a_quarter_of_that_per_comparison() {
        assert!((scan(1000.0, 0.0) - 10.0).abs() < 1e-9);
        assert!((scan(1000.0, 2.0) - 15.0).abs() < 1e-9);
    }

    #[test]
    fn redistribution_is_cheaper_than_a_broadcast_on_more_than_one_node() {
        let bytes = wire_bytes(100.0, 10.0);
        assert!((bytes - 2000.0).abs() < 1e-9);
        assert!(redistribute(bytes, 4.0) < broadcast(bytes));
        assert!((redistribute(bytes, 1.0) - broadcast(bytes)).abs() < 1e-9);
    }
}
