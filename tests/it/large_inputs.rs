//! Inputs of many plans: what is written grows with them and not faster, and steps are counted
//! through the input.

use distkey::environment::Environment;
use distkey::explain::{self, Explanation, Settings};
use distkey::report::{html, json};

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
