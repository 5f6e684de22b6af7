//! What a rewritten query's plan would be: the same plan without the steps that the rewrite saves.

use crate::plan::{Distribution, NodeId, Plan};

/// What a rewrite of the query does to its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// These steps are gone, and what feeds each goes on in its place: of a join its outer side.
    Without(Vec<NodeId>),
    /// The rows of this join meet on the slices where they lie.
    CoLocated(NodeId),
}

impl Rewrite {
    /// The plan as it would be.
    pub fn of(&self, plan: &Plan) -> Plan {
        match self {
            Self::Without(steps) => without(plan, steps),
            Self::CoLocated(join) => {
                let mut changed = plan.clone();
                if let Some(node) = changed.nodes.get_mut(*join) {
                    node.distribution = Some(Distribution::None);
                }
                changed
            }
        }
    }
}

fn without(plan: &Plan, steps: &[NodeId]) -> Plan {
    let mut changed = Plan {
        nodes: Vec::with_capacity(plan.nodes.len()),
        ..plan.clone()
    };
    // Each with its parent in the changed plan; the first child is taken first.
    let roots: Vec<NodeId> = plan.roots().map(|root| root.id).collect();
    let mut pending: Vec<(NodeId, Option<NodeId>)> =
        roots.into_iter().rev().map(|root| (root, None)).collect();
    while let Some((id, parent)) = pending.pop() {
        let node = plan.node(id);
        if steps.contains(&id) {
            pending.extend(node.children.first().map(|child| (*child, parent)));
            continue;
        }
        let mut kept = node.clone();
        kept.children.clear();
        let at = changed.push(parent, kept);
        pending.extend(node.children.iter().rev().map(|child| (*child, Some(at))));
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan;

    fn read(text: &str) -> Plan {
        let mut plans = plan::read(text).plans;
        assert_eq!(plans.len(), 1);
        plans.remove(0)
    }

    fn operators(plan: &Plan) -> Vec<String> {
        let names = plan.nodes.iter();
        names
            .map(|node| format!("{}{}", " ".repeat(node.depth), node.operator.name()))
            .collect()
    }

    const JOIN: &str = "\
XN Unique  (cost=0.00..9.00 rows=10 width=8)
  ->  XN Hash IN Join DS_BCAST_INNER  (cost=0.00..9.00 rows=10 width=8)
        Hash Cond: (\"outer\".a = \"inner\".a)
        ->  XN Seq Scan on t  (cost=0.00..9.00 rows=10 width=8)
        ->  XN Hash  (cost=0.00..9.00 rows=10 width=8)
              ->  XN Seq Scan on u  (cost=0.00..9.00 rows=10 width=8)";

    #[test]
    fn what_feeds_a_step_goes_on_in_its_place() {
        let plan = read(JOIN);
        let changed = Rewrite::Without(vec![0]).of(&plan);
        assert_eq!(
            operators(&changed),
            ["Hash IN Join", " Seq Scan", " Hash", "  Seq Scan"]
        );
        assert_eq!(changed.nodes[0].children, [1, 2]);
        let scans = Rewrite::Without(vec![0, 1]).of(&plan);
        assert_eq!(operators(&scans), ["Seq Scan"]);
        assert_eq!(scans.nodes[0].relation.as_deref(), Some("t"));
        assert_eq!(Rewrite::Without(Vec::new()).of(&plan), plan);
    }

    #[test]
    fn a_co_located_join_moves_nothing() {
        let plan = read(JOIN);
        let changed = Rewrite::CoLocated(1).of(&plan);
        assert_eq!(changed.nodes[1].distribution, Some(Distribution::None));
        assert_eq!(Rewrite::CoLocated(9).of(&plan), plan);
    }
}
