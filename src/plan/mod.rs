//! The hub: a query plan as a tree of steps, pasted or planned.

mod bounds;
pub mod condition;
pub mod cost;
mod detail;
mod estimate;
mod given;
pub mod join_keys;
mod key_list;
mod line;
mod node;
mod notice;
mod numbers;
mod operator;
mod pairs;
mod paste;
mod predicate;
mod print;
mod rebuild;
mod tree;
mod whole;
mod writes;

pub use detail::{Detail, DetailKind, Said};
pub use estimate::{Compute, Estimate, Grouping, RowRange, ScannedColumns};
pub use key_list::key_columns;
pub use node::{Cost, Node, NodeId};
pub use notice::{MISSING_STATISTICS, Noticed};
pub use operator::{Distribution, Engine, JoinKind, JoinMethod, Operator};
pub use pairs::PairCondition;
pub use paste::{LineCount, PasteError, Reading, StlError, StlPlans, Unrecognized, read};
pub use predicate::{Predicate, comparisons};
pub use writes::{Placement, Writes};

/// How sure the tree's shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Indentation {
    /// The paste kept its indentation.
    #[default]
    Given,
    /// From `nodeid` and `parentid`, or from a VERBOSE dump's nesting.
    Ids,
    /// Rebuilt from operator arity and cumulative cost; only one tree fits.
    Reconstructed,
    /// Rebuilt, and more than one tree fits.
    Ambiguous,
}

/// A query plan: steps in the order of the print, every parent before its children.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The steps; a step's id is its index.
    pub nodes: Vec<Node>,
    /// How sure the tree's shape is.
    pub indentation: Indentation,
    /// Redshift's own advice under the plan, without the dashes.
    pub notices: Vec<String>,
    /// The query's id, where the source has one (`STL_EXPLAIN`).
    pub query: Option<String>,
    /// Why the paste does not hold the plan whole; empty where nothing tells so.
    pub gaps: Vec<String>,
    /// Whether the rows of its first step go on to a step that the paste does not hold, and not to
    /// a client.
    pub headless: bool,
    /// Which of how many plans of a MERGE it is, from 1: EXPLAIN prints one for each thing it does.
    pub merge_part: Option<(usize, usize)>,
    /// Whether it was planned here from a query, with the schema and statistics at hand.
    pub made_here: bool,
    /// What the statement writes, if it was planned here and does.
    pub writes: Option<Writes>,
}

impl Plan {
    /// The step with this id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// Whether a filter or a join condition names this column.
    pub fn mentions_column(&self, column: &str) -> bool {
        let mut details = self.nodes.iter().flat_map(|node| &node.details);
        details.any(|detail| detail.mentions_column(column))
    }

    /// The steps without a parent: one, except in fragments.
    pub fn roots(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.parent.is_none())
    }

    /// The steps that feed this one, in print order: for a join the outer
    /// side first, then the inner.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = &Node> {
        self.nodes[id]
            .children
            .iter()
            .map(|&child| &self.nodes[child])
    }

    /// The only child, or the first of several.
    pub fn child(&self, id: NodeId) -> Option<&Node> {
        self.children(id).next()
    }

    /// A join's outer (probe) side.
    pub fn outer(&self, join: NodeId) -> Option<&Node> {
        self.children(join).next()
    }

    /// A join's inner (build) side: the step under its Hash, or the second input.
    pub fn inner(&self, join: NodeId) -> Option<&Node> {
        let inner = self.children(join).nth(1)?;
        match inner.operator {
            Operator::Hash => self.child(inner.id).or(Some(inner)),
            _ => Some(inner),
        }
    }

    /// This step and all below it, in print order.
    pub fn subtree(&self, id: NodeId) -> impl Iterator<Item = &Node> {
        let end = self.subtree_end(id);
        self.nodes[id..end].iter()
    }

    /// The id after the last step below this one (the tree is in pre-order).
    fn subtree_end(&self, id: NodeId) -> NodeId {
        let depth = self.nodes[id].depth;
        self.nodes[id + 1..]
            .iter()
            .position(|node| node.depth <= depth)
            .map_or(self.nodes.len(), |offset| id + 1 + offset)
    }

    /// The steps above this one, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.nodes[id].parent, |&parent| self.nodes[parent].parent)
            .map(|parent| &self.nodes[parent])
    }

    /// Appends a step under `parent` and returns its id. Steps must be added in
    /// print order (pre-order).
    pub fn push(&mut self, parent: Option<NodeId>, mut node: Node) -> NodeId {
        let id = self.nodes.len();
        node.id = id;
        node.parent = parent;
        node.depth = parent.map_or(0, |parent| self.nodes[parent].depth + 1);
        if let Some(parent) = parent {
            self.nodes[parent].children.push(id);
        }
        self.nodes.push(node);
        id
    }
}
