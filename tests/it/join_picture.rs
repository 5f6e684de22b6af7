//! The schema picture of a plan's joins: nothing in it covers anything, and every join is in it once.

use distkey::environment::{Environment, Given};
use distkey::explain::{self, Settings};
use distkey::graph::picture::{BOX_WIDTH, Moves, Picture, picture};
use distkey::graph::{JoinGraph, to_dot, to_page, to_svg};
use distkey::text::measure::width;

use crate::support::corpus_plans;

/// A rectangle with what it is of: left, top, right, bottom.
type Area = (String, [f64; 4]);

fn graphs(text: &str) -> Vec<JoinGraph> {
    let env = Environment::new(distkey::config::Config::default(), Given::default());
    let env = env.expect("an environment");
    let explained = explain::explain("plan", text, &Settings::new(env.view()));
    explained.plans.into_iter().map(|plan| plan.graph).collect()
}

/// Boxes, texts of labels, and the stretches of lines.
fn areas(picture: &Picture) -> (Vec<Area>, Vec<Area>) {
    let boxes = picture.tables.iter().map(|table| {
        let place = [
            table.x,
            table.y,
            table.x + BOX_WIDTH,
            table.y + table.height,
        ];
        (table.table.clone(), place)
    });
    let labels = picture.links.iter().flat_map(|link| &link.labels);
    let labels = labels.flat_map(|label| {
        label.lines.iter().enumerate().map(move |(row, line)| {
            let base = label.y + 14.0 * row as f64;
            let right = label.x + width(line, 11.5, false);
            (line.clone(), [label.x, base - 9.0, right, base + 3.0])
        })
    });
    let lines = picture.links.iter().flat_map(|link| {
        let half = link.width / 2.0;
        link.points.windows(2).map(move |pair| {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            let place = match y1 == y2 {
                true => [x1.min(x2), y1 - half, x1.max(x2), y1 + half],
                false => [x1 - half, y1.min(y2), x1 + half, y1.max(y2)],
            };
            ("a line".to_owned(), place)
        })
    });
    (boxes.chain(labels).collect(), lines.collect())
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Looks at a picture; says how many joins it shows.
fn check(name: &str, graph: &JoinGraph) -> usize {
    let picture = picture(graph);
    let (solid, lines) = areas(&picture);
    for (at, (one, place)) in solid.iter().enumerate() {
        for (other, taken) in &solid[at + 1..] {
            assert!(!overlap(place, taken), "{name}: {one} is on {other}");
        }
        for (_, line) in &lines {
            assert!(!overlap(place, line), "{name}: a line crosses {one}");
        }
        assert!(
            place[2] <= picture.width && place[3] <= picture.height,
            "{name}: {one} is outside"
        );
    }
    let shown = picture.links.iter().flat_map(|link| &link.labels);
    let mut shown: Vec<usize> = shown.map(|label| label.node).collect();
    let mut joins: Vec<usize> = graph.joins().map(|join| join.node).collect();
    shown.sort_unstable();
    joins.sort_unstable();
    assert_eq!(shown, joins, "{name}");
    joins.len()
}

#[test]
fn nothing_covers_anything_in_the_pictures_of_the_samples() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_plans");
    let mut joins = 0;
    for entry in std::fs::read_dir(folder).expect("samples") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a sample");
        joins += graphs(&text)
            .iter()
            .map(|graph| check(&path.display().to_string(), graph))
            .sum::<usize>();
    }
    assert!(joins > 10, "{joins} joins");
}

#[test]
fn nothing_covers_anything_in_the_pictures_of_corpus_plans() {
    let Some(cases) = corpus_plans() else { return };
    let graphs = cases.iter().flat_map(|case| {
        graphs(&case.text)
            .into_iter()
            .map(|graph| (&case.file, graph))
    });
    let joins: usize = graphs.map(|(file, graph)| check(file, &graph)).sum();
    assert!(joins > 50, "{joins} joins");
}

const COST: &str = "(cost=0.00..1.00 rows=1000 width=8)";

/// Joins of `outer.key = inner.key`, one on top of the other, each with a label.
fn joined(tables: &[(&str, &str, &str)]) -> String {
    let mut lines = Vec::new();
    for (depth, (_, label, key)) in tables.iter().enumerate().skip(1).rev() {
        let indent = (tables.len() - 1 - depth) * 6;
        let arrow = if indent == 0 {
            String::new()
        } else {
            format!("{:1$}->  ", "", indent - 4)
        };
        lines.push(format!("{arrow}XN Hash Join {label}  {COST}"));
        lines.push(format!(
            "{:1$}Hash Cond: (\"outer\".{key} = \"inner\".{key})",
            "",
            indent + 2
        ));
    }
    let indent = (tables.len() - 1) * 6;
    lines.push(format!(
        "{:1$}->  XN Seq Scan on {2}  {COST}",
        "",
        indent - 4,
        tables[0].0
    ));
    for (depth, (table, ..)) in tables.iter().enumerate().skip(1) {
        let indent = (tables.len() - 1 - depth) * 6 + 2;
        lines.push(format!("{:indent$}->  XN Hash  {COST}", ""));
        lines.push(format!(
            "{:1$}->  XN Seq Scan on {table}  {COST}",
            "",
            indent + 6
        ));
    }
    lines.join("\n")
}

#[test]
fn a_circle_and_a_table_with_itself_are_drawn_to_a_second_box() {
    let text = joined(&[
        ("a", "", ""),
        ("b", "DS_DIST_NONE", "x"),
        ("a", "DS_BCAST_INNER", "y"),
        ("c", "DS_DIST_OUTER", "z"),
    ]);
    let all = graphs(&text);
    assert_eq!(check("circle", &all[0]), 3);
    let drawn = picture(&all[0]);
    assert!(drawn.tables.len() >= 3, "{drawn:?}");
    let itself = graphs(&joined(&[("t", "", ""), ("t", "DS_DIST_INNER", "x")]));
    check("itself", &itself[0]);
    let drawn = picture(&itself[0]);
    assert_eq!(
        drawn
            .tables
            .iter()
            .map(|table| table.again)
            .collect::<Vec<_>>(),
        [false, true]
    );
}

#[test]
fn heads_stand_where_rows_arrive_and_colours_say_how() {
    for (label, moves, arrows) in [
        ("DS_DIST_NONE", Moves::Nothing, [false, false]),
        ("DS_DIST_ALL_NONE", Moves::Nothing, [false, false]),
        ("DS_BCAST_INNER", Moves::Copied, [true, false]),
        ("DS_DIST_INNER", Moves::Redistributed, [true, false]),
        ("DS_DIST_ALL_INNER", Moves::Redistributed, [true, false]),
        ("DS_DIST_OUTER", Moves::Redistributed, [false, true]),
        ("DS_DIST_BOTH", Moves::Redistributed, [true, true]),
    ] {
        let all = graphs(&joined(&[
            ("outer_one", "", ""),
            ("inner_one", label, "id"),
        ]));
        let drawn = picture(&all[0]);
        let link = &drawn.links[0];
        let left = &drawn.tables[0].table;
        let arrows = if left == "outer_one" {
            arrows
        } else {
            [arrows[1], arrows[0]]
        };
        assert_eq!(
            (link.moves, link.arrows),
            (moves, arrows),
            "{label}, {left} at the left"
        );
    }
}

#[test]
fn pictures_say_the_same_and_hold_hostile_names() {
    let text = joined(&[
        ("\"a < b & 'c'\"", "", ""),
        ("\"x\"\"y > z\"", "DS_BCAST_INNER", "id"),
    ]);
    let graph = &graphs(&text)[0];
    let (page, file, dot) = (to_page(graph, "i1-"), to_svg(graph), to_dot(graph));
    for drawn in [&page, &file] {
        assert!(
            drawn.contains("a &lt; b &amp; ") && !drawn.contains("a < b"),
            "{drawn}"
        );
        assert_eq!(drawn.matches("</svg>").count(), 1, "{drawn}");
        assert!(
            drawn.contains("id = id") && drawn.contains("copied"),
            "{drawn}"
        );
    }
    assert!(page.contains("href=\"#i1-step-0\"") && !page.contains("<style"));
    // The file has its own colours and asks for nothing.
    assert!(file.contains("<style>") && !file.contains("var(--") && !file.contains("href"));
    assert!(dot.contains("dir=back") && dot.contains("#c2410c"), "{dot}");
}
