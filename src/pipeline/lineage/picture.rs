//! The lineage as a picture: where its boxes and lines stand.
//!
//! Every box stands to the right of all that feeds it, in layers; tables have a row for each column
//! that is followed. A line that passes a layer has a lane of its own there, so that it crosses no
//! box.

use std::collections::BTreeMap;

use super::{Edge, Kind, Lineage, Node};
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

/// How wide a box is.
pub const BOX_WIDTH: f64 = 256.0;
/// How high the head of a box is, and a row.
pub const HEAD: f64 = 40.0;
/// How high a row is.
pub const ROW: f64 = 16.0;
const GAP_X: f64 = 64.0;
const GAP_Y: f64 = 14.0;
/// How high the lane of a line that passes is.
const LANE: f64 = 8.0;
const MARGIN: f64 = 10.0;
/// Columns that a table shows.
const MOST_ROWS: usize = 16;
/// Rounds of putting boxes near to what they are linked with.
const SWEEPS: usize = 6;

/// The picture, in pixels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// Prefixes, jobs, tables, queries.
    pub boxes: Vec<NodeBox>,
    /// What feeds what.
    pub lines: Vec<Line>,
}

/// A box.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeBox {
    /// Its left end.
    pub x: f64,
    /// Its top.
    pub y: f64,
    /// How high it is.
    pub height: f64,
    /// What it is.
    pub node: Node,
    /// The columns that are followed.
    pub rows: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// A line from left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The points that it goes through, level at each.
    pub points: Vec<(f64, f64)>,
    /// Whether it leads from a column.
    pub of_column: bool,
}

/// What stands in a layer: a box, or the lane of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Box(usize),
    Lane(usize, usize),
}

/// A box with the row, and the same where the line ends.
type Link = ((usize, Option<usize>), (usize, Option<usize>));

/// Places everything.
pub fn picture(lineage: &Lineage) -> Picture {
    let (mut boxes, links) = boxes_and_links(lineage);
    let layers = layers(boxes.len(), &links);
    let mut cells: Vec<Vec<Cell>> =
        vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)];
    for (at, layer) in layers.iter().enumerate() {
        cells[*layer].push(Cell::Box(at));
    }
    for (at, ((from, _), (to, _))) in links.iter().enumerate() {
        let until = cells.iter_mut().enumerate().take(layers[*to]);
        for (layer, cells) in until.skip(layers[*from] + 1) {
            cells.push(Cell::Lane(at, layer));
        }
    }
    order(&mut cells, &links, &layers);
    let height_of = |cell: &Cell| match cell {
        Cell::Box(at) => boxes[*at].height + GAP_Y,
        Cell::Lane(..) => LANE,
    };
    let heights: Vec<f64> = cells
        .iter()
        .map(|cells| cells.iter().map(height_of).sum())
        .collect();
    let most = heights.iter().copied().fold(0.0, f64::max);
    // What goes back turns before its box.
    let goes_back = links
        .iter()
        .any(|(from, to)| layers[from.0] >= layers[to.0]);
    let left = MARGIN + if goes_back { GAP_X / 2.0 } else { 0.0 };
    let mut tops: BTreeMap<Cell, (f64, f64)> = BTreeMap::new();
    for (layer, cells) in cells.iter().enumerate() {
        let x = left + layer as f64 * (BOX_WIDTH + GAP_X);
        let mut y = MARGIN + (most - heights[layer]) / 2.0;
        for cell in cells {
            tops.insert(*cell, (x, y));
            y += height_of(cell);
        }
    }
    for (at, one) in boxes.iter_mut().enumerate() {
        if let Some((x, y)) = tops.get(&Cell::Box(at)) {
            (one.x, one.y) = (*x, *y);
        }
    }
    let mut below = MARGIN + most;
    let mut lines = Vec::with_capacity(links.len());
    for (at, (from, to)) in links.iter().enumerate() {
        let (start, end) = (side(&boxes, *from, true), side(&boxes, *to, false));
        let mut points = vec![start];
        match layers[from.0] < layers[to.0] {
            true => {
                for layer in layers[from.0] + 1..layers[to.0] {
                    if let Some((x, y)) = tops.get(&Cell::Lane(at, layer)) {
                        points.push((*x, y + LANE / 2.0));
                        points.push((x + BOX_WIDTH, y + LANE / 2.0));
                    }
                }
            }
            // What closes a circle goes back below everything.
            false => {
                below += LANE;
                points.push((start.0 + GAP_X / 2.0, below));
                points.push((end.0 - GAP_X / 2.0, below));
            }
        }
        points.push(end);
        lines.push(Line {
            points,
            of_column: from.1.is_some(),
        });
    }
    Picture {
        width: 2.0 * left + cells.len() as f64 * (BOX_WIDTH + GAP_X) - GAP_X,
        height: below + MARGIN,
        boxes,
        lines,
    }
}

/// Where a line leaves a box, or comes to it.
fn side(boxes: &[NodeBox], (at, row): (usize, Option<usize>), leaves: bool) -> (f64, f64) {
    let one = &boxes[at];
    let x = if leaves { one.x + BOX_WIDTH } else { one.x };
    let y = match row {
        Some(row) => HEAD + ROW * (row as f64 + 0.5),
        None => HEAD / 2.0,
    };
    (x, one.y + y)
}

fn boxes_and_links(lineage: &Lineage) -> (Vec<NodeBox>, Vec<Link>) {
    let graph = &lineage.graph;
    let mut places: BTreeMap<NodeIndex, usize> = BTreeMap::new();
    let mut boxes: Vec<NodeBox> = Vec::new();
    for (node, place) in &lineage.places {
        if node.kind != Kind::Column {
            places.insert(*place, boxes.len());
            boxes.push(NodeBox {
                x: 0.0,
                y: 0.0,
                height: HEAD,
                node: node.clone(),
                rows: Vec::new(),
                more: 0,
            });
        }
    }
    // A column stands in its table, where something other than a whole prefix leads to it or from it.
    let mut rows: BTreeMap<NodeIndex, (usize, Option<usize>)> = BTreeMap::new();
    for (node, place) in &lineage.places {
        if node.kind != Kind::Column {
            continue;
        }
        let table = graph.edges_directed(*place, petgraph::Direction::Incoming);
        let table = table.filter(|edge| *edge.weight() == Edge::Holds);
        let Some(at) = table.filter_map(|edge| places.get(&edge.source())).next() else {
            continue;
        };
        let others = graph.neighbors_undirected(*place).filter(|other| {
            let other_node = &graph[*other];
            let feeds = graph.find_edge(*other, *place).is_none();
            other_node.kind == Kind::Column || other_node.kind != Kind::Table && feeds
        });
        if others.count() == 0 {
            continue;
        }
        let one = &mut boxes[*at];
        let row = (one.rows.len() < MOST_ROWS).then_some(one.rows.len());
        rows.insert(*place, (*at, row));
        match row {
            Some(_) => {
                let name = node.name.strip_prefix(&format!("{}.", one.node.name));
                one.rows.push(name.unwrap_or(&node.name).to_owned());
            }
            None => one.more += 1,
        }
    }
    for one in &mut boxes {
        let lines = one.rows.len() + usize::from(one.more > 0);
        one.height = HEAD + lines as f64 * ROW + if lines > 0 { 6.0 } else { 0.0 };
    }
    let end = |place: NodeIndex| {
        let whole = places.get(&place).map(|at| (*at, None));
        rows.get(&place).copied().or(whole)
    };
    let mut links: Vec<Link> = Vec::new();
    let feeds = graph.edge_references();
    for edge in feeds.filter(|edge| *edge.weight() == Edge::Feeds) {
        let is_column = |place: NodeIndex| graph[place].kind == Kind::Column;
        // A prefix feeds the table as a whole: its columns need no lines of their own.
        if is_column(edge.target()) && !is_column(edge.source()) {
            continue;
        }
        if let (Some(from), Some(to)) = (end(edge.source()), end(edge.target()))
            && from.0 != to.0
        {
            links.push((from, to));
        }
    }
    links.sort_unstable();
    links.dedup();
    // Between whole boxes a line says no more than those of their columns.
    let by_column: Vec<(usize, usize)> = links
        .iter()
        .filter(|(from, _)| from.1.is_some())
        .map(|(from, to)| (from.0, to.0))
        .collect();
    links.retain(|(from, to)| from.1.is_some() || !by_column.contains(&(from.0, to.0)));
    (boxes, links)
}

/// The layer of each box: to the right of all that feeds it, but for what closes a circle.
fn layers(count: usize, links: &[Link]) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut fed = vec![false; count];
    for ((from, _), (to, _)) in links {
        if !next[*from].contains(to) {
            next[*from].push(*to);
        }
        fed[*to] = true;
    }
    // Depth first, from what nothing feeds: a box is done when all that it feeds is done.
    let mut state = vec![State::New; count];
    let mut done: Vec<usize> = Vec::with_capacity(count);
    let mut forward: Vec<(usize, usize)> = Vec::new();
    let first = (0..count).filter(|at| !fed[*at]);
    for start in first.chain(0..count) {
        let mut stack = vec![(start, 0)];
        while let Some((at, child)) = stack.pop() {
            if child == 0 {
                if state[at] != State::New {
                    continue;
                }
                state[at] = State::Open;
            }
            match next[at].get(child) {
                Some(to) => {
                    stack.push((at, child + 1));
                    if state[*to] != State::Open {
                        forward.push((at, *to));
                        stack.push((*to, 0));
                    }
                }
                None => {
                    state[at] = State::Done;
                    done.push(at);
                }
            }
        }
    }
    let mut layers = vec![0; count];
    let mut feeds: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (from, to) in forward {
        feeds[from].push(to);
    }
    for from in done.into_iter().rev() {
        for to in &feeds[from] {
            layers[*to] = layers[*to].max(layers[from] + 1);
        }
    }
    layers
}

/// How far a box was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// Puts what stands in each layer near to what it is linked with, so that fewer lines cross.
fn order(cells: &mut [Vec<Cell>], links: &[Link], layers: &[usize]) {
    let mut linked: BTreeMap<Cell, Vec<Cell>> = BTreeMap::new();
    for (at, ((from, _), (to, _))) in links.iter().enumerate() {
        let passed = layers[*from] + 1..layers[*to];
        let lanes = passed.map(|layer| Cell::Lane(at, layer));
        let way: Vec<Cell> = std::iter::once(Cell::Box(*from))
            .chain(lanes)
            .chain(std::iter::once(Cell::Box(*to)))
            .collect();
        for pair in way.windows(2) {
            linked.entry(pair[0]).or_default().push(pair[1]);
            linked.entry(pair[1]).or_default().push(pair[0]);
        }
    }
    let mut places: BTreeMap<Cell, f64> = BTreeMap::new();
    let keep = |cells: &[Cell], places: &mut BTreeMap<Cell, f64>| {
        for (at, cell) in cells.iter().enumerate() {
            places.insert(*cell, (at as f64 + 0.5) / cells.len() as f64);
        }
    };
    for layer in cells.iter() {
        keep(layer, &mut places);
    }
    for sweep in 0..SWEEPS {
        let all = 0..cells.len();
        let order: Vec<usize> = match sweep % 2 {
            0 => all.collect(),
            _ => all.rev().collect(),
        };
        for layer in order {
            let middle = |cell: &Cell| {
                let near = linked.get(cell).map_or(&[][..], Vec::as_slice);
                let near = near.iter().filter_map(|other| places.get(other));
                let near: Vec<f64> = near.copied().collect();
                match near.is_empty() {
                    true => places.get(cell).copied().unwrap_or_default(),
                    false => near.iter().sum::<f64>() / near.len() as f64,
                }
            };
            let mut sorted: Vec<(f64, Cell)> = cells[layer]
                .iter()
                .map(|cell| (middle(cell), *cell))
                .collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            cells[layer] = sorted.into_iter().map(|(_, cell)| cell).collect();
            keep(&cells[layer], &mut places);
        }
    }
}
