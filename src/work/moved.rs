//! What a join moves between nodes.

use crate::plan::Distribution;

/// The share of redistributed rows that another node receives. Rows are hashed to slices,
/// so each node keeps its own part of what it sends: one of as many as there are nodes.
pub(super) fn share_that_leaves(nodes: f64) -> f64 {
    ((nodes - 1.0) / nodes.max(1.0)).max(0.0)
}

/// Bytes that a join moves between nodes, given the bytes of its sides and its label.
///
/// The labels say which side moves [Evaluating the query plan]: a broadcast copies the
/// inner side to every node, the other labels hash one side or both to the slices of the
/// other. How much of it crosses is inferred, not documented: a broadcast counts a whole
/// copy for every node; of what is hashed, the part that stays on its node does not count.
pub fn bytes_moved(label: Distribution, outer: f64, inner: f64, nodes: f64) -> f64 {
    let leaves = share_that_leaves(nodes);
    match label {
        Distribution::BroadcastInner => inner * nodes,
        Distribution::Inner | Distribution::AllInner => inner * leaves,
        Distribution::Outer => outer * leaves,
        Distribution::Both => (inner + outer) * leaves,
        Distribution::None | Distribution::AllNone | Distribution::Err => 0.0,
    }
}

/// Rows that a join sends to other slices, those that come back to their own node
/// included: compared with [`crate::thresholds::ALERT_ROWS`]. `None` where the rows of a
/// side that moves are not known.
pub fn rows_moved(
    label: Distribution,
    outer: Option<f64>,
    inner: Option<f64>,
    nodes: f64,
) -> Option<f64> {
    match label {
        Distribution::BroadcastInner => inner.map(|rows| rows * nodes),
        Distribution::Inner | Distribution::AllInner => inner,
        Distribution::Outer => outer,
        Distribution::Both => outer.zip(inner).map(|(outer, inner)| outer + inner),
        Distribution::None | Distribution::AllNone | Distribution::Err => Some(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_label_moves_grows_with_its_side_and_the_nodes() {
        let bytes = |label, nodes| bytes_moved(label, 800.0, 100.0, nodes);
        assert_eq!(bytes(Distribution::BroadcastInner, 4.0), 400.0);
        assert_eq!(bytes(Distribution::Inner, 4.0), 75.0);
        assert_eq!(bytes(Distribution::AllInner, 4.0), 75.0);
        assert_eq!(bytes(Distribution::Outer, 4.0), 600.0);
        assert_eq!(bytes(Distribution::Both, 4.0), 675.0);
        assert_eq!(bytes(Distribution::None, 4.0), 0.0);
        assert_eq!(bytes(Distribution::AllNone, 4.0), 0.0);
    }

    #[test]
    fn on_one_node_nothing_that_is_hashed_leaves_it() {
        for nodes in [0.0, 1.0] {
            for label in [Distribution::Inner, Distribution::Outer, Distribution::Both] {
                assert_eq!(bytes_moved(label, 800.0, 100.0, nodes), 0.0);
            }
        }
    }

    #[test]
    fn rows_of_a_side_that_is_lost_are_unknown_only_where_it_moves() {
        let rows = |label, outer, inner| rows_moved(label, outer, inner, 4.0);
        assert_eq!(rows(Distribution::Outer, Some(8.0), None), Some(8.0));
        assert_eq!(rows(Distribution::Inner, Some(8.0), None), None);
        assert_eq!(rows(Distribution::Both, Some(8.0), None), None);
        assert_eq!(rows(Distribution::Both, Some(8.0), Some(1.0)), Some(9.0));
        assert_eq!(
            rows(Distribution::BroadcastInner, None, Some(3.0)),
            Some(12.0)
        );
    }
}
