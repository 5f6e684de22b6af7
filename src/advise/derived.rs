//! Tables as far as pasted plans show them, where no DDL was given.

use crate::graph::{owner, scanned_table};
use crate::name::Ident;
use crate::plan::{Distribution, Node, Operator, Plan, cost};
use crate::schema::{Column, DataType, DistStyle, Schema, Table, TableName};
use crate::stats::Stats;
use crate::text::Span;

use super::workload::{Body, Workload};

/// What the plans of a workload show of their tables: names, columns in join
/// conditions (their types are taken as alike), rows, and the distribution that
/// the labels of their joins imply; EVEN where they imply none.
pub fn derive(workload: &Workload) -> (Schema, Stats) {
    let (mut schema, mut stats) = (Schema::default(), Stats::default());
    let plans = || {
        workload
            .entries
            .iter()
            .filter_map(|entry| match &entry.body {
                Body::Plan(plan) => Some(plan.as_ref()),
                Body::Query(_) => None,
            })
    };
    for plan in plans() {
        for node in &plan.nodes {
            if let Some(name) = scanned_table(node) {
                add_table(&mut schema, &mut stats, name, node);
            }
        }
    }
    // Columns of sides with one table are certain: they tell whose the others are.
    for certain in [true, false] {
        for plan in plans() {
            for node in &plan.nodes {
                add_columns(&mut schema, plan, node, certain);
            }
        }
    }
    for plan in plans() {
        for node in &plan.nodes {
            add_style(&mut schema, plan, node);
        }
    }
    (schema, stats)
}

fn add_table(schema: &mut Schema, stats: &mut Stats, name: TableName, scan: &Node) {
    let rows = cost::charged(scan)
        .map(|charged| charged.rows_scanned)
        .or(scan.rows);
    let known = stats.tables.entry(name.clone()).or_default();
    known.rows = match (known.rows, rows) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    schema.tables.entry(name.clone()).or_insert_with(|| {
        let mut table = Table::empty(name, (0, Span::default()));
        table.columns_known = false;
        table.dist_style = DistStyle::Even;
        table
    });
}

/// The two columns of each equality of a join, with the table on its side.
fn ends(schema: &Schema, plan: &Plan, node: &Node) -> Vec<[(TableName, Ident, bool); 2]> {
    let (Some(outer), Some(inner)) = (plan.outer(node.id), plan.inner(node.id)) else {
        return Vec::new();
    };
    let end = |side: &Node, column: &Ident| {
        let (scan, certain) = owner(plan, side.id, Some(column), Some(schema))?;
        Some((scanned_table(scan)?, column.clone(), certain))
    };
    let pairs = node.join_keys().iter();
    let ends = pairs.filter_map(|pair| Some([end(outer, &pair.outer)?, end(inner, &pair.inner)?]));
    ends.collect()
}

fn add_columns(schema: &mut Schema, plan: &Plan, node: &Node, only_certain: bool) {
    if !matches!(node.operator, Operator::Join(..)) {
        return;
    }
    for (name, column, certain) in ends(schema, plan, node).into_iter().flatten() {
        let Some(table) = schema.tables.get_mut(&name) else {
            continue;
        };
        if (certain || !only_certain) && table.column(&column).is_none() {
            table.columns.push(Column {
                name: column,
                data_type: DataType::BigInt,
                encoding: None,
                not_null: false,
                identity: false,
                default: None,
                span: Span::default(),
            });
        }
    }
}

/// The first label that tells where a table's rows are decides.
fn add_style(schema: &mut Schema, plan: &Plan, node: &Node) {
    let Some(label) = node.distribution else {
        return;
    };
    let found = ends(schema, plan, node);
    let Some([outer, inner]) = found.first() else {
        return;
    };
    let key = |end: &(TableName, Ident, bool)| DistStyle::Key(end.1.clone());
    let styles = match label {
        Distribution::None => vec![(outer, key(outer)), (inner, key(inner))],
        Distribution::AllNone => vec![(inner, DistStyle::All)],
        Distribution::Inner => vec![(outer, key(outer))],
        Distribution::Outer => vec![(inner, key(inner))],
        Distribution::AllInner => vec![(outer, DistStyle::All)],
        Distribution::BroadcastInner | Distribution::Both | Distribution::Err => Vec::new(),
    };
    for (end, style) in styles {
        if let Some(table) = schema.tables.get_mut(&end.0)
            && table.dist_style == DistStyle::Even
        {
            table.dist_style = style;
        }
    }
}
