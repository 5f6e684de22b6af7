//! The join/scan graph as a drawing: the table with most joins in the middle,
//! the others around it.

use std::f64::consts::TAU;

use petgraph::visit::EdgeRef;

use crate::graph::JoinGraph;
use crate::report::terminal::clip;
use crate::text::units::{count, size};

/// A table in the drawing.
#[derive(Debug)]
pub(super) struct TableBox {
    pub x: f64,
    pub y: f64,
    pub name: String,
    pub rows: String,
}

/// A join in the drawing.
#[derive(Debug)]
pub(super) struct JoinLine {
    pub x1: f64,
    pub y1: f64,
    pub x2: f64,
    pub y2: f64,
    pub label_x: f64,
    pub label_y: f64,
    pub width: f64,
    pub keys: String,
    pub what: String,
    pub node: usize,
}

/// The drawing.
#[derive(Debug)]
pub(super) struct JoinDrawing {
    pub width: f64,
    pub height: f64,
    pub tables: Vec<TableBox>,
    pub joins: Vec<JoinLine>,
}

const BOX: f64 = 170.0;

pub(super) fn draw(graph: &JoinGraph) -> JoinDrawing {
    let inner = &graph.graph;
    let mut order: Vec<_> = inner.node_indices().collect();
    order.sort_by_key(|&index| std::cmp::Reverse(inner.edges(index).count()));
    let around = order.len().saturating_sub(1).max(1) as f64;
    let radius = (around * (BOX + 30.0) / TAU).max(190.0);
    let (cx, cy) = (radius + BOX, radius + 50.0);
    let mut places = vec![(cx, cy); order.len()];
    for (position, index) in order.iter().enumerate().skip(1) {
        let angle = TAU * (position as f64 - 1.0) / around - TAU / 4.0;
        places[index.index()] = (cx + radius * angle.cos(), cy + radius * angle.sin());
    }
    let tables = inner
        .node_indices()
        .map(|index| {
            let (x, y) = places[index.index()];
            TableBox {
                x,
                y,
                name: clip(&inner[index].table.bare(), 24),
                rows: format!("{} rows read", count(inner[index].rows_scanned)),
            }
        })
        .collect();
    let most = graph
        .joins()
        .map(|join| join.bytes_moved)
        .fold(1.0, f64::max);
    let joins = inner.edge_references().map(|edge| {
        let (a, b) = (places[edge.source().index()], places[edge.target().index()]);
        let join = edge.weight();
        JoinLine {
            x1: a.0,
            y1: a.1,
            x2: b.0,
            y2: b.1,
            // Off the middle, so that labels keep clear of the box there.
            label_x: a.0 * 0.45 + b.0 * 0.55,
            label_y: a.1 * 0.45 + b.1 * 0.55,
            width: 1.5 + 7.0 * join.bytes_moved / most,
            keys: clip(&join.keys.join(", "), 34),
            what: match join.bytes_moved >= 1.0 {
                true => format!("{}, {} moved", join.method, size(join.bytes_moved)),
                false => format!("{}, nothing moved", join.method),
            },
            node: join.node,
        }
    });
    JoinDrawing {
        width: 2.0 * cx,
        height: 2.0 * cy,
        joins: joins.collect(),
        tables,
    }
}
