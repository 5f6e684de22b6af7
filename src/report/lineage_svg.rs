//! The drawing of a lineage: in the page of a review, whose style colours it, or as a file.

use std::fmt::Write;

use super::terminal::clip;
use crate::graph::escaped;
use crate::pipeline::lineage::{BOX_WIDTH, HEAD, Line, Lineage, NodeBox, Picture, ROW, picture};
use crate::text::units::counted;

/// The colours of a file of its own: nothing around it says which.
const STYLE: &str = "text{font:11.5px system-ui,sans-serif;fill:#5b5e67}.name{font-weight:600;font-size:13px;fill:#1b1c20}\
    rect.table{fill:#fff;stroke:#5b5e67}.arrow{fill:none;stroke:#5b5e67;stroke-width:1.5}.arrow.column{stroke:#3b6fb6;stroke-width:1}";

/// Letters of a name and of a column that fit into a box.
const NAME: usize = 30;

/// The drawing for a page; nothing where nothing feeds anything.
pub(super) fn to_page(lineage: &Lineage) -> String {
    let picture = picture(lineage);
    if picture.boxes.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"{2}\">",
        picture.width,
        picture.height,
        label(&picture)
    );
    draw(&mut out, &picture);
    out.push_str("</svg>");
    out
}

/// The drawing as a file.
pub fn to_svg(lineage: &Lineage) -> String {
    let picture = picture(lineage);
    let (width, height) = (picture.width, picture.height);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">\
         <style>{STYLE}</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
        label(&picture)
    );
    draw(&mut out, &picture);
    out.push_str("</svg>\n");
    out
}

fn label(picture: &Picture) -> String {
    let nodes = counted(picture.boxes.len() as f64, "node");
    format!("What feeds what: {nodes}")
}

fn draw(out: &mut String, picture: &Picture) {
    for line in &picture.lines {
        let class = if line.of_column { " column" } else { "" };
        let _ = write!(
            out,
            "<path class=\"arrow feeds{class}\" d=\"{}\"/>",
            path(line)
        );
    }
    for one in &picture.boxes {
        node(out, one);
    }
}

/// Level at each of its points, and smooth between them.
fn path(line: &Line) -> String {
    let mut out = String::new();
    for (at, (x, y)) in line.points.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| line.points.get(before));
        let _ = match before {
            None => write!(out, "M{x:.0} {y:.0}"),
            Some((_, y0)) if (y0 - y).abs() < 0.5 => write!(out, "H{x:.0}"),
            Some((x0, y0)) => {
                let middle = (x0 + x) / 2.0;
                write!(out, "C{middle:.0} {y0:.0} {middle:.0} {y:.0} {x:.0} {y:.0}")
            }
        };
    }
    out
}

fn node(out: &mut String, one: &NodeBox) {
    let kind = one.node.kind.as_str();
    let _ = write!(
        out,
        "<g class=\"joins {kind}\" transform=\"translate({:.0} {:.0})\"><title>{}</title>\
         <rect class=\"table\" width=\"{BOX_WIDTH}\" height=\"{:.0}\" rx=\"6\"/>\
         <text class=\"sub\" x=\"10\" y=\"15\">{kind}</text><text class=\"name\" x=\"10\" y=\"31\">{}</text>",
        one.x,
        one.y,
        escaped(&one.node.name),
        one.height,
        escaped(&clip(&one.node.name, NAME))
    );
    let more = (one.more > 0).then(|| format!("and {} more", one.more));
    for (row, text) in one.rows.iter().chain(&more).enumerate() {
        let y = HEAD + ROW * (row as f64 + 0.5) + 4.0;
        let text = escaped(&clip(text, NAME));
        let _ = write!(out, "<text class=\"sub\" x=\"10\" y=\"{y}\">{text}</text>");
    }
    out.push_str("</g>");
}
