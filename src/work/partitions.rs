//! External tables of which only some partitions are read.

use crate::plan::{DetailKind, Engine, Node, Operator, Plan, cost};
use crate::text::units::counted;

use super::printed::at_least_a_block;
use super::{Bound, ScanWork};

/// Narrows what a pasted plan's scan of an external table reads, where a filter leaves some of its
/// partitions: the printed rows are those of all. How many there are in all is not printed, nor how
/// many rows each has, so that the low end reads a block on each slice and the others all.
pub(super) fn narrow(plan: &Plan, node: &Node, bound: Bound, slices: f64, scan: &mut ScanWork) {
    let Some(partitions) = filtered_partitions(plan, node) else {
        return;
    };
    scan.uncertain = true;
    scan.pruning = format!("a filter leaves {partitions}; the rows and bytes are those of all");
    if bound != Bound::Low {
        return;
    }
    let share = at_least_a_block(0.0, scan.fixed_bytes + scan.text_bytes, slices);
    scan.keep(share);
}

/// The partitions that a filter leaves of the table that a step scans, in words.
fn filtered_partitions(plan: &Plan, node: &Node) -> Option<String> {
    if node.estimate.is_some() || !cost::is_external_scan(node) {
        return None;
    }
    let reads = |above: &&Node| {
        above.engine == Engine::S3
            || matches!(
                above.operator,
                Operator::S3QueryScan | Operator::SubqueryScan | Operator::PartitionLoop
            )
    };
    let mut above = plan.ancestors(node.id).take_while(reads);
    let reader = above.find(|node| node.operator == Operator::PartitionLoop)?;
    let mut inputs = plan.children(reader.id);
    let info = inputs.find(|node| node.operator == Operator::PartitionInfoScan)?;
    info.detail(DetailKind::Filter)?;
    Some(match info.rows {
        Some(rows) => format!("{} by the planner's count", counted(rows, "partition")),
        None => "some".to_owned(),
    })
}
