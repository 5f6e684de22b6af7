//! ORDER BY and LIMIT.

use crate::plan::{DetailKind, Operator};

use crate::planner::cardinality::count::Count;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr};

use super::Physical;
use super::rel::{Rel, Step};
use crate::planner::logical::text::Names;

impl<'b, 'a> Physical<'b, 'a> {
    /// Sort, send to the leader, merge there.
    pub(super) fn sorted(
        &mut self,
        rel: Rel,
        order: &[Expr],
        outputs: &[(String, ColumnId)],
        limit: Option<f64>,
    ) -> Rel {
        let Some((sort, text, range, width)) = self.sort(&rel, order, outputs, limit) else {
            return rel;
        };
        let mut network = Step::new(Operator::Network, Vec::new());
        network.detail(DetailKind::SendToLeader, "");
        network.compute.keep = limit;
        let mut merge = Step::new(Operator::Merge, Vec::new());
        merge.detail(DetailKind::MergeKey, text);
        let rel = rel
            .on_top(sort, range, width)
            .on_top(network, range, width)
            .on_top(merge, range, width);
        Rel {
            dist: Dist::Single,
            sorted: Vec::new(),
            ..rel
        }
    }

    /// Sort on the slices, whose rows go to a table: AWS prints neither Network nor Merge then
    /// (Amazon Redshift Database Developer Guide: CTAS usage notes).
    pub(super) fn sorted_in_place(
        &mut self,
        rel: Rel,
        order: &[Expr],
        outputs: &[(String, ColumnId)],
    ) -> Rel {
        match self.sort(&rel, order, outputs, None) {
            Some((sort, _, range, width)) => rel.on_top(sort, range, width),
            None => rel,
        }
    }

    /// The step that sorts, its keys, what it costs and how wide its rows are; `None` where
    /// there is no key that is not the same for all rows.
    fn sort(
        &self,
        rel: &Rel,
        order: &[Expr],
        outputs: &[(String, ColumnId)],
        limit: Option<f64>,
    ) -> Option<(Step, String, Range, f64)> {
        let keys: Vec<Expr> = order
            .iter()
            .filter(|key| !key.is_constant())
            .cloned()
            .collect();
        if keys.is_empty() {
            return None;
        }
        let text = self.columns.list(&keys, Names::Qualified);
        let width = self
            .columns
            .width(outputs.iter().map(|(_, id)| id))
            .max(rel.width().min(1.0));
        let rows = rel.rows;
        let startup = cost::sort(rel.cost, rows);
        let range = Range {
            startup,
            total: startup + rows * cost::OPERATOR,
        };
        let mut sort = Step::new(Operator::Sort, Vec::new());
        sort.detail(DetailKind::SortKey, text.clone());
        sort.compute.keep = limit;
        Some((sort, text, range, width))
    }

    pub(super) fn limited(&mut self, rel: Rel, limit: Option<f64>) -> Rel {
        let Some(limit) = limit else { return rel };
        let rows = limit.min(rel.rows);
        let run = rel.cost.total - rel.cost.startup;
        let total = rel.cost.startup + run * (rows / rel.rows.max(1.0)).min(1.0);
        let (startup, width, before) = (rel.cost.startup, rel.width(), rel.count());
        let mut step = Step::new(Operator::Limit, Vec::new());
        step.compute.keep = Some(limit);
        let mut rel = rel.on_top(step, Range { startup, total }, width);
        rel.set_count(Count::ordered(|end| before.at(end).min(limit).max(1.0)));
        Rel {
            dist: Dist::Single,
            ..rel
        }
    }
}
