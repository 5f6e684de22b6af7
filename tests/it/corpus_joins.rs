//! Where public plans broadcast and where they redistribute.

use crate::support;
use distkey::plan::{Distribution, JoinMethod, NodeId, Operator, read};

/// Redshift's price of a byte that is redistributed is 10,000 (100 on one newer cluster)
/// divided by a whole number, taken as the nodes: so it broadcasts what is that many times
/// smaller than what it would redistribute instead. Where a plan shows both prices, no
/// broadcast in it is larger.
#[test]
fn no_public_plan_broadcasts_what_is_cheaper_redistributed() {
    let Some(plans) = support::corpus_plans() else {
        return;
    };
    let wire = |rows: f64, width: f64| rows * ((width / 4.0).ceil() * 4.0 + 8.0);
    let (mut broadcasts, mut least) = (0, f64::INFINITY);
    for text in &plans {
        for plan in read(&text.text).plans {
            let bytes = |id: NodeId| {
                let node = plan.node(id);
                Some(wire(node.rows?, node.width?))
            };
            let mut nodes = 1.0f64;
            let mut ratios = Vec::new();
            for node in &plan.nodes {
                let (Operator::Join(JoinMethod::Hash, _), Some(outer), Some(inner), Some(cost)) = (
                    &node.operator,
                    plan.outer(node.id),
                    plan.inner(node.id),
                    node.cost,
                ) else {
                    continue;
                };
                let (Some(out), Some(in_)) = (bytes(outer.id), bytes(inner.id)) else {
                    continue;
                };
                match node.distribution {
                    Some(Distribution::BroadcastInner) => ratios.push((out + in_) / in_),
                    Some(Distribution::Inner) => nodes = nodes.max(10_000.0 * in_ / cost.total),
                    _ => {}
                }
            }
            for ratio in ratios {
                broadcasts += 1;
                least = least.min(ratio);
                assert!(
                    ratio >= nodes.floor(),
                    "{}: {ratio} below {nodes}",
                    text.file
                );
            }
        }
    }
    println!("{broadcasts} broadcasts; the largest inner side is 1 of {least:.2} of both");
    assert!(broadcasts > 20);
}
