//! What the planner's cost numbers say, and what they don't.
//!
//! Cost is relative and cumulative: it gives neither a time nor a comparison
//! between plans. The rules below are read off the numbers of public plans; AWS
//! documents none of them.

use crate::thresholds::EXTERNAL_ROWS;

use super::{DetailKind, Engine, JoinKind, Node, NodeId, Operator, Plan};

/// Cost of one row that a scan reads [inferred from public plans].
pub const PER_ROW: f64 = 0.01;

/// Cost of one operator evaluation, group key or aggregate [inferred from public plans].
pub const PER_OPERATION: f64 = 0.0025;

/// What each Sort adds on top of its work [inferred from public plans].
pub const SORT_PENALTY: f64 = 1e12;

/// Half of the last printed digit.
const ROUNDING: f64 = 0.005;

/// Cost of scanning one row: 0.01 + 0.0025 × comparisons of its filters.
pub fn per_scanned_row(node: &Node) -> f64 {
    let filters = node.details.iter().filter(|d| d.kind == DetailKind::Filter);
    let comparisons: f64 = filters.map(|d| d.predicate().comparisons).sum();
    PER_ROW + PER_OPERATION * comparisons
}

/// Whether a step is a scan of a table of the cluster whose cost follows the
/// rule of [`rows_scanned`].
pub fn is_table_scan(node: &Node) -> bool {
    node.operator == Operator::SeqScan && !is_external_scan(node)
}

/// Whether a step reads files in S3: through Spectrum, or as nodes that read the lake themselves.
pub fn is_external_scan(node: &Node) -> bool {
    let reads_files = node.engine == Engine::S3 || node.s3_location.is_some();
    node.operator == Operator::SeqScan && reads_files
}

/// The rows that a scan reads, from its cost: `None` where the cost is lost.
///
/// cost = rows scanned × (0.01 + 0.0025 × comparisons). On a table without
/// block skipping these are all rows of the table.
pub fn rows_scanned(node: &Node) -> Option<f64> {
    if !is_table_scan(node) {
        return None;
    }
    let total = node.cost?.total;
    Some((total / per_scanned_row(node)).round())
}

/// The rows of an external table that Spectrum reads, from its cost: the same rule.
pub fn external_rows(node: &Node) -> Option<f64> {
    if !is_external_scan(node) {
        return None;
    }
    Some((node.cost?.total / per_scanned_row(node)).round())
}

/// Whether an external scan is reckoned with the rows that Redshift takes where the table has
/// no `numRows`. A filter or an aggregation leaves the cost of that count behind.
pub fn is_default_external(node: &Node) -> bool {
    is_external_scan(node)
        && (node.rows == Some(EXTERNAL_ROWS) || external_rows(node) == Some(EXTERNAL_ROWS))
}

/// How the rows that a filtered scan is charged for compare with those it returns.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Charged {
    /// Rows that the cost pays for.
    pub rows_scanned: f64,
    /// Rows that the planner expects to leave the scan.
    pub rows_out: f64,
}

impl Charged {
    /// Share of the charged rows that leave the scan, 0 to 1.
    pub fn selectivity(self) -> f64 {
        match self.rows_scanned > 0.0 {
            true => (self.rows_out / self.rows_scanned).min(1.0),
            false => 1.0,
        }
    }

    /// Whether the planner charges only the rows it expects: block skipping is
    /// likely. A predicate that passes nearly every row looks the same.
    pub fn suggests_skipping(self) -> bool {
        self.rows_out > 0.0 && self.rows_out >= self.rows_scanned * 0.995
    }
}

/// What a filtered scan is charged for; `None` without a filter or a cost.
pub fn charged(node: &Node) -> Option<Charged> {
    node.detail(DetailKind::Filter)?;
    Some(Charged {
        rows_scanned: rows_scanned(node)?,
        rows_out: node.rows?,
    })
}

/// The cost that a step adds to its inputs, with the penalty of a Sort taken
/// off and without a Limit's proration. `None` where a cost is lost.
pub fn self_cost(plan: &Plan, id: NodeId) -> Option<f64> {
    let node = plan.node(id);
    let total = node.cost?.total;
    if matches!(node.operator, Operator::Limit) {
        return Some(0.0);
    }
    let mut inputs = 0.0;
    for child in plan.children(id) {
        inputs += child.cost?.total;
    }
    let penalty = match node.operator {
        Operator::Sort if total >= SORT_PENALTY => SORT_PENALTY,
        _ => 0.0,
    };
    Some((total - inputs - penalty).max(0.0))
}

/// A line of a plan whose cost follows from the rules, with the arithmetic.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Arithmetic {
    /// The formula with the step's numbers in it.
    pub formula: String,
    /// What the formula gives.
    pub expected: f64,
    /// What is printed.
    pub printed: f64,
}

impl Arithmetic {
    fn new(formula: String, expected: f64, printed: f64) -> Self {
        Self {
            formula,
            expected,
            printed,
        }
    }

    /// Whether the two agree to the printed digits (or to a double's).
    pub fn holds(&self) -> bool {
        (self.expected - self.printed).abs() <= 3.0 * ROUNDING + self.printed.abs() * 1e-9
    }
}

/// How a step's cost comes about, where a rule is known for its operator.
pub fn arithmetic(plan: &Plan, id: NodeId) -> Option<Arithmetic> {
    let node = plan.node(id);
    let cost = node.cost?;
    let child = plan.child(id);
    let below = child.and_then(|child| child.cost);
    match &node.operator {
        Operator::SeqScan if node.engine != Engine::S3 => scan_arithmetic(node),
        Operator::Hash | Operator::Network | Operator::Merge => {
            let below = below?.total;
            Some(Arithmetic::new(
                format!("cost of its input = {below:.2}"),
                below,
                cost.total,
            ))
        }
        Operator::HashAggregate if !has_distinct_child(child) => {
            let (below, rows) = (below?.total, child?.rows?);
            whole_operations("input", below, rows, cost.startup)
        }
        Operator::Aggregate | Operator::Unique => {
            let (below, rows) = (below?.total, child?.rows?);
            whole_operations("input", below, rows, cost.total)
        }
        Operator::SubqueryScan => {
            let below = below?.total;
            let rows = node.rows?;
            let formula = format!("input {below:.2} + {rows:.0} rows × {PER_ROW}");
            Some(Arithmetic::new(formula, below + rows * PER_ROW, cost.total))
        }
        Operator::Append => {
            let sum = plan.children(id).filter_map(|c| Some(c.cost?.total)).sum();
            Some(Arithmetic::new(
                "sum of its inputs".to_owned(),
                sum,
                cost.total,
            ))
        }
        Operator::Sort => sort_arithmetic(node, child?),
        Operator::Limit => limit_arithmetic(node, child?),
        Operator::Join(_, JoinKind::IntersectDistinct | JoinKind::IntersectAll) => None,
        Operator::Join(super::JoinMethod::Hash, _) => {
            let build = plan.children(id).nth(1)?;
            let before = below?.startup + build.cost?.total;
            whole_operations("outer startup + hash", before, build.rows?, cost.startup)
        }
        _ => None,
    }
}

fn has_distinct_child(child: Option<&Node>) -> bool {
    child.is_some_and(|child| child.operator == Operator::HashAggregate)
}

fn scan_arithmetic(node: &Node) -> Option<Arithmetic> {
    let total = node.cost?.total;
    let unit = per_scanned_row(node);
    let rows = match node.detail(DetailKind::Filter) {
        Some(_) => rows_scanned(node)?,
        None => node.rows?,
    };
    let formula = format!("{rows:.0} rows scanned × {unit}");
    Some(Arithmetic::new(formula, rows * unit, total))
}

/// base + rows × 0.0025 × k for a whole k, the one nearest to what is printed.
fn whole_operations(base: &str, below: f64, rows: f64, printed: f64) -> Option<Arithmetic> {
    if rows <= 0.0 {
        return None;
    }
    let operations = ((printed - below) / (rows * PER_OPERATION)).round();
    if !(0.0..=64.0).contains(&operations) {
        return None;
    }
    let formula = format!("{base} {below:.2} + {rows:.0} rows × {PER_OPERATION} × {operations:.0}");
    let expected = below + rows * PER_OPERATION * operations;
    Some(Arithmetic::new(formula, expected, printed))
}

fn sort_arithmetic(node: &Node, child: &Node) -> Option<Arithmetic> {
    let (below, rows) = (child.cost?.total, child.rows?.max(2.0));
    let startup = node.cost?.startup;
    let expected = below + SORT_PENALTY + 2.0 * PER_OPERATION * rows * rows.log2();
    let formula = format!("input {below:.2} + 1e12 + 0.005 × {rows:.0} × log2 {rows:.0}");
    Some(Arithmetic::new(formula, expected, startup))
}

fn limit_arithmetic(node: &Node, child: &Node) -> Option<Arithmetic> {
    let (below, share) = (child.cost?, (node.rows? / child.rows?).min(1.0));
    let expected = below.startup + (below.total - below.startup) * share;
    let formula = format!(
        "prorated: {:.2} + ({:.2} − {:.2}) × {:.0} ÷ {:.0} rows",
        below.startup, below.total, below.startup, node.rows?, child.rows?
    );
    Some(Arithmetic::new(formula, expected, node.cost?.total))
}
