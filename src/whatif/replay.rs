//! A pasted plan's joins under other keys: the same joins in the same order, each
//! with the method and label that the planner's arithmetic gives them.

use std::collections::HashMap;

use super::rewrite::Rewrite;
use crate::name::Ident;
use crate::plan::{
    Detail, DetailKind, Distribution, JoinMethod, Node, NodeId, Operator, Plan, key_columns,
};
use crate::planner::join_choice::{ColumnId, Conditions, Dist, Key, Range, Side, choose, place};
use crate::schema::{DistStyle, Schema, SortKey, Table, placed_alike, rank};
use crate::work::Shape;

/// A join of the plan, played through under a schema.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replayed {
    /// The join's step.
    pub node: NodeId,
    /// The method that it would take.
    pub method: JoinMethod,
    /// The label that it would have.
    pub label: Distribution,
    /// Whether the planner would rather put the sides the other way round; method and label
    /// are those of the sides as they stand in the plan.
    pub turned: bool,
    /// Whether the schema knows the tables on both sides: else the label is only
    /// as good as the assumption that unknown tables are spread evenly.
    pub known: bool,
}

/// A plan, played through under a schema.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Played {
    /// Its joins, in the order of the plan.
    pub joins: Vec<Replayed>,
    /// The steps that send rows to the slices of their window's partitions, where the rows lie so
    /// already.
    pub idle: Vec<NodeId>,
}

/// Plays every join and window of a plan through.
pub fn replay(plan: &Plan, schema: &Schema, shape: Shape) -> Played {
    let scans = plan.nodes.iter();
    let tables = scans.map(|node| schema.resolve(&node.table_name()?));
    let mut replay = Replay {
        plan,
        tables: tables.collect(),
        nodes: shape.nodes,
        names: HashMap::new(),
        sides: vec![State::default(); plan.nodes.len()],
        found: Vec::new(),
        idle: Vec::new(),
    };
    // Children come after their parents, so from the end every step's inputs are known.
    for node in plan.nodes.iter().rev() {
        let state = replay.state(node);
        if let Some(slot) = replay.sides.get_mut(node.id) {
            *slot = state;
        }
    }
    replay.found.reverse();
    Played {
        joins: replay.found,
        idle: replay.idle,
    }
}

/// The plan with the labels and methods that changed between two replays, and without the sending
/// that is no longer needed.
pub fn replayed_plan(plan: &Plan, before: &Played, after: &Played) -> Plan {
    let mut changed = plan.clone();
    for (old, new) in before.joins.iter().zip(&after.joins) {
        // What the schema does not explain keeps what was printed.
        if old.label == new.label && old.method == new.method {
            continue;
        }
        let Some(node) = changed.nodes.get_mut(new.node) else {
            continue;
        };
        let Operator::Join(_, kind) = node.operator else {
            continue;
        };
        node.operator = Operator::Join(new.method, kind);
        node.distribution = Some(new.label);
    }
    // What lies so as things are, and is sent nevertheless, is not explained by the schema.
    let new = after.idle.iter().filter(|step| !before.idle.contains(step));
    let new: Vec<NodeId> = new.copied().collect();
    match new.is_empty() {
        true => changed,
        false => Rewrite::Without(new).of(&changed),
    }
}

/// Where a step's rows are, and of which tables they come.
#[derive(Debug, Clone)]
struct State {
    dist: Dist,
    sorted: Vec<ColumnId>,
    known: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            dist: Dist::Even,
            sorted: Vec::new(),
            known: true,
        }
    }
}

struct Replay<'a> {
    plan: &'a Plan,
    /// The table that each step reads, if it reads one that is known: every join asks for those of
    /// all scans below it.
    tables: Vec<Option<&'a Table>>,
    nodes: f64,
    /// Columns by the step that scans them and their name.
    names: HashMap<(NodeId, String), ColumnId>,
    sides: Vec<State>,
    found: Vec<Replayed>,
    idle: Vec<NodeId>,
}

impl<'a> Replay<'a> {
    fn state(&mut self, node: &Node) -> State {
        let first = node
            .children
            .first()
            .and_then(|child| self.sides.get(*child))
            .cloned();
        match &node.operator {
            Operator::SeqScan => self.scan(node),
            Operator::Join(method, _) => self.join(node, *method),
            Operator::HashAggregate | Operator::Unique => State {
                sorted: Vec::new(),
                ..first.unwrap_or_default()
            },
            Operator::Network => self.network(node, first.unwrap_or_default()),
            Operator::Append | Operator::S3QueryScan | Operator::PartitionLoop => State::default(),
            _ => first.unwrap_or_default(),
        }
    }

    /// Rows that are sent on; below a window, to the slices of its partitions.
    fn network(&mut self, node: &Node, below: State) -> State {
        let Some(input) = self.plan.child(node.id) else {
            return State::default();
        };
        let keys = partition_of(self.plan, node);
        let ids: Vec<ColumnId> = keys
            .iter()
            .filter_map(|key| Some(self.column(input, &below, key)?.0))
            .collect();
        let lies_so = match &below.dist {
            Dist::Key(columns) => columns
                .iter()
                .all(|equal| equal.iter().any(|id| ids.contains(id))),
            _ => false,
        };
        if lies_so && below.known {
            self.idle.push(node.id);
            return below;
        }
        State::default()
    }

    fn table(&self, node: &Node) -> Option<&'a Table> {
        self.tables.get(node.id).copied().flatten()
    }

    fn id(&mut self, scan: NodeId, column: &str) -> ColumnId {
        let next = ColumnId(self.names.len());
        *self.names.entry((scan, column.to_owned())).or_insert(next)
    }

    fn scan(&mut self, node: &Node) -> State {
        let Some(table) = self.table(node) else {
            return State {
                known: false,
                ..State::default()
            };
        };
        let style = match &table.dist_style {
            DistStyle::Auto(Some(style)) => style,
            style => style,
        };
        let dist = match style {
            DistStyle::All => Dist::All,
            DistStyle::Key(column) => Dist::Key(vec![vec![self.id(node.id, column)]]),
            DistStyle::Even | DistStyle::Auto(_) => Dist::Even,
        };
        let columns: &[Ident] = match &table.sort_key {
            SortKey::Interleaved(_) => &[],
            _ => table.sort_columns(),
        };
        let sorted = columns
            .iter()
            .map(|column| self.id(node.id, column))
            .collect();
        State {
            dist,
            sorted,
            known: true,
        }
    }

    fn join(&mut self, node: &Node, method: JoinMethod) -> State {
        let (Some(outer), Some(inner)) = (self.plan.outer(node.id), self.plan.inner(node.id))
        else {
            return State::default();
        };
        let (a, b) = (self.side_state(outer.id), self.side_state(inner.id));
        let conditions = [DetailKind::HashCond, DetailKind::MergeCond];
        let conditions = node.details.iter().filter(|d| conditions.contains(&d.kind));
        let keys: Vec<Key> = conditions
            .flat_map(Detail::key_pairs)
            .map(|pair| {
                let key = self.key(outer, inner, &a, &b, &pair.outer, &pair.inner);
                let [outer, inner] = node.compares_stored(pair);
                Key {
                    outer: key.outer.filter(|_| outer),
                    inner: key.inner.filter(|_| inner),
                }
            })
            .collect();
        let Operator::Join(_, kind) = node.operator else {
            return State::default();
        };
        // A join whose condition is lost is still one on equal columns.
        let equalities = if method == JoinMethod::NestedLoop {
            0
        } else {
            keys.len().max(1)
        };
        let conditions = Conditions {
            kind,
            equalities,
            filters: 0,
            rows: node.rows.unwrap_or(1.0),
        };
        let (first, second) = (side(outer, &a), side(inner, &b));
        let choice = choose(first, second, &keys, conditions, self.nodes);
        let turned = place(first, second, &keys, conditions, self.nodes).turned;
        self.found.push(Replayed {
            node: node.id,
            method: choice.method,
            label: choice.label,
            turned,
            known: a.known && b.known,
        });
        State {
            dist: choice.dist,
            sorted: choice.sorted,
            known: a.known && b.known,
        }
    }

    fn side_state(&self, id: NodeId) -> State {
        self.sides.get(id).cloned().unwrap_or_default()
    }

    /// The key of an equality: each side's stored column, if a table below has it.
    fn key(
        &mut self,
        outer: &Node,
        inner: &Node,
        a: &State,
        b: &State,
        left: &str,
        right: &str,
    ) -> Key {
        let (outer_column, inner_column) =
            (self.column(outer, a, left), self.column(inner, b, right));
        let mut key = Key {
            outer: outer_column.as_ref().map(|(id, _)| *id),
            inner: inner_column.as_ref().map(|(id, _)| *id),
        };
        if let (Some((_, x)), Some((_, y))) = (outer_column, inner_column)
            && placed_alike(&x, &y) == Some(false)
        {
            if rank(&x) <= rank(&y) {
                key.outer = None;
            }
            if rank(&y) <= rank(&x) {
                key.inner = None;
            }
        }
        key
    }

    /// A column by its bare name: of the table below whose rows are placed by it,
    /// else of the first table that has it.
    fn column(
        &mut self,
        below: &Node,
        state: &State,
        name: &str,
    ) -> Option<(ColumnId, crate::schema::DataType)> {
        let scans: Vec<(NodeId, crate::schema::DataType)> = self
            .plan
            .subtree(below.id)
            .filter(|node| node.operator == Operator::SeqScan)
            .filter_map(|node| Some((node.id, self.table(node)?.column(name)?.data_type.clone())))
            .collect();
        let mut found = None;
        for (scan, data_type) in scans {
            let id = self.id(scan, name);
            let placed = matches!(&state.dist, Dist::Key(columns) if columns.iter().flatten().any(|c| *c == id));
            if placed || found.is_none() {
                found = Some((id, data_type));
            }
            if placed {
                break;
            }
        }
        found
    }
}

/// The columns of the window that a step sends rows for; empty where it is for something else.
fn partition_of(plan: &Plan, network: &Node) -> Vec<Ident> {
    let sent = |kind| network.details.iter().any(|detail| detail.kind == kind);
    let mut above = plan.ancestors(network.id);
    let window = above.find(|node| node.operator != Operator::Sort);
    let window = window.filter(|node| node.operator == Operator::Window);
    let (true, Some(window)) = (sent(DetailKind::Distribute), window) else {
        return Vec::new();
    };
    let keys = window.detail(DetailKind::Partition).map(key_columns);
    keys.unwrap_or_default().into_iter().flatten().collect()
}

fn side<'r>(node: &Node, state: &'r State) -> Side<'r> {
    let known = |value: Option<f64>| value.filter(|v| v.is_finite()).unwrap_or(1.0).max(0.0);
    Side {
        rows: known(node.rows),
        width: known(node.width),
        cost: Range::default(),
        dist: &state.dist,
        sorted: &state.sorted,
    }
}
