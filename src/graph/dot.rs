//! The graph in Graphviz's language.

use std::fmt::Write;

use petgraph::visit::EdgeRef;

use super::JoinGraph;
use super::picture::{Moves, moving};
use crate::text::units::{count, size};

/// The graph as Graphviz draws it: edges as thick as the bytes they move.
pub fn to_dot(graph: &JoinGraph) -> String {
    let mut out = String::from("graph joins {\n  node [shape=box, fontname=\"sans-serif\"];\n");
    let most = graph
        .joins()
        .map(|join| join.bytes_moved)
        .fold(1.0, f64::max);
    for index in graph.graph.node_indices() {
        let relation = &graph.graph[index];
        let keys: String = relation.keys.iter().map(|key| format!("\n{key}")).collect();
        let rows = count(relation.rows_scanned);
        let _ = writeln!(
            out,
            "  n{} [label={}];",
            index.index(),
            quote(&format!("{}{keys}\n{rows} rows read", relation.table))
        );
    }
    for edge in graph.graph.edge_references() {
        let join = edge.weight();
        let (moves, outer, inner) = moving(join);
        let label = format!(
            "{}\n{} {}\n{} rows, {} moved",
            join.keys.join(", "),
            join.method,
            join.distribution.unwrap_or(""),
            count(join.rows),
            size(join.bytes_moved)
        );
        let _ = writeln!(
            out,
            "  n{} -- n{} [label={}, color=\"{}\", dir={}, penwidth={:.1}];",
            edge.source().index(),
            edge.target().index(),
            quote(&label),
            colour(moves),
            // An edge leads from the outer side to the inner.
            match (outer, inner) {
                (true, true) => "both",
                (true, false) => "forward",
                (false, true) => "back",
                (false, false) => "none",
            },
            1.0 + 5.0 * join.bytes_moved / most
        );
    }
    out.push_str("}\n");
    out
}

/// The colours of the picture in SVG.
fn colour(moves: Moves) -> &'static str {
    match moves {
        Moves::Nothing => "#2b8a5a",
        Moves::Redistributed => "#a8780a",
        Moves::Copied => "#c2410c",
    }
}

/// A quoted string: Graphviz knows `\n`, `\"` and `\\`.
pub(crate) fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n"))
}
