//! GROUP BY, aggregate functions, DISTINCT.

use std::collections::BTreeSet;

use crate::plan::{DetailKind, Operator};
use crate::schema::DataType;
use crate::work::{Compute, RowRange};

use super::Physical;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr, PatternKind};

use super::rel::{Rel, Step};
use super::select::Parts;
use crate::planner::logical::columns::Column;
use crate::planner::logical::text::Names;

/// Bytes of an aggregate's value.
const AGGREGATE_BYTES: f64 = 8.0;

impl<'a> Physical<'_, 'a> {
    /// Groups a relation; the expressions above are rewritten in terms of its result.
    pub(super) fn aggregate(&mut self, mut rel: Rel, parts: &mut Parts) -> Rel {
        let mut keys: Vec<Expr> = Vec::new();
        for key in std::mem::take(&mut parts.keys) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut aggregates: Vec<Expr> = Vec::new();
        for expr in parts.above().flat_map(Expr::walk) {
            if matches!(expr, Expr::Aggregate { .. }) && !aggregates.contains(expr) {
                aggregates.push(expr.clone());
            }
        }
        if let Some(argument) = only_distinct(&aggregates) {
            rel = self.spool_distinct(rel, &keys, argument);
        }
        let in_having = parts.having.iter().flat_map(Expr::walk);
        let counted_again = in_having
            .filter(|expr| matches!(expr, Expr::Aggregate { .. }))
            .count();
        let named: Vec<Expr> = keys
            .iter()
            .filter(|key| !key.is_constant())
            .cloned()
            .collect();
        rel = self.aggregated_outside(rel, &named, &aggregates);
        let units = (named.len() + aggregates.len() + counted_again) as f64;
        let (groups, range) = match named.is_empty() {
            true => (1.0, RowRange::EXACT),
            false => self.columns.groups(&named, rel.rows),
        };
        let operator = self.grouping(&rel, &named);
        let compute =
            self.aggregate_compute(&named, &aggregates, only_distinct(&aggregates).is_some());
        let dist = self.grouped_dist(&rel.dist, &named);
        let input = rel.cost;
        let before = match operator {
            Operator::GroupAggregate => 0.0,
            _ => cost::hash_aggregate(input, rel.rows, units),
        };
        let per_group = cost::OPERATOR * (aggregates.len() + counted_again) as f64;
        let total = match operator {
            Operator::GroupAggregate => {
                cost::hash_aggregate(input, rel.rows, units) + groups * cost::ROW
            }
            Operator::Aggregate => before,
            _ => before + groups * per_group,
        };

        let key_columns = self.result_columns(&keys, &[], groups);
        let aggregate_columns = self.result_columns(&[], &aggregates, groups);
        let columns: Vec<ColumnId> = key_columns
            .iter()
            .chain(&aggregate_columns)
            .copied()
            .collect();
        let mut step = Step::new(operator, Vec::new());
        step.compute = compute;
        let width = self.columns.width(columns.iter());
        let range = match named.is_empty() {
            true => RowRange::EXACT,
            false => range
                .times(RowRange {
                    likely: 1.0,
                    ..rel.range
                })
                .within(1.0 / groups, rel.rows.max(1.0) / groups),
        };
        let mut rel = rel.on_top(
            step,
            Range {
                startup: before,
                total,
            },
            width,
        );
        rel.rows = groups;
        rel.range = RowRange {
            likely: 1.0,
            ..range
        };
        rel.step.range = Some(range);
        rel.dist = dist;
        rel.sorted = Vec::new();
        rel.columns.clone_from(&columns);
        let numbers = rel.cost;
        rel.step.numbers(numbers, groups, width);

        let having: Vec<Expr> = std::mem::take(&mut parts.having);
        let asked = (!having.is_empty()).then(|| {
            self.columns
                .condition(DetailKind::Filter, &having, Names::Qualified)
        });
        parts.having = having;
        let replaced: Vec<(Expr, ColumnId)> =
            keys.into_iter().chain(aggregates).zip(columns).collect();
        parts.replace(&|expr| {
            let (_, id) = replaced.iter().find(|(known, _)| known == expr)?;
            Some(Expr::Column(*id))
        });
        if let Some(asked) = asked {
            let share = self.columns.share_of_all(&parts.having);
            rel.step.condition(asked);
            rel.rows = (rel.rows * share.likely).max(1.0);
            rel.range = rel.range.times(share.range());
        }
        rel
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

    /// Where the groups are: with their rows if these are distributed by a key of
    /// the grouping, else by the hash of all keys.
    fn grouped_dist(&self, dist: &Dist, keys: &[Expr]) -> Dist {
        let ids: Vec<ColumnId> = keys
            .iter()
            .filter_map(|key| Some(self.columns.root(key.as_column()?)))
            .collect();
        match dist {
            _ if keys.is_empty() => Dist::Single,
            Dist::Key(columns)
                if columns
                    .iter()
                    .all(|equal| equal.iter().any(|id| ids.contains(id))) =>
            {
                dist.clone()
            }
            Dist::All | Dist::Single => dist.clone(),
            _ if ids.len() == keys.len() => Dist::Key(ids.into_iter().map(|id| vec![id]).collect()),
            _ => Dist::Even,
        }
    }

    /// `COUNT(DISTINCT x)` alone: the distinct pairs of keys and `x` are spooled
    /// as `volt_dt_n` and counted after.
    fn spool_distinct(&mut self, rel: Rel, keys: &[Expr], argument: Expr) -> Rel {
        let mut pairs: Vec<Expr> = keys.to_vec();
        pairs.push(argument);
        let (groups, range) = self.columns.groups(&pairs, rel.rows);
        let mut inside = Step::new(Operator::HashAggregate, Vec::new());
        inside.compute = self.compute_of(&pairs);
        inside.compute.distinct_values = 1.0;
        inside.compute.key_text_bytes = self.text_bytes(&pairs);
        let startup = cost::hash_aggregate(rel.cost, rel.rows, pairs.len() as f64);
        let width: f64 = pairs.iter().map(|expr| self.bytes_of(expr)).sum();
        let cost = Range {
            startup,
            total: startup,
        };
        let dist = self.grouped_dist(&rel.dist, &pairs);
        let columns = rel.columns.clone();
        let mut rel = rel.on_top(inside, cost, width);
        rel.rows = groups;
        rel.range = RowRange {
            likely: 1.0,
            ..range
        };
        rel.step.range = Some(range);
        rel.step.numbers(cost, groups, width);
        let mut scan = Step::new(Operator::SubqueryScan, Vec::new());
        scan.node.relation = Some(format!("volt_dt_{}", self.beside.distinct_spools));
        self.beside.distinct_spools += 1;
        let cost = Range {
            startup,
            total: startup + groups * cost::ROW,
        };
        let mut rel = rel.on_top(scan, cost, width);
        rel.step.range = Some(range);
        rel.range = range;
        rel.columns = columns;
        rel.sorted = Vec::new();
        rel.dist = dist;
        rel
    }

    /// DISTINCT over these columns.
    pub(super) fn unique(&mut self, rel: Rel, columns: &[Expr]) -> Rel {
        let (groups, range) = self.columns.groups(columns, rel.rows);
        let total = rel.cost.total + rel.rows * cost::OPERATOR * columns.len() as f64;
        let cost = Range {
            startup: rel.cost.startup,
            total,
        };
        let width: f64 = columns.iter().map(|expr| self.bytes_of(expr)).sum();
        let dist = self.grouped_dist(&rel.dist, columns);
        let mut step = Step::new(Operator::Unique, Vec::new());
        step.compute.key_text_bytes = self.text_bytes(columns);
        let mut rel = rel.on_top(step, cost, width);
        rel.rows = groups;
        rel.range = RowRange {
            likely: 1.0,
            ..range
        };
        rel.step.range = Some(range);
        rel.step.numbers(cost, groups, width);
        Rel {
            dist,
            sorted: Vec::new(),
            ..rel
        }
    }

    fn aggregate_compute(&self, keys: &[Expr], aggregates: &[Expr], spooled: bool) -> Compute {
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
                true if spooled => {}
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
    fn text_bytes(&self, exprs: &[Expr]) -> f64 {
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
    fn result_columns(&mut self, keys: &[Expr], aggregates: &[Expr], groups: f64) -> Vec<ColumnId> {
        let mut ids = Vec::with_capacity(keys.len() + aggregates.len());
        for expr in keys.iter().chain(aggregates) {
            ids.push(match expr.as_column() {
                Some(id) => id,
                None => self.computed_column(expr, groups),
            });
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

/// The argument of the only aggregate, if that is `f(DISTINCT x)`.
fn only_distinct(aggregates: &[Expr]) -> Option<Expr> {
    let [
        Expr::Aggregate {
            args,
            distinct: true,
            ..
        },
    ] = aggregates
    else {
        return None;
    };
    let [argument] = args.as_slice() else {
        return None;
    };
    Some(argument.clone())
}

pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Varchar(_) | DataType::Char(_) | DataType::Super
    )
}
