//! Recursive CTEs: the first part, and the recursive part over what the last round made.

use std::collections::BTreeSet;

use crate::plan::{Operator, RowRange};
use crate::planner::PlannerError;
use crate::planner::cost::Range;
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::text::quoted;
use crate::planner::logical::tree::{Recursion, WorkingId};

use super::Physical;
use super::block::{Block, Wanted};
use super::rel::{Rel, Step};
use super::scan::UNKNOWN_FACTOR;
use super::shared::Kept;

/// Rounds of a recursion, and rows of a round per row of the first part. Redshift's own guess is
/// not public; these are PostgreSQL's (`cost_recursive_union`, `recursive_worktable_factor`).
const ROUNDS: f64 = 10.0;

/// What the recursive part of a CTE reads: the rows of the round before.
pub(super) struct Working {
    outputs: Vec<(String, ColumnId)>,
    rows: f64,
    range: RowRange,
}

impl<'b, 'a> Physical<'b, 'a> {
    /// Plans a recursive CTE.
    pub(super) fn recursion(
        &mut self,
        recursion: &'b Recursion<'a>,
    ) -> Result<Block, PlannerError> {
        let first = self.block(&recursion.first, Wanted::Columns)?;
        let rows = first.rel.rows * ROUNDS;
        // The first round reads what the first part made.
        let range = first.rel.range.times(RowRange {
            low: 1.0 / ROUNDS,
            likely: 1.0,
            high: UNKNOWN_FACTOR,
        });
        let working = Working {
            outputs: first.outputs.clone(),
            rows,
            range,
        };
        self.beside.working.insert(recursion.id, working);
        let step = self.block(&recursion.step, Wanted::Columns);
        self.beside.working.remove(&recursion.id);
        let step = step?;
        self.assumptions.add(format!(
            "`{}` is recursive, and how many rounds it takes is not known: {ROUNDS:.0} are taken, of {ROUNDS:.0} times the rows of its first part, as PostgreSQL does; both may be far off. The steps of its recursive part are shown, and their time counted, once, though every round runs them.",
            recursion.name
        ));
        self.assumptions.add(
            "No public plan of Redshift shows a recursive CTE: its two parts stand under an Append, the rows of the round before are read as a table.",
        );
        let (first_rows, step_rows) = (first.rel.rows, step.rel.rows);
        let all = first_rows + ROUNDS * step_rows;
        // The recursive part may find nothing, and once it finds something it may go on.
        let range = RowRange {
            low: first_rows * first.rel.range.low / all,
            likely: 1.0,
            high: step
                .rel
                .range
                .high
                .max(first.rel.range.high)
                .max(UNKNOWN_FACTOR),
        };
        let cost = Range {
            startup: first.rel.cost.startup,
            total: first.rel.cost.total + ROUNDS * step.rel.cost.total,
        };
        let width = first.rel.width().max(step.rel.width());
        let columns = first.outputs.iter().map(|(_, id)| *id).collect();
        let parts = [first.rel, step.rel].into_iter().zip(1..);
        let parts = parts.map(|(rel, n)| self.branch(rel, n).step).collect();
        let mut append = Step::new(Operator::Append, parts);
        append.numbers(cost, all, width);
        append.range = Some(range);
        let mut correlated = first.correlated;
        correlated.extend(step.correlated);
        Ok(Block {
            rel: Rel {
                step: append,
                rows: all.max(1.0),
                range,
                cost,
                dist: Dist::Even,
                sorted: Vec::new(),
                columns,
            },
            outputs: first.outputs,
            correlated,
        })
    }

    /// The columns and rows that a recursive CTE has where it reads itself.
    pub(super) fn working_rows(&self, id: WorkingId) -> (Vec<(String, ColumnId)>, f64) {
        match self.beside.working.get(&id) {
            Some(working) => (working.outputs.clone(), working.rows),
            None => (Vec::new(), 1.0),
        }
    }

    /// The scan of the rows that the round before made.
    pub(super) fn working_scan(
        &mut self,
        id: WorkingId,
        table: &str,
        alias: &str,
        columns: &[ColumnId],
        filters: &[Expr],
        passed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let Some(working) = self.beside.working.get(&id) else {
            return self.one_row();
        };
        let kept = Kept {
            rows: working.rows,
            range: working.range,
            dist: Dist::Even,
        };
        let alias = (alias != table).then(|| quoted(alias));
        self.kept_scan((quoted(table), alias), kept, columns, filters, passed)
    }
}
