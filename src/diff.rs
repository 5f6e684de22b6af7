//! Two plans of one query: which steps were added, removed or changed, and what
//! that comes to.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::rc::Rc;

use schemars::JsonSchema;
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
    let paired: BTreeSet<NodeId> = pairs.iter().flatten().copied().collect();
    let mut removed = (0..before.plan.nodes.len())
        .filter(|id| !paired.contains(id))
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

/// What a step is for, and the tables below it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    family: &'static str,
    tables: Rc<BTreeSet<TableName>>,
    /// How many tables there are, where not all are held.
    count: usize,
}

/// Tables that are held of a step: beyond them steps are told apart by how many there are, so that
/// a plan of any size is compared in time that grows with its size.
const MOST_TABLES: usize = 64;

/// Steps that are looked at for the one that shares most tables.
const MOST_ALIKE: usize = 64;

/// The keys of a plan's steps, from the last to the first: inputs come before what they feed.
fn keys(plan: &Plan) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::with_capacity(plan.nodes.len());
    for node in plan.nodes.iter().rev() {
        let of = |id: NodeId| &keys[plan.nodes.len() - 1 - id];
        let own = node.operator.is_scan().then(|| node.table_name()).flatten();
        let (tables, count) = match (own, node.children.as_slice()) {
            (None, [only]) => (Rc::clone(&of(*only).tables), of(*only).count),
            (own, inputs) => {
                let mut tables: BTreeSet<TableName> =
                    own.iter().map(TableName::to_folded).collect();
                let mut more = 0;
                for key in inputs.iter().map(|&input| of(input)) {
                    more += key.count - key.tables.len();
                    for table in key.tables.iter() {
                        match tables.len() < MOST_TABLES || tables.contains(table) {
                            true => drop(tables.insert(table.clone())),
                            false => more += 1,
                        }
                    }
                }
                let count = tables.len() + more;
                (Rc::new(tables), count)
            }
        };
        keys.push(Key {
            family: family(node),
            tables,
            count,
        });
    }
    keys.reverse();
    keys
}

/// For every step of `after` its counterpart: first those of one family over the same
/// tables, in print order, then those of one family that share most tables.
fn matched(before: &Plan, after: &Plan) -> Vec<Option<NodeId>> {
    let (old, new) = (keys(before), keys(after));
    let mut of_key: HashMap<&Key, VecDeque<NodeId>> = HashMap::new();
    for (id, key) in old.iter().enumerate() {
        of_key.entry(key).or_default().push_back(id);
    }
    let mut pairs: Vec<Option<NodeId>> = new
        .iter()
        .map(|wanted| of_key.get_mut(wanted)?.pop_front())
        .collect();
    let mut free = Free::default();
    for id in of_key.into_values().flatten() {
        free.add(id, &old[id]);
    }
    for (pair, key) in pairs.iter_mut().zip(&new) {
        if pair.is_none() {
            *pair = free.take(key, &old);
        }
    }
    pairs
}

/// Steps of the first plan that stand for none of the second.
#[derive(Default)]
struct Free<'a> {
    of_family: HashMap<&'static str, BTreeSet<NodeId>>,
    of_table: HashMap<(&'static str, &'a TableName), BTreeSet<NodeId>>,
}

impl<'a> Free<'a> {
    fn add(&mut self, id: NodeId, key: &'a Key) {
        self.of_family.entry(key.family).or_default().insert(id);
        for table in key.tables.iter() {
            let steps = self.of_table.entry((key.family, table)).or_default();
            steps.insert(id);
        }
    }

    /// Takes the step of a family that shares most tables, of equals the first.
    fn take(&mut self, key: &Key, old: &'a [Key]) -> Option<NodeId> {
        let mut shared: BTreeMap<NodeId, usize> = BTreeMap::new();
        for table in key.tables.iter() {
            let alike = self.of_table.get(&(key.family, table));
            for &id in alike.into_iter().flatten().take(MOST_ALIKE) {
                *shared.entry(id).or_default() += 1;
            }
        }
        // `max_by_key` would take the last of equals.
        let most = shared.iter().rev().max_by_key(|(_, count)| **count);
        let most = most.map(|(id, _)| *id);
        // Reading or joining other tables is another step; sorting them is not.
        let by_table = matches!(key.family, "scan" | "join" | "subquery" | "other");
        let any = || self.of_family.get(key.family)?.first().copied();
        let found = match by_table && !key.tables.is_empty() {
            true => most?,
            false => most.or_else(any)?,
        };
        self.of_family.get_mut(key.family)?.remove(&found);
        for table in old[found].tables.iter() {
            if let Some(steps) = self.of_table.get_mut(&(key.family, table)) {
                steps.remove(&found);
            }
        }
        Some(found)
    }
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
