//! An export laid over its plan: rows that the planner expected beside those that there were.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::log::{self, Entry};
use super::profile::profiles;
use super::{Actuals, ActualsError};
use crate::name::TableName;
use crate::plan::{NodeId, Operator, Plan};

/// A step with what it really did.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ActualStep {
    /// The step of the plan.
    pub node: NodeId,
    /// Rows that the planner expected.
    pub estimated_rows: Option<f64>,
    /// Rows that there were.
    pub actual_rows: f64,
    /// The factor between them, at least 1.
    pub q_error: Option<f64>,
    /// Whether it ran out of memory and wrote to disk.
    pub spilled: bool,
    /// The time of its segment, which other steps share, in milliseconds.
    pub segment_ms: Option<f64>,
}

/// Lays an export over a plan.
///
/// # Errors
/// Text without any column that these views have.
pub fn overlay(plan: &Plan, export: &str) -> Result<Actuals, ActualsError> {
    let entries = log::read(export)?;
    let offset = node_offset(plan, &entries);
    let mut by_node: BTreeMap<NodeId, ActualStep> = BTreeMap::new();
    let mut unmatched = 0;
    for entry in entries.iter().filter(|entry| !entry.coarse) {
        let Some(rows) = entry.flow.rows else {
            continue;
        };
        let Some(node) = place(plan, entry, offset) else {
            unmatched += 1;
            continue;
        };
        let slot = by_node.entry(node).or_insert_with(|| ActualStep {
            node,
            estimated_rows: plan.nodes.get(node).and_then(|node| node.rows),
            actual_rows: 0.0,
            q_error: None,
            spilled: false,
            segment_ms: None,
        });
        // That of the slowest slice.
        slot.segment_ms = [slot.segment_ms, entry.flow.ms]
            .into_iter()
            .flatten()
            .reduce(f64::max);
        // Of a table, several steps of one segment tell the same rows; slices each tell theirs.
        slot.actual_rows = match entry.at.slice >= 0 {
            true => slot.actual_rows + rows,
            false => slot.actual_rows.max(rows),
        };
        slot.spilled |= entry.memory.spilled;
    }
    for step in by_node.values_mut() {
        let actual = step.actual_rows.max(1.0);
        let error = |estimated: f64| (estimated / actual).max(actual / estimated);
        step.q_error = step
            .estimated_rows
            .map(|estimated| error(estimated.max(1.0)));
    }
    Ok(Actuals {
        steps: by_node.into_values().collect(),
        unmatched,
        alerts: alerts(&entries),
        spilled: entries.iter().any(|entry| entry.memory.spilled),
        queries: profiles(&entries),
    })
}

/// Redshift's own alerts, none twice.
pub(super) fn alerts(entries: &[Entry]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for alert in entries.iter().filter_map(|entry| entry.alert.as_ref()) {
        if !out.contains(alert) {
            out.push(alert.clone());
        }
    }
    out
}

/// By how much the log's ids of plan nodes lie above the plan's, where the scans of
/// tables agree on one number.
fn node_offset(plan: &Plan, logged: &[Entry]) -> Option<i64> {
    let mut found: Option<i64> = None;
    for row in logged {
        let (Some(id), Some(table)) = (row.plan_node, &row.table) else {
            continue;
        };
        let mut scans = plan.nodes.iter().filter(|node| scans(node, table));
        let (Some(scan), None) = (scans.next(), scans.next()) else {
            continue;
        };
        let offset = id - scan.id as i64;
        if *found.get_or_insert(offset) != offset {
            return None;
        }
    }
    found
}

fn scans(node: &crate::plan::Node, table: &str) -> bool {
    let wanted = TableName::typed(table);
    node.operator == Operator::SeqScan
        && node
            .table_name()
            .is_some_and(|name| name.to_folded().name == wanted.name)
}

/// The step of the plan that a log row is about: by its plan node, else by the only
/// scan of its table.
fn place(plan: &Plan, row: &Entry, offset: Option<i64>) -> Option<NodeId> {
    if let (Some(id), Some(offset)) = (row.plan_node, offset) {
        let node = usize::try_from(id - offset).ok()?;
        return (node < plan.nodes.len()).then_some(node);
    }
    let table = row
        .table
        .as_ref()
        .filter(|_| row.word.starts_with("scan"))?;
    let mut found = plan.nodes.iter().filter(|node| scans(node, table));
    let only = found.next()?;
    found.next().is_none().then_some(only.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "\
XN Hash Join DS_DIST_NONE  (cost=0.00..9.00 rows=500 width=20)
  Hash Cond: (\"outer\".id = \"inner\".id)
  ->  XN Seq Scan on visits  (cost=0.00..10.00 rows=1000 width=16)
  ->  XN Hash  (cost=1.00..1.00 rows=100 width=16)
        ->  XN Seq Scan on users  (cost=0.00..1.00 rows=100 width=16)
";

    fn plan() -> Plan {
        crate::plan::read(PLAN)
            .plans
            .into_iter()
            .next()
            .expect("a plan")
    }

    #[test]
    fn a_summary_is_matched_by_table() {
        let export = "query,stm,seg,step,maxtime,rows,label,is_diskbased\n\
                      7,0,0,0,1500,900000,scan   tbl=101 name=visits,f\n\
                      7,0,0,1,1500,900000,hash   tbl=250,t\n";
        let actuals = overlay(&plan(), export).expect("an export");
        assert!(actuals.spilled && actuals.unmatched == 1);
        let worst = actuals.worst().expect("a step");
        assert_eq!(
            (worst.node, worst.actual_rows, worst.q_error),
            (1, 900_000.0, Some(900.0))
        );
        assert_eq!(worst.segment_ms, Some(1.5));
    }

    #[test]
    fn details_are_matched_by_plan_node_when_the_scans_agree() {
        let export = "plan_node_id | segment_id | step_name | table_name | output_rows | duration | alert | metrics_level\n\
                      2 | 0 | scan | visits | 1000 | 2000 | | Step\n\
                      4 | 1 | scan | users | 100 | 900 | Missing query planner statistics | step\n\
                      1 | 2 | hashjoin | | 400000 | 900 | | step\n\
                      -1 | 2 | | | 400000 | 900 | | Segment\n";
        let actuals = overlay(&plan(), export).expect("an export");
        assert_eq!(actuals.alerts, ["Missing query planner statistics"]);
        let join = actuals
            .steps
            .iter()
            .find(|step| step.node == 0)
            .expect("the join");
        assert_eq!(join.actual_rows, 400_000.0);
    }

    #[test]
    fn what_is_no_export_is_refused_with_its_columns() {
        let error = overlay(&plan(), "a,b\n1,2\n").expect_err("no export");
        assert!(error.to_string().contains("`a`, `b`"));
    }
}
