//! Two plans of one query: which steps were added, removed or changed, and what
//! that comes to.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cluster::Cluster;
use crate::explain::ExplainedPlan;
use crate::name::TableName;
use crate::plan::{JoinMethod, Node, NodeId, Operator, Plan};
use crate::text::units::{count, size};
use crate::whatif::{Comparison, Outcome};

/// Rows that are this share apart are the same: estimates are rounded in print.
const SAME: f64 = 0.005;

/// A step as a comparison names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepView {
    /// Its id in its plan.
    pub node: NodeId,
    /// Its line: `XN Hash Join DS_DIST_NONE`.
    pub title: String,
    /// Rows that leave it.
    pub rows: Option<f64>,
    /// Bytes that it moves between nodes.
    pub bytes_moved: f64,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is in both plans, alike.
    Same,
    /// It is in both, otherwise.
    Changed,
    /// It is only in the first.
    Removed,
    /// It is only in the second.
    Added,
}

/// A step of either plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepChange {
    /// What became of it.
    pub kind: Kind,
    /// As it was.
    pub before: Option<StepView>,
    /// As it is.
    pub after: Option<StepView>,
    /// What differs beside the title, in words.
    pub changes: Vec<String>,
}

/// The comparison of two plans.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanDiff {
    /// Every step of both, in the order of the second plan; what was removed stands
    /// where it stood.
    pub steps: Vec<StepChange>,
    /// Bytes, blocks, time and money of both.
    pub totals: Comparison,
}

impl PlanDiff {
    /// Whether no step differs.
    pub fn is_same(&self) -> bool {
        self.steps.iter().all(|step| step.kind == Kind::Same)
    }
}

/// Compares two explained plans.
pub fn diff(before: &ExplainedPlan, after: &ExplainedPlan, cluster: &Cluster) -> PlanDiff {
    let pairs = matched(&before.plan, &after.plan);
    let mut steps = Vec::new();
    let mut removed = (0..before.plan.nodes.len())
        .filter(|id| !pairs.contains(&Some(*id)))
        .peekable();
    let gone = |id: NodeId| StepChange {
        kind: Kind::Removed,
        before: Some(view(before, id)),
        after: None,
        changes: Vec::new(),
    };
    let same_title =
        |old: NodeId, new: NodeId| before.plan.node(old).title() == after.plan.node(new).title();
    for (id, pair) in pairs.iter().enumerate() {
        if let Some(old) = *pair {
            while let Some(earlier) = removed.next_if(|gone| *gone < old) {
                steps.push(gone(earlier));
            }
        }
        let changes = pair.map_or(Vec::new(), |old| changes(before, old, after, id));
        steps.push(StepChange {
            kind: match pair {
                None => Kind::Added,
                Some(old) if changes.is_empty() && same_title(*old, id) => Kind::Same,
                Some(_) => Kind::Changed,
            },
            before: pair.map(|old| view(before, old)),
            after: Some(view(after, id)),
            changes,
        });
    }
    steps.extend(removed.map(gone));
    PlanDiff {
        steps,
        totals: Comparison {
            before: outcome(before, cluster),
            after: outcome(after, cluster),
            assumptions: Vec::new(),
        },
    }
}

fn outcome(explained: &ExplainedPlan, cluster: &Cluster) -> Outcome {
    let ExplainedPlan {
        plan,
        work,
        prediction,
        ..
    } = explained;
    Outcome::new(plan.clone(), work, prediction.clone(), cluster)
}

fn view(explained: &ExplainedPlan, id: NodeId) -> StepView {
    let node = explained.plan.node(id);
    StepView {
        node: id,
        title: node.title(),
        rows: node.rows,
        bytes_moved: moved(explained, id),
    }
}

fn moved(explained: &ExplainedPlan, id: NodeId) -> f64 {
    explained.work.steps[id].network_bytes
}

/// What a step is for, whatever its method: joins of the same tables are one step.
fn family(node: &Node) -> &'static str {
    match &node.operator {
        Operator::Join(JoinMethod::Hash | JoinMethod::Merge | JoinMethod::NestedLoop, _) => "join",
        Operator::HashAggregate | Operator::GroupAggregate | Operator::Aggregate => "aggregate",
        Operator::Sort => "sort",
        Operator::Merge => "merge",
        Operator::Hash => "hash",
        Operator::Network => "network",
        Operator::Limit => "limit",
        Operator::Unique => "unique",
        Operator::Append | Operator::SetOp(_) => "set",
        Operator::Window => "window",
        Operator::SubqueryScan => "subquery",
        operator if operator.is_scan() => "scan",
        _ => "other",
    }
}

/// The tables below a step, or the one that it reads.
fn tables(plan: &Plan, id: NodeId) -> BTreeSet<TableName> {
    let below = plan.subtree(id).filter(|node| node.operator.is_scan());
    below
        .filter_map(|node| Some(node.table_name()?.to_folded()))
        .collect()
}

/// For every step of `after` its counterpart: first those of one family over the same
/// tables, in print order, then those of one family that share most tables.
fn matched(before: &Plan, after: &Plan) -> Vec<Option<NodeId>> {
    let key = |plan: &Plan| -> Vec<(&'static str, BTreeSet<TableName>)> {
        let nodes = plan.nodes.iter();
        nodes
            .map(|node| (family(node), tables(plan, node.id)))
            .collect()
    };
    let (old, new) = (key(before), key(after));
    let mut free: BTreeSet<NodeId> = (0..old.len()).collect();
    let mut pairs: Vec<Option<NodeId>> = new
        .iter()
        .map(|wanted| {
            let found = free.iter().copied().find(|id| old[*id] == *wanted)?;
            free.remove(&found);
            Some(found)
        })
        .collect();
    for (id, pair) in pairs.iter_mut().enumerate() {
        if pair.is_some() {
            continue;
        }
        let (family, tables) = &new[id];
        let shared = |old_id: &NodeId| old[*old_id].1.intersection(tables).count();
        // Reading or joining other tables is another step; sorting them is not.
        let by_table = matches!(*family, "scan" | "join" | "subquery" | "other");
        let alike = free.iter().copied().filter(|old_id| {
            old[*old_id].0 == *family && (!by_table || tables.is_empty() || shared(old_id) > 0)
        });
        // Of equals the first: `max_by_key` would take the last.
        let best = alike.rev().max_by_key(shared);
        if let Some(best) = best {
            free.remove(&best);
            *pair = Some(best);
        }
    }
    pairs
}

/// What differs between two steps that stand for each other.
fn changes(before: &ExplainedPlan, old: NodeId, after: &ExplainedPlan, new: NodeId) -> Vec<String> {
    let (was, is) = (before.plan.node(old), after.plan.node(new));
    let mut out = Vec::new();
    let kinds: BTreeSet<_> = was
        .details
        .iter()
        .chain(&is.details)
        .map(|d| d.kind)
        .collect();
    for kind in kinds {
        let texts = |node: &Node| -> Vec<String> {
            let of_kind = node.details.iter().filter(|detail| detail.kind == kind);
            of_kind.map(|detail| detail.text().to_owned()).collect()
        };
        let (a, b) = (texts(was).join("; "), texts(is).join("; "));
        if a != b {
            let label = match kind.label() {
                "" => "detail",
                label => label,
            };
            let or_none = |text: String| match text.is_empty() {
                true => "none".to_owned(),
                false => text,
            };
            out.push(format!("{label}: {} → {}", or_none(a), or_none(b)));
        }
    }
    let apart = |a: f64, b: f64| (a - b).abs() > SAME * a.abs().max(b.abs());
    if let (Some(a), Some(b)) = (was.rows, is.rows)
        && apart(a, b)
    {
        out.push(format!("{} → {} rows", count(a), count(b)));
    }
    if let (Some(a), Some(b)) = (was.width, is.width)
        && apart(a, b)
    {
        out.push(format!("{} → {} a row", size(a), size(b)));
    }
    let (a, b) = (moved(before, old), moved(after, new));
    if apart(a, b) {
        out.push(format!("moves {} → {}", size(a), size(b)));
    }
    out
}
