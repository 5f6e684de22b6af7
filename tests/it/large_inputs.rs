//! Inputs of many plans: what is written grows with them and not faster, and steps are counted
//! through the input. Plans are explained as they are written, with the same report as if all were
//! held; what has to be held has a limit.

use std::io::BufRead;
use std::path::Path;

use distkey::environment::Environment;
use distkey::explain::{self, Explanation, Settings, Stream};
use distkey::plan::{self, StlPlans};
use distkey::report::json::{Streamed, StreamedDocument};
use distkey::report::{html, json};

use super::support::{distkey, distkey_with_input};

/// A plan of two joins over tables that no other plan of the input reads.
fn plan(number: usize) -> String {
    format!(
        "XN Hash Join DS_BCAST_INNER  (cost=1.00..9000.00 rows=40000 width=16)
  Hash Cond: (\"outer\".shop_id = \"inner\".id)
  ->  XN Hash Join DS_DIST_BOTH  (cost=1.00..8000.00 rows=900000 width=24)
        Outer Dist Key: visit.page_id
        Inner Dist Key: page.id
        Hash Cond: (\"outer\".page_id = \"inner\".id)
        ->  XN Seq Scan on visit{number} visit  (cost=0.00..7000.00 rows=700000000 width=16)
        ->  XN Hash  (cost=20.00..20.00 rows=2000000 width=8)
              ->  XN Seq Scan on page{number} page  (cost=0.00..20.00 rows=2000000 width=8)
  ->  XN Hash  (cost=20.00..20.00 rows=3000000 width=8)
        ->  XN Seq Scan on shop{number} shop  (cost=0.00..20.00 rows=3000000 width=8)
"
    )
}

fn plans(count: usize) -> String {
    (0..count).map(|number| plan(number) + "\n").collect()
}

fn explained(text: &str) -> Explanation {
    let env = Environment::default();
    explain::explain("plans", text, &Settings::new(env.view()))
}

#[test]
fn a_page_of_many_plans_draws_each_plans_own_joins() {
    let page = |count| {
        let explained = [explained(&plans(count))];
        html::render(html::View::Explain(&explained)).expect("a page")
    };
    let (one, ten, twenty) = (page(1).len(), page(10).len(), page(20).len());
    let each = (ten - one) / 9;
    // Numbers of steps grow by a digit or two.
    assert!(twenty < ten + 10 * each * 11 / 10, "{one} {ten} {twenty}");
}

#[test]
fn joins_name_their_steps_as_counted_through_the_input() {
    let explained = [explained(&plans(3))];
    let document = serde_json::to_value(json::document(&explained)).expect("a document");
    let input = &document["inputs"][0];
    let joined: Vec<u64> = (input["graph"]["joins"].as_array().expect("joins").iter())
        .map(|join| join["node"].as_u64().expect("a step"))
        .collect();
    let plans = input["plans"].as_array().expect("plans").iter();
    let nodes = plans.flat_map(|plan| plan["nodes"].as_array().expect("nodes"));
    let joins: Vec<u64> = nodes
        .filter(|node| node["operator"] == "Hash Join")
        .map(|node| node["id"].as_u64().expect("an id"))
        .collect();
    assert_eq!(joined, joins);
    assert_eq!(joined, [0, 1, 7, 8, 14, 15]);
}

#[test]
fn the_step_of_an_input_is_found_in_its_plan() {
    let explained = explained(&plans(3));
    for (node, first) in [(0, 0), (6, 0), (7, 7), (13, 7), (20, 14)] {
        let found = explained
            .locate(node)
            .map(|(plan, id)| (plan.first_node, id));
        assert_eq!(found, Some((first, node - first)), "step {node}");
    }
    assert!(explained.locate(21).is_none());
}

/// The document of a stream, as it is printed.
fn streamed(stream: Stream<'_>) -> String {
    let document = StreamedDocument::new(std::iter::once(Streamed::Stream(Box::new(stream))));
    serde_json::to_string_pretty(&document).expect("a document")
}

/// Holds two long texts to each other, line by line.
fn same(whole: &str, streamed: &str) {
    for (line, (one, other)) in whole.lines().zip(streamed.lines()).enumerate() {
        assert_eq!(one, other, "line {}", line + 1);
    }
    assert_eq!(whole.len(), streamed.len());
}

/// The rows of an export of so many queries, with so many bytes of literals in each.
fn export(queries: usize, literal: usize) -> String {
    let mut out = String::from("userid,query,nodeid,parentid,plannode,info\n");
    for query in 0..queries {
        let rows = [
            (
                1,
                0,
                "XN Hash Join DS_DIST_BOTH  (cost=1.00..9000.00 rows=40000 width=16)",
            ),
            (
                2,
                1,
                "  ->  XN Seq Scan on visit  (cost=0.00..7000.00 rows=700000000 width=16)",
            ),
            (
                3,
                1,
                "  ->  XN Hash  (cost=20.00..20.00 rows=2000000 width=8)",
            ),
            (
                4,
                3,
                "        ->  XN Seq Scan on page  (cost=0.00..20.00 rows=2000000 width=8)",
            ),
        ];
        for (node, parent, step) in rows {
            let info = match node {
                1 => format!(
                    "Hash Cond: (\"\"outer\"\".page{} = \"\"inner\"\".id)",
                    query % 7
                ),
                2 => format!("Filter: ((name)::text <> '{}'::text)", "x".repeat(literal)),
                _ => String::new(),
            };
            out += &format!("100,{query},{node},{parent},\"{step}\",\"{info}\"\n");
        }
    }
    out
}

#[test]
fn plans_written_as_they_are_explained_give_the_document_of_all() {
    for count in [1, 3, 40] {
        let text = plans(count) + "and that is all\n";
        let whole = [explained(&text)];
        let whole = serde_json::to_string_pretty(&json::document(&whole)).expect("a document");
        let env = Environment::default();
        let settings = Settings::new(env.view());
        let stream = Stream::of_reading("plans", plan::read(&text), Vec::new(), &settings);
        let streamed = streamed(stream);
        same(&whole, &streamed);
    }
}

#[test]
fn an_export_read_row_by_row_gives_the_document_of_one_read_whole() {
    let text = export(40, 9);
    let whole = [explained(&text)];
    assert_eq!(whole[0].plans.len(), 40);
    let whole = serde_json::to_string_pretty(&json::document(&whole)).expect("a document");
    let env = Environment::default();
    let settings = Settings::new(env.view());
    let rows: Box<dyn BufRead> = Box::new(text.as_bytes());
    let rows = StlPlans::open(rows).expect("readable").expect("an export");
    same(
        &whole,
        &streamed(Stream::of_export("plans", rows, &settings)),
    );
}

/// The keys of the first input, in their order.
fn keys(json: &str) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let input = document["inputs"][0].as_object().expect("an input");
    input.keys().cloned().collect()
}

#[test]
fn the_form_of_a_report_does_not_change_with_the_size_of_an_export() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = export(900, 5_000);
    assert!(large.len() > 4 << 20);
    std::fs::write(folder.path().join("small.csv"), export(3, 9)).expect("a file");
    std::fs::write(folder.path().join("large.csv"), &large).expect("a file");
    let json = |args: &[&str]| distkey(folder.path(), &[args, &["--format", "json"]].concat());
    let small = json(&["explain", "small.csv"]);
    let named = json(&["explain", "large.csv"]);
    assert_eq!(
        (small.code, named.code),
        (1, 1),
        "{}{}",
        small.err,
        named.err
    );
    assert_eq!(keys(&small.out), keys(&named.out));
    let document: serde_json::Value = serde_json::from_str(&named.out).expect("JSON");
    let plans = document["inputs"][0]["plans"].as_array().expect("plans");
    assert_eq!(plans.len(), 900);
    assert_eq!(plans[899]["query"], "899");
    // From standard input it is the same but for its name.
    let piped = distkey_with_input(folder.path(), &["explain", "-", "--format", "json"], &large);
    let piped = piped.out.replacen("<stdin>", "large.csv", 1);
    same(&piped, &named.out);
    let text = distkey_with_input(folder.path(), &["explain"], &large);
    assert!(
        text.out.contains("900 plans with 3,600 steps"),
        "{}",
        text.out
    );
}

/// A file that is as large as it is told, without a plan.
fn sized(path: &Path, megabytes: usize) {
    let line = "a line of a file that somebody took for a plan\n";
    let text = line.repeat((megabytes << 20) / line.len() + 1);
    std::fs::write(path, text).expect("a file");
}

#[test]
fn a_paste_beyond_the_limit_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    sized(&folder.path().join("huge.txt"), 64);
    sized(&folder.path().join("four.txt"), 4);
    sized(&folder.path().join("five.txt"), 5);
    std::fs::write(folder.path().join("plan.txt"), plan(1)).expect("a file");
    for format in ["text", "json"] {
        let args = ["explain", "huge.txt", "plan.txt", "--format", format];
        let ran = distkey(folder.path(), &args);
        assert_eq!(ran.code, 2, "{format}");
        for words in ["huge.txt", "64 MB", "split it", "STL_EXPLAIN"] {
            assert!(ran.err.contains(words), "{format}: {words} in {}", ran.err);
        }
        assert!(
            ran.out.contains("visit1"),
            "{format}: the other input is read"
        );
    }
    // Neither is too large alone: what is held counts together.
    for option in ["html", "markdown", "sarif"] {
        let args = [
            "explain", "four.txt", "five.txt", "plan.txt", "--format", option,
        ];
        let ran = distkey(folder.path(), &args);
        assert_eq!(ran.code, 2, "{option}");
        assert!(ran.err.contains("five.txt"), "{option}: {}", ran.err);
        assert!(ran.err.contains("8 MB together"), "{option}: {}", ran.err);
        assert!(
            ran.out.contains("visit1"),
            "{option}: the other input is read"
        );
    }
}
