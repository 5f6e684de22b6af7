//! GROUP BY's extensions and DISTINCT aggregates: the steps that they are planned as, and what
//! Redshift refuses.

use crate::support::plan_query;
use distkey::plan::{Node, Plan};
use distkey::planner::Planned;

/// The table of the page "Aggregation extensions" of the Database Developer Guide, and one more.
const ORDERS: &str = "
    create table orders (id int primary key, product char(20), category char(20), pre_owned char(1), cost decimal,
        buyer int) distkey (id);
    create table buyers (buyer int primary key, country char(2)) diststyle all;";

fn planned(query: &str) -> Planned {
    plan_query(ORDERS, query).unwrap_or_else(|error| panic!("{error}: {query}"))
}

fn refusal(query: &str) -> String {
    match plan_query(ORDERS, query) {
        Ok(planned) => panic!("{query} is planned:\n{}", planned.plan),
        Err(error) => error.to_string(),
    }
}

/// Operators by depth, with the name of what is read, without numbers.
fn steps(plan: &Plan) -> String {
    let depth = |node: &Node| plan.ancestors(node.id).count();
    let line = |node: &Node| {
        let text = plan_line(plan, node);
        format!("{}{text}\n", "  ".repeat(depth(node)))
    };
    plan.nodes.iter().map(line).collect()
}

fn plan_line(plan: &Plan, node: &Node) -> String {
    let text = plan.to_string();
    let line = text
        .lines()
        .filter(|line| line.contains("(cost="))
        .nth(node.id);
    let line = line
        .unwrap_or_default()
        .trim()
        .trim_start_matches("->")
        .trim();
    line.split("  (cost=").next().unwrap_or_default().to_owned()
}

/// The groupings that a GROUP BY comes to, from the steps of its Append: how many keys each has.
fn groupings(query: &str) -> usize {
    let plan = planned(query).plan;
    let branches = plan.nodes.iter().filter(|node| {
        node.relation
            .as_deref()
            .is_some_and(|name| name.starts_with("\"*SELECT*"))
    });
    branches.count()
}

#[test]
fn a_rollup_is_a_union_all_of_its_groupings() {
    // Page "Aggregation extensions": GROUP BY ROLLUP((a), (b)) is equivalent to
    // GROUP BY GROUPING SETS((a,b), (a), ()), and that to a UNION ALL.
    let rollup = planned(
        "select category, product, sum(cost) as total from orders group by rollup(category, product) order by 1, 2",
    );
    insta::assert_snapshot!(steps(&rollup.plan));
    insta::assert_snapshot!(rollup.assumptions.join("\n"));
    let union = planned(
        "select category, product, sum(cost) from orders group by 1, 2
         union all select category, null, sum(cost) from orders group by 1
         union all select null, null, sum(cost) from orders order by 1, 2",
    );
    assert_eq!(steps(&rollup.plan), steps(&union.plan));
}

#[test]
fn what_is_joined_is_worked_out_once_for_all_groupings() {
    let cube = planned(
        "select country, category, grouping(country, category), count(distinct product), max(cost)
         from orders join buyers using (buyer) where cost > 5
         group by cube(country, category) having max(cost) > 100 and grouping(country) = 0",
    );
    insta::assert_snapshot!(cube.plan.to_string());
}

#[test]
fn extensions_multiply_flatten_and_keep_duplicates() {
    for (group_by, sets) in [
        // Pages of the same name: 9, 13, 22 and 13 rows come from 3, 4, 8 and 6 groupings.
        ("pre_owned, rollup(category, product)", 3),
        ("pre_owned, cube(category, product)", 4),
        ("cube(category, product), grouping sets(pre_owned, ())", 8),
        (
            "grouping sets(rollup(category), cube(product, pre_owned))",
            6,
        ),
        ("grouping sets((category), (product), ())", 3),
        ("grouping sets((category), (category))", 2),
        ("rollup((category, product), pre_owned)", 3),
        ("rollup(category), rollup(product)", 4),
        (
            "grouping sets(grouping sets(rollup(category), ()), (product, pre_owned))",
            4,
        ),
        ("rollup(category, product, pre_owned, id, cost)", 6),
        ("cube(category, product, pre_owned, id, cost, buyer)", 64),
    ] {
        let query = format!("select sum(cost) from orders group by {group_by}");
        assert_eq!(groupings(&query), sets, "{group_by}");
    }
    // One set is no union.
    assert_eq!(
        groupings("select sum(cost) from orders group by grouping sets((category))"),
        0
    );
}

#[test]
fn aliases_ordinals_and_expressions_are_keys_of_sets() {
    for query in [
        "select category as c, product, count(*) from orders group by rollup(c, 2)",
        "select upper(category), count(*) from orders group by rollup(upper(category))",
        "select upper(category) as u, grouping_id(u) as g, rank() over (order by count(*)) from orders group by cube(1)",
        "select count(*) from (select category, sum(cost) s from orders group by rollup(category)) t where s > 1",
        "select id from orders o where exists (select 1 from buyers b where b.buyer = o.buyer group by cube(country))",
    ] {
        planned(query);
    }
}

#[test]
fn what_redshift_refuses_of_extensions_is_refused() {
    // Page "Aggregation extensions", usage notes: up to 64 grouping sets, implied ones counted;
    // no constants; no set that contains a column twice.
    for (group_by, said) in [
        (
            "cube(category, product, pre_owned, id, cost, buyer, 1 + id)",
            "Redshift refuses a GROUP BY of more than 64 grouping sets, line 1, column 44: `CUBE (category",
        ),
        (
            "cube(category, product, pre_owned), cube(id, cost, buyer), rollup(cost + 1)",
            "more than 64 grouping sets",
        ),
        ("rollup(category, 'x')", "a constant as a grouping column"),
        (
            "category, rollup(category, product)",
            "contains a column twice, line 1, column 39: `category`",
        ),
        (
            "grouping sets((category, product, category))",
            "contains a column twice",
        ),
        (
            "rollup(category, cube(product))",
            "outside of GROUPING SETS",
        ),
        ("category grouping sets((category))", "without a comma"),
    ] {
        let error = refusal(&format!("select sum(cost) from orders group by {group_by}"));
        assert!(error.contains(said), "{group_by}: {error}");
    }
    for (query, said) in [
        (
            "select grouping(cost) from orders group by rollup(category)",
            "not a grouping column",
        ),
        (
            "select grouping(category), count(*) from orders",
            "not a grouping column",
        ),
        (
            "select category from orders where grouping(category) = 0 group by cube(category)",
            "GROUPING before the rows are grouped",
        ),
    ] {
        let error = refusal(query);
        assert!(error.contains(said), "{query}: {error}");
    }
}

#[test]
fn a_having_on_grouping_keeps_all_groups_of_a_set_or_none() {
    let plan = planned(
        "select category, product, count(*) from orders group by cube(category, product)
        having grouping(category, product) in (1, 3)",
    )
    .plan;
    let text = plan.to_string();
    // (category, product) and (product) are told by the filter that is never true.
    assert_eq!(
        text.matches("Filter: ((0 = 1) OR (0 = 3))").count(),
        1,
        "{text}"
    );
    assert_eq!(
        text.matches("Filter: ((2 = 1) OR (2 = 3))").count(),
        1,
        "{text}"
    );
    assert_eq!(text.matches("Filter:").count(), 2, "{text}");
}

#[test]
fn values_of_a_distinct_aggregate_are_told_apart_below_it() {
    // Public plan vis-subquery: HashAggregate over Subquery Scan volt_dt_0 over HashAggregate.
    let alone =
        planned("select category, pre_owned, count(distinct buyer) from orders group by 1, 2");
    insta::assert_snapshot!(steps(&alone.plan));
    for query in [
        "select category, pre_owned, count(distinct buyer), count(*), sum(cost), min(product) from orders group by 1, 2",
        "select category, pre_owned, count(distinct buyer), sum(distinct buyer), avg(cost) from orders group by 1, 2",
        "select category, pre_owned, count(distinct upper(product)) from orders group by 1, 2 having count(distinct upper(product)) > 5",
    ] {
        assert_eq!(steps(&planned(query).plan), steps(&alone.plan), "{query}");
    }
    let whole = planned("select count(distinct buyer), count(id) from orders");
    insta::assert_snapshot!(steps(&whole.plan));
    // Each grouping tells values apart for itself.
    let sets = planned("select count(distinct buyer) from orders group by rollup(category)");
    assert!(sets.plan.to_string().contains("volt_dt_1"));
}

#[test]
fn what_was_not_seen_in_a_plan_is_said() {
    for query in [
        "select count(distinct buyer), count(distinct product) from orders",
        "select category, count(distinct buyer), listagg(product) from orders group by 1",
        "select category, median(cost), sum(distinct cost) from orders group by 1",
    ] {
        let planned = planned(query);
        assert!(!planned.plan.to_string().contains("volt_dt_"), "{query}");
        let said = planned
            .assumptions
            .iter()
            .any(|text| text.contains("DISTINCT aggregates of several expressions"));
        assert!(said, "{query}: {:?}", planned.assumptions);
    }
}

#[test]
fn the_two_steps_cost_what_a_public_plan_shows() {
    // vis-subquery: 4,602 rows in and out, two keys and one value: 0.0025 a row for each below,
    // 0.01 a row for the scan, the same again above.
    let plan =
        planned("select category, pre_owned, count(distinct id) from orders group by 1, 2").plan;
    let costs: Vec<(f64, f64)> = plan
        .nodes
        .iter()
        .filter_map(|node| node.cost)
        .map(|cost| (cost.startup, cost.total))
        .collect();
    let rows = |at: usize| plan.nodes[at].rows.expect("rows");
    let [outer, scan, inner, table] = costs.as_slice() else {
        panic!("{plan}")
    };
    assert!(
        (inner.0 - table.1 - rows(3) * 0.0025 * 3.0).abs() < 0.01,
        "{plan}"
    );
    assert!((scan.1 - inner.1 - rows(2) * 0.01).abs() < 0.01, "{plan}");
    assert!(
        (outer.0 - scan.1 - rows(1) * 0.0025 * 3.0).abs() < 0.01,
        "{plan}"
    );
}
