//! Where the steps of a plan stand in the drawing: the root on top, inputs below.

use crate::plan::Plan;

/// Width of a step's box.
pub(super) const BOX_WIDTH: f64 = 216.0;
/// Height of a step's box.
pub(super) const BOX_HEIGHT: f64 = 64.0;
const GAP_X: f64 = 24.0;
const GAP_Y: f64 = 40.0;
const MARGIN: f64 = 16.0;

/// The top left corner of every step, and the size of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub places: Vec<(f64, f64)>,
    pub width: f64,
    pub height: f64,
}

/// Leaves stand side by side in print order, every step above the middle of its inputs.
pub(super) fn layout(plan: &Plan) -> Layout {
    let mut places = vec![(0.0, 0.0); plan.nodes.len()];
    let mut leaves = 0usize;
    for node in &plan.nodes {
        places[node.id].1 = MARGIN + node.depth as f64 * (BOX_HEIGHT + GAP_Y);
        if node.children.is_empty() {
            places[node.id].0 = MARGIN + leaves as f64 * (BOX_WIDTH + GAP_X);
            leaves += 1;
        }
    }
    // Parents come before their children, so that backwards all inputs are placed.
    for node in plan.nodes.iter().rev() {
        if let (Some(first), Some(last)) = (node.children.first(), node.children.last()) {
            places[node.id].0 = (places[*first].0 + places[*last].0) / 2.0;
        }
    }
    let bottom = places.iter().map(|place| place.1).fold(0.0, f64::max);
    Layout {
        places,
        width: 2.0 * MARGIN + leaves.max(1) as f64 * (BOX_WIDTH + GAP_X) - GAP_X,
        height: bottom + BOX_HEIGHT + MARGIN,
    }
}
