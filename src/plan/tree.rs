//! Steps in print order → a tree, from their indentation.

use super::{Indentation, Node, Plan, rebuild};

/// A step with the place of its text on the line.
#[derive(Debug)]
pub(super) struct Step {
    pub node: Node,
    /// Column where the step's words begin; with an arrow, four after it.
    pub column: usize,
    /// Whether an arrow stood before it.
    pub arrow: bool,
}

/// Columns between an arrow and the words after it.
pub(super) const ARROW: usize = 4;

/// Builds one plan from its steps.
pub(super) fn build(mut steps: Vec<Step>) -> Plan {
    if is_flat(&steps) {
        return rebuild::rebuild(steps.into_iter().map(|step| step.node).collect());
    }
    let gap = typical_gap(&steps);
    let tolerance = gap / 3;
    align_root(&mut steps, gap);
    let mut plan = Plan {
        indentation: Indentation::Given,
        ..Plan::default()
    };
    // Steps that can still take children, with their columns.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for step in steps {
        while open
            .last()
            .is_some_and(|(column, _)| column + tolerance >= step.column)
        {
            open.pop();
        }
        let parent = open.last().map(|(_, id)| *id);
        let id = plan.push(parent, step.node);
        open.push((step.column, id));
    }
    plan
}

/// A root with an arrow before it still has its inputs two columns further in,
/// as Redshift prints them under a root without one.
fn align_root(steps: &mut [Step], gap: usize) {
    if let [first, second, ..] = steps
        && first.arrow
        && second.column > first.column
        && second.column - first.column < gap.saturating_sub(gap / 3)
    {
        first.column = second.column.saturating_sub(gap);
    }
}

/// How far a child stands to the right of its parent, mostly: six columns in
/// Redshift's own print, others where somebody indented anew. Below a root without an arrow it may
/// be another.
fn typical_gap(steps: &[Step]) -> usize {
    let below_root = steps.iter().position(|step| step.arrow).unwrap_or(0);
    let of = |steps: &[Step]| {
        let mut counts = [0usize; 17];
        for pair in steps.windows(2) {
            let gap = pair[1].column.saturating_sub(pair[0].column).min(16);
            counts[gap] += 1;
        }
        (1..counts.len())
            .max_by_key(|&gap| (counts[gap], gap))
            .filter(|&gap| counts[gap] > 0)
    };
    of(&steps[below_root..]).or_else(|| of(steps)).unwrap_or(0)
}

/// Whether the indentation was lost: every arrow in one column, and the steps
/// can't all be children of the first.
fn is_flat(steps: &[Step]) -> bool {
    let mut arrows = steps.iter().filter(|step| step.arrow);
    let Some(first) = arrows.next() else {
        return false;
    };
    if !arrows.all(|step| step.column == first.column) {
        return false;
    }
    let Some(root) = steps.first().filter(|step| !step.arrow) else {
        return steps.len() > 1 && lacks_children(steps);
    };
    if first.column < root.column + ARROW + 2 && steps.len() > 1 {
        return first.column <= root.column + ARROW || lacks_children(&steps[1..]);
    }
    steps.len() - 1 > root.node.operator.arity().1 || lacks_children(&steps[1..])
}

/// Whether a step that needs an input is followed by another in the same column.
fn lacks_children(steps: &[Step]) -> bool {
    steps
        .iter()
        .rev()
        .skip(1)
        .any(|step| step.node.operator.arity().0 > 0)
}
