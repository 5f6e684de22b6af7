//! What a scan reads, and how many slices share it.

use distkey::cluster::Cluster;
use distkey::plan::Plan;
use distkey::planner;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;
use distkey::work::{Context, Work, measure};

const STATS: &str = r#"{"rows": {"clicks": 500000000, "shops": 200000},
    "columns": {"clicks.at": {"distinct": 1000000, "min": "2020-01-01", "max": "2022-09-27"},
                "clicks.shop": {"distinct": 100000}, "clicks.url": {"average_bytes": 60}}}"#;

fn work(ddl: &str, query: &str) -> (Plan, Work) {
    measured(ddl, STATS, query)
}

fn measured(ddl: &str, stats: &str, query: &str) -> (Plan, Work) {
    measured_on(Cluster::default(), ddl, stats, query)
}

fn measured_on(cluster: Cluster, ddl: &str, stats: &str, query: &str) -> (Plan, Work) {
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", ddl)));
    let stats = Stats::read(stats).expect("statistics");
    let shape = cluster.shape();
    let query = sql::parse_query(query).expect("a query");
    let plan = planner::plan(&query, &schema, &stats, shape)
        .expect("a plan")
        .plan;
    let work = measure(&plan, &Context::new(shape).with(&schema, &stats));
    (plan, work)
}

fn clicks(keys: &str) -> String {
    format!(
        "create table clicks (shop int not null, at date not null, url varchar(400)) {keys};
         create table shops (shop int not null, name varchar(40)) diststyle all;"
    )
}

/// A pattern is searched where the sort key leaves rows: FireScale's LIKE under two days of the
/// sort key takes 0.13 s on billions of rows.
#[test]
fn a_searched_text_is_read_only_where_the_sort_key_leaves_rows() {
    let two_days = "select count(*) from clicks where at between '2021-03-01' and '2021-03-02'";
    for condition in [
        "url like '%x%'",
        "url <> ''",
        "url ~ '^h'",
        "url not ilike 'a%'",
    ] {
        let query = format!("{two_days} and {condition}");
        let (_, sorted) = work(&clicks("sortkey (at)"), &query);
        let (_, unsorted) = work(&clicks(""), &query);
        let text = |work: &Work| work.scans().map(|scan| scan.text_bytes).sum::<f64>();
        assert!(text(&sorted) < 0.02 * text(&unsorted), "{condition}");
        assert!(text(&sorted) > 0.0, "{condition}");
        let searched = |work: &Work| work.steps.iter().map(|step| step.like_bytes).sum::<f64>();
        assert!(searched(&sorted) <= searched(&unsorted), "{condition}");
    }
}

/// Every slice looks through its own rows, whether or not one of them holds all that is asked.
#[test]
fn a_value_of_the_distkey_is_looked_for_by_every_slice() {
    let query = "select count(*) from clicks where shop = 7";
    let slices = |keys: &str| {
        let (plan, work) = work(&clicks(keys), query);
        let scan = plan.nodes.iter().find(|node| node.operator.is_scan());
        let scan = scan.expect("a scan").id;
        (work.steps[scan].slices, work.steps[scan - 1].slices)
    };
    assert_eq!(slices("diststyle even"), (None, None));
    // What is found lies on one slice, but all of them searched.
    assert_eq!(slices("distkey (shop)"), (None, Some(1.0)));
    assert_eq!(slices("distkey (shop) sortkey (at)"), (None, Some(1.0)));
    // The sort key tells the other slices that theirs are out of question.
    assert_eq!(
        slices("distkey (shop) sortkey (shop)"),
        (Some(1.0), Some(1.0))
    );
}

#[test]
fn of_a_table_with_a_copy_on_every_node_one_slice_reads_each() {
    let (plan, work) = work(
        &clicks(""),
        "select count(*) from shops where name like 'a%'",
    );
    let scan = plan.nodes.iter().find(|node| node.operator.is_scan());
    assert_eq!(work.steps[scan.expect("a scan").id].slices, Some(1.0));
}

/// Share of the clicks' blocks that are read, at both ends and in the median.
fn read_of_clicks(keys: &str, statistics: &str, condition: &str) -> [f64; 3] {
    let query = format!("select count(url) from clicks where {condition}");
    let (_, work) = measured(&clicks(keys), statistics, &query);
    let share = |steps: &[distkey::work::StepWork]| {
        let steps = if steps.is_empty() { &work.steps } else { steps };
        let mut scans = steps.iter().filter_map(|step| step.scan.as_ref());
        let scan = scans.next().expect("a scan");
        scan.blocks_read / scan.blocks_total
    };
    [share(&work.low), share(&work.steps), share(&work.high)]
}

/// ClickBench: one customer of a table without a sort key, loaded by customer, takes 0.1 s where
/// all of it takes seconds.
#[test]
fn rows_may_lie_in_the_order_of_a_column_that_is_no_sort_key() {
    for condition in [
        "shop = 7",
        "shop in (7, 9)",
        "at between '2021-03-01' and '2021-03-02'",
        "at = '2021-03-01'",
    ] {
        let [low, likely, high] = read_of_clicks("", STATS, condition);
        assert!(low < 0.1, "{condition}: {low}");
        assert_eq!([likely, high], [1.0; 2], "{condition}");
    }
    for condition in ["shop <> 7", "url = 'x'", "shop + 1 = 8", "shop is not null"] {
        assert_eq!(
            read_of_clicks("", STATS, condition),
            [1.0; 3],
            "{condition}"
        );
    }
    // Rows that lie by a sort key do not lie by another column, unless both are times.
    assert_eq!(read_of_clicks("sortkey (at)", STATS, "shop = 7"), [1.0; 3]);
}

/// The median weighs what is skipped by the square of the correlation, as PostgreSQL does.
#[test]
fn a_correlation_tells_how_closely_rows_follow_a_column() {
    let with = |correlation: f64| {
        let given = format!("\"clicks.shop\": {{\"correlation\": {correlation}, ");
        let statistics = STATS.replace("\"clicks.shop\": {", &given);
        read_of_clicks("", &statistics, "shop = 7")
    };
    let [_, none, _] = with(0.0);
    let [_, half, _] = with(0.5);
    let [low, all, high] = with(-1.0);
    assert_eq!(none, 1.0);
    assert!((half - 0.75).abs() < 0.01, "{half}");
    assert!(all < 0.1 && low == all && all == high, "{low} {all} {high}");
}

/// Encoded bytes are what a scan reads from disk.
#[test]
fn an_encoding_and_few_values_leave_fewer_bytes_on_disk() {
    let stored = |ddl: &str, statistics: &str| {
        let (_, work) = measured(ddl, statistics, "select sum(a) from t");
        work.scans().map(|scan| scan.stored_bytes).sum::<f64>()
    };
    let rows = r#"{"rows": {"t": 1000000}}"#;
    let few = r#"{"rows": {"t": 1000000}, "columns": {"t.a": {"distinct": 16}}}"#;
    let raw = stored("create table t (a bigint encode raw)", rows);
    assert_eq!(raw, 8e6);
    assert_eq!(stored("create table t (a bigint)", rows), raw / 2.0);
    assert_eq!(stored("create table t (a bigint) sortkey (a)", rows), raw);
    assert_eq!(stored("create table t (a bigint encode az64)", few), 0.5e6);
    assert_eq!(stored("create table t (a bigint encode raw)", few), raw);
    assert_eq!(
        stored("create table t (a bigint encode bytedict)", few),
        1e6
    );
    assert_eq!(
        stored("create table t (a bigint encode mostly16)", rows),
        2e6
    );
    let many = r#"{"rows": {"t": 1000000}, "columns": {"t.a": {"distinct": 1000}}}"#;
    assert_eq!(
        stored("create table t (a bigint encode bytedict)", many),
        raw
    );
    // Seven texts of ten bytes: no less than a match each.
    let text = "create table t (a char(10) encode lzo)";
    let seven = r#"{"rows": {"t": 1000000}, "columns": {"t.a": {"distinct": 7}}}"#;
    let (_, work) = measured(text, seven, "select count(*) from t where a = 'AIR'");
    let stored: f64 = work.scans().map(|scan| scan.stored_bytes).sum();
    assert_eq!(stored, 2e6);
}

const STAR: &str = r#"{"rows": {"sales": 400000000, "days": 4000, "items": 100000},
    "columns": {"sales.day_id": {"distinct": 2000}, "days.year": {"distinct": 11},
                "days.month": {"distinct": 12}, "items.kind": {"distinct": 50}}}"#;

/// Share of the fact's blocks that are read: at the low end, in the median, at the high end.
fn read_of_sales(keys: &str, query: &str) -> [f64; 3] {
    read_of_sales_on("ra3.4xlarge:4", keys, query)
}

fn read_of_sales_on(cluster: &str, keys: &str, query: &str) -> [f64; 3] {
    let cluster = cluster.parse().expect("a cluster");
    let ddl = format!(
        "create table sales (day_id int not null, item_id int not null, price int) {keys};
         create table days (day_id int not null primary key, year int, month int) diststyle all;
         create table items (item_id int not null primary key, kind int) diststyle all;"
    );
    let (plan, work) = measured_on(cluster, &ddl, STAR, query);
    let scan = plan
        .nodes
        .iter()
        .find(|node| node.relation.as_deref() == Some("sales"))
        .expect("the fact")
        .id;
    let share = |steps: &[distkey::work::StepWork]| {
        let scan = steps.get(scan).or(work.steps.get(scan));
        let scan = scan.and_then(|step| step.scan.as_ref()).expect("a scan");
        scan.blocks_read / scan.blocks_total
    };
    [share(&work.low), share(&work.steps), share(&work.high)]
}

const ONE_MONTH: &str = "select i.kind, sum(s.price) from sales s join days d using (day_id)
    join items i using (item_id) where d.year = 2021 and d.month = 3 group by 1";

/// The commonest star query there is: a dimension's filter spares the fact's scan, if the fact is
/// sorted by that dimension's key.
#[test]
fn a_filtered_dimension_spares_the_scan_of_a_fact_sorted_by_its_key() {
    let [low, likely, high] = read_of_sales("sortkey (day_id)", ONE_MONTH);
    assert!(
        low < 0.05 && low < likely && likely < 0.3 && likely < high,
        "{low} {likely} {high}"
    );
    assert_eq!(high, 1.0);
    let year = "select sum(s.price) from sales s join days d using (day_id) where d.year = 2021";
    let [_, of_a_year, _] = read_of_sales("sortkey (day_id)", year);
    assert!(likely < of_a_year && of_a_year < 1.0, "{of_a_year}");
}

/// AWS's own timings of a month's query on DC2 fell less than those of one without a date.
#[test]
fn on_dc2_a_join_spares_a_scan_at_the_low_end_only() {
    for (cluster, spares) in [
        ("rg.xlarge:2", true),
        ("serverless:8", true),
        ("dc2.large:4", false),
        ("dc2.8xlarge:2", false),
    ] {
        let [low, likely, high] = read_of_sales_on(cluster, "sortkey (day_id)", ONE_MONTH);
        assert!(low < 0.1 && high == 1.0, "{cluster}: {low} {high}");
        assert_eq!(likely < 1.0, spares, "{cluster}: {likely}");
    }
}

#[test]
fn nothing_is_spared_where_rows_without_a_partner_are_kept_or_lie_anywhere() {
    let whole = [1.0; 3];
    assert_eq!(read_of_sales("", ONE_MONTH), whole);
    assert_eq!(read_of_sales("sortkey (price)", ONE_MONTH), whole);
    assert_eq!(
        read_of_sales("interleaved sortkey (day_id, item_id)", ONE_MONTH),
        whole
    );
    let sorted = |query: &str| read_of_sales("sortkey (day_id)", query);
    let all_days = "select d.year, sum(s.price) from sales s join days d using (day_id) group by 1";
    assert_eq!(sorted(all_days), whole);
    let kept = "select count(d.year) from sales s left join days d on s.day_id = d.day_id and d.year = 2021";
    assert_eq!(sorted(kept), whole);
    // Every row is grouped before the join asks for some of the groups.
    let grouped = "select sum(n) from (select day_id, sum(price) n from sales group by 1) s
        join days d using (day_id) where d.year = 2021";
    assert_eq!(sorted(grouped), whole);
}
