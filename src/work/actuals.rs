//! What a query really did, from the cluster's own log, laid over its plan: this
//! takes the place of EXPLAIN ANALYZE, which Redshift does not have.
//!
//! Reads exports of `SVL_QUERY_SUMMARY`, `SYS_QUERY_DETAIL` and
//! `STL_ALERT_EVENT_LOG` as CSV or as psql prints them. Times there are those of a
//! whole segment, even on the rows of its steps, so they are shown per segment and
//! never added up over steps.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::name::TableName;
use crate::plan::{NodeId, Operator, Plan};

/// One row of an export.
#[derive(Debug, Clone, PartialEq, Default)]
struct Logged {
    plan_node: Option<i64>,
    step: String,
    table: Option<String>,
    rows: Option<f64>,
    segment_ms: Option<f64>,
    spilled: bool,
    alert: Option<String>,
}

/// A step with what it really did.
#[derive(Debug, Clone, PartialEq, Serialize)]
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

/// An export laid over a plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Actuals {
    /// The steps that could be matched.
    pub steps: Vec<ActualStep>,
    /// Redshift's own alerts.
    pub alerts: Vec<String>,
    /// Log rows that belong to no single step of the plan.
    pub unmatched: usize,
    /// Whether anything spilled, matched or not.
    pub spilled: bool,
}

impl Actuals {
    /// The matched step whose rows were most wrong: where the statistics mislead.
    pub fn worst(&self) -> Option<&ActualStep> {
        let error = |step: &&ActualStep| step.q_error.unwrap_or(1.0);
        self.steps
            .iter()
            .max_by(|a, b| error(a).total_cmp(&error(b)))
    }
}

/// Why an export can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActualsError {
    /// None of the known columns is there.
    #[error(
        "not an export of SVL_QUERY_SUMMARY, SYS_QUERY_DETAIL or STL_ALERT_EVENT_LOG: its columns are {0}"
    )]
    Columns(String),
}

/// Lays an export over a plan.
///
/// # Errors
/// Text without any column that these views have.
pub fn overlay(plan: &Plan, export: &str) -> Result<Actuals, ActualsError> {
    let logged = read(export)?;
    let mut out = Actuals::default();
    let offset = node_offset(plan, &logged);
    let mut by_node: BTreeMap<NodeId, Logged> = BTreeMap::new();
    for row in &logged {
        out.spilled |= row.spilled;
        if let Some(alert) = &row.alert
            && !out.alerts.contains(alert)
        {
            out.alerts.push(alert.clone());
        }
        let Some(rows) = row.rows else { continue };
        let Some(node) = place(plan, row, offset) else {
            out.unmatched += 1;
            continue;
        };
        let slot = by_node.entry(node).or_insert_with(|| Logged {
            rows: Some(0.0),
            ..row.clone()
        });
        slot.rows = Some(slot.rows.unwrap_or(0.0).max(rows));
        slot.spilled |= row.spilled;
    }
    for (node, row) in by_node {
        let estimated = plan.nodes.get(node).and_then(|node| node.rows);
        let actual = row.rows.unwrap_or(0.0);
        let error = |estimated: f64| {
            (estimated.max(1.0) / actual.max(1.0)).max(actual.max(1.0) / estimated.max(1.0))
        };
        out.steps.push(ActualStep {
            node,
            estimated_rows: estimated,
            actual_rows: actual,
            q_error: estimated.map(error),
            spilled: row.spilled,
            segment_ms: row.segment_ms,
        });
    }
    Ok(out)
}

/// By how much the log's ids of plan nodes lie above the plan's, where the scans of
/// tables agree on one number.
fn node_offset(plan: &Plan, logged: &[Logged]) -> Option<i64> {
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
fn place(plan: &Plan, row: &Logged, offset: Option<i64>) -> Option<NodeId> {
    if let (Some(id), Some(offset)) = (row.plan_node, offset) {
        let node = usize::try_from(id - offset).ok()?;
        return (node < plan.nodes.len()).then_some(node);
    }
    let table = row
        .table
        .as_ref()
        .filter(|_| row.step.starts_with("scan"))?;
    let mut found = plan.nodes.iter().filter(|node| scans(node, table));
    let only = found.next()?;
    found.next().is_none().then_some(only.id)
}

/// The rows of an export; rows of whole streams and segments are left out.
fn read(export: &str) -> Result<Vec<Logged>, ActualsError> {
    let psql = export
        .lines()
        .next()
        .is_some_and(|line| line.contains('|') && !line.contains(','));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if psql { b'|' } else { b',' })
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(export.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .map(|header| header.iter().map(str::to_lowercase).collect())
        .unwrap_or_default();
    let known = ["rows", "output_rows", "label", "step_name", "event"];
    if !header.iter().any(|name| known.contains(&name.as_str())) {
        return Err(ActualsError::Columns(format!("`{}`", header.join("`, `"))));
    }
    let mut out = Vec::new();
    for record in reader.records().flatten() {
        let cell = |name: &str| {
            let at = header.iter().position(|column| column == name)?;
            record
                .get(at)
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let number = |name: &str| cell(name)?.parse::<f64>().ok().filter(|n| n.is_finite());
        if cell("metrics_level").is_some_and(|level| !level.eq_ignore_ascii_case("step")) {
            continue;
        }
        let label = cell("label").unwrap_or_default();
        let named = label
            .split_once("name=")
            .map(|(_, name)| name.trim().to_owned());
        let blocks = ["spilled_block_local_disk", "spilled_block_remote_disk"];
        let written: f64 = blocks.iter().filter_map(|name| number(name)).sum();
        let event = cell("event").map(|event| match cell("solution") {
            Some(solution) => format!("{event}: {solution}"),
            None => event.to_owned(),
        });
        out.push(Logged {
            plan_node: number("plan_node_id")
                .map(|id| id as i64)
                .filter(|id| *id >= 0),
            step: cell("step_name").unwrap_or(label).to_lowercase(),
            table: cell("table_name").map(str::to_owned).or(named),
            rows: number("output_rows").or(number("rows")),
            // Both views count in microseconds.
            segment_ms: number("duration")
                .or(number("maxtime"))
                .map(|us| us / 1000.0),
            spilled: written > 0.0
                || cell("is_diskbased").is_some_and(|flag| flag.eq_ignore_ascii_case("t")),
            alert: cell("alert").map(str::to_owned).or(event),
        });
    }
    Ok(out)
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
