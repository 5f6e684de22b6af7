//! A cluster that nobody named is part of what is not known: three shapes stand in for it.

use crate::support::{self, distkey, folder};

use distkey::environment::{Environment, Given};
use distkey::explain::{self, Explanation, Settings};
use distkey::latency::{Prediction, Verdict};

const PLAN: &str = "\
XN Aggregate  (cost=25000000.00..25000000.00 rows=1 width=8)
  ->  XN Seq Scan on clicks  (cost=0.00..20000000.00 rows=2000000000 width=8)
";

const DDL: &str = "create table clicks (id bigint, at timestamp) diststyle even;
create table pages (id bigint, name varchar(40)) diststyle even;";

fn explained(text: &str, cluster: Option<&str>, budget_ms: f64) -> Explanation {
    let given = Given {
        cluster,
        budget_ms: Some(budget_ms),
        ..Given::default()
    };
    let env = Environment::new(Default::default(), given).expect("a cluster");
    explain::explain("paste.txt", text, &Settings::new(env.view()))
}

fn predicted(text: &str, cluster: Option<&str>, budget_ms: f64) -> Prediction {
    let explained = explained(text, cluster, budget_ms);
    explained.prediction().expect("a plan").clone()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 0.02 * a.abs().max(b.abs())
}

#[test]
fn the_interval_without_a_cluster_holds_those_of_three_and_the_verdict_is_theirs() {
    let all = predicted(PLAN, None, 800.0);
    let names: Vec<&str> = all.shapes.iter().map(|s| s.cluster.as_str()).collect();
    assert_eq!(names, ["ra3.large:2", "ra3.4xlarge:4", "ra3.16xlarge:4"]);
    for shape in &all.shapes {
        assert!(all.warm.low_ms <= shape.low_ms && shape.high_ms <= all.warm.high_ms);
    }
    let [small, middle, large] = all.shapes.as_slice() else {
        panic!("three shapes")
    };
    assert!(small.p50_ms > middle.p50_ms && middle.p50_ms > large.p50_ms);
    assert_eq!(
        (all.warm.p50_ms, all.cluster.as_str()),
        (middle.p50_ms, "ra3.4xlarge:4")
    );
    // On each side of what all, some and none of them keep.
    let verdict = |budget_ms| predicted(PLAN, None, budget_ms).verdict;
    assert_eq!(verdict(all.warm.high_ms * 1.01), Verdict::Within);
    assert_eq!(
        verdict(middle.high_ms.max(large.high_ms) * 1.01),
        Verdict::CannotTell
    );
    assert_eq!(verdict(all.warm.low_ms * 0.99), Verdict::Over);
    assert_eq!(verdict(large.high_ms), Verdict::CannotTell);
}

#[test]
fn a_cluster_that_is_named_is_the_only_one() {
    let named = predicted(PLAN, Some("ra3.4xlarge:4"), 800.0);
    assert!(named.shapes.is_empty() && !named.cluster_assumed);
    let all = predicted(PLAN, None, 800.0);
    assert_eq!(named.warm.p50_ms, all.warm.p50_ms);
    assert!(named.warm.high_ms < all.warm.high_ms);
}

#[test]
fn a_shape_says_what_naming_it_says() {
    for shape in predicted(PLAN, None, 800.0).shapes {
        let named = predicted(PLAN, Some(&shape.cluster), 800.0);
        assert_eq!(
            (shape.p50_ms, shape.low_ms, shape.high_ms, shape.verdict),
            (
                named.warm.p50_ms,
                named.warm.low_ms,
                named.warm.high_ms,
                named.verdict
            ),
            "{}",
            shape.cluster
        );
    }
}

/// A query is planned for each shape: how a join runs depends on the nodes.
#[test]
fn a_query_says_of_a_shape_what_naming_it_says() {
    let files = [
        ("t.sql", DDL),
        (
            "q.sql",
            "select p.name, count(*) from clicks c join pages p using (id) group by 1",
        ),
        (
            "s.json",
            r#"{"rows": {"clicks": 400000000, "pages": 9000000}}"#,
        ),
    ];
    let run = |more: &[&str]| {
        let mut arguments = vec![
            "explain", "--query", "q.sql", "--ddl", "t.sql", "--stats", "s.json", "--format",
            "json",
        ];
        arguments.extend(more);
        let text = support::run(&arguments, &files);
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        json["inputs"][0]["prediction"].clone()
    };
    let unnamed = run(&[]);
    let shapes = unnamed["shapes"].as_array().expect("shapes");
    assert_eq!(shapes.len(), 3);
    for shape in shapes {
        let cluster = shape["cluster"].as_str().expect("a name");
        let named = run(&["--cluster", cluster]);
        let same = |a: &serde_json::Value, b: &serde_json::Value| {
            close(a.as_f64().expect("a time"), b.as_f64().expect("a time"))
        };
        assert!(
            same(&shape["p50_ms"], &named["warm"]["p50_ms"]),
            "{cluster}"
        );
        assert!(
            same(&shape["high_ms"], &named["warm"]["high_ms"]),
            "{cluster}"
        );
        assert_eq!(named["shapes"].as_array().map(Vec::len), Some(0));
    }
}

#[test]
fn what_if_on_a_named_cluster_is_about_that_one() {
    let files = [("p.txt", PLAN)];
    let ran = support::run(
        &[
            "explain",
            "p.txt",
            "--to-cluster",
            "ra3.16xlarge:8",
            "--format",
            "json",
            "--fail-on",
            "never",
        ],
        &files,
    );
    let json: serde_json::Value = serde_json::from_str(&ran).expect("JSON");
    let after = &json["inputs"][0]["what_if"][0]["after"]["prediction"];
    assert_eq!(after["cluster"], "ra3.16xlarge:8", "{json:#}");
    assert_eq!(after["shapes"].as_array().map(Vec::len), Some(0));
}

/// Over the budget fails a build only where somebody named both.
#[test]
fn over_the_budget_sets_the_exit_code_only_where_cluster_and_budget_are_named() {
    let code = |settings: &str, more: &[&str]| {
        let folder = folder(&[("p.txt", PLAN), ("distkey.toml", settings)]);
        let mut arguments = vec!["explain", "p.txt", "--fail-on", "never"];
        arguments.extend(more);
        distkey(folder.path(), &arguments).code
    };
    assert_eq!(code("", &[]), 0);
    assert_eq!(code("", &["--budget", "1ms"]), 0);
    assert_eq!(code("", &["--cluster", "ra3.large:2"]), 0);
    assert_eq!(
        code("", &["--cluster", "ra3.large:2", "--budget", "1ms"]),
        1
    );
    assert_eq!(code("budget-ms = 1", &["--cluster", "ra3.large:2"]), 1);
    assert_eq!(code("cluster = \"ra3.large:2\"", &["--budget", "1ms"]), 1);
    assert_eq!(code("cluster = \"ra3.large:2\"\nbudget-ms = 1", &[]), 1);
    assert_eq!(
        code("cluster = \"ra3.large:2\"\nbudget-ms = 90000000", &[]),
        0
    );
}

/// Settings are those of the folder of the input, not only of the folder one stands in.
#[test]
fn settings_beside_the_input_apply_to_it() {
    let folder = folder(&[
        ("a/p.txt", PLAN),
        ("a/b/p.txt", PLAN),
        ("a/distkey.toml", "cluster = \"ra3.large:2\""),
        ("c/p.txt", PLAN),
        ("distkey.toml", "cluster = \"ra3.16xlarge:4\""),
    ]);
    let cluster = |paths: &[&str]| {
        let mut arguments = vec!["explain", "--fail-on", "never", "--format", "json"];
        arguments.extend(paths);
        let out = distkey(folder.path(), &arguments).out;
        let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        json["inputs"][0]["prediction"]["cluster"]
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(cluster(&["a/p.txt"]).as_deref(), Some("ra3.large:2"));
    assert_eq!(
        cluster(&["a/p.txt", "a/b/p.txt"]).as_deref(),
        Some("ra3.large:2")
    );
    assert_eq!(cluster(&["a/b/p.txt"]).as_deref(), Some("ra3.large:2"));
    assert_eq!(cluster(&["c/p.txt"]).as_deref(), Some("ra3.16xlarge:4"));
    assert_eq!(
        cluster(&["a/p.txt", "c/p.txt"]).as_deref(),
        Some("ra3.16xlarge:4")
    );
}

/// Real plans whose time the source gives. A plan that took longer than the budget is never
/// said to be within it.
#[test]
fn measured_times_of_real_plans_lie_in_the_interval_of_a_cluster_that_nobody_named() {
    let Some(plans) = support::corpus_plans() else {
        return;
    };
    let (mut held, mut all, mut widths) = (0, 0, Vec::new());
    for plan in plans {
        let Some(measured) = plan.manifest["measured_runtime_ms"].as_f64() else {
            continue;
        };
        let explanation = explained(&plan.text, None, 800.0);
        let Some(prediction) = explanation.prediction() else {
            continue;
        };
        if measured > 800.0 {
            assert_ne!(prediction.verdict, Verdict::Within, "{}", plan.file);
        }
        if !plan.flag("complete") {
            continue;
        }
        let (low, high) = (prediction.warm.low_ms, prediction.first_run_ms[1]);
        println!("{}: {measured} ms, {low} to {high} ms", plan.file);
        all += 1;
        held += usize::from(low <= measured && measured <= high);
        widths.push(prediction.warm.high_ms / prediction.warm.low_ms);
    }
    println!("{held} of {all}, widths {widths:?}");
    assert!(all > 0);
}
