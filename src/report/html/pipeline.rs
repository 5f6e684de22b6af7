//! `distkey pipeline review --format html`: findings, and what feeds what as a drawing.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::Safe;

use super::rich::rich;
use super::shown::shown;
use crate::pipeline::Pipeline;
use crate::pipeline::lineage::{Lineage, Node};
use crate::report::pipeline::SECTIONS;
use crate::report::terminal::clip;
use crate::rules::Finding;
use crate::text::units::counted;

const BOX_WIDTH: f64 = 256.0;
const BOX_HEIGHT: f64 = 40.0;
const GAP_X: f64 = 40.0;
const GAP_Y: f64 = 14.0;

#[derive(Template)]
#[template(path = "pipeline.html")]
struct View {
    heading: String,
    sections: Vec<Section>,
    boxes: Vec<NodeBox>,
    lines: Vec<String>,
    width: f64,
    height: f64,
    label: String,
    unrecognized: Vec<String>,
}

struct Section {
    heading: &'static str,
    items: Vec<Item>,
}

struct Item {
    severity: String,
    code: &'static str,
    name: &'static str,
    place: String,
    message: Safe<String>,
    remedy: Safe<String>,
}

struct NodeBox {
    x: f64,
    y: f64,
    kind: &'static str,
    name: String,
    title: String,
}

/// The views of a review.
pub(super) fn fragment(pipeline: &Pipeline, findings: &[Finding]) -> Result<String, askama::Error> {
    let lineage = Lineage::of(pipeline);
    let (boxes, lines, width, height) = drawing(&lineage);
    let sections = SECTIONS.iter().map(|(prefix, heading)| Section {
        heading,
        items: findings
            .iter()
            .filter(|finding| finding.code.starts_with(prefix))
            .map(item)
            .collect(),
    });
    let unrecognized = pipeline.unrecognized.iter();
    let many = |n: usize, noun: &str| counted(n as f64, noun);
    View {
        heading: format!(
            "{}, {}, {}: {}",
            many(pipeline.jobs.len(), "job"),
            many(pipeline.scripts.len(), "script"),
            many(pipeline.sql.len(), "SQL file"),
            many(findings.len(), "finding")
        ),
        sections: sections.collect(),
        label: format!("What feeds what: {}", many(boxes.len(), "node")),
        boxes,
        lines,
        width,
        height,
        unrecognized: unrecognized
            .map(|one| format!("{}: {}", shown(&one.path), one.what))
            .collect(),
    }
    .render()
}

fn item(finding: &Finding) -> Item {
    let place = finding.location.as_ref();
    Item {
        severity: finding.severity.to_string(),
        code: finding.code,
        name: finding.name,
        place: place.map_or(String::new(), |place| {
            format!("{}:{}", shown(&place.path), place.line)
        }),
        message: rich(&finding.message),
        remedy: rich(&finding.remedy.text),
    }
}

/// Boxes in columns, each to the right of all that feeds it.
fn drawing(lineage: &Lineage) -> (Vec<NodeBox>, Vec<String>, f64, f64) {
    let edges = lineage.edges();
    let mut columns: BTreeMap<&Node, usize> = BTreeMap::new();
    for (from, to) in &edges {
        columns.entry(from).or_default();
        columns.entry(to).or_default();
    }
    // As often as there are nodes: longer paths would be circles.
    for _ in 0..columns.len() {
        let mut changed = false;
        for (from, to) in &edges {
            let least = columns[from] + 1;
            if columns[to] < least && least < columns.len() {
                columns.insert(to, least);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let mut places: BTreeMap<&Node, (f64, f64)> = BTreeMap::new();
    for (node, column) in &columns {
        let row = rows.entry(*column).or_default();
        let x = *column as f64 * (BOX_WIDTH + GAP_X) + 10.0;
        let y = *row as f64 * (BOX_HEIGHT + GAP_Y) + 10.0;
        places.insert(node, (x, y));
        *row += 1;
    }
    let lines = edges.iter().map(|(from, to)| {
        let ((x1, y1), (x2, y2)) = (places[from], places[to]);
        let (x1, y1, y2) = (x1 + BOX_WIDTH, y1 + BOX_HEIGHT / 2.0, y2 + BOX_HEIGHT / 2.0);
        let middle = (x1 + x2) / 2.0;
        format!("M{x1:.0} {y1:.0} C{middle:.0} {y1:.0} {middle:.0} {y2:.0} {x2:.0} {y2:.0}")
    });
    let lines = lines.collect();
    let boxes = places.iter().map(|(node, (x, y))| NodeBox {
        x: *x,
        y: *y,
        kind: node.kind.as_str(),
        name: clip(&node.name, 30),
        title: node.name.clone(),
    });
    let most = |of: fn(&(f64, f64)) -> f64| places.values().map(of).fold(0.0, f64::max);
    let (width, height) = (
        most(|place| place.0) + BOX_WIDTH,
        most(|place| place.1) + BOX_HEIGHT,
    );
    (boxes.collect(), lines, width + 10.0, height + 10.0)
}
