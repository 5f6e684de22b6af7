//! The join/scan graph of plans: tables as nodes, joins as edges.

mod bind;
mod dot;
pub mod picture;
mod svg;

use std::collections::BTreeMap;

use petgraph::graph::{NodeIndex, UnGraph};
use schemars::JsonSchema;
use serde::Serialize;

pub use bind::bind;
#[cfg(feature = "pipeline")]
pub(crate) use dot::quote;
pub use dot::to_dot;
#[cfg(feature = "pipeline")]
pub(crate) use svg::escaped;
pub use svg::{to_page, to_svg};

use crate::name::TableName;
use crate::plan::join_keys::KeyPair;
use crate::plan::{JoinMethod, Node, NodeId, Operator, Plan};
use crate::schema::{DistStyle, Schema, SortKey, Table};
use crate::work::Work;

/// A table with all its scans.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Relation {
    /// The table's name as the plan has it, without quotes.
    pub table: TableName,
    /// The steps that scan it, counted through the input.
    pub scans: Vec<NodeId>,
    /// Rows that these scans read.
    pub rows_scanned: f64,
    /// Its keys, where the DDL tells them: `DISTKEY(id)`, `SORTKEY(placed_at)`.
    #[serde(skip)]
    pub keys: Vec<String>,
}

/// A join between two tables.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JoinEdge {
    /// The step, counted through the input.
    pub node: NodeId,
    /// The table on the outer side whose column the condition names; where the
    /// plan does not say which of several, the one with most rows.
    pub outer: TableName,
    /// The table on the inner side, likewise.
    pub inner: TableName,
    /// Whether the outer table is certain.
    pub outer_certain: bool,
    /// Whether the inner table is certain.
    pub inner_certain: bool,
    /// The equalities, as `outer_column = inner_column`.
    pub keys: Vec<String>,
    /// The same, apart.
    #[serde(skip)]
    pub pairs: Vec<KeyPair>,
    /// `hash`, `merge` or `nested loop`.
    pub method: &'static str,
    /// The redistribution label.
    pub distribution: Option<&'static str>,
    /// Rows that leave the join.
    pub rows: f64,
    /// Bytes that move between nodes for it.
    pub bytes_moved: f64,
}

/// Tables, scans and joins of the plans of one input.
#[derive(Debug, Default)]
pub struct JoinGraph {
    /// Nodes are tables, edges joins.
    pub graph: UnGraph<Relation, JoinEdge>,
    by_table: BTreeMap<TableName, NodeIndex>,
}

impl JoinGraph {
    /// A plan's scans and joins; `first` is the number of its first step in the input. The schema,
    /// if given, tells which table a join column belongs to.
    pub fn of(plan: &Plan, first: NodeId, work: &Work, schema: Option<&Schema>) -> Self {
        let mut graph = Self::default();
        for node in &plan.nodes {
            let Some(table) = scanned_table(node) else {
                continue;
            };
            let rows = work.step(node.id).map_or(0.0, |step| step.rows_in);
            let defined = schema.and_then(|schema| schema.resolve(&table));
            let index = graph.relation(table);
            let relation = &mut graph.graph[index];
            relation.keys = defined.map_or_else(Vec::new, keys);
            relation.scans.push(node.id + first);
            relation.rows_scanned += rows;
        }
        for node in &plan.nodes {
            let Operator::Join(method, _) = node.operator else {
                continue;
            };
            let Some(mut edge) = edge(plan, node, method, work, schema) else {
                continue;
            };
            edge.node += first;
            let (outer, inner) = (
                graph.relation(edge.outer.clone()),
                graph.relation(edge.inner.clone()),
            );
            graph.graph.add_edge(outer, inner, edge);
        }
        graph
    }

    /// The tables and joins of several plans.
    pub fn together<'a>(graphs: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for one in graphs {
            for relation in one.graph.node_weights() {
                let index = all.relation(relation.table.clone());
                let known = &mut all.graph[index];
                known.keys.clone_from(&relation.keys);
                known.scans.extend(&relation.scans);
                known.rows_scanned += relation.rows_scanned;
            }
            for edge in one.graph.edge_weights() {
                let (outer, inner) = (
                    all.relation(edge.outer.clone()),
                    all.relation(edge.inner.clone()),
                );
                all.graph.add_edge(outer, inner, edge.clone());
            }
        }
        all
    }

    /// The tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Relation> {
        self.by_table.values().map(|&index| &self.graph[index])
    }

    /// The joins, in the order of the plans.
    pub fn joins(&self) -> impl Iterator<Item = &JoinEdge> {
        self.graph.edge_weights()
    }

    fn relation(&mut self, table: TableName) -> NodeIndex {
        if let Some(&index) = self.by_table.get(&table) {
            return index;
        }
        let index = self.graph.add_node(Relation {
            table: table.clone(),
            scans: Vec::new(),
            rows_scanned: 0.0,
            keys: Vec::new(),
        });
        self.by_table.insert(table, index);
        index
    }
}

/// The keys of a table as its DDL says them.
fn keys(table: &Table) -> Vec<String> {
    let style = match &table.dist_style {
        DistStyle::Key(column) => format!("DISTKEY({column})"),
        style => format!("DISTSTYLE {style}"),
    };
    let sorted = match &table.sort_key {
        SortKey::Compound(columns) | SortKey::Interleaved(columns) if !columns.is_empty() => {
            Some(format!("SORTKEY({})", crate::name::list(columns)))
        }
        _ => None,
    };
    std::iter::once(style).chain(sorted).collect()
}

/// The table that a step reads, if it reads one.
pub fn scanned_table(node: &Node) -> Option<TableName> {
    let reads = node.operator.is_scan() && node.operator != Operator::S3QueryScan;
    reads.then(|| node.table_name()).flatten()
}

/// The table on one side of a join that owns a column, and whether that is certain.
///
/// The condition names the column but not its table. It is certain when the
/// side scans one table only, or the schema shows one table with that column;
/// else the scan with most rows stands in.
pub fn owner<'a>(
    plan: &'a Plan,
    side: NodeId,
    column: Option<&str>,
    schema: Option<&Schema>,
) -> Option<(&'a Node, bool)> {
    let scans: Vec<&Node> = plan
        .subtree(side)
        .filter(|node| scanned_table(node).is_some())
        .collect();
    if let [only] = scans.as_slice() {
        return Some((only, true));
    }
    let has_column = |node: &&&Node| {
        let table = scanned_table(node).and_then(|name| schema?.resolve(&name));
        table.is_some_and(|table| column.is_some_and(|column| table.column(column).is_some()))
    };
    let owners: Vec<&&Node> = scans.iter().filter(has_column).collect();
    if let [only] = owners.as_slice() {
        return Some((only, true));
    }
    let rows = |node: &Node| node.rows.unwrap_or(0.0);
    let largest = scans
        .iter()
        .max_by(|a, b| rows(a).total_cmp(&rows(b)))
        .copied()?;
    Some((largest, false))
}

fn edge(
    plan: &Plan,
    node: &Node,
    method: JoinMethod,
    work: &Work,
    schema: Option<&Schema>,
) -> Option<JoinEdge> {
    let pairs = node.join_keys();
    let first = pairs.first();
    let outer_id = plan.outer(node.id)?.id;
    let inner_id = plan.inner(node.id)?.id;
    let (outer, outer_certain) = owner(plan, outer_id, first.map(|p| p.outer.as_str()), schema)?;
    let (inner, inner_certain) = owner(plan, inner_id, first.map(|p| p.inner.as_str()), schema)?;
    Some(JoinEdge {
        node: node.id,
        outer: scanned_table(outer)?,
        inner: scanned_table(inner)?,
        outer_certain,
        inner_certain,
        keys: pairs
            .iter()
            .map(|p| format!("{} = {}", p.outer, p.inner))
            .collect(),
        pairs: pairs.to_vec(),
        method: match method {
            JoinMethod::Hash => "hash",
            JoinMethod::Merge => "merge",
            JoinMethod::NestedLoop => "nested loop",
        },
        distribution: node.distribution.map(|label| label.as_str()),
        rows: node.rows.unwrap_or(0.0),
        bytes_moved: work.step(node.id).map_or(0.0, |step| step.network_bytes),
    })
}
