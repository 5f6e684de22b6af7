//! Planned relations, and the way from their steps to a [`Plan`].

use crate::name::Ident;
use crate::plan::{
    Compute, Cost, Detail, DetailKind, Engine, Estimate, Grouping, Node, Operator, RowRange,
    ScannedColumns,
};
use crate::stats::Basis;

use crate::planner::cost::Range;
use crate::planner::join_choice::Dist;
use crate::planner::logical::expr::ColumnId;

/// A planned relation.
#[derive(Debug, Clone)]
pub(super) struct Rel {
    /// Its last step.
    pub step: Step,
    /// Rows that come out.
    pub rows: f64,
    /// By how much the rows may be fewer or more, because defaults stand in for statistics.
    pub range: RowRange,
    /// Cost so far.
    pub cost: Range,
    /// Where the rows are.
    pub dist: Dist,
    /// The columns by which each slice's rows are sorted.
    pub sorted: Vec<ColumnId>,
    /// The columns that can be read from it.
    pub columns: Vec<ColumnId>,
}

/// A step with the steps that feed it.
#[derive(Debug, Clone, Default)]
pub(super) struct Step {
    pub node: Node,
    pub children: Vec<Step>,
    /// Columns that a scan reads.
    pub reads: Vec<Ident>,
    /// Columns that a scan passes on.
    pub passes: Vec<Ident>,
    pub compute: Compute,
    /// Rows of the scanned table, where they are a default.
    pub table_rows: Option<RowRange>,
    /// Rows that come out, where they may differ from what is printed.
    pub range: Option<RowRange>,
    /// What the share of a scan's rows rests on.
    pub basis: Option<Basis>,
    /// The groups that it makes.
    pub grouping: Option<Grouping>,
    /// Pairs with equal keys, as a factor of the rows that come out of a join.
    pub pairs: Option<f64>,
}

impl Step {
    /// A step on the compute nodes with these inputs.
    pub(super) fn new(operator: Operator, children: Vec<Step>) -> Self {
        Self {
            node: Node {
                operator,
                engine: Engine::Xn,
                ..Node::default()
            },
            children,
            ..Self::default()
        }
    }

    /// The node with what is known of it, and the steps that feed it.
    pub(super) fn into_node(self) -> (Node, Vec<Step>) {
        let columns = ScannedColumns {
            read: self.reads,
            passed: self.passes,
        };
        let estimate = Estimate {
            columns: (columns != ScannedColumns::default()).then_some(columns),
            compute: self.compute,
            rows: self.range.unwrap_or_default(),
            table_rows: self.table_rows,
            share_read: None,
            basis: self.basis,
            grouping: self.grouping,
            pairs: self.pairs,
        };
        let known = estimate != Estimate::default();
        let node = Node {
            estimate: known.then(|| Box::new(estimate)),
            ..self.node
        };
        (node, self.children)
    }

    /// Adds a detail line.
    pub(super) fn detail(&mut self, kind: DetailKind, text: impl Into<String>) {
        self.node.details.push(Detail::new(kind, text.into()));
    }

    /// Adds a line that says what is asked of the rows.
    pub(super) fn condition(&mut self, condition: Detail) {
        self.node.details.push(condition);
    }

    /// Sets the numbers in the parenthesis.
    pub(super) fn numbers(&mut self, cost: Range, rows: f64, width: f64) {
        self.node.cost = Some(Cost {
            startup: cost.startup,
            total: cost.total,
        });
        self.node.rows = Some(printed_rows(rows));
        // An empty sum is -0.
        self.node.width = Some(width.round() + 0.0);
    }
}

/// Row counts are printed whole, and never below one.
pub(super) fn printed_rows(rows: f64) -> f64 {
    rows.round().max(1.0)
}

impl Rel {
    /// Puts a step on top that changes neither rows nor their place.
    pub(super) fn on_top(self, mut step: Step, cost: Range, width: f64) -> Rel {
        step.numbers(cost, self.rows, width);
        let range = self.range;
        Rel {
            step: Step {
                children: vec![self.step],
                range: Some(range),
                ..step
            },
            cost,
            ..self
        }
    }

    /// The printed width.
    pub(super) fn width(&self) -> f64 {
        self.step.node.width.unwrap_or(0.0)
    }
}
