//! ORDER BY and LIMIT.

use sqlparser::ast::{self, LimitClause, Query, TopQuantity};

use crate::plan::{DetailKind, Operator};

use super::cost::{self, Range};
use super::expr::{ColumnId, Expr};
use super::rel::{Dist, Rel, Step};
use super::scope::Scope;
use super::select::{Block, Output};
use super::text::Names;
use super::{Planner, PlannerError};

impl<'a> Planner<'a> {
    /// ORDER BY, LIMIT over a set operation or a parenthesized query.
    pub(super) fn order_outputs(
        &mut self,
        mut block: Block,
        tail: Option<&'a Query>,
    ) -> Result<Block, PlannerError> {
        let source = super::scope::Source {
            name: String::new(),
            schema: None,
            columns: block.outputs.iter().map(|(_, id)| *id).collect(),
        };
        let scope = Scope {
            sources: vec![source],
            parent: None,
        };
        let outputs: Vec<Output> = block
            .outputs
            .iter()
            .map(|(name, id)| (name.clone(), Expr::Column(*id)))
            .collect();
        let order = self.order_keys(tail, &outputs, &scope)?;
        let limit = self.limit_of(tail, None);
        let rel = self.sorted(block.rel, &order, &block.outputs, limit);
        block.rel = self.limited(rel, limit);
        Ok(block)
    }

    /// Sort, send to the leader, merge there.
    pub(super) fn sorted(
        &mut self,
        rel: Rel,
        order: &[Expr],
        outputs: &[(String, ColumnId)],
        limit: Option<f64>,
    ) -> Rel {
        let keys: Vec<Expr> = order
            .iter()
            .filter(|key| !key.is_constant())
            .cloned()
            .collect();
        if keys.is_empty() {
            return rel;
        }
        let text = self.list(&keys, Names::Qualified);
        let width = self
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

    pub(super) fn limited(&mut self, rel: Rel, limit: Option<f64>) -> Rel {
        let Some(limit) = limit else { return rel };
        let rows = limit.min(rel.rows);
        let run = rel.cost.total - rel.cost.startup;
        let total = rel.cost.startup + run * (rows / rel.rows.max(1.0)).min(1.0);
        let (startup, width, exact) = (rel.cost.startup, rel.width(), rel.range);
        let mut step = Step::new(Operator::Limit, Vec::new());
        step.compute.keep = Some(limit);
        let mut rel = rel.on_top(step, Range { startup, total }, width);
        rel.rows = rows.max(1.0);
        rel.range = exact.within(1.0 / rel.rows, limit.max(1.0) / rel.rows);
        rel.step.range = Some(rel.range);
        let cost = rel.cost;
        rel.step.numbers(cost, rows, width);
        Rel {
            dist: Dist::Single,
            ..rel
        }
    }

    /// LIMIT + OFFSET, FETCH or TOP, where it is a number.
    pub(super) fn limit_of(&self, tail: Option<&Query>, top: Option<&ast::Top>) -> Option<f64> {
        let number = |expr: &ast::Expr| match expr {
            ast::Expr::Value(value) => match &value.value {
                ast::Value::Number(text, _) => text.parse::<f64>().ok(),
                _ => None,
            },
            _ => None,
        };
        if let Some(top) = top {
            return match top.quantity.as_ref()? {
                TopQuantity::Constant(n) => Some(*n as f64),
                TopQuantity::Expr(expr) => number(expr),
            };
        }
        let query = tail?;
        if let Some(fetch) = &query.fetch {
            return fetch.quantity.as_ref().and_then(number);
        }
        match query.limit_clause.as_ref()? {
            LimitClause::LimitOffset { limit, offset, .. } => {
                let offset = offset
                    .as_ref()
                    .and_then(|offset| number(&offset.value))
                    .unwrap_or(0.0);
                Some(limit.as_ref().and_then(number)? + offset)
            }
            LimitClause::OffsetCommaLimit { offset, limit } => {
                Some(number(limit)? + number(offset)?)
            }
        }
    }
}
