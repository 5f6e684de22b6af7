//! Every threshold that modules share, from both sides, through a rule or a command that
//! judges by it.

use crate::support::{folder, run};
use serde_json::Value;

/// Statistics that say nothing of the tables at hand.
const NOTHING: &str = r#"{"rows": {"elsewhere": 1}}"#;

fn json(arguments: &[&str], files: &[(&str, &str)]) -> Value {
    serde_json::from_str(&run(arguments, files)).expect("JSON")
}

/// The severity with which `lint` reports a rule over this DDL with these statistics.
fn lint(code: &str, ddl: &str, stats: &str) -> Option<String> {
    let named = "--workload=search-by-category";
    let arguments = [
        "lint", "--format", "json", "--stats", "s.json", "t.sql", named,
    ];
    let report = json(&arguments, &[("t.sql", ddl), ("s.json", stats)]);
    severity(&report["files"][0]["findings"], code)
}

/// The finding that `explain` has of a rule about this plan.
fn explain(code: &str, plan: &str, stats: &str) -> Option<Value> {
    let arguments = ["explain", "--format", "json", "--stats", "s.json", "p.txt"];
    let report = json(&arguments, &[("p.txt", plan), ("s.json", stats)]);
    let findings = report["inputs"][0]["findings"].as_array().expect("a list");
    findings.iter().find(|f| f["code"] == code).cloned()
}

fn severity(findings: &Value, code: &str) -> Option<String> {
    let findings = findings.as_array().expect("a list");
    let found = findings.iter().find(|f| f["code"] == code)?;
    Some(found["severity"].as_str().expect("a word").to_owned())
}

/// The nodes of the plan of a query.
fn planned(query: &str, ddl: &str, stats: &str) -> Vec<Value> {
    let arguments = [
        "explain", "--format", "json", "--query", "q.sql", "--ddl", "t.sql", "--stats", "s.json",
    ];
    let files = [("q.sql", query), ("t.sql", ddl), ("s.json", stats)];
    let report = json(&arguments, &files);
    let nodes = &report["inputs"][0]["plans"][0]["nodes"];
    nodes.as_array().expect("nodes").clone()
}

fn rows(rows: u64) -> String {
    format!(r#"{{"rows": {{"t": {rows}}}}}"#)
}

/// A row of `SVV_TABLE_INFO`.
fn info(rows: u64, column: &str, value: f64) -> String {
    format!(r#"[{{"table": "t", "tbl_rows": {rows}, "{column}": {value}}}]"#)
}

#[test]
fn a_table_is_large_from_five_million_rows() {
    let all = |n| {
        lint(
            "DK206",
            "create table t (a bigint) diststyle all;",
            &rows(n),
        )
    };
    assert_eq!(all(4_999_999), None);
    assert_eq!(all(5_000_000).as_deref(), Some("warning"));
    let even = |n| {
        let ddl = "create table t (a int primary key) diststyle even;
                   create table u (a int references t(a));";
        lint("DK207", ddl, &rows(n))
    };
    assert_eq!(even(4_999_999).as_deref(), Some("hint"));
    assert_eq!(even(5_000_000), None);
    let remedy = |inner: u64| {
        let cost = inner as f64 / 100.0;
        let plan = format!(
            "XN Hash Join DS_BCAST_INNER  (cost=50000.00..48000000000.00 rows=900000000 width=60)
  Hash Cond: (\"outer\".buyer_id = \"inner\".buyer_id)
  ->  XN Hash Join DS_DIST_NONE  (cost=20000.00..400000.00 rows=900000000 width=36)
        Hash Cond: (\"outer\".order_id = \"inner\".order_id)
        ->  XN Seq Scan on items  (cost=0.00..9000000.00 rows=900000000 width=20)
        ->  XN Hash  (cost=9000000.00..9000000.00 rows=900000000 width=20)
              ->  XN Seq Scan on orders  (cost=0.00..9000000.00 rows=900000000 width=20)
  ->  XN Hash  (cost={cost:.2}..{cost:.2} rows={inner} width=24)
        ->  XN Seq Scan on buyers  (cost=0.00..{cost:.2} rows={inner} width=24)\n"
        );
        let found = explain("DK101", &plan, NOTHING).expect("DK101");
        found["remedy"].to_string()
    };
    // Whether the copy is tried at all.
    assert!(
        remedy(4_999_999).contains("DISTSTYLE ALL"),
        "{}",
        remedy(4_999_999)
    );
    assert!(
        !remedy(5_000_000).contains("DISTSTYLE ALL"),
        "{}",
        remedy(5_000_000)
    );
}

#[test]
fn a_million_rows_make_a_finding_of_a_table() {
    let plain = "create table t (a bigint, b date);";
    for (code, column, value) in [
        ("DK235", "empty", 0.0),
        ("DK236", "skew_rows", 9.0),
        ("DK237", "unsorted", 50.0),
    ] {
        let found = |n| lint(code, plain, &info(n, column, value));
        assert_eq!(found(999_999), None, "{code}");
        assert_eq!(found(1_000_000).as_deref(), Some("warning"), "{code}");
    }
    // Deleted rows count: they are stored.
    let deleted = |n: u64| {
        let stats = format!(
            r#"[{{"table": "t", "tbl_rows": {n}, "estimated_visible_rows": {}}}]"#,
            n / 2
        );
        lint("DK239", plain, &stats)
    };
    assert_eq!(deleted(999_998), None);
    assert_eq!(deleted(1_000_000).as_deref(), Some("warning"));
}

#[test]
fn below_a_million_rows_a_finding_of_a_table_is_a_hint() {
    for (code, ddl) in [
        ("DK201", "create table t (category_id int, price int);"),
        (
            "DK202",
            "create table u (a int primary key) diststyle even;
             create table t (a int references u(a)) diststyle even;",
        ),
        (
            "DK240",
            "create table t (product_id bigint, attribute varchar(20), value varchar(99));",
        ),
    ] {
        let found = |n| lint(code, ddl, &rows(n));
        assert_eq!(found(999_999).as_deref(), Some("hint"), "{code}");
        assert_eq!(found(1_000_000).as_deref(), Some("warning"), "{code}");
    }
}

#[test]
fn below_a_million_rows_a_finding_of_a_plan_is_a_hint_or_none() {
    let severity = |code: &str, plan: &str| {
        let found = explain(code, plan, NOTHING)?;
        Some(found["severity"].as_str().expect("a word").to_owned())
    };
    let redistributed = |n: u64| {
        let plan = format!(
            "XN Hash Join DS_DIST_INNER  (cost=50000.00..480000.00 rows=900 width=40)
  Hash Cond: (\"outer\".buyer_id = \"inner\".buyer_id)
  ->  XN Seq Scan on orders  (cost=0.00..90000.00 rows=9000000 width=20)
  ->  XN Hash  (cost=40000.00..40000.00 rows={n} width=24)
        ->  XN Seq Scan on buyers  (cost=0.00..40000.00 rows={n} width=24)\n"
        );
        severity("DK102", &plan)
    };
    assert_eq!(redistributed(999_999).as_deref(), Some("hint"));
    assert_eq!(redistributed(1_000_000).as_deref(), Some("warning"));
    let returned = |n: u64| {
        let plan = format!(
            "XN Merge  (cost=1000000307930.00..1000000312930.00 rows={n} width=20)
  Merge Key: a
  ->  XN Network  (cost=1000000307930.00..1000000312930.00 rows={n} width=20)
        Send to leader
        ->  XN Sort  (cost=1000000307930.00..1000000312930.00 rows={n} width=20)
              Sort Key: a
              ->  XN Seq Scan on t  (cost=0.00..20000.00 rows={n} width=20)\n"
        );
        severity("DK124", &plan)
    };
    assert_eq!(returned(999_999), None);
    assert_eq!(returned(1_000_000).as_deref(), Some("warning"));
}

#[test]
fn statistics_are_stale_from_ten_per_cent_off() {
    let plan = "XN Seq Scan on t  (cost=0.00..90000.00 rows=9000000 width=20)\n";
    for (off, stale) in [(9.99, false), (10.0, true)] {
        let stats = info(9_000_000, "stats_off", off);
        let ddl = "create table t (a bigint) sortkey(a);";
        assert_eq!(lint("DK238", ddl, &stats).is_some(), stale, "{off}");
        assert_eq!(explain("DK109", plan, &stats).is_some(), stale, "{off}");
    }
}

#[test]
fn a_table_is_unsorted_from_a_fifth() {
    let ddl = "create table t (a bigint) distkey(a) sortkey(a);
               create table u (a bigint) distkey(a) sortkey(a);";
    for (unsorted, hashed) in [(19.99, false), (20.0, true)] {
        let stats = format!(
            r#"[{{"table": "t", "tbl_rows": 2000000, "unsorted": {unsorted}}},
                {{"table": "u", "tbl_rows": 2000000, "unsorted": 0}}]"#
        );
        assert_eq!(lint("DK237", ddl, &stats).is_some(), hashed, "{unsorted}");
        let nodes = planned("select t.a from t join u on t.a = u.a", ddl, &stats);
        let join = nodes[0]["operator"].as_str().expect("an operator");
        let expected = if hashed { "Hash Join" } else { "Merge Join" };
        assert_eq!(join, expected, "{unsorted}");
    }
}

#[test]
fn ten_values_for_each_slice_are_enough_for_a_distkey() {
    // Two nodes of two slices each.
    let config = "cluster = \"ra3.large:2\"\n";
    let ddl = "create table t (a int) distkey(a) sortkey(a);";
    for (distinct, few) in [(39, true), (40, false)] {
        let stats = format!(
            r#"{{"rows": {{"t": 2000000}}, "columns": {{"t.a": {{"distinct": {distinct}}}}}}}"#
        );
        let arguments = ["lint", "--format", "json", "--stats", "s.json", "t.sql"];
        let files = [
            ("t.sql", ddl),
            ("s.json", stats.as_str()),
            ("distkey.toml", config),
        ];
        let report = json(&arguments, &files);
        let found = severity(&report["files"][0]["findings"], "DK203");
        assert_eq!(found.is_some(), few, "{distinct}");
    }
}

#[test]
fn ten_billion_rows_are_the_default_of_an_external_table() {
    let plan = |n: u64| {
        let cost = n as f64 / 100.0;
        format!(
            "XN S3 Query Scan clicks  (cost=0.00..200000000.00 rows={n} width=16)
  ->  S3 Seq Scan lake.clicks location:\"s3://example-lake/clicks\" format:PARQUET  (cost=0.00..{cost:.2} rows={n} width=16)\n"
        )
    };
    for (n, default) in [
        (9_999_999_999, false),
        (10_000_000_000, true),
        (10_000_000_001, false),
    ] {
        assert_eq!(
            explain("DK121", &plan(n), NOTHING).is_some(),
            default,
            "{n}"
        );
    }
    let ddl = "create external table lake.clicks (a int) stored as parquet location 's3://example-lake/clicks';";
    let nodes = planned("select a from lake.clicks", ddl, NOTHING);
    assert_eq!(nodes[0]["rows"], 1e10, "{nodes:?}");
}

#[test]
fn a_column_without_statistics_has_two_hundred_values() {
    let ddl = "create table t (a int);";
    let nodes = planned("select a from t where a = 7", ddl, &rows(1_000_000));
    assert_eq!(nodes[0]["rows"], 5_000.0);
    let known = r#"{"rows": {"t": 1000000}, "columns": {"t.a": {"distinct": 100}}}"#;
    let nodes = planned("select a from t where a = 7", ddl, known);
    assert_eq!(nodes[0]["rows"], 10_000.0);
}

#[test]
fn texts_up_to_thirty_two_bytes_count_whole() {
    let width = |declared: u32| {
        let ddl = format!("create table t (a varchar({declared}));");
        planned("select a from t", &ddl, &rows(1_000_000))[0]["width"].clone()
    };
    assert_eq!(width(31), 31.0);
    assert_eq!(width(32), 32.0);
    // Of what is beyond, half.
    assert_eq!(width(36), 34.0);
    // What is read, and takes time: no more.
    let read = |declared: u32| {
        let ddl = format!("create table t (a varchar({declared}));");
        let stats = rows(1_000_000);
        let files = [
            ("q.sql", "select a from t"),
            ("t.sql", &ddl),
            ("s.json", &stats),
        ];
        let arguments = [
            "explain",
            "--format",
            "json",
            "--cluster",
            "ra3.4xlarge:4",
            "--query",
            "q.sql",
            "--ddl",
            "t.sql",
            "--stats",
            "s.json",
        ];
        let report = json(&arguments, &files);
        report["inputs"][0]["prediction"]["warm"]["p50_ms"]
            .as_f64()
            .expect("a time")
    };
    assert!(read(16) < read(32));
    assert_eq!(read(32), read(64));
}

#[test]
fn a_lookup_has_a_tenth_of_the_rows_at_most() {
    let plan = |lookup: u64| {
        format!(
            "XN Hash Join DS_DIST_ALL_NONE  (cost=1.00..900000.00 rows=100000 width=60)
  Hash Cond: (\"outer\".b = \"inner\".b)
  ->  XN Hash Join DS_DIST_ALL_NONE  (cost=1.00..400000.00 rows=100000 width=40)
        Hash Cond: (\"outer\".a = \"inner\".a)
        ->  XN Seq Scan on t  (cost=0.00..1000.00 rows=100000 width=20)
        ->  XN Hash  (cost=100.00..100.00 rows={lookup} width=24)
              ->  XN Seq Scan on u  (cost=0.00..100.00 rows={lookup} width=24)
  ->  XN Hash  (cost=1.00..1.00 rows=100 width=24)
        ->  XN Seq Scan on v  (cost=0.00..1.00 rows=100 width=24)\n"
        )
    };
    assert!(explain("DK108", &plan(10_000), NOTHING).is_some());
    assert!(explain("DK108", &plan(10_001), NOTHING).is_none());
}

#[test]
fn lzo_gives_way_to_an_encoding_that_the_type_takes() {
    let encoded = |data_type: &str| {
        let ddl = format!("create table t (a int encode az64, b {data_type} encode lzo);");
        let folder = folder(&[("t.sql", &ddl)]);
        crate::support::distkey(folder.path(), &["lint", "--fix", "t.sql"]);
        let fixed = std::fs::read_to_string(folder.path().join("t.sql")).expect("the file");
        let words = fixed.trim_end_matches(");").split_whitespace();
        words.last().expect("a word").to_uppercase()
    };
    assert_eq!(encoded("bigint"), "AZ64");
    assert_eq!(encoded("date"), "AZ64");
    assert_eq!(encoded("varchar(20)"), "ZSTD");
    assert_eq!(encoded("super"), "ZSTD");
    assert_eq!(encoded("varbyte(20)"), "ZSTD");
    assert_eq!(encoded("geometry"), "ZSTD");
}
