//! The graph as a schema picture: where its tables and the labels of its joins stand.
//!
//! The table from which all others are fewest joins away stands at the left; every table to the right of
//! the one that it joins to, in a row of its own with the labels of that join before it. So nothing
//! covers anything. A join that closes a circle, or of a table with itself, is drawn to a second box of
//! its table.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use super::{JoinEdge, JoinGraph, Relation};
use crate::plan::Distribution;
use crate::text::measure::fit;
use crate::text::units::{count, counted, size};

/// The picture, in pixels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// The tables.
    pub tables: Vec<TableBox>,
    /// The joins, those between two boxes together.
    pub links: Vec<Link>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableBox {
    /// Its left end.
    pub x: f64,
    /// Its top.
    pub y: f64,
    /// How high it is; all are [`BOX_WIDTH`] wide.
    pub height: f64,
    /// Its whole name.
    pub table: String,
    /// What stands in it, cut to fit: the name, then keys and rows.
    pub lines: Vec<String>,
    /// Whether the table has another box already.
    pub again: bool,
}

/// The joins of one pair of boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// Where the line turns, from the left box to the right one.
    pub points: [(f64, f64); 4],
    /// How wide the line is: by the bytes that move.
    pub width: f64,
    /// What moves most among its joins.
    pub moves: Moves,
    /// Whether rows move to the left box, and to the right one.
    pub arrows: [bool; 2],
    /// Of each join.
    pub labels: Vec<Label>,
}

/// What is said of a join.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its left end.
    pub x: f64,
    /// The base of its first line.
    pub y: f64,
    /// The condition; then the method, what moves and how much.
    pub lines: [String; 2],
    /// The same, not cut.
    pub title: String,
    /// The step, counted through the input.
    pub node: usize,
    /// What moves.
    pub moves: Moves,
}

/// What a join moves between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moves {
    /// Nothing.
    Nothing,
    /// Rows are sent to the slice of their key, or all to one slice.
    Redistributed,
    /// A copy of one side is sent to every node.
    Copied,
}

impl Moves {
    /// The word that people read, and the class in a drawing.
    pub fn word(self) -> &'static str {
        match self {
            Moves::Nothing => "nothing",
            Moves::Redistributed => "redistributed",
            Moves::Copied => "copied",
        }
    }
}

/// How wide the box of a table is.
pub const BOX_WIDTH: f64 = 190.0;
const PAD: f64 = 10.0;
const LINE: f64 = 15.0;
const NAME_SIZE: f64 = 13.0;
const TEXT_SIZE: f64 = 11.5;
/// What is between two columns: the lines' turn, then the labels.
const TURN: f64 = 16.0;
const LABELS: f64 = 236.0;
const GAP: f64 = 20.0;
const MARGIN: f64 = 16.0;
/// How far under the top of a box its line ends.
const ENTRY: f64 = 20.0;
/// Tables beyond which the one at the left is simply that with most joins.
const MOST_CENTRED: usize = 300;

/// The joins of a pair of tables, by their steps.
type Group<'g> = Vec<&'g JoinEdge>;

/// A table's place in the tree.
struct Place<'g> {
    table: NodeIndex,
    again: bool,
    joins: Group<'g>,
    children: Vec<usize>,
    column: usize,
}

/// Places everything.
pub fn picture(graph: &JoinGraph) -> Picture {
    let places = tree(graph);
    let mut picture = Picture::default();
    let most = graph
        .joins()
        .map(|join| join.bytes_moved)
        .fold(1.0, f64::max);
    // Heights from the leaves up, then tops from the root down; places are before their children.
    let boxes: Vec<Vec<String>> = places
        .iter()
        .map(|place| lines(&graph.graph[place.table]))
        .collect();
    let box_height = |at: usize| 12.0 + LINE * boxes[at].len() as f64;
    let labels = |at: usize| 2.0 * LINE * places[at].joins.len() as f64;
    let lowered = |at: usize| (labels(at) + 6.0 - ENTRY).max(0.0);
    let mut heights = vec![0.0; places.len()];
    for at in (0..places.len()).rev() {
        let below: f64 = places[at]
            .children
            .iter()
            .map(|child| heights[*child] + GAP)
            .sum();
        heights[at] = (lowered(at) + box_height(at)).max(below - GAP);
    }
    let mut tops = vec![MARGIN; places.len()];
    let mut root_top = MARGIN;
    let mut is_child = vec![false; places.len()];
    for at in 0..places.len() {
        if !is_child[at] {
            tops[at] = root_top;
            root_top += heights[at] + GAP;
        }
        let mut top = tops[at];
        for &child in &places[at].children {
            is_child[child] = true;
            tops[child] = top;
            top += heights[child] + GAP;
        }
    }
    for (at, place) in places.iter().enumerate() {
        let x = MARGIN + place.column as f64 * (BOX_WIDTH + TURN + LABELS);
        let y = tops[at] + lowered(at);
        picture.width = picture.width.max(x + BOX_WIDTH + MARGIN);
        picture.height = picture.height.max(y + box_height(at) + MARGIN);
        picture.tables.push(TableBox {
            x,
            y,
            height: box_height(at),
            table: graph.graph[place.table].table.to_string(),
            lines: boxes[at].clone(),
            again: place.again,
        });
    }
    for (at, place) in places.iter().enumerate() {
        for &child in &place.children {
            let (left, right) = (&picture.tables[at], &picture.tables[child]);
            let turn = left.x + BOX_WIDTH + TURN;
            let (start, end) = (left.y + ENTRY, right.y + ENTRY);
            let points = [
                (left.x + BOX_WIDTH, start),
                (turn, start),
                (turn, end),
                (right.x, end),
            ];
            let table = &graph.graph[place.table];
            picture.links.push(link(
                &places[child],
                table,
                points,
                (turn, tops[child]),
                most,
            ));
        }
    }
    picture
}

/// The joins between the box at the left, of `table`, and a place at its right.
fn link(
    place: &Place<'_>,
    table: &Relation,
    points: [(f64, f64); 4],
    (turn, top): (f64, f64),
    most: f64,
) -> Link {
    let bytes: f64 = place.joins.iter().map(|join| join.bytes_moved).sum();
    let mut arrows = [false; 2];
    let mut all = Moves::Nothing;
    let mut labels = Vec::new();
    for (row, join) in place.joins.iter().enumerate() {
        let (moves, outer, inner) = moving(join);
        all = all.max(moves);
        let outer_is_left = join.outer == table.table;
        arrows[0] |= if outer_is_left { inner } else { outer };
        arrows[1] |= if outer_is_left { outer } else { inner };
        let words = [join.keys.join(", "), said(join, moves)];
        let words = match words[0].is_empty() {
            true => ["no equality".to_owned(), words[1].clone()],
            false => words,
        };
        let room = LABELS - 22.0;
        labels.push(Label {
            x: turn + 10.0,
            y: top + 11.0 + 2.0 * LINE * row as f64,
            title: format!(
                "step {}: {}; {}, {}",
                join.node,
                words[0],
                words[1],
                counted(join.rows, "row")
            ),
            lines: words.map(|line| fit(&line, room, TEXT_SIZE, false)),
            node: join.node,
            moves,
        });
    }
    Link {
        points,
        width: 1.5 + 4.5 * (bytes / most).min(1.0),
        moves: all,
        arrows,
        labels,
    }
}

/// What a join moves: whether its outer and its inner side's rows.
pub(super) fn moving(join: &JoinEdge) -> (Moves, bool, bool) {
    match join.distribution.and_then(Distribution::parse) {
        Some(Distribution::Inner) => (Moves::Redistributed, false, true),
        Some(Distribution::Outer) => (Moves::Redistributed, true, false),
        Some(Distribution::Both) => (Moves::Redistributed, true, true),
        Some(Distribution::AllInner) => (Moves::Redistributed, false, true),
        Some(Distribution::BroadcastInner) => (Moves::Copied, false, true),
        Some(Distribution::None | Distribution::AllNone | Distribution::Err) | None => {
            (Moves::Nothing, false, false)
        }
    }
}

/// `hash, 5.6 GB copied`: whose rows move is what the heads of the line show.
fn said(join: &JoinEdge, moves: Moves) -> String {
    match moves {
        Moves::Nothing => format!("{}, nothing moves", join.method),
        _ => format!(
            "{}, {} {}",
            join.method,
            size(join.bytes_moved),
            moves.word()
        ),
    }
}

/// What stands in a table's box.
fn lines(relation: &Relation) -> Vec<String> {
    let room = BOX_WIDTH - 2.0 * PAD;
    let text = |text: &str| fit(text, room, TEXT_SIZE, false);
    let mut lines = vec![fit(&relation.table.bare(), room, NAME_SIZE, true)];
    lines.extend(relation.keys.iter().map(|key| text(key)));
    lines.push(text(&format!("{} rows read", count(relation.rows_scanned))));
    lines
}

/// The tables as a tree, each before those that hang on it.
fn tree(graph: &JoinGraph) -> Vec<Place<'_>> {
    let inner = &graph.graph;
    let mut groups: BTreeMap<(NodeIndex, NodeIndex), Group<'_>> = BTreeMap::new();
    for edge in inner.edge_references() {
        let (a, b) = (edge.source(), edge.target());
        groups
            .entry((a.min(b), a.max(b)))
            .or_default()
            .push(edge.weight());
    }
    let mut joined: BTreeMap<NodeIndex, Vec<NodeIndex>> = BTreeMap::new();
    for &(a, b) in groups.keys() {
        joined.entry(a).or_default().push(b);
        if a != b {
            joined.entry(b).or_default().push(a);
        }
    }
    let mut rest: BTreeSet<NodeIndex> = inner.node_indices().collect();
    let mut places: Vec<Place<'_>> = Vec::new();
    while let Some(root) = centre(graph, &joined, &rest) {
        rest.remove(&root);
        let mut open = VecDeque::from([places.len()]);
        places.push(Place {
            table: root,
            again: false,
            joins: Vec::new(),
            children: Vec::new(),
            column: 0,
        });
        while let Some(at) = open.pop_front() {
            let (table, column) = (places[at].table, places[at].column + 1);
            for &other in joined.get(&table).into_iter().flatten() {
                // Taken once: from the end that is nearer to the root.
                let Some(joins) = groups.remove(&(table.min(other), table.max(other))) else {
                    continue;
                };
                let again = !rest.remove(&other);
                let child = places.len();
                places[at].children.push(child);
                places.push(Place {
                    table: other,
                    again,
                    joins,
                    children: Vec::new(),
                    column,
                });
                if !again {
                    open.push_back(child);
                }
            }
        }
    }
    places
}

/// The table of those that are left from which all others are fewest joins away; of several, the one
/// with most joins, then with most rows.
fn centre(
    graph: &JoinGraph,
    joined: &BTreeMap<NodeIndex, Vec<NodeIndex>>,
    rest: &BTreeSet<NodeIndex>,
) -> Option<NodeIndex> {
    let first = *rest.first()?;
    let part = reached(first, joined);
    let far = |table: NodeIndex| match part.len() <= MOST_CENTRED {
        true => reached(table, joined).values().copied().max().unwrap_or(0),
        false => 0,
    };
    let joins = |table: NodeIndex| joined.get(&table).map_or(0, Vec::len);
    let rows = |table: NodeIndex| graph.graph[table].rows_scanned;
    let all = part
        .keys()
        .map(|&table| (far(table), joins(table), rows(table), table));
    let best = all.min_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(b.2.total_cmp(&a.2)));
    best.map(|(.., table)| table)
}

/// The tables that joins lead to, with how many they are away.
fn reached(
    from: NodeIndex,
    joined: &BTreeMap<NodeIndex, Vec<NodeIndex>>,
) -> BTreeMap<NodeIndex, usize> {
    let mut known = BTreeMap::from([(from, 0)]);
    let mut open = VecDeque::from([from]);
    while let Some(table) = open.pop_front() {
        let next = known[&table] + 1;
        for &other in joined.get(&table).into_iter().flatten() {
            if let Entry::Vacant(free) = known.entry(other) {
                free.insert(next);
                open.push_back(other);
            }
        }
    }
    known
}
