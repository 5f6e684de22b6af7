//! Rows that become several: arrays and objects that are unnested, columns that become rows.

use std::collections::{BTreeSet, HashSet};

use crate::plan::{DetailKind, Operator};
use crate::planner::PlannerError;
use crate::planner::cost::{self, Range};
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::text::Names;

use super::Physical;
use super::gather::Expansion;
use super::group::is_always_true;
use super::rel::{Rel, Step};

impl<'a> Physical<'_, 'a> {
    /// An expansion under conditions on its rows; those that read its input alone are asked
    /// below.
    pub(super) fn expand(
        &mut self,
        expansion: Expansion<'a>,
        filters: Vec<Expr>,
        passed: &BTreeSet<ColumnId>,
    ) -> Result<Rel, PlannerError> {
        let rule = expansion.rule;
        let input = expansion.input.columns();
        let within =
            |expr: &Expr, side: &HashSet<ColumnId>| expr.columns().all(|id| side.contains(&id));
        let (below, above): (Vec<Expr>, Vec<Expr>) = filters
            .into_iter()
            .partition(|filter| within(filter, &input));
        let mut read = passed.clone();
        let kept = rule.keeps.iter().flatten();
        for expr in rule.reads.iter().chain(&above).chain(kept) {
            read.extend(expr.columns());
        }
        let rel = self.group(expansion.input, below, &read)?;
        let mut step = Step::new(Operator::Other(rule.title), Vec::new());
        step.compute = self.compute_of(&rule.reads);
        let mut rows = rel.rows * rule.per_row;
        let mut range = rel.range.times(rule.range);
        if let Some(mut conditions) = rule.keeps {
            conditions.retain(|condition| !is_always_true(condition));
            let share = self.columns.share_of_all(&conditions);
            if !conditions.is_empty() {
                let kind = DetailKind::JoinFilter;
                step.condition(self.columns.condition(kind, &conditions, Names::Qualified));
            }
            rows = (rows * share.likely).max(rel.rows);
            range = range
                .times(share.range())
                .within(rel.rows * rel.range.low / rows, f64::MAX);
        }
        let mut columns = rel.columns.clone();
        columns.extend(&rule.columns);
        let width = self
            .columns
            .width(columns.iter().filter(|id| read.contains(id)));
        let cost = Range {
            startup: rel.cost.startup,
            total: rel.cost.total + rows * cost::ROW,
        };
        let mut rel = rel.on_top(step, cost, width);
        rel.rows = rows.max(1.0);
        rel.range = range;
        rel.step.range = Some(range);
        rel.step.numbers(cost, rel.rows, width);
        rel.columns = columns;
        rel.sorted = Vec::new();
        Ok(self.filtered(rel, above))
    }
}
