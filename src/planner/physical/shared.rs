//! CTEs and views that are read more than once: worked out once, written to a temporary
//! table, read from there.
//!
//! "WITH clause subqueries that are referenced more than once are optimized as common
//! subexpressions" where that is possible (Amazon Redshift Database Developer Guide: WITH
//! clause); plans show such a table as `volt_tt_…`.

use std::collections::BTreeSet;

use crate::plan::{DetailKind, Operator, RowRange};
use crate::planner::PlannerError;
use crate::planner::cardinality::sources::Source;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::text::{Names, quoted};
use crate::planner::logical::tree::{Body, SharedId};

use super::Physical;
use super::block::Wanted;
use super::rel::{Rel, Step};

/// A temporary table and the plan that fills it.
#[derive(Debug, Clone)]
pub(super) struct Spool {
    pub table: String,
    pub rel: Rel,
    outputs: Vec<(String, ColumnId)>,
}

/// Rows that are kept beside the query, and read again.
pub(super) struct Kept {
    pub rows: f64,
    pub range: RowRange,
    pub dist: Dist,
}

impl<'b, 'a> Physical<'b, 'a> {
    /// Plans a CTE or view at its first reader; the columns that come out of it.
    pub(super) fn spool(&mut self, id: SharedId) -> Result<Vec<(String, ColumnId)>, PlannerError> {
        if let Some(Some(spool)) = self.beside.spools.get(id.0) {
            return Ok(spool.outputs.clone());
        }
        let Some(shared) = self.shared.get(id.0) else {
            return Ok(Vec::new());
        };
        let block = self
            .block(&shared.query, Wanted::Columns)
            .map_err(|error| error.within(&shared.name))?;
        // What reads itself is kept, however often it is read.
        let why = match shared.query.body {
            Body::Recursive(_) => "is recursive",
            _ => "is read more than once",
        };
        self.assumptions.add(format!(
            "`{}` {why}: it is taken to be worked out once and kept in a temporary table, `volt_tt_{}`, as Redshift does where it can; the time to write it is not counted.",
            shared.name, id.0
        ));
        let outputs = block.outputs.clone();
        if let Some(slot) = self.beside.spools.get_mut(id.0) {
            *slot = Some(Spool {
                table: format!("volt_tt_{}", id.0),
                rel: block.rel,
                outputs: block.outputs,
            });
        }
        Ok(outputs)
    }

    /// Keeps what is planned in a temporary table that several steps read: its name, and the
    /// scan of it.
    pub(super) fn kept(&mut self, rel: Rel) -> (String, Rel) {
        let table = format!("volt_tt_{}", self.beside.spools.len());
        let mut step = Step::new(Operator::SeqScan, Vec::new());
        step.node.relation = Some(table.clone());
        let cost = Range {
            startup: 0.0,
            total: cost::scan(rel.rows, 0.0),
        };
        step.numbers(cost, rel.rows, rel.width());
        step.range = Some(rel.range);
        let scan = Rel {
            step,
            cost,
            dist: written(&rel.dist),
            sorted: Vec::new(),
            ..rel.clone()
        };
        self.beside.spools.push(Some(Spool {
            table: table.clone(),
            rel,
            outputs: Vec::new(),
        }));
        (table, scan)
    }

    /// Rows of a CTE or view that is planned.
    pub(super) fn spool_rows(&self, id: SharedId) -> f64 {
        match self.beside.spools.get(id.0) {
            Some(Some(spool)) => spool.rel.rows,
            _ => 1.0,
        }
    }

    /// The scan of a temporary table: `columns` are those of this reader.
    pub(super) fn shared_scan(
        &mut self,
        id: SharedId,
        name: &str,
        columns: &[ColumnId],
        filters: &[Expr],
        passed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let Some(Some(spool)) = self.beside.spools.get(id.0) else {
            return self.one_row();
        };
        let outputs: Vec<ColumnId> = spool.outputs.iter().map(|(_, id)| *id).collect();
        let (rows, dist) = (
            spool.rel.rows,
            self.kept_dist(&spool.rel.dist, &outputs, columns),
        );
        let (range, before) = (spool.rel.range, spool.rel.count());
        let table = spool.table.clone();
        let kept = Kept { rows, range, dist };
        let rel = self.kept_scan((table, Some(quoted(name))), kept, columns, filters, passed);
        self.sources.add(Source {
            columns: columns.iter().copied().collect(),
            before: Some(before),
            after: Some(rel.count()),
            kept: self.columns.kept_values(filters),
            ..Source::default()
        });
        rel
    }

    /// The scan of rows that are kept beside the query, by the name and alias that it prints.
    pub(super) fn kept_scan(
        &self,
        (relation, alias): (String, Option<String>),
        Kept { rows, range, dist }: Kept,
        columns: &[ColumnId],
        filters: &[Expr],
        passed: &BTreeSet<ColumnId>,
    ) -> Rel {
        let mut step = Step::new(Operator::SeqScan, Vec::new());
        step.node.relation = Some(relation);
        step.node.alias = alias;
        let share = self.columns.share_of_all(filters);
        let range = range.times(share.range());
        let asked = self
            .columns
            .condition(DetailKind::Filter, filters, Names::Bare);
        let comparisons = asked.predicate().comparisons;
        let cost = Range {
            startup: 0.0,
            total: cost::scan(rows.max(1.0), comparisons),
        };
        if !filters.is_empty() {
            step.condition(asked);
        }
        step.compute = self.compute_of(filters);
        let width = self
            .columns
            .width(columns.iter().filter(|id| passed.contains(id)));
        let out = (rows * share.likely).max(1.0);
        step.numbers(cost, out, width);
        step.range = Some(range);
        Rel {
            step,
            rows: out,
            range,
            cost,
            dist,
            sorted: Vec::new(),
            columns: columns.to_vec(),
        }
    }

    /// Where the rows of a temporary table lie: where the plan that fills it leaves them, in
    /// terms of one reader's columns.
    fn kept_dist(&self, dist: &Dist, outputs: &[ColumnId], columns: &[ColumnId]) -> Dist {
        let Dist::Key(keys) = dist else {
            return written(dist);
        };
        let kept = |equal: &Vec<ColumnId>| {
            let equal: Vec<ColumnId> = outputs
                .iter()
                .zip(columns)
                .filter(|(output, _)| equal.contains(&self.columns.root(**output)))
                .map(|(_, column)| *column)
                .collect();
            (!equal.is_empty()).then_some(equal)
        };
        keys.iter()
            .map(kept)
            .collect::<Option<Vec<_>>>()
            .map_or(Dist::Even, Dist::Key)
    }
}

/// Where rows lie in a temporary table: what was gathered on the leader is spread again when
/// it is written.
fn written(dist: &Dist) -> Dist {
    match dist {
        Dist::Single => Dist::Even,
        dist => dist.clone(),
    }
}
