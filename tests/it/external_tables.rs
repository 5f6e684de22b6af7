//! External tables: which conditions prune partitions, what Spectrum aggregates, whose rows
//! count, and that nothing is said of them that holds of the cluster's own tables only.

use serde_json::Value;

use crate::support::{plan_query, run};
use distkey::plan::{DetailKind, Engine, Node, Operator};
use distkey::planner::Planned;

const DDL: &str = "
create external table lake.clicks (user_id int, page varchar(200), amount decimal(8,2))
  partitioned by (day date, country char(2)) stored as parquet location 's3://lake/clicks'
  table properties ('numRows'='3000000000');
create external table lake.sales (event_id int, price decimal(8,2), note varchar(20))
  stored as textfile location 's3://lake/sales';
create table events (event_id int, name varchar(100)) distkey (event_id);
create table days (day date, holiday int) diststyle all;";

fn planned(query: &str) -> Planned {
    plan_query(DDL, query).expect("a plan")
}

fn step<'p>(planned: &'p Planned, operator: &Operator) -> &'p Node {
    let mut nodes = planned.plan.nodes.iter();
    nodes
        .find(|node| node.operator == *operator)
        .unwrap_or_else(|| panic!("{operator:?}"))
}

fn s3_scan(planned: &Planned) -> &Node {
    let mut nodes = planned.plan.nodes.iter();
    nodes
        .find(|node| node.operator == Operator::SeqScan && node.engine == Engine::S3)
        .expect("a scan of Spectrum's")
}

#[test]
fn conditions_on_partition_columns_prune_and_the_others_filter_in_spectrum() {
    let planned = planned(
        "select page from lake.clicks where day >= '2026-01-01' and amount > 5 and country <> page",
    );
    let info = step(&planned, &Operator::PartitionInfoScan);
    assert_eq!(
        info.detail(DetailKind::Filter),
        Some("(day >= '2026-01-01'::date)")
    );
    // As in public plans: 334 of 1,000 partitions for a range, charged 0.0125 each.
    assert_eq!(
        (info.rows, info.cost.map(|cost| cost.total)),
        (Some(334.0), Some(12.5))
    );
    let filter = s3_scan(&planned)
        .detail(DetailKind::Filter)
        .expect("a filter");
    assert!(
        filter.contains("amount > 5") && filter.contains("country"),
        "{filter}"
    );
    assert!(!filter.contains("day"), "{filter}");
}

#[test]
fn a_partition_loop_prints_rows_times_partitions_and_its_rows_are_those_of_the_scan() {
    let planned = planned("select user_id from lake.clicks");
    let looped = step(&planned, &Operator::PartitionLoop);
    let scan = s3_scan(&planned);
    assert_eq!(scan.rows, Some(3e9));
    assert_eq!(looped.rows, Some(3e12));
    assert!((looped.row_range().likely * 3e12 / 3e9 - 1.0).abs() < 1e-9);
    // The costs of a public plan: scan, a hundredth for each row received, a loop over both.
    let totals = |node: &Node| node.cost.map(|cost| cost.total).unwrap_or_default();
    let query = step(&planned, &Operator::S3QueryScan);
    assert_eq!(totals(query), totals(scan) + 3e7);
    assert_eq!(totals(looped), 1001.0 * totals(query) + 10.0);
}

#[test]
fn num_rows_is_the_row_count_of_the_definition_and_of_an_alter() {
    assert_eq!(
        s3_scan(&planned("select page from lake.clicks")).rows,
        Some(3e9)
    );
    assert_eq!(
        s3_scan(&planned("select note from lake.sales")).rows,
        Some(1e10)
    );
    let altered =
        format!("{DDL} alter table lake.sales set table properties ('numRows'='172000');");
    let known = plan_query(&altered, "select note from lake.sales").expect("a plan");
    assert_eq!(s3_scan(&known).rows, Some(172_000.0));
    let other = format!(
        "{DDL} alter table lake.clicks set table properties ('skip.header.line.count'='1');"
    );
    let kept = plan_query(&other, "select page from lake.clicks").expect("a plan");
    assert_eq!(s3_scan(&kept).rows, Some(3e9));
}

#[test]
fn spectrum_aggregates_what_it_can() {
    let pushed = |query: &str| {
        let planned = planned(query);
        let mut nodes = planned.plan.nodes.iter();
        let found = nodes.find(|node| {
            node.engine == Engine::S3
                && node.operator != Operator::SeqScan
                && node.operator != Operator::S3QueryScan
        });
        found.map(|node| (node.operator.clone(), node.rows))
    };
    let by_key = "select event_id, sum(price) from lake.sales group by event_id";
    assert_eq!(
        pushed(by_key),
        Some((Operator::HashAggregate, Some(200_000.0)))
    );
    assert_eq!(
        pushed("select count(*) from lake.sales"),
        Some((Operator::Aggregate, Some(1000.0)))
    );
    // A partition column is the same in a whole round: nothing is grouped there.
    assert_eq!(
        pushed("select day, max(amount) from lake.clicks group by day"),
        Some((Operator::Aggregate, Some(1000.0)))
    );
    for not in [
        "select count(distinct event_id) from lake.sales",
        "select median(price) from lake.sales",
        "select upper(note), count(*) from lake.sales group by 1",
        "select s.event_id, sum(price) from lake.sales s join events e on s.event_id = e.event_id group by 1",
    ] {
        assert_eq!(pushed(not), None, "{not}");
    }
}

fn explained(query: &str, extra: &str) -> Value {
    let ddl = format!("{DDL}{extra}");
    let files = [("t.sql", ddl.as_str()), ("q.sql", query)];
    let arguments = [
        "explain",
        "--query",
        "q.sql",
        "--ddl",
        "t.sql",
        "--cluster",
        "ra3.4xlarge:4",
        "--format",
        "json",
    ];
    serde_json::from_str(&run(&arguments, &files)).expect("JSON")
}

#[test]
fn a_condition_or_a_join_on_a_partition_column_is_not_said_to_be_missing() {
    let says = |query: &str| explained(query, "").to_string().contains("DK118");
    assert!(says("select sum(amount) from lake.clicks"));
    assert!(says("select sum(amount) from lake.clicks where amount > 7"));
    assert!(!says(
        "select sum(amount) from lake.clicks where day = '2026-01-01'"
    ));
    assert!(!says(
        "select sum(amount) from lake.clicks where country in ('DE', 'FR')"
    ));
    assert!(!says(
        "select sum(amount) from lake.clicks c join days d on c.day = d.day where holiday = 1"
    ));
    assert!(says(
        "select sum(amount) from lake.clicks c join events e on c.user_id = e.event_id"
    ));
}

#[test]
fn no_one_is_sent_to_analyze_an_external_table() {
    for table in ["lake.sales", "lake.clicks"] {
        let text = explained(&format!("select count(*) from {table}"), "").to_string();
        assert!(!text.to_lowercase().contains("analyze"), "{text}");
    }
    let text = explained("select count(*) from lake.sales", "").to_string();
    assert!(text.contains("numRows"), "{text}");
}

#[test]
fn a_default_row_count_decides_nothing_and_the_reason_comes_first() {
    let verdict = |extra: &str| {
        let document = explained(
            "select event_id, price from lake.sales where price > 3 order by 2",
            extra,
        );
        let prediction = &document["inputs"][0]["prediction"];
        let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (
            said(&prediction["verdict"]),
            said(&prediction["assumptions"][0]),
        )
    };
    let (unknown, why) = verdict("");
    assert_eq!(unknown, "cannot_tell");
    assert!(
        why.contains("`lake.sales` counts as 10 billion rows") && why.contains("numRows"),
        "{why}"
    );
    // Nothing was measured with Spectrum: a small table is not said to be quick.
    let few = "alter table lake.sales set table properties ('numRows'='1000');";
    let (small, why) = verdict(few);
    assert_eq!(small, "cannot_tell");
    assert!(
        why.contains("Spectrum, of which there are no measurements"),
        "{why}"
    );
    let many = "alter table lake.sales set table properties ('numRows'='900000000000');";
    let (known, why) = verdict(many);
    assert_eq!(known, "over");
    assert!(
        why.contains("Spectrum, of which there are no measurements"),
        "{why}"
    );
}

/// What a step is said to read.
fn work(query: &str, extra: &str) -> distkey::work::Work {
    let ddl = format!("{DDL}{extra}");
    let planned = plan_query(&ddl, query).expect("a plan");
    let shape = distkey::cluster::Cluster::default().shape();
    distkey::work::measure(&planned.plan, &distkey::work::Context::new(shape))
}

#[test]
fn what_spectrum_reads_is_read_once() {
    let work = work("select user_id from lake.clicks", "");
    let reads: Vec<f64> = work.scans().map(|scan| scan.rows_read).collect();
    assert_eq!(reads, [3e9]);
}

#[test]
fn a_limit_without_order_stops_a_scan_and_one_with_order_does_not() {
    let big = "create table facts (id bigint, at date) diststyle even;";
    for table in ["lake.clicks", "facts"] {
        let read =
            |query: &str| -> f64 { work(query, big).scans().map(|scan| scan.rows_read).sum() };
        let all = read(&format!("select * from {table}"));
        let some = read(&format!("select * from {table} limit 10"));
        assert!(some < all / 1000.0, "{table}: {some} of {all}");
        for whole in ["order by 1 limit 10", "limit 1000000000000"] {
            assert_eq!(
                read(&format!("select * from {table} {whole}")),
                all,
                "{table} {whole}"
            );
        }
        assert_eq!(
            read(&format!("select count(*) from {table} limit 1")),
            all,
            "{table}"
        );
    }
}
