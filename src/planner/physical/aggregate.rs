//! GROUP BY and aggregate functions.

use std::collections::BTreeSet;

use crate::plan::{Detail, DetailKind, Grouping, Operator, RowRange};
use crate::schema::DataType;
use crate::work::Compute;

use super::Physical;
use super::distinct::AGGREGATE_BYTES;
use crate::planner::cardinality::count::{Count, End};
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::columns::Column;
use crate::planner::logical::expr::{ColumnId, Expr, PatternKind};
use crate::planner::logical::grouping::value_in;

use super::rel::{Rel, Step};
use super::select::Parts;
use crate::planner::logical::text::Names;

/// What is worked out for each group.
pub(super) struct Aggregation {
    /// The aggregate functions, each once.
    pub aggregates: Vec<Expr>,
    /// Those of HAVING, which the cost counts again.
    counted_again: usize,
}

impl Aggregation {
    /// What the expressions above a grouping ask for.
    pub(super) fn of(parts: &Parts) -> Self {
        let is_aggregate = |expr: &&Expr| matches!(expr, Expr::Aggregate { .. });
        let mut aggregates: Vec<Expr> = Vec::new();
        for expr in parts.above().flat_map(Expr::walk).filter(is_aggregate) {
            if !aggregates.contains(expr) {
                aggregates.push(expr.clone());
            }
        }
        let in_having = parts.having.iter().flat_map(Expr::walk);
        Self {
            aggregates,
            counted_again: in_having.filter(is_aggregate).count(),
        }
    }
}

impl<'a> Physical<'_, 'a> {
    /// Groups a relation; the expressions above are rewritten in terms of its result.
    pub(super) fn aggregate(&mut self, rel: Rel, parts: &mut Parts) -> Rel {
        let all = std::mem::take(&mut parts.keys);
        let sets: Vec<Vec<Expr>> = std::mem::take(&mut parts.sets)
            .iter()
            .map(|set| set.iter().filter_map(|at| all.get(*at).cloned()).collect())
            .collect();
        let mut keys: Vec<Expr> = Vec::new();
        for key in all {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        if sets.len() > 1 {
            return self.grouping_sets(rel, keys, &sets, parts);
        }
        parts.replace(&|expr| value_in(expr, &keys));
        let aggregation = Aggregation::of(parts);
        let groups = self.group_count(&rel, &keys);
        let columns = self.result_columns(&rel, &keys, &aggregation.aggregates, groups);
        let mut rel = self.group_once(rel, &keys, &aggregation, &columns, groups);
        let having = std::mem::take(&mut parts.having);
        let asked = self
            .columns
            .condition(DetailKind::Filter, &having, Names::Qualified);
        parts.having = having;
        let results: Vec<(Expr, ColumnId)> = keys
            .into_iter()
            .chain(aggregation.aggregates)
            .zip(columns)
            .collect();
        parts.replace(&|expr| result_of(expr, &results));
        self.keep_groups(&mut rel, &parts.having, asked);
        rel
    }

    /// The step that makes `groups` of a relation, with what tells DISTINCT values apart
    /// below it. `columns` come out of it.
    pub(super) fn group_once(
        &mut self,
        mut rel: Rel,
        keys: &[Expr],
        aggregation: &Aggregation,
        columns: &[ColumnId],
        count: Count,
    ) -> Rel {
        let groups = count.likely;
        let aggregates = &aggregation.aggregates;
        let spooled = self.told_apart(aggregates);
        if let Some(argument) = &spooled {
            rel = self.spool_distinct(rel, keys, argument, aggregates);
        }
        let named: Vec<Expr> = keys
            .iter()
            .filter(|key| !key.is_constant())
            .cloned()
            .collect();
        rel = self.aggregated_outside(rel, &named, aggregates);
        let kept = (aggregates.len() + aggregation.counted_again) as f64;
        let units = named.len() as f64 + kept;
        let operator = self.grouping(&rel, &named);
        let compute = self.aggregate_compute(&named, aggregates, spooled.is_some());
        let dist = self.grouped_dist(&rel.dist, &named);
        let scattered = !named.is_empty() && !self.is_grouped_in_place(&rel.dist, &named);
        let hashed = cost::hash_aggregate(rel.cost, rel.rows, units);
        let (startup, total) = match operator {
            Operator::GroupAggregate => (0.0, hashed + groups * cost::ROW),
            Operator::Aggregate => (hashed, hashed),
            _ => (hashed, hashed + groups * cost::OPERATOR * kept),
        };
        let mut step = Step::new(operator, Vec::new());
        step.compute = compute;
        let width = self.columns.width(columns.iter());
        let mut rel = rel.on_top(step, Range { startup, total }, width);
        rel.dist = dist;
        rel.sorted = Vec::new();
        rel.columns = columns.to_vec();
        rel.set_count(count);
        rel.step.grouping = Some(Grouping {
            made: rel.range,
            scattered,
        });
        let (key, _) = columns.split_at(columns.len().saturating_sub(aggregates.len()));
        self.made(columns, count, key.to_vec());
        rel
    }

    /// HAVING on a grouping's result, with the line that the step prints.
    pub(super) fn keep_groups(&self, rel: &mut Rel, having: &[Expr], asked: Detail) {
        if having.is_empty() {
            return;
        }
        rel.step.condition(asked);
        let groups = rel.count();
        let share = self.columns.share_of_all(having);
        let likely = (groups.likely * share.likely).max(1.0);
        // What a condition on an aggregate leaves is not known: anything from none to all.
        rel.set_count(Count::ordered(|end| match end {
            End::Low => 1f64.min(groups.low),
            End::Likely => likely,
            End::High => groups.high,
        }));
        if let Some(grouping) = &mut rel.step.grouping {
            grouping.made = RowRange {
                low: groups.low / rel.rows,
                likely: groups.likely / rel.rows,
                high: groups.high / rel.rows,
            };
        }
    }

    /// GROUP BY of leading sort key columns can go group by group.
    fn grouping(&self, rel: &Rel, keys: &[Expr]) -> Operator {
        if keys.is_empty() {
            return Operator::Aggregate;
        }
        let ids: BTreeSet<ColumnId> = keys
            .iter()
            .filter_map(|key| Some(self.columns.root(key.as_column()?)))
            .collect();
        let leading: BTreeSet<ColumnId> = rel.sorted.iter().take(keys.len()).copied().collect();
        let by_key = match &rel.dist {
            Dist::Key(columns) => columns
                .iter()
                .all(|equal| equal.iter().any(|id| ids.contains(id))),
            Dist::All | Dist::Single => true,
            Dist::Even => false,
        };
        match ids.len() == keys.len() && ids == leading && by_key {
            true => Operator::GroupAggregate,
            false => Operator::HashAggregate,
        }
    }

    /// Whether the rows of every group lie on one slice.
    pub(super) fn is_grouped_in_place(&self, dist: &Dist, keys: &[Expr]) -> bool {
        let ids: Vec<ColumnId> = keys
            .iter()
            .filter_map(|key| Some(self.columns.root(key.as_column()?)))
            .collect();
        match dist {
            Dist::All | Dist::Single => true,
            Dist::Key(columns) => columns
                .iter()
                .all(|equal| equal.iter().any(|id| ids.contains(id))),
            Dist::Even => false,
        }
    }

    /// Where the groups are: with their rows if these are distributed by a key of
    /// the grouping, else by the hash of all keys.
    pub(super) fn grouped_dist(&self, dist: &Dist, keys: &[Expr]) -> Dist {
        let ids: Vec<ColumnId> = keys
            .iter()
            .filter_map(|key| Some(self.columns.root(key.as_column()?)))
            .collect();
        match dist {
            _ if keys.is_empty() => Dist::Single,
            _ if self.is_grouped_in_place(dist, keys) => dist.clone(),
            _ if ids.len() == keys.len() => Dist::Key(ids.into_iter().map(|id| vec![id]).collect()),
            _ => Dist::Even,
        }
    }

    /// What grouping by these keys takes per row.
    pub(super) fn aggregate_compute(
        &self,
        keys: &[Expr],
        aggregates: &[Expr],
        spooled: bool,
    ) -> Compute {
        let mut compute = self.compute_of(keys);
        compute.key_text_bytes = self.text_bytes(keys);
        for aggregate in aggregates {
            let Expr::Aggregate {
                name,
                args,
                distinct,
            } = aggregate
            else {
                continue;
            };
            compute.add(self.compute_of(args));
            match distinct {
                // Counted where the values are told apart, as are the rows of all others.
                _ if spooled => {}
                true => compute.mixed_distinct_values += 1.0,
                false => compute.aggregates += 1.0,
            }
            let compares = matches!(name.as_str(), "min" | "max" | "listagg" | "any_value");
            if compares {
                compute.text_bytes += self.text_bytes(args);
            }
        }
        compute
    }

    /// What evaluating these expressions takes per row.
    pub(super) fn compute_of(&self, exprs: &[Expr]) -> Compute {
        let mut compute = Compute::default();
        for part in exprs.iter().flat_map(Expr::walk) {
            match part {
                Expr::Compute { rest, .. } => compute.operations += rest.len() as f64,
                Expr::Navigate { operand, .. } => {
                    compute.operations += 1.0;
                    compute.text_bytes += self.text_bytes(std::slice::from_ref(operand));
                }
                Expr::Function { name, args } => {
                    compute.operations += 1.0;
                    let bytes = self.text_bytes(args);
                    match name.starts_with("regexp_") {
                        true => compute.regex_bytes += bytes,
                        false => compute.text_bytes += bytes,
                    }
                }
                Expr::Pattern { kind, operand, .. } => {
                    let bytes = self.text_bytes(std::slice::from_ref(operand));
                    match kind {
                        PatternKind::Regex => compute.regex_bytes += bytes,
                        _ => compute.like_bytes += bytes,
                    }
                }
                Expr::Unary { .. } | Expr::Cast { .. } | Expr::Case(_) => compute.operations += 1.0,
                _ => {}
            }
        }
        compute
    }

    /// Bytes of the text columns that these expressions read.
    pub(super) fn text_bytes(&self, exprs: &[Expr]) -> f64 {
        exprs
            .iter()
            .flat_map(Expr::columns)
            .filter(|id| is_text(&self.columns.get(*id).data_type))
            .map(|id| self.columns.get(id).bytes)
            .sum()
    }

    /// Bytes of an expression's value: of its column, or of all columns it reads.
    pub(super) fn bytes_of(&self, expr: &Expr) -> f64 {
        match expr {
            Expr::Aggregate { .. } | Expr::Window { .. } => AGGREGATE_BYTES,
            Expr::Literal { text, .. } => text.len() as f64,
            Expr::Cast { to, operand } if is_text(to) => self.bytes_of(operand),
            Expr::Cast { to, .. } => crate::work::fixed_bytes(to),
            expr => expr
                .columns()
                .map(|id| self.columns.get(id).bytes)
                .sum::<f64>()
                .max(1.0),
        }
    }

    /// The columns of a grouping's result. A key that is a column stays itself.
    pub(super) fn result_columns(
        &mut self,
        rel: &Rel,
        keys: &[Expr],
        aggregates: &[Expr],
        groups: Count,
    ) -> Vec<ColumnId> {
        let mut ids = Vec::with_capacity(keys.len() + aggregates.len());
        for key in keys {
            let id = key.as_column().unwrap_or_else(|| {
                let mut column = self.computed(key, groups.likely);
                let alone = std::slice::from_ref(key);
                let values = self.columns.groups(alone, rel.count(), &self.sources);
                if values.unknown.is_empty() {
                    column.distinct = Some(values.count.likely.min(groups.likely));
                }
                self.columns.add(column)
            });
            ids.push(id);
        }
        for aggregate in aggregates {
            ids.push(self.computed_column(aggregate, groups.likely));
        }
        ids
    }

    /// A column that holds an expression's value.
    pub(super) fn computed_column(&mut self, expr: &Expr, rows: f64) -> ColumnId {
        let column = self.computed(expr, rows);
        self.columns.add(column)
    }

    /// What is known of an expression's value.
    pub(super) fn computed(&self, expr: &Expr, rows: f64) -> Column<'a> {
        let data_type = match expr {
            Expr::Cast { to, .. } => to.clone(),
            Expr::Aggregate { args, .. } | Expr::Window { args, .. } => args
                .first()
                .and_then(|arg| self.columns.type_of(arg))
                .filter(is_text)
                .unwrap_or(DataType::BigInt),
            _ => DataType::Other("expression".to_owned()),
        };
        Column {
            name: self.columns.text(expr, Names::Qualified),
            qualifier: String::new(),
            data_type,
            distinct: expr.is_constant().then_some(1.0),
            bytes: self.bytes_of(expr),
            rows,
            stats: None,
            computed: true,
            origin: None,
        }
    }
}

/// The column that holds an expression's value after a grouping.
pub(super) fn result_of(expr: &Expr, results: &[(Expr, ColumnId)]) -> Option<Expr> {
    let (_, id) = results.iter().find(|(known, _)| known == expr)?;
    Some(Expr::Column(*id))
}

pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Varchar(_) | DataType::Char(_) | DataType::Super
    )
}
