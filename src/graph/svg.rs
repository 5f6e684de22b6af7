//! The schema picture as SVG: in a page, whose style colours it, or as a file that opens anywhere.

use std::fmt::Write;

use super::JoinGraph;
use super::picture::{BOX_WIDTH, Link, Moves, Picture, picture};
use crate::text::units::counted;

/// The colours of a file of its own: nothing around it says which.
const STYLE: &str = "text{font:11.5px system-ui,sans-serif;fill:#5b5e67}.name{font-weight:600;font-size:13px;fill:#1b1c20}\
    rect.table{fill:#fff;stroke:#5b5e67}rect.again{stroke-dasharray:5 3}.link{fill:none}\
    .link.nothing{stroke:#2b8a5a}.link.redistributed{stroke:#a8780a}.link.copied{stroke:#c2410c}\
    .head.nothing{fill:#2b8a5a}.head.redistributed{fill:#a8780a}.head.copied{fill:#c2410c}.legend{fill:#1b1c20}";

/// How high the key to the colours is.
const LEGEND: f64 = 30.0;

/// The picture for a page; `prefix` stands before the steps that labels link to.
pub fn to_page(graph: &JoinGraph, prefix: &str) -> String {
    let picture = picture(graph);
    let mut out = String::new();
    let height = picture.height + LEGEND;
    let _ = write!(
        out,
        "<svg class=\"schema\" viewBox=\"0 0 {0} {height}\" width=\"{0}\" height=\"{height}\" role=\"group\" aria-label=\"{1}\">",
        picture.width.max(440.0),
        label(graph)
    );
    draw(&mut out, &picture, Some(prefix));
    out.push_str("</svg>");
    out
}

/// The picture as a file.
pub fn to_svg(graph: &JoinGraph) -> String {
    let picture = picture(graph);
    let (width, height) = (picture.width.max(440.0), picture.height + LEGEND);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">\
         <style>{STYLE}</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
        label(graph)
    );
    draw(&mut out, &picture, None);
    out.push_str("</svg>\n");
    out
}

fn label(graph: &JoinGraph) -> String {
    let (tables, joins) = (graph.tables().count(), graph.joins().count());
    format!(
        "{} and {}",
        counted(tables as f64, "table"),
        counted(joins as f64, "join")
    )
}

fn draw(out: &mut String, picture: &Picture, prefix: Option<&str>) {
    for link in &picture.links {
        line(out, link);
    }
    for table in &picture.tables {
        let again = if table.again { " again" } else { "" };
        let title = match table.again {
            true => format!("{}, once more", table.table),
            false => table.table.clone(),
        };
        let _ = write!(
            out,
            "<g class=\"node\" transform=\"translate({} {})\"><title>{}</title><rect class=\"table{again}\" width=\"{BOX_WIDTH}\" height=\"{}\" rx=\"6\"/>",
            table.x,
            table.y,
            escaped(&title),
            table.height
        );
        for (row, text) in table.lines.iter().enumerate() {
            let class = if row == 0 { "name" } else { "sub" };
            let y = 18.0 + 15.0 * row as f64;
            let _ = write!(
                out,
                "<text class=\"{class}\" x=\"10\" y=\"{y}\">{}</text>",
                escaped(text)
            );
        }
        out.push_str("</g>");
    }
    for label in picture.links.iter().flat_map(|link| &link.labels) {
        if let Some(prefix) = prefix {
            let title = escaped(&label.title);
            let _ = write!(
                out,
                "<a href=\"#{prefix}step-{}\"><title>{title}</title>",
                label.node
            );
        }
        for (row, text) in label.lines.iter().enumerate() {
            let y = label.y + 14.0 * row as f64;
            let class = ["keys", "sub"][row];
            let _ = write!(
                out,
                "<text class=\"{class}\" x=\"{}\" y=\"{y}\">{}</text>",
                label.x,
                escaped(text)
            );
        }
        if prefix.is_some() {
            out.push_str("</a>");
        }
    }
    legend(out, picture.height + 6.0);
}

/// A line with a head at each end that rows move to.
fn line(out: &mut String, link: &Link) {
    let [(x1, y1), (x2, _), (_, y2), (x3, _)] = link.points;
    let class = link.moves.word();
    let _ = write!(
        out,
        "<path class=\"link {class}\" d=\"M{x1} {y1}H{x2}V{y2}H{x3}\" stroke-width=\"{:.1}\"/>",
        link.width
    );
    let [to_left, to_right] = link.arrows;
    if to_left {
        let x = x2 + 1.0;
        let _ = write!(
            out,
            "<path class=\"head {class}\" d=\"M{} {}L{x} {y2}L{} {}z\"/>",
            x + 11.0,
            y2 - 6.0,
            x + 11.0,
            y2 + 6.0
        );
    }
    if to_right {
        let _ = write!(
            out,
            "<path class=\"head {class}\" d=\"M{} {}L{x3} {y2}L{} {}z\"/>",
            x3 - 11.0,
            y2 - 6.0,
            x3 - 11.0,
            y2 + 6.0
        );
    }
}

/// What the colours mean.
fn legend(out: &mut String, y: f64) {
    let all = [
        (Moves::Nothing, 16.0, "nothing moves"),
        (Moves::Redistributed, 156.0, "redistributed"),
        (Moves::Copied, 290.0, "copied to every node"),
    ];
    for (moves, x, words) in all {
        let class = moves.word();
        let _ = write!(
            out,
            "<path class=\"link {class}\" d=\"M{x} {0}H{1}\" stroke-width=\"3\"/><text class=\"legend\" x=\"{2}\" y=\"{3}\">{words}</text>",
            y + 8.0,
            x + 20.0,
            x + 26.0,
            y + 12.0
        );
    }
}

/// Text as XML takes it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write them.
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
