//! What MERGE tells of its target.

use crate::planner::logical::expr::Expr;
use crate::planner::logical::keys::{Evidence, Unique};
use crate::planner::logical::operator::BinaryOp;
use crate::planner::logical::tree::{Body, Item, Query};

use super::Binder;

impl<'a> Binder<'a, '_> {
    /// Takes the columns of MERGE's target by which its rows are matched for what tells these
    /// rows apart. The target is joined last in the query that stands for the statement.
    pub(super) fn matched_by(&mut self, root: &Query<'a>) {
        let Body::Select(select) = &root.body else {
            return;
        };
        // Rows of the source without a match are kept by an outer join, else dropped by an inner one.
        let (target, on) = match select.from.items.last() {
            Some(Item::Outer(join)) => (join.right.columns(), &join.on),
            Some(Item::Relation(relation)) => (
                relation.columns.iter().copied().collect(),
                &select.from.conditions,
            ),
            Some(Item::Expanded(_)) | None => return,
        };
        let mut columns = Vec::new();
        for condition in on {
            let Expr::Binary {
                op: BinaryOp::Equal,
                left,
                right,
            } = condition
            else {
                continue;
            };
            let of_target = [left, right]
                .into_iter()
                .filter_map(|side| side.as_column());
            let mut of_target = of_target.filter(|id| target.contains(id));
            // Of two columns of the target neither is matched by the source.
            if let (Some(id), None) = (of_target.next(), of_target.next())
                && !columns.contains(&id)
            {
                columns.push(id);
            }
        }
        if !columns.is_empty() {
            let evidence = Evidence::Matched;
            self.columns.keys.tell_apart(Unique { columns, evidence });
        }
    }
}
