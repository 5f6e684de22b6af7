//! Scans of external tables, as Redshift prints them: partitions first, then what Spectrum
//! reads, filters and aggregates, then what comes to the cluster.
//!
//! The numbers are read off public plans: the partitions of a table are taken to be 1,000,
//! and each condition on them prunes like any other predicate without statistics (334, 112);
//! `numRows` counts whole in `S3 Seq Scan`, however many partitions are left; aggregates
//! come in 1,000 parts (200,000 rows for one key, 1,000 without one); `Partition Loop`
//! prints the rows of one round times the partitions, although all rounds together send
//! what `S3 Query Scan` says.

use std::collections::BTreeSet;

use crate::plan::{Detail, DetailKind, Engine, Operator};
use crate::schema::{Table, TableKind};
use crate::thresholds::DEFAULT_DISTINCT;
use crate::work::RowRange;

use super::Physical;
use crate::planner::cost::{self, Range};
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::{ColumnId, Expr};
use crate::planner::logical::text::{Names, quoted};

use super::rel::{Rel, Step, printed_rows};

/// Partitions of an external table [read back from public plans].
const PARTITIONS: f64 = 1000.0;
/// Parts in which Spectrum sends its aggregates [read back from public plans].
const PARTS: f64 = 1000.0;
/// Aggregate functions that Spectrum runs [Amazon Redshift Spectrum query performance].
const PUSHED: [&str; 5] = ["count", "sum", "avg", "min", "max"];

/// A scan of an external table before its steps stand: the scan's own step, the rows of the
/// table, the conditions.
pub(super) struct ExternalScan<'t> {
    pub table: &'t Table,
    pub alias: Option<&'t str>,
    pub scan: Step,
    pub rows: f64,
    pub rows_range: RowRange,
    pub filters: Vec<Expr>,
    pub width: f64,
    pub columns: &'t [ColumnId],
}

impl Physical<'_, '_> {
    /// The steps of an external scan.
    pub(super) fn external(&self, external: ExternalScan<'_>) -> Rel {
        let ExternalScan {
            table,
            alias,
            scan,
            rows,
            rows_range,
            filters,
            width,
            columns,
        } = external;
        let (on_partitions, others): (Vec<Expr>, Vec<Expr>) =
            filters.into_iter().partition(|filter| {
                let mut read = filter.columns().peekable();
                read.peek().is_some() && read.all(|id| self.is_partition(table, id))
            });
        let share = self.columns.share_of_all(&others);
        let asked = self.asked(&others);
        let cost = Range {
            startup: 0.0,
            total: cost::scan(rows.max(1.0), comparisons(&asked)),
        };
        let out = rows * share.likely;
        let kept = self.columns.share_of_all(&on_partitions);
        // The printed rows of the scan are those of all partitions.
        let pruned = RowRange {
            low: kept.low.min(kept.expected),
            likely: kept.expected,
            high: kept.high.max(kept.expected),
        };
        let read = rows_range.times(pruned);
        let range = read.times(share.range());
        let mut inside = Step {
            node: crate::plan::Node {
                engine: Engine::S3,
                ..scan.node
            },
            table_rows: (!read.is_exact()).then_some(read),
            range: Some(range),
            compute: self.compute_of(&others),
            ..scan
        };
        if let Some(asked) = asked {
            inside.condition(asked);
        }
        inside.numbers(cost, out, width);
        let name = alias.map_or_else(|| quoted(&table.name.name), quoted);
        let query = query_scan(name, inside, cost, (out, range), width);
        let received = received(cost, out);
        let mut rel = Rel {
            step: query,
            rows: out.max(1.0),
            range,
            cost: received,
            dist: Dist::Even,
            sorted: Vec::new(),
            columns: columns.to_vec(),
        };
        if !table.partitions.is_empty() {
            let info = self.partition_info(table, alias, &on_partitions, kept.likely);
            rel = looped(rel, info);
        }
        rel
    }

    fn asked(&self, filters: &[Expr]) -> Option<Detail> {
        let said = || {
            self.columns
                .condition(DetailKind::Filter, filters, Names::Bare)
        };
        (!filters.is_empty()).then(said)
    }

    fn is_partition(&self, table: &Table, id: ColumnId) -> bool {
        let name = &self.columns.get(self.columns.root(id)).name;
        table
            .partitions
            .iter()
            .any(|column| column.name == *name.as_str())
    }

    fn partition_info(&self, table: &Table, alias: Option<&str>, on: &[Expr], share: f64) -> Step {
        let mut step = Step::new(Operator::PartitionInfoScan, Vec::new());
        step.node.relation = Some(printed_name(table));
        step.node.alias = alias.map(quoted);
        let asked = self.asked(on);
        let cost = Range {
            startup: 0.0,
            total: cost::scan(PARTITIONS, comparisons(&asked)),
        };
        let read: BTreeSet<ColumnId> = on.iter().flat_map(Expr::columns).collect();
        let width = self.columns.width(read.iter());
        if let Some(asked) = asked {
            step.condition(asked);
        }
        step.numbers(cost, (PARTITIONS * share).ceil(), width);
        step
    }

    /// Lets Spectrum aggregate what comes straight from an external table, where it can.
    pub(super) fn aggregated_outside(&self, rel: Rel, keys: &[Expr], aggregates: &[Expr]) -> Rel {
        let can = |aggregate: &Expr| matches!(aggregate, Expr::Aggregate { name, distinct: false, .. } if PUSHED.contains(&name.as_str()));
        let plain = keys.iter().all(|key| key.as_column().is_some());
        if aggregates.is_empty() || !plain || !aggregates.iter().all(can) {
            return rel;
        }
        let (looped_over, query) = match rel.step.node.operator {
            Operator::S3QueryScan => (None, &rel.step),
            Operator::PartitionLoop => match rel.step.children.as_slice() {
                [info, query] => (Some(info.clone()), query),
                _ => return rel,
            },
            _ => return rel,
        };
        let ([scan], true) = (query.children.as_slice(), query.node.details.is_empty()) else {
            return rel;
        };
        let (Some(cost), Some(rows), Some(width)) =
            (scan.node.cost, scan.node.rows, scan.node.width)
        else {
            return rel;
        };
        let table = scan.node.table_name();
        let table = table.and_then(|name| self.schema.resolve(&name));
        // Partition columns are the same in each round.
        let inner = keys.iter().filter_map(Expr::as_column).filter(|id| {
            let partition = table.is_some_and(|table| self.is_partition(table, *id));
            !partition
        });
        let inner: Vec<ColumnId> = inner.collect();
        let each = inner
            .iter()
            .map(|id| self.columns.get(*id).distinct.unwrap_or(DEFAULT_DISTINCT));
        let groups = (each.product::<f64>() * PARTS).min(rows.max(1.0)).round();
        let operator = match inner.is_empty() {
            true => Operator::Aggregate,
            false => Operator::HashAggregate,
        };
        let units = (inner.len() + aggregates.len()) as f64;
        let startup = cost.total + rows * cost::OPERATOR * units;
        let per_group = match operator {
            Operator::Aggregate => 0.0,
            _ => cost::OPERATOR * groups * (aggregates.len() as f64),
        };
        let numbers = Range {
            startup,
            total: startup + per_group,
        };
        // Groups of one part are no more than the rows that it reads.
        let range = RowRange {
            likely: 1.0,
            low: 1.0 / groups.max(1.0),
            high: 1.0,
        };
        let mut step = Step::new(operator, vec![scan.clone()]);
        step.node.engine = Engine::S3;
        step.numbers(numbers, groups, width);
        step.range = Some(range);
        let name = query.node.relation.clone().unwrap_or_default();
        let pushed = Rel {
            step: query_scan(name, step, numbers, (groups, range), width),
            rows: groups,
            range,
            cost: received(numbers, groups),
            ..rel
        };
        match looped_over {
            Some(info) => looped(pushed, info),
            None => pushed,
        }
    }
}

/// The step that receives what Spectrum sends.
fn query_scan(
    name: String,
    below: Step,
    cost: Range,
    (rows, range): (f64, RowRange),
    width: f64,
) -> Step {
    let mut query = Step::new(Operator::S3QueryScan, vec![below]);
    query.node.relation = Some(name);
    query.numbers(received(cost, rows), rows, width);
    query.range = Some(range);
    query
}

/// What it costs to receive rows: a hundredth for each.
fn received(cost: Range, rows: f64) -> Range {
    Range {
        startup: cost.startup,
        total: cost.total + rows.max(1.0) * cost::ROW,
    }
}

/// A round for each partition. The costs are those of a nested loop, as printed.
fn looped(query: Rel, info: Step) -> Rel {
    let partitions = info.node.rows.unwrap_or(1.0);
    let listed = info.node.cost.map_or(0.0, |cost| cost.total);
    let cost = Range {
        startup: 2.0 * query.cost.startup,
        total: listed
            + query.cost.startup
            + query.cost.total
            + partitions * (query.cost.total - query.cost.startup),
    };
    let rows = printed_rows(query.rows) * partitions;
    // What is printed counts each row as often as there are partitions.
    let range = RowRange {
        low: query.range.low / partitions,
        likely: query.range.likely / partitions,
        high: query.range.high / partitions,
    };
    let width = query.width();
    let mut step = Step::new(Operator::PartitionLoop, vec![info, query.step]);
    step.numbers(cost, rows, width);
    step.range = Some(range);
    Rel {
        step,
        rows,
        range,
        cost,
        ..query
    }
}

fn comparisons(asked: &Option<Detail>) -> f64 {
    asked
        .as_ref()
        .map_or(0.0, |asked| asked.predicate().comparisons)
}

/// What a scan of a table is printed with: the schema only where it is external.
pub(super) fn printed_name(table: &Table) -> String {
    match (&table.name.schema, table.kind) {
        (Some(schema), TableKind::External) => {
            format!("{}.{}", quoted(schema), quoted(&table.name.name))
        }
        _ => quoted(&table.name.name),
    }
}
