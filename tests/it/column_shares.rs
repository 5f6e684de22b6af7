//! Shares of rows by what is known of columns, through the planner: a condition and its negation
//! leave the NULLs, less knowledge is a wider range, and what a share rests on is said.

use distkey::cluster::Cluster;
use distkey::planner;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;
use proptest::prelude::*;

use crate::support::{distkey, folder};

const DDL: &str = "create table t (id bigint, day date, n int, s varchar(20), u int not null);";

const FULL: &str = r#"{"rows": {"t": 1000000}, "columns": {
    "t.n": {"distinct": 1000, "null_share": 0.2, "min": 0, "max": 999,
            "most_common": [{"value": 5, "share": 0.3}, {"value": 700, "share": 0.1}]},
    "t.s": {"distinct": 50, "null_share": 0.1, "most_common": [{"value": "", "share": 0.6}, {"value": "a", "share": 0.1}]},
    "t.u": {"distinct": 40, "most_common": [{"share": 0.25}, {"share": 0.1}]},
    "t.day": {"distinct": 366, "null_share": 0.5, "min": "2024-01-01", "max": "2024-12-31"}}}"#;

/// Rows of the scan: low, likely, high.
fn rows(condition: &str, stats: &str) -> [f64; 3] {
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", DDL)));
    let stats = Stats::read(stats).expect("statistics");
    let query = format!("select count(*) from t where {condition}");
    let query = sql::parse_query(&query).expect("a query");
    let planned = planner::plan(&query, &schema, &stats, Cluster::default().shape());
    let plan = planned
        .unwrap_or_else(|error| panic!("{condition}: {error}"))
        .plan;
    let mut scans = plan.nodes.iter().filter(|node| node.operator.is_scan());
    let scan = scans.next().expect("a scan");
    let (rows, range) = (scan.rows.expect("rows"), scan.row_range());
    [range.low, range.likely, range.high].map(|factor| rows * factor)
}

/// Conditions whose share is known, with the share of NULLs of their column.
fn exact() -> impl Strategy<Value = (String, f64)> {
    prop_oneof![
        (0..1200i32, prop_oneof!["<", "<=", ">", ">="])
            .prop_map(|(n, op)| (format!("n {op} {n}"), 0.2)),
        prop_oneof![Just(5), Just(700)].prop_map(|n| (format!("n = {n}"), 0.2)),
        prop_oneof![Just("''"), Just("'a'")].prop_map(|s| (format!("s <> {s}"), 0.1)),
        (1..28u32, 1..12u32).prop_map(|(d, m)| (format!("day >= '2024-{m:02}-{d:02}'"), 0.5)),
        (1..400i32, 1..400i32)
            .prop_map(|(a, b)| (format!("n between {a} and {}", a + b + 50), 0.2)),
        Just(("s in ('', 'a')".to_owned(), 0.1)),
        Just(("day is null".to_owned(), 0.0)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_condition_and_its_negation_leave_the_nulls((condition, nulls) in exact()) {
        let [_, holds, _] = rows(&condition, FULL);
        let [_, fails, _] = rows(&format!("not ({condition})"), FULL);
        let all = (holds + fails) / 1e6 + nulls;
        // Rows are printed whole.
        prop_assert!((all - 1.0).abs() < 1e-5, "{condition}: {holds} {fails}");
        let [_, twice, _] = rows(&format!("not (not ({condition}))"), FULL);
        prop_assert!((twice - holds).abs() < 2.0, "{condition}");
    }

    #[test]
    fn low_is_below_likely_is_below_high((a, _) in exact(), (b, _) in exact(), any in any::<bool>()) {
        let with = if any { "or" } else { "and" };
        let [low, likely, high] = rows(&format!("({a}) {with} ({b})"), FULL);
        prop_assert!(low <= likely + 1.0 && likely <= high + 1.0, "{a} {with} {b}: {low} {likely} {high}");
        prop_assert!(high <= 1e6 + 1.0, "{a} {with} {b}: {high}");
    }
}

#[test]
fn less_is_known_with_less() {
    let bare = r#"{"rows": {"t": 1000000}}"#;
    for condition in [
        "n = 5",
        "n <> 5",
        "n < 500",
        "n in (5, 6)",
        "s = 'b'",
        "s <> ''",
        "s like 'a%'",
        "u = 3",
        "day >= '2024-07-01'",
        "n is null",
        "n between 100 and 200 or n between 300 and 400",
    ] {
        let [low, likely, high] = rows(condition, FULL);
        let [least, _, most] = rows(condition, bare);
        assert!(
            least <= low + 1.0 && high <= most + 50_000.0,
            "{condition}: {low} {high} {least} {most}"
        );
        assert!(least <= likely && likely <= most, "{condition}");
        assert!(
            most - least > 0.9 * 950_000.0,
            "{condition}: {least} {most}"
        );
    }
}

#[test]
fn what_a_share_rests_on_is_said() {
    let folder = folder(&[("t.sql", DDL), ("s.json", FULL)]);
    for (condition, words) in [
        ("n = 5", "the most common values"),
        ("day >= '2024-07-01'", "the least and greatest value"),
        ("u = 3", "the most common values;"),
        ("id = 3", "a default: nothing is known of the column;"),
        (
            "n = 5 and id = 3",
            "a default: nothing is known of the column;",
        ),
    ] {
        let query = folder.path().join("q.sql");
        std::fs::write(&query, format!("select count(*) from t where {condition}"))
            .expect("a file");
        let arguments = [
            "explain", "--query", "q.sql", "--ddl", "t.sql", "--stats", "s.json",
        ];
        let found = (0..4).any(|node| {
            let node = node.to_string();
            let ran = distkey(folder.path(), &[&arguments[..], &["--why", &node]].concat());
            let text = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
            text.contains(&format!("rests on {words}"))
        });
        assert!(found, "{condition}");
    }
}
