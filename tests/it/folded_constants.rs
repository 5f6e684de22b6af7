//! Constants are worked out before planning, as Redshift does, and printed as what they come to;
//! what is known at run time only stays, and is said.

use distkey::cluster::Cluster;
use distkey::planner::{self, Planned};
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;

use crate::support::{distkey, folder};

const DDL: &str = "create table t (id bigint, d date, at timestamp, n int) sortkey (d);";

const KNOWN: &str = r#"{"rows": {"t": 1000000}, "columns": {
    "t.d": {"min": "2020-01-01", "max": "2024-12-31", "distinct": 1827, "null_share": 0},
    "t.at": {"min": "2020-01-01", "max": "2024-12-31", "null_share": 0}}}"#;

fn planned(condition: &str, stats: &str, today: Option<&str>) -> Planned {
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", DDL)));
    let mut stats = Stats::read(stats).expect("statistics");
    stats.today = today.map(|day| day.parse().expect("a day"));
    let query = format!("select count(*) from t where {condition}");
    let query = sql::parse_query(&query).expect("a query");
    let planned = planner::plan(&query, &schema, &stats, Cluster::default().shape());
    planned.unwrap_or_else(|error| panic!("{condition}: {error}"))
}

fn filter(condition: &str, today: Option<&str>) -> String {
    let plan = planned(condition, KNOWN, today).plan.to_string();
    let line = plan.lines().find_map(|line| line.split_once("Filter: "));
    line.expect("a filter").1.to_owned()
}

#[test]
fn dates_are_printed_as_what_they_come_to() {
    for (condition, printed) in [
        (
            "d < date '1995-01-01' + interval '1 year'",
            "(d < '1996-01-01 00:00:00'::timestamp without time zone)",
        ),
        (
            "d >= '1998-12-01'::date - interval '90' day",
            "(d >= '1998-09-02 00:00:00'::timestamp without time zone)",
        ),
        (
            "d >= cast('1998-12-01' as date) - 90",
            "(d >= '1998-09-02'::date)",
        ),
        (
            "at < dateadd(month, 3, '2024-01-31'::date)",
            "(\"at\" < '2024-04-30 00:00:00'::timestamp without time zone)",
        ),
        (
            "at >= date_trunc('quarter', '2024-05-17'::timestamp)",
            "(\"at\" >= '2024-04-01 00:00:00'::timestamp without time zone)",
        ),
        ("n = extract(year from date '2024-05-17')", "(n = 2024)"),
        ("n = date '2024-03-01' - date '2024-02-01'", "(n = 29)"),
        (
            "at > d + interval '7 days'",
            "(\"at\" > (d + '7 days'::interval))",
        ),
        (
            "at > d + '3 months'::interval",
            "(\"at\" > (d + '3 mons'::interval))",
        ),
        (
            "at - d > interval '1 year 2 months 04:05:06'",
            "((\"at\" - d) > '1 year 2 mons 04:05:06'::interval)",
        ),
    ] {
        let found = filter(condition, None).replace("(at ", "(\"at\" ");
        assert_eq!(found, printed, "{condition}");
    }
}

#[test]
fn today_is_a_constant_where_it_is_known() {
    let day = "2024-12-31";
    for (condition, printed) in [
        ("d >= current_date - 7", "(d >= '2024-12-24'::date)"),
        (
            "d >= dateadd(day, -7, getdate())",
            "(d >= '2024-12-24 00:00:00'::timestamp without time zone)",
        ),
        ("d >= trunc(sysdate) - 7", "(d >= '2024-12-24'::date)"),
        (
            "d between date_trunc('month', current_date) and current_date",
            "((d <= '2024-12-31'::date) AND (d >= '2024-12-01 00:00:00'::timestamp without time zone))",
        ),
    ] {
        assert_eq!(filter(condition, Some(day)), printed, "{condition}");
        let told = planned(condition, KNOWN, Some(day)).assumptions.join("\n");
        assert!(
            told.contains("is taken for 2024-12-31"),
            "{condition}: {told}"
        );
        // Without a day the value turns out at run time.
        let open = planned(condition, KNOWN, None);
        assert!(!open.plan.to_string().contains("2024"), "{condition}");
        assert!(
            !open.assumptions.join("\n").contains("is taken for"),
            "{condition}"
        );
    }
}

fn rows(condition: &str, stats: &str) -> (f64, f64, f64) {
    let planned = planned(condition, stats, Some("2024-12-31"));
    let scan = planned
        .plan
        .nodes
        .iter()
        .find(|node| node.operator.is_scan())
        .expect("a scan");
    let rows = scan.rows.expect("rows");
    let range = scan.row_range();
    (rows * range.low, rows * range.likely, rows * range.high)
}

#[test]
fn a_year_is_the_range_that_it_is() {
    let (low, likely, high) = rows("extract(year from d) = 2022", KNOWN);
    // One year of five, under a default of 0.5 % in print.
    assert!(
        (190_000.0..210_000.0).contains(&likely),
        "{low} {likely} {high}"
    );
    assert!(low < likely && likely < high, "{low} {likely} {high}");
    let plan = planned("extract(year from d) = 2022", KNOWN, None)
        .plan
        .to_string();
    assert!(plan.contains("rows=5000 "), "{plan}");
    for (condition, share) in [
        ("date_trunc('month', at) = '2022-05-01'", 31.0 / 1826.0),
        ("at::date = '2022-05-01'", 1.0 / 1826.0),
        ("date_part(year, d) >= 2024", 0.2),
        ("date_part(year, d) <> 2024", 0.8),
        ("not (extract(year from d) < 2023)", 0.4),
    ] {
        let (_, likely, _) = rows(condition, KNOWN);
        assert!(
            (likely / 1e6 - share).abs() < 0.005,
            "{condition}: {likely}"
        );
    }
    let bare = r#"{"rows": {"t": 1000000}}"#;
    let (low, _, high) = rows("extract(year from d) = 2022", bare);
    assert!(low < 1.0 && high > 9e5, "{low} {high}");
}

#[test]
fn a_recent_week_is_a_range_like_any_other() {
    let (low, likely, high) = rows("d >= current_date - 7", KNOWN);
    assert!((3_000.0..5_000.0).contains(&likely), "{likely}");
    assert!(low < likely && high < 10_000.0, "{low} {high}");
    let (low, _, high) = rows("d >= current_date - 7", r#"{"rows": {"t": 1000000}}"#);
    assert!(low < 1.0 && high > 9e5, "{low} {high}");
}

#[test]
fn a_parameter_is_no_text() {
    for condition in ["n = $1", "d < $1 and n > $2", "d = $1::date"] {
        let planned = planned(condition, KNOWN, None);
        let text = planned.plan.to_string();
        assert!(text.contains("$1") && !text.contains("'$1'"), "{text}");
        let scan = planned
            .plan
            .nodes
            .iter()
            .find(|node| node.operator.is_scan())
            .expect("a scan");
        assert!(scan.filters().any(|filter| filter.parameter), "{text}");
        assert!(
            scan.filters()
                .all(|filter| !filter.literals.iter().any(|it| it.contains('$'))),
            "{text}"
        );
    }
}

#[test]
fn the_day_is_a_setting_and_an_argument() {
    let folder = folder(&[
        ("t.sql", DDL),
        (
            "q.sql",
            "select count(*) from t where d >= current_date - 7",
        ),
        ("s.json", KNOWN),
        ("distkey.toml", "today = \"2024-11-30\"\n"),
        ("bad.toml", "today = \"yesterday\"\n"),
    ]);
    let explain = [
        "explain", "--query", "q.sql", "--ddl", "t.sql", "--stats", "s.json", "--format", "json",
    ];
    let ran = distkey(folder.path(), &explain);
    assert!(ran.out.contains("2024-11-23"), "{}", ran.out);
    let ran = distkey(
        folder.path(),
        &[&explain[..], &["--today", "2024-12-31"]].concat(),
    );
    assert!(ran.out.contains("2024-12-24"), "{}", ran.out);
    let ran = distkey(
        folder.path(),
        &[&explain[..], &["--config", "bad.toml"]].concat(),
    );
    assert!(
        ran.code == 2 && ran.err.contains("`yesterday` is no day"),
        "{}",
        ran.err
    );
}
