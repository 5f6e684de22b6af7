//! Blocks: queries and their SELECTs, from FROM to LIMIT.

use std::collections::BTreeSet;

use crate::planner::PlannerError;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::tree::{Body, Output, Query, Select};

use super::Physical;
use super::block::{Block, Wanted};
use super::rel::Rel;
use super::unnest::{SubqueryJoin, Unnested, When};

impl<'b, 'a> Physical<'b, 'a> {
    /// Plans a query.
    pub(super) fn block(
        &mut self,
        query: &'b Query<'a>,
        wanted: Wanted,
    ) -> Result<Block, PlannerError> {
        let mut block = match &query.body {
            Body::Select(select) => return self.select(query, select, wanted),
            Body::Query(inner) => self.block(inner, Wanted::Columns)?,
            Body::SetOperation { op, branches } => self.set_operation(*op, branches)?,
            Body::Values(rows) => self.values_of_rows(*rows),
            Body::Recursive(both) => self.recursion(both)?,
        };
        let rel = match wanted == Wanted::Written && query.limit.is_none() {
            true => self.sorted_in_place(block.rel, &query.order, &block.outputs),
            false => self.sorted(block.rel, &query.order, &block.outputs, query.limit),
        };
        block.rel = self.limited(rel, query.limit);
        Ok(block)
    }

    fn values_of_rows(&self, rows: usize) -> Block {
        let mut rel = self.one_row();
        rel.rows = rows as f64;
        let (cost, rows) = (rel.cost, rel.rows);
        rel.step.numbers(cost, rows, 0.0);
        Block {
            rel,
            outputs: Vec::new(),
            correlated: Vec::new(),
        }
    }

    fn select(
        &mut self,
        query: &'b Query<'a>,
        select: &'b Select<'a>,
        wanted: Wanted,
    ) -> Result<Block, PlannerError> {
        let mut from = self.gather(&select.from)?;
        // A view over UNION ALL in a public plan is sorted by bare names, although the query
        // reads two tables: each block prints names as its own relations need them.
        let around = usize::from(wanted == Wanted::Joined);
        if select.relations() + around < 2 {
            self.columns.unqualify(from.columns());
        }
        let outputs: &[Output] = match wanted {
            Wanted::Columns | Wanted::Written | Wanted::Joined => &select.outputs,
            Wanted::Rows => &[],
        };
        let aggregated = !select.keys.is_empty()
            || !select.sets.is_empty()
            || !select.having.is_empty()
            || outputs
                .iter()
                .map(|output| &output.expr)
                .chain(&query.order)
                .chain(&select.qualify)
                .any(Expr::has_aggregate);
        let after = match aggregated {
            true => When::Grouped,
            false => When::Joined,
        };
        let mut unnested = Unnested::default();
        let mut conditions = Vec::new();
        for condition in std::mem::take(&mut from.conditions) {
            conditions.extend(self.condition(&condition, When::Joined, &mut unnested)?);
        }
        let mut parts = self.parts(query, select, outputs, after, &mut unnested)?;
        if aggregated {
            // What the block around it compares with must survive the grouping.
            for id in &select.shared {
                for set in &mut parts.sets {
                    set.push(parts.keys.len());
                }
                parts.keys.push(Expr::Column(*id));
            }
        }
        let joined = unnested.joined;
        parts.joins = unnested.grouped;

        let subquery_columns = columns_of(&joined);
        let (late, conditions): (Vec<Expr>, Vec<Expr>) = conditions
            .into_iter()
            .partition(|condition| condition.columns().any(|id| subquery_columns.contains(&id)));

        let mut below: BTreeSet<ColumnId> = select.shared.iter().copied().collect();
        below.extend(
            parts
                .keys
                .iter()
                .chain(parts.above())
                .flat_map(Expr::columns),
        );
        let needed = joined.iter().flat_map(|join| &join.conditions).chain(&late);
        below.extend(needed.flat_map(Expr::columns));

        let mut rel = match from.items.is_empty() {
            true => self.without_tables(&conditions),
            false => self.group(from, conditions, &below)?,
        };
        rel = self.join_subqueries(rel, joined, &below);
        rel = self.filtered(rel, late);
        if aggregated {
            rel = self.grouped(rel, &mut parts);
        }
        let (mut rel, outputs) =
            self.finish_select(rel, (query, wanted), select, parts, aggregated);
        rel.columns = outputs
            .iter()
            .map(|(_, id)| *id)
            .chain(select.shared.iter().copied())
            .collect();
        Ok(Block {
            rel,
            outputs,
            correlated: select.correlated.clone(),
        })
    }

    /// What stands above the joins, without subqueries.
    fn parts(
        &mut self,
        query: &'b Query<'a>,
        select: &'b Select<'a>,
        outputs: &[Output],
        after: When,
        unnested: &mut Unnested,
    ) -> Result<Parts, PlannerError> {
        // First, as a key of the grouping needs its subqueries before the select list does.
        let keys = self.values(&select.keys, When::Joined, unnested)?;
        let mut items = Vec::with_capacity(outputs.len());
        for output in outputs {
            let expr = self.value(&output.expr, after, unnested)?;
            items.push(Output {
                expr,
                ..output.clone()
            });
        }
        let mut having = Vec::new();
        for condition in &select.having {
            having.extend(self.condition(condition, after, unnested)?);
        }
        let qualify = match &select.qualify {
            Some(expr) => Some(self.value(expr, after, unnested)?),
            None => None,
        };
        let order = self.values(&query.order, after, unnested)?;
        Ok(Parts {
            outputs: items,
            keys,
            sets: select.sets.clone(),
            having,
            late_having: Vec::new(),
            qualify,
            order,
            joins: Vec::new(),
        })
    }

    /// Groups, and joins the subqueries that need what the grouping makes.
    fn grouped(&mut self, rel: Rel, parts: &mut Parts) -> Rel {
        let subquery_columns = columns_of(&parts.joins);
        let reads = |condition: &Expr| {
            let mut columns = condition.columns();
            columns.any(|id| subquery_columns.contains(&id))
        };
        parts.late_having = parts.having.extract_if(.., |c| reads(c)).collect();
        let rel = self.aggregate(rel, parts);
        let needed: BTreeSet<ColumnId> = parts.above().flat_map(Expr::columns).collect();
        let rel = self.join_subqueries(rel, std::mem::take(&mut parts.joins), &needed);
        self.filtered(rel, std::mem::take(&mut parts.late_having))
    }

    /// Everything above the grouping; names and columns that come out.
    fn finish_select(
        &mut self,
        rel: Rel,
        (query, wanted): (&Query<'a>, Wanted),
        select: &Select<'a>,
        mut parts: Parts,
        aggregated: bool,
    ) -> (Rel, Vec<(String, ColumnId)>) {
        let mut top = self.windows(rel, &mut parts);
        if let Some(qualify) = parts.qualify.take() {
            top = self.filtered(top, vec![qualify]);
        }
        if !aggregated {
            let exprs: Vec<Expr> = parts.outputs.iter().map(|o| o.expr.clone()).collect();
            let compute = self.compute_of(&exprs);
            top.step.compute.add(compute);
        }
        let outputs = self.output_columns(&parts.outputs, top.rows);
        top.columns.extend(outputs.iter().map(|(_, id)| *id));
        if select.distinct {
            let exprs: Vec<Expr> = outputs.iter().map(|(_, id)| Expr::Column(*id)).collect();
            top = self.unique(top, &exprs);
        }
        top = match wanted == Wanted::Written && query.limit.is_none() {
            true => self.sorted_in_place(top, &parts.order, &outputs),
            false => self.sorted(top, &parts.order, &outputs, query.limit),
        };
        (self.limited(top, query.limit), outputs)
    }

    /// What comes to be known of the columns of a select list: plain columns stay themselves.
    fn output_columns(&mut self, outputs: &[Output], rows: f64) -> Vec<(String, ColumnId)> {
        for output in outputs {
            let column = match output.expr.as_column() {
                Some(id) if id == output.id => continue,
                Some(id) => {
                    let mut column = self.columns.get(id).clone();
                    column.origin = Some(id);
                    column
                }
                None => self.computed(&output.expr, rows),
            };
            self.columns.set(output.id, column);
        }
        outputs
            .iter()
            .map(|output| (output.name.clone(), output.id))
            .collect()
    }
}

/// The columns that the joins of subqueries bring in.
fn columns_of(joins: &[SubqueryJoin]) -> BTreeSet<ColumnId> {
    joins
        .iter()
        .flat_map(|join| join.rel.columns.iter().copied())
        .collect()
}

/// What stands above the joins of a SELECT.
pub(super) struct Parts {
    pub outputs: Vec<Output>,
    pub keys: Vec<Expr>,
    /// Indexes into `keys`, as in [`Select::sets`].
    pub sets: Vec<Vec<usize>>,
    pub having: Vec<Expr>,
    /// Conditions of HAVING on what `joins` bring in.
    pub late_having: Vec<Expr>,
    pub qualify: Option<Expr>,
    pub order: Vec<Expr>,
    /// Joins with subqueries after the grouping.
    pub joins: Vec<SubqueryJoin>,
}

impl Parts {
    /// Replaces parts of every expression above a step.
    pub(super) fn replace(&mut self, with: &dyn Fn(&Expr) -> Option<Expr>) {
        let outputs = self.outputs.iter_mut().map(|output| &mut output.expr);
        let joins = self.joins.iter_mut().flat_map(|join| &mut join.conditions);
        for expr in outputs
            .chain(&mut self.order)
            .chain(&mut self.having)
            .chain(&mut self.late_having)
            .chain(&mut self.qualify)
            .chain(joins)
        {
            *expr = expr.replaced(with);
        }
    }

    /// Every expression that is read above the grouping.
    pub(super) fn above(&self) -> impl Iterator<Item = &Expr> {
        self.outputs
            .iter()
            .map(|output| &output.expr)
            .chain(&self.having)
            .chain(&self.late_having)
            .chain(&self.order)
            .chain(&self.qualify)
            .chain(self.joins.iter().flat_map(|join| &join.conditions))
    }
}
