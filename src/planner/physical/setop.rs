//! UNION, INTERSECT, EXCEPT.

use std::collections::BTreeSet;

use crate::plan::{DetailKind, JoinKind, Operator, RowRange};

use crate::planner::cardinality::link::Link;
use crate::planner::cardinality::sources::Source;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr};

use super::Physical;
use super::block::{Block, Wanted};
use super::rel::{Rel, Step};
use crate::planner::PlannerError;
use crate::planner::logical::tree::{Query, SetOp};

impl<'b, 'a> Physical<'b, 'a> {
    /// Plans a set operation.
    pub(super) fn set_operation(
        &mut self,
        op: SetOp,
        branches: &'b [Query<'a>],
    ) -> Result<Block, PlannerError> {
        let mut blocks = Vec::with_capacity(branches.len());
        for branch in branches {
            let mut block = self.block(branch, Wanted::Columns)?;
            block.rel = self.branch(block.rel, blocks.len() + 1);
            blocks.push(block);
        }
        Ok(match op {
            SetOp::UnionAll => self.union(blocks, true),
            SetOp::Union => self.union(blocks, false),
            SetOp::Intersect => self.by_join(blocks, JoinKind::IntersectDistinct),
            SetOp::Except => self.by_join(blocks, JoinKind::ExceptDistinct),
        })
    }

    /// A branch under its printed name, `"*SELECT* n"`.
    pub(super) fn branch(&self, rel: Rel, n: usize) -> Rel {
        let mut step = Step::new(Operator::SubqueryScan, Vec::new());
        step.node.relation = Some(format!("\"*SELECT* {n}\""));
        let cost = Range {
            startup: rel.cost.startup,
            total: rel.cost.total + rel.rows * cost::ROW,
        };
        let width = rel.width();
        rel.on_top(step, cost, width)
    }

    fn union(&mut self, blocks: Vec<Block>, all: bool) -> Block {
        let mut outputs = Vec::new();
        let mut correlated = Vec::new();
        let mut values: Vec<Option<f64>> = Vec::new();
        let mut rels = Vec::with_capacity(blocks.len());
        for (i, block) in blocks.into_iter().enumerate() {
            let ids = block.outputs.iter().map(|(_, id)| *id);
            let distinct = ids.map(|id| self.columns.get(id).distinct);
            values = match i {
                0 => distinct.collect(),
                _ => values
                    .iter()
                    .zip(distinct)
                    .map(|(all, more)| Some((*all)? + more?))
                    .collect(),
            };
            if i == 0 {
                outputs = block.outputs;
            }
            correlated.extend(block.correlated);
            rels.push(block.rel);
        }
        let rel = self.append(rels, outputs.iter().map(|(_, id)| *id).collect());
        // The branches may hold the same values or none of each other's.
        let merged = rel.columns.iter().copied().zip(values).collect();
        self.sources.add(Source {
            columns: rel.columns.iter().copied().collect(),
            before: Some(rel.count()),
            after: Some(rel.count()),
            merged: Some(merged),
            ..Source::default()
        });
        let rel = match all {
            true => rel,
            false => {
                let keys: Vec<Expr> = outputs.iter().map(|(_, id)| Expr::Column(*id)).collect();
                self.unique(rel, &keys)
            }
        };
        Block {
            rel,
            outputs,
            correlated,
        }
    }

    /// All rows of several relations, under the names `columns`.
    pub(super) fn append(&self, rels: Vec<Rel>, columns: Vec<ColumnId>) -> Rel {
        let rows: f64 = rels.iter().map(|rel| rel.rows).sum();
        let total: f64 = rels.iter().map(|rel| rel.cost.total).sum();
        let width = rels.iter().map(Rel::width).fold(0.0, f64::max);
        let of = |factor: fn(&Rel) -> f64| -> f64 {
            let each = rels.iter().map(|rel| rel.rows * factor(rel));
            each.sum::<f64>() / rows.max(1.0)
        };
        let range = RowRange {
            low: of(|rel| rel.range.low),
            likely: of(|rel| rel.range.likely),
            high: of(|rel| rel.range.high),
        };
        let steps = rels.into_iter().map(|rel| rel.step).collect();
        let mut step = Step::new(Operator::Append, steps);
        let cost = Range {
            startup: 0.0,
            total,
        };
        step.numbers(cost, rows, width);
        step.range = Some(range);
        Rel {
            step,
            rows: rows.max(1.0),
            range,
            cost,
            dist: Dist::Even,
            sorted: Vec::new(),
            columns,
        }
    }

    /// INTERSECT and EXCEPT compare whole rows: both sides are spread by their
    /// columns and joined.
    fn by_join(&mut self, blocks: Vec<Block>, kind: JoinKind) -> Block {
        let mut blocks = blocks.into_iter();
        let Some(first) = blocks.next() else {
            return Block {
                rel: self.one_row(),
                outputs: Vec::new(),
                correlated: Vec::new(),
            };
        };
        let Block {
            mut rel,
            outputs,
            mut correlated,
        } = first;
        for block in blocks {
            correlated.extend(block.correlated);
            let conditions: Vec<Expr> = outputs
                .iter()
                .zip(&block.outputs)
                .map(|((_, a), (_, b))| Expr::equal(Expr::Column(*a), Expr::Column(*b)))
                .collect();
            let keys: Vec<Expr> = outputs.iter().map(|(_, id)| Expr::Column(*id)).collect();
            rel = self.unique(rel, &keys);
            let mut step = Step::new(Operator::Network, Vec::new());
            step.detail(DetailKind::Distribute, "");
            let (same, width) = (rel.cost, rel.width());
            rel = rel.on_top(step, same, width);
            let link = Link::new(conditions, &rel.columns, &block.rel.columns);
            let needed: BTreeSet<_> = outputs.iter().map(|(_, id)| *id).collect();
            rel = self.join(rel, block.rel, kind, link, &needed);
        }
        Block {
            rel,
            outputs,
            correlated,
        }
    }
}
