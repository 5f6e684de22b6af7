//! The planner hands its conditions over typed; a paste of the same plan has them read from the
//! print. Both say the same, so that a plan gets the same advice pasted and planned.

use crate::support;

use distkey::plan::condition::Conjunct;
use distkey::plan::{Detail, DetailKind, Plan};
use proptest::prelude::*;

const DDL: &str = "
    create table t (a int, b bigint, c varchar(20), d date, n numeric(10,2), s timestamp, f boolean);
    create table u (a int, k numeric(12,0), name char(8), at timestamp);";

/// A conjunct without its text, which keeps the parentheses of the print.
fn meaning(conjunct: &Conjunct) -> Conjunct {
    Conjunct {
        text: String::new(),
        ..conjunct.clone()
    }
}

/// What is handed over against what the line says.
fn compare(plan: &Plan, from: &str) -> usize {
    let mut compared = 0;
    for detail in plan.nodes.iter().flat_map(|node| &node.details) {
        use DetailKind::{Filter, HashCond, JoinFilter, MergeCond};
        if !matches!(detail.kind, Filter | HashCond | JoinFilter | MergeCond) {
            continue;
        }
        let read = Detail::new(detail.kind, detail.text());
        // A CASE is printed as the word alone, and an aggregate of an earlier step looks as if
        // it were made here.
        let words = [
            "CASE",
            "sum(",
            "avg(",
            "count(",
            "min(",
            "max(",
            "stddev_samp(",
        ];
        if words.iter().any(|word| detail.text().contains(word)) {
            continue;
        }
        let of = |detail: &Detail| -> Option<Vec<Conjunct>> {
            Some(detail.conjuncts()?.iter().map(meaning).collect())
        };
        assert_eq!(of(detail), of(&read), "{}\n{from}", detail.text());
        assert_eq!(
            detail.predicate(),
            read.predicate(),
            "{}\n{from}",
            detail.text()
        );
        if matches!(detail.kind, HashCond | MergeCond) {
            assert_eq!(
                detail.key_pairs(),
                read.key_pairs(),
                "{}\n{from}",
                detail.text()
            );
        }
        compared += 1;
    }
    compared
}

fn compare_condition(condition: &str) -> usize {
    let query = format!("select t.b from t, u where t.a = u.a and {condition}");
    let planned = support::plan_query(DDL, &query);
    compare(
        &planned.unwrap_or_else(|e| panic!("{e}: {query}")).plan,
        &query,
    )
}

#[test]
fn a_condition_that_is_handed_over_says_what_its_line_says() {
    let conditions = [
        "b = 1",
        "5 < b",
        "b between 2 and 9",
        "b <> 3",
        "c = 'x'",
        "c = 'it''s'",
        "c like 'a%'",
        "c not ilike '%z'",
        "c ~ '^a'",
        "c is null",
        "c is not null and b = 2",
        "b in (1, 2, 3)",
        "b in (7)",
        "b not in (1, 2)",
        "b in (1,2,3,4,5,6,7,8,9,10,11,12)",
        "b not in (1,2,3,4,5,6,7,8,9,10,11,12)",
        "b in (1,2,3,4,5,6,7,8,9,10,null)",
        "b in (1, t.a)",
        "(b = 1 or b = 2 or b = 3)",
        "(b = 1 or c = 'x')",
        "(b < 1 or b > 5)",
        "(b < 1 or d > '2020-01-01')",
        "not (b < 1 and d > '2020-01-01')",
        "not (b = 1)",
        "not (c like 'x%')",
        "b = -5",
        "-b = 5",
        "b + 1 > 3",
        "b * 2 + 1 > t.a - 3",
        "c || 'x' = 'yx'",
        "upper(c) = 'X'",
        "date_trunc('month', d) = '2020-01-01'",
        "d >= '2020-01-01'::date",
        "s::date = '2020-01-01'",
        "b::numeric(12,2) > 3.5",
        "b::varchar(10) = 'x'",
        "n > 3.50",
        "f",
        "f = true",
        "(f or b = 2)",
        "b > (select avg(a) from u)",
        "coalesce(b, 0) = 1",
        "t.b < u.k",
        "t.b + u.a > 3",
        "t.n = u.k",
        "t.b = u.k",
        "t.c = u.name",
        "t.s::date = u.at::date",
        "t.d = u.at",
        "(t.b = u.k or t.c = u.name)",
        "upper(t.c) = upper(u.name)",
        "abs(t.b - u.k) < 5",
    ];
    for condition in conditions {
        assert!(compare_condition(condition) > 0, "{condition}");
    }
}

#[test]
fn a_condition_on_what_an_earlier_step_computes_names_no_column_of_a_table() {
    let query = "select c, sum(b) from t group by c having sum(b) > 10";
    let plan = support::plan_query(DDL, query).expect("a plan").plan;
    let filters = plan.nodes.iter().flat_map(|node| node.filters());
    let all: Vec<&Conjunct> = filters.collect();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].around.as_deref(), Some("sum"));
}

#[test]
fn conditions_of_the_public_benchmarks_are_handed_over_as_they_read() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let read = |path: &str| std::fs::read_to_string(corpus.join(path)).expect("a file");
    let mut queries = vec![(
        read("latency/tpcds100/create.sql"),
        read("latency/tpcds100/queries.sql"),
    )];
    for entry in std::fs::read_dir(corpus.join("workloads/tpch/queries")).expect("a folder") {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("a file");
        queries.push((read("workloads/tpch/schema_aws_tuned.sql"), text));
    }
    let mut compared = 0;
    for (ddl, text) in &queries {
        for query in text.split(';').filter(|query| query.contains("from")) {
            compared +=
                support::plan_query(ddl, query).map_or(0, |planned| compare(&planned.plan, query));
        }
    }
    assert!(compared > 200, "{compared}");
}

fn conditions() -> impl Strategy<Value = String> {
    let column = prop_oneof![Just("b"), Just("t.a"), Just("d"), Just("c"), Just("n")];
    let literal = prop_oneof![
        (-9i32..99).prop_map(|n| n.to_string()),
        "[a-z%]{0,4}".prop_map(|text| format!("'{text}'")),
        Just("null".to_owned()),
        Just("'2021-05-06'::date".to_owned()),
    ];
    let operator = prop_oneof![Just("="), Just("<>"), Just("<"), Just(">="), Just("like")];
    let leaf = prop_oneof![
        (column.clone(), operator, literal.clone()).prop_map(|(c, o, l)| format!("{c} {o} {l}")),
        (column.clone(), prop::collection::vec(literal, 1..14))
            .prop_map(|(c, list)| format!("{c} in ({})", list.join(", "))),
        column.prop_map(|c| format!("{c} is not null")),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|p| format!("({})", p.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|p| format!("({})", p.join(" or "))),
            inner.prop_map(|p| format!("not ({p})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn generated_conditions_are_handed_over_as_they_read(condition in conditions()) {
        compare_condition(&condition);
    }
}
