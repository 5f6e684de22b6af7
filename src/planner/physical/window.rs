//! Window functions: rows brought together by partition, sorted, walked.

use crate::plan::{DetailKind, Operator};

use super::Physical;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr};

use super::rel::{Rel, Step};
use super::select::Parts;
use crate::planner::logical::text::Names;

impl Physical<'_, '_> {
    /// Adds a Window for each way to partition and order; expressions above are
    /// rewritten in terms of its result.
    pub(super) fn windows(&mut self, mut rel: Rel, parts: &mut Parts) -> Rel {
        let mut windows: Vec<Expr> = Vec::new();
        for expr in parts.above().flat_map(Expr::walk) {
            if matches!(expr, Expr::Window { .. }) && !windows.contains(expr) {
                windows.push(expr.clone());
            }
        }
        let mut planned: Vec<(Vec<Expr>, Vec<Expr>)> = Vec::new();
        let mut replaced: Vec<(Expr, ColumnId)> = Vec::new();
        for window in windows {
            let Expr::Window {
                partition, order, ..
            } = &window
            else {
                continue;
            };
            let frame = (partition.clone(), order.clone());
            if !planned.contains(&frame) {
                rel = self.window(rel, partition, order);
                planned.push(frame);
            }
            let id = self.computed_column(&window, rel.rows);
            rel.columns.push(id);
            replaced.push((window, id));
        }
        parts.replace(&|expr| {
            let (_, id) = replaced.iter().find(|(known, _)| known == expr)?;
            Some(Expr::Column(*id))
        });
        rel
    }

    fn window(&mut self, mut rel: Rel, partition: &[Expr], order: &[Expr]) -> Rel {
        let width = rel.width();
        let rows = rel.rows;
        let ids: Vec<ColumnId> = partition
            .iter()
            .filter_map(|key| Some(self.columns.root(key.as_column()?)))
            .collect();
        let in_place = match &rel.dist {
            Dist::Key(columns) => {
                !partition.is_empty()
                    && columns
                        .iter()
                        .all(|equal| equal.iter().any(|id| ids.contains(id)))
            }
            Dist::Single => true,
            _ => false,
        };
        if !in_place {
            let mut network = Step::new(Operator::Network, Vec::new());
            let kind = match partition.is_empty() {
                true => DetailKind::SendToSlice0,
                false => DetailKind::Distribute,
            };
            network.detail(kind, "");
            let same = rel.cost;
            rel = rel.on_top(network, same, width);
            rel.dist = match partition.is_empty() {
                true => Dist::Single,
                false if ids.len() == partition.len() => {
                    Dist::Key(ids.iter().map(|id| vec![*id]).collect())
                }
                false => Dist::Even,
            };
        }
        let keys: Vec<Expr> = partition.iter().chain(order).cloned().collect();
        if !keys.is_empty() {
            let startup = cost::sort(rel.cost, rows);
            let range = Range {
                startup,
                total: startup + rows * cost::OPERATOR,
            };
            let mut sort = Step::new(Operator::Sort, Vec::new());
            sort.detail(
                DetailKind::SortKey,
                self.columns.list(&keys, Names::Qualified),
            );
            rel = rel.on_top(sort, range, width);
        }
        let mut step = Step::new(Operator::Window, Vec::new());
        if !partition.is_empty() {
            step.detail(
                DetailKind::Partition,
                self.columns.list(partition, Names::Qualified),
            );
        }
        if !order.is_empty() {
            step.detail(
                DetailKind::Order,
                self.columns.list(order, Names::Qualified),
            );
        }
        let cost = Range {
            startup: rel.cost.startup,
            total: rel.cost.total + rows * cost::ROW,
        };
        let rel = rel.on_top(step, cost, width + 8.0);
        Rel {
            sorted: Vec::new(),
            ..rel
        }
    }
}
