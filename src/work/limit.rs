//! LIMIT without ORDER BY: what is below stops once there are enough rows.
//!
//! The planner's own cost says so: a Limit over a scan of 200 billion rows costs 0.20 in a
//! public plan. Slices work at the same time and each sends up to the whole limit, so that
//! as many times more rows are made as there are slices. What is read before the first row
//! comes out, such as the inner side of a hash join, is read whole. Rows that a filter or a
//! join leaves may lie anywhere: then only the low end of the work stops early.

use crate::plan::{DetailKind, Distribution, Node, NodeId, Operator, Plan};

use super::{BLOCK_BYTES, StepWork};

/// The share of its rows that each step below a Limit is asked for: `rows` tells how many it
/// would make, `slices` how many make them; `lucky`: what is asked for lies in front. Steps
/// that are not named make all.
pub(super) fn shares(
    plan: &Plan,
    rows: impl Fn(&Node) -> f64,
    slices: f64,
    lucky: bool,
) -> Vec<(NodeId, f64)> {
    let mut shares = Vec::new();
    for limit in &plan.nodes {
        if limit.operator != Operator::Limit {
            continue;
        }
        let Some(below) = plan.child(limit.id) else {
            continue;
        };
        let asked = limit.rows.unwrap_or(f64::INFINITY) * slices.max(1.0);
        let share = asked / rows(below).max(1.0);
        let drops_none = || !streams(plan, below).any(drops_rows);
        if share < 1.0 && (lucky || drops_none()) {
            shares.extend(streams(plan, below).map(|node| (node.id, share)));
        }
    }
    shares
}

/// A step and those below it that hand rows on as they come.
fn streams<'p>(plan: &'p Plan, from: &'p Node) -> impl Iterator<Item = &'p Node> {
    std::iter::successors(Some(from), |node| match node.operator {
        Operator::Network
        | Operator::SubqueryScan
        | Operator::Result
        | Operator::S3QueryScan
        | Operator::Join(..) => plan.children(node.id).next(),
        Operator::PartitionLoop => plan.inner(node.id),
        _ => None,
    })
    .take_while(|node| is_stream(node))
}

/// Whether rows may come in that do not come out.
fn drops_rows(node: &Node) -> bool {
    use DetailKind::{Filter, OneTimeFilter};
    let asks = node
        .details
        .iter()
        .any(|detail| matches!(detail.kind, Filter | OneTimeFilter));
    asks || matches!(node.operator, Operator::Join(..))
}

fn is_stream(node: &Node) -> bool {
    matches!(
        node.operator,
        Operator::Network
            | Operator::SubqueryScan
            | Operator::Result
            | Operator::S3QueryScan
            | Operator::PartitionLoop
            | Operator::SeqScan
            | Operator::Join(..)
    )
}

impl StepWork {
    /// Only a share of the rows is made. `node` is the step.
    pub(super) fn stop_at(&mut self, node: &Node, share: f64, slices: f64) {
        // A block of each column and slice is the least that is read.
        let least = self.scan.as_ref().map_or(0.0, |scan| {
            let blocks = scan.columns as f64 * slices * BLOCK_BYTES;
            let bytes = scan.fixed_bytes + scan.text_bytes;
            match bytes > 0.0 {
                true => (blocks / bytes).min(1.0),
                false => 0.0,
            }
        });
        let share = share.max(least);
        if let Some(scan) = &mut self.scan {
            scan.keep(share);
        }
        for part in [
            &mut self.rows_in,
            &mut self.rows_out,
            &mut self.materialized_bytes,
            &mut self.comparisons,
            &mut self.like_bytes,
            &mut self.regex_bytes,
            &mut self.function_bytes,
            &mut self.operations,
            &mut self.probe_rows,
            &mut self.pairs,
            &mut self.further_pairs,
        ] {
            *part *= share;
        }
        if node.distribution == Some(Distribution::Outer) {
            self.network_bytes *= share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shares;
    use crate::plan::read;

    fn asked(text: &str, lucky: bool) -> Vec<(usize, f64)> {
        let plan = read(text).plans.remove(0);
        shares(&plan, |node| node.rows.unwrap_or(0.0), 4.0, lucky)
    }

    #[test]
    fn a_limit_stops_what_streams_below_it() {
        let join = "XN Limit  (cost=0.00..1.00 rows=10 width=8)
  ->  XN Hash Join DS_DIST_NONE  (cost=10.00..4000.00 rows=4000 width=8)
        Hash Cond: (\"outer\".a = \"inner\".a)
        ->  XN Seq Scan on f  (cost=0.00..40.00 rows=4000 width=8)
        ->  XN Hash  (cost=10.00..10.00 rows=1000 width=8)
              ->  XN Seq Scan on d  (cost=0.00..10.00 rows=1000 width=8)
";
        assert_eq!(asked(join, true), [(1, 0.01), (2, 0.01)]);
        assert_eq!(asked(join, false), []);
        let scan = "XN Limit  (cost=0.00..1.00 rows=10 width=8)
  ->  XN Seq Scan on f  (cost=0.00..40.00 rows=4000 width=8)
";
        assert_eq!(asked(scan, false), [(1, 0.01)]);
        let filtered = format!("{scan}        Filter: (a > 3)\n");
        assert_eq!(asked(&filtered, false), []);
    }

    #[test]
    fn a_sort_an_aggregate_or_few_rows_stop_nothing() {
        for below in ["Sort", "HashAggregate", "Unique"] {
            let text = format!(
                "XN Limit  (cost=0.00..1.00 rows=10 width=8)
  ->  XN {below}  (cost=10.00..4000.00 rows=4000 width=8)
        ->  XN Seq Scan on f  (cost=0.00..40.00 rows=4000 width=8)
"
            );
            assert_eq!(asked(&text, true), [], "{below}");
        }
        let few = "XN Limit  (cost=0.00..1.00 rows=10 width=8)
  ->  XN Seq Scan on f  (cost=0.00..0.40 rows=40 width=8)
";
        assert_eq!(asked(few, true), []);
    }
}
