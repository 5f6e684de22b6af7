//! DISTINCT: of rows, and inside aggregate functions.

use crate::plan::{Grouping, Operator};
use crate::planner::cost::{self, Range};
use crate::planner::logical::expr::{ColumnId, Expr};

use super::Physical;
use super::rel::{Rel, Step};

/// Bytes of an aggregate's value.
pub(super) const AGGREGATE_BYTES: f64 = 8.0;

/// Aggregate functions whose values over parts of a group can't be put together to that of
/// the whole: they need all of its values in order, or a sketch.
const WHOLE_GROUP: &[&str] = &[
    "listagg",
    "median",
    "percentile_cont",
    "percentile_disc",
    "approximate_percentile_disc",
];

impl Physical<'_, '_> {
    /// The argument of the DISTINCT aggregates, if its values are told apart in a step of
    /// their own.
    pub(super) fn told_apart(&mut self, aggregates: &[Expr]) -> Option<Expr> {
        let mut argument: Option<&Expr> = None;
        let mut several = false;
        let mut splits = true;
        for aggregate in aggregates {
            let Expr::Aggregate {
                name,
                args,
                distinct,
            } = aggregate
            else {
                continue;
            };
            if !distinct {
                splits &= !WHOLE_GROUP.contains(&name.as_str());
                continue;
            }
            let [only] = args.as_slice() else {
                return None;
            };
            several |= argument.is_some_and(|known| known != only);
            argument = Some(only);
        }
        let argument = argument?;
        if several || !splits {
            self.assumptions.add(
                "DISTINCT aggregates of several expressions, or beside LISTAGG, MEDIAN or percentiles, are planned as one step: Redshift's own plan for them was not seen.",
            );
            return None;
        }
        Some(argument.clone())
    }

    /// The distinct pairs of keys and `argument`, spooled as `volt_dt_n`; the step above counts
    /// them. Other aggregates are worked out for each pair here, and put together there.
    ///
    /// Operators, their order and their cost are those of the public plan `vis-subquery`.
    pub(super) fn spool_distinct(
        &mut self,
        rel: Rel,
        keys: &[Expr],
        argument: &Expr,
        aggregates: &[Expr],
    ) -> Rel {
        let mut pairs: Vec<Expr> = keys.to_vec();
        if !pairs.contains(argument) {
            pairs.push(argument.clone());
        }
        let others: Vec<Expr> = aggregates
            .iter()
            .filter(|expr| {
                matches!(
                    expr,
                    Expr::Aggregate {
                        distinct: false,
                        ..
                    }
                )
            })
            .cloned()
            .collect();
        let count = self.group_count(&rel, &pairs);
        let groups = count.likely;
        let mut inside = Step::new(Operator::HashAggregate, Vec::new());
        inside.compute = self.aggregate_compute(&pairs, &others, false);
        match others.is_empty() {
            true => inside.compute.distinct_values = 1.0,
            false => {
                inside.compute.mixed_distinct_values = 1.0;
                inside.compute.key_text_bytes = self.text_bytes(keys);
            }
        }
        let units = (pairs.len() + others.len()) as f64;
        let startup = cost::hash_aggregate(rel.cost, rel.rows, units);
        let total = startup + groups * cost::OPERATOR * others.len() as f64;
        let width = pairs.iter().map(|expr| self.bytes_of(expr)).sum::<f64>()
            + AGGREGATE_BYTES * others.len() as f64;
        let cost = Range { startup, total };
        let dist = self.grouped_dist(&rel.dist, &pairs);
        let scattered = !self.is_grouped_in_place(&rel.dist, &pairs);
        let columns = rel.columns.clone();
        let mut rel = rel.on_top(inside, cost, width);
        rel.set_count(count);
        rel.step.grouping = Some(Grouping {
            made: rel.range,
            scattered,
        });
        let mut scan = Step::new(Operator::SubqueryScan, Vec::new());
        scan.node.relation = Some(format!("volt_dt_{}", self.beside.distinct_spools));
        self.beside.distinct_spools += 1;
        let cost = Range {
            startup,
            total: total + groups * cost::ROW,
        };
        let mut rel = rel.on_top(scan, cost, width);
        rel.columns = columns;
        rel.sorted = Vec::new();
        rel.dist = dist;
        rel
    }

    /// DISTINCT over these columns.
    pub(super) fn unique(&mut self, rel: Rel, columns: &[Expr]) -> Rel {
        let count = self.group_count(&rel, columns);
        let total = rel.cost.total + rel.rows * cost::OPERATOR * columns.len() as f64;
        let cost = Range {
            startup: rel.cost.startup,
            total,
        };
        let width: f64 = columns.iter().map(|expr| self.bytes_of(expr)).sum();
        let dist = self.grouped_dist(&rel.dist, columns);
        let scattered = !self.is_grouped_in_place(&rel.dist, columns);
        let mut step = Step::new(Operator::Unique, Vec::new());
        step.compute.key_text_bytes = self.text_bytes(columns);
        let mut rel = rel.on_top(step, cost, width);
        rel.set_count(count);
        rel.step.grouping = Some(Grouping {
            made: rel.range,
            scattered,
        });
        let key: Vec<ColumnId> = columns.iter().filter_map(Expr::as_column).collect();
        if key.len() == columns.len() {
            self.made(&key.clone(), count, key);
        }
        Rel {
            dist,
            sorted: Vec::new(),
            ..rel
        }
    }
}
