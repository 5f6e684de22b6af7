//! What a statement's rows move on the way to the table that it writes.

use crate::plan::{Placement, Writes};

use super::moved::share_that_leaves;

/// Bytes that go to another node on the way to the table: of rows that are hashed or dealt those
/// that leave their node, a whole copy for every node of DISTSTYLE ALL. As for joins, how much of
/// it crosses is inferred, not documented.
pub fn bytes_placed(writes: &Writes, nodes: f64) -> f64 {
    let copies = match writes.placement {
        Placement::Stay | Placement::Placed(_) => 0.0,
        Placement::Hashed(_) | Placement::RoundRobin | Placement::Unknown => {
            share_that_leaves(nodes)
        }
        Placement::EveryNode => nodes,
    };
    writes.bytes() * copies
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{Ident, TableName};
    use crate::sql::{Destination, WriteKind};

    #[test]
    fn what_is_moved_grows_with_the_nodes() {
        let moved = |placement, nodes| {
            let table = TableName::new(None, Ident::folded("t"));
            let writes = Writes {
                kind: WriteKind::Insert,
                into: Destination::Table(table),
                rows: 100.0,
                width: 8.0,
                deleted: 0.0,
                placement,
            };
            bytes_placed(&writes, nodes)
        };
        let key = || Ident::folded("k");
        assert_eq!(moved(Placement::Stay, 4.0), 0.0);
        assert_eq!(moved(Placement::Placed(key()), 4.0), 0.0);
        assert_eq!(moved(Placement::Hashed(key()), 4.0), 600.0);
        assert_eq!(moved(Placement::Hashed(key()), 1.0), 0.0);
        assert_eq!(moved(Placement::RoundRobin, 2.0), 400.0);
        assert_eq!(moved(Placement::EveryNode, 4.0), 3200.0);
    }
}
