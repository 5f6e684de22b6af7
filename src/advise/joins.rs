//! The join multigraph of a workload: which columns of which tables meet, and
//! how many bytes each side brings.

use std::collections::BTreeMap;

use super::Request;
use super::design::Design;
use super::evaluate::Evaluated;
use crate::graph::owner;
use crate::name::Ident;
use crate::plan::Distribution::{Both, BroadcastInner, Inner, Outer};
use crate::plan::{Node, Operator, Plan};
use crate::schema::{DistStyle, TableName, placed_alike};
use crate::work::{Shape, bytes_moved};

/// One join of one entry.
#[derive(Debug, Clone)]
pub(super) struct Join {
    /// The entry whose plan has it.
    pub entry: usize,
    /// How often it runs.
    pub frequency: f64,
    /// Outer and inner side.
    pub sides: [Side; 2],
    /// Columns that are equal: of the outer table, of the inner one, and whether
    /// equal values are placed alike.
    pub pairs: Vec<(Ident, Ident, bool)>,
}

/// One side of a join.
#[derive(Debug, Clone)]
pub(super) struct Side {
    /// The table whose column the join compares.
    pub table: TableName,
    /// Bytes that reach the join from this side.
    pub bytes: f64,
    /// Whether it is this table alone, not a result of other joins.
    pub alone: bool,
}

/// All joins of a workload, and those of each table.
#[derive(Debug, Default)]
pub(super) struct Joins {
    pub all: Vec<Join>,
    of: BTreeMap<TableName, Vec<usize>>,
}

impl Joins {
    pub fn new(all: Vec<Join>) -> Self {
        let mut of: BTreeMap<TableName, Vec<usize>> = BTreeMap::new();
        for (place, join) in all.iter().enumerate() {
            let [a, b] = &join.sides;
            of.entry(a.table.clone()).or_default().push(place);
            if a.table != b.table {
                of.entry(b.table.clone()).or_default().push(place);
            }
        }
        Self { all, of }
    }

    /// The joins that a table is a side of.
    pub fn of(&self, table: &TableName) -> impl Iterator<Item = &Join> {
        let places = self.of.get(table).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| &self.all[*place])
    }
}

/// Every join of stored columns that the plans have.
pub(super) fn joins(request: &Request<'_>, design: &Design, all: &[Evaluated]) -> Vec<Join> {
    let mut found = Vec::new();
    for one in all {
        let frequency = request.workload.entries[one.entry].frequency;
        for node in &one.plan.nodes {
            if matches!(node.operator, Operator::Join(..)) {
                let join = join(design, one, node, frequency);
                found.extend(join);
            }
        }
    }
    found
}

fn join(design: &Design, one: &Evaluated, node: &Node, frequency: f64) -> Option<Join> {
    let (outer, inner) = (one.plan.outer(node.id)?, one.plan.inner(node.id)?);
    let mut found: Option<Join> = None;
    let keys = node.join_keys().iter();
    for pair in keys.filter(|pair| node.compares_stored(pair) == [true, true]) {
        let (Some(a), Some(b)) = (
            stored(design, &one.plan, outer, &pair.outer),
            stored(design, &one.plan, inner, &pair.inner),
        ) else {
            continue;
        };
        let alike = placed_alike(&a.1, &b.1) != Some(false);
        let columns = (pair.outer.clone(), pair.inner.clone(), alike);
        match &mut found {
            Some(join) if join.sides[0].table == a.0 && join.sides[1].table == b.0 => {
                join.pairs.push(columns);
            }
            Some(_) => {}
            None => {
                found = Some(Join {
                    entry: one.entry,
                    frequency,
                    sides: [side(&one.plan, outer, a.0), side(&one.plan, inner, b.0)],
                    pairs: vec![columns],
                });
            }
        }
    }
    found
}

/// The table that stores a column of a side, with the column's type; `None` where
/// the column is made by the query, so that no key can place it.
fn stored(
    design: &Design,
    plan: &Plan,
    side: &Node,
    column: &str,
) -> Option<(TableName, crate::schema::DataType)> {
    let (scan, _) = owner(plan, side.id, Some(column), Some(&design.schema))?;
    let mut at = scan;
    while at.id != side.id {
        let keeps = matches!(
            at.operator,
            Operator::Join(..) | Operator::Hash | Operator::SeqScan | Operator::Sort
        );
        if !keeps {
            return None;
        }
        at = plan.node(at.parent?);
    }
    let table = design.schema.resolve(&scan.table_name()?)?;
    let column = table.column(column)?;
    Some((table.name.clone(), column.data_type.clone()))
}

fn side(plan: &Plan, node: &Node, table: TableName) -> Side {
    let scans = plan.subtree(node.id).filter(|n| n.operator.is_scan());
    let known = |value: Option<f64>| value.filter(|v| v.is_finite()).unwrap_or(0.0).max(0.0);
    Side {
        table,
        bytes: known(node.rows) * known(node.width),
        alone: scans.count() == 1,
    }
}

impl Join {
    /// Bytes that one run moves between nodes if the two tables are distributed so:
    /// nothing where both are placed by the same columns or one side has a copy on
    /// every node, else the least of sending one side to the other's slices, both,
    /// or a copy of one to every node.
    pub fn bytes_moved(&self, outer: &DistStyle, inner: &DistStyle, shape: Shape) -> f64 {
        let [a, b] = &self.sides;
        let copied = |side: &Side, style: &DistStyle| side.alone && *style == DistStyle::All;
        if copied(a, outer) || copied(b, inner) {
            return 0.0;
        }
        let placed = |style: &DistStyle, by: &dyn Fn(&(Ident, Ident, bool)) -> bool| {
            matches!(style, DistStyle::Key(_)) && self.pairs.iter().any(by)
        };
        let key = |style: &DistStyle, column: &Ident| matches!(style, DistStyle::Key(key) if key == column);
        let both = self
            .pairs
            .iter()
            .any(|(x, y, alike)| *alike && key(outer, x) && key(inner, y));
        if both {
            return 0.0;
        }
        // A side whose values have to be converted is not where they would be looked for.
        let left = placed(outer, &|(x, _, alike)| *alike && key(outer, x));
        let right = placed(inner, &|(_, y, alike)| *alike && key(inner, y));
        let moved = |label| bytes_moved(label, a.bytes, b.bytes, shape.nodes);
        // Either side may become the inner one, of which every node gets a copy.
        let swapped = bytes_moved(BroadcastInner, b.bytes, a.bytes, shape.nodes);
        let mut least = moved(BroadcastInner).min(swapped).min(moved(Both));
        if left {
            least = least.min(moved(Inner));
        }
        if right {
            least = least.min(moved(Outer));
        }
        if shape.nodes <= 1.0 { 0.0 } else { least }
    }
}
