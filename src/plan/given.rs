//! Rows of a plan that was printed without them, from what is known of its tables.

use super::{DetailKind, Node, Operator, Plan, whole};

impl Plan {
    /// Gives steps whose number of rows was lost the one that follows for certain from their
    /// inputs: a scan without a filter returns its table, a sort what it sorts. `rows_of` tells
    /// how many rows the table of a scan has. Returns how many steps it could tell.
    ///
    /// What a filter, a join or a grouping leaves does not follow: it stays unknown, and so do
    /// the steps above.
    pub fn give_rows(&mut self, rows_of: impl Fn(&Node) -> Option<f64>) -> usize {
        if self.nodes.iter().all(|node| node.rows.is_some()) {
            return 0;
        }
        let before = whole::without_numbers(self);
        let mut given = 0;
        // Inputs come after what they feed.
        for id in (0..self.nodes.len()).rev() {
            let node = &self.nodes[id];
            if node.rows.is_some() {
                continue;
            }
            let rows = self.follows(node, &rows_of);
            given += usize::from(rows.is_some());
            self.nodes[id].rows = rows;
        }
        self.gaps.retain(|gap| !before.contains(gap));
        self.gaps.extend(whole::without_numbers(self));
        given
    }

    /// The rows of a step that has none printed, where they follow.
    fn follows(&self, node: &Node, rows_of: &dyn Fn(&Node) -> Option<f64>) -> Option<f64> {
        let filters = [DetailKind::Filter, DetailKind::OneTimeFilter];
        if node.details.iter().any(|line| filters.contains(&line.kind)) {
            return None;
        }
        let inputs = self.children(node.id).map(|input| input.rows);
        match node.operator {
            Operator::SeqScan if node.children.is_empty() => rows_of(node),
            Operator::Aggregate => Some(1.0),
            Operator::Hash
            | Operator::Sort
            | Operator::Merge
            | Operator::Network
            | Operator::Materialize
            | Operator::Window
            | Operator::SubqueryScan
            | Operator::Append
                if !node.children.is_empty() =>
            {
                inputs.sum()
            }
            _ => None,
        }
    }
}
