//! What kinds of work and platforms cost beside each other: relations that public timings show,
//! not the numbers of a fit.

use distkey::cluster::Cluster;
use distkey::latency::{Prediction, Request, predict};
use distkey::planner;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;
use distkey::work::{Context, Work, measure};

const STATS: &str = r#"{"rows": {"sales": 200000000, "shops": 1000000},
    "columns": {"sales.shop": {"distinct": 1000000}, "sales.buyer": {"distinct": 20000000},
                "sales.item": {"distinct": 300000}, "sales.note": {"average_bytes": 20},
                "sales.remark": {"average_bytes": 200}}}"#;

fn timed(shops: &str, query: &str, cluster: &str) -> (Work, Prediction) {
    let ddl = format!(
        "create table sales (shop int, buyer bigint, item int, price decimal(12,2),
                             note varchar(400), remark varchar(4000)) diststyle even;
         create table shops (shop int primary key, name varchar(40)) {shops};"
    );
    let schema = Schema::of(&sql::parse(&SourceFile::new("t.sql", ddl.as_str())));
    let stats = Stats::read(STATS).expect("statistics");
    let cluster: Cluster = cluster.parse().expect("a cluster");
    let query = sql::parse_query(query).expect("a query");
    let plan = planner::plan(&query, &schema, &stats, cluster.shape())
        .expect("a plan")
        .plan;
    let work = measure(&plan, &Context::new(cluster.shape()).with(&schema, &stats));
    let prediction = predict(&plan, &work, &Request::new(800.0, &cluster));
    (work, prediction)
}

fn p50(query: &str, cluster: &str) -> f64 {
    timed("diststyle even", query, cluster).1.warm.p50_ms
}

const SUM: &str = "select item, sum(price) from sales group by item";

/// TPC-DS 100 GB: 1.9 times faster on 2 x rg.xlarge than on 2 x ra3.xlplus, 1.4 times slower with
/// 4 RPU.
#[test]
fn rg_is_faster_than_ra3_and_four_rpu_are_slower() {
    for query in [
        SUM,
        "select count(*) from sales s join shops p on p.shop = s.shop where p.name = 'x'",
        "select count(*) from (select buyer, count(*) n from sales group by buyer) t where n > 3",
    ] {
        let ra3 = p50(query, "ra3.xlplus:2");
        let faster = ra3 / p50(query, "rg.xlarge:2");
        assert!((1.5..2.3).contains(&faster), "{query}: {faster}");
        let slower = p50(query, "serverless:4") / ra3;
        assert!((1.0..2.0).contains(&slower), "{query}: {slower}");
    }
}

#[test]
fn retired_nodes_are_read_said_to_be_retired_and_wide() {
    let width = |cluster: &str| {
        let warm = timed("diststyle even", SUM, cluster).1.warm;
        warm.high_ms / warm.low_ms
    };
    for cluster in [
        "ds2.xlarge:4",
        "ds2.8xlarge:2",
        "dc1.large:4",
        "dc1.8xlarge:2",
    ] {
        let prediction = timed("diststyle even", SUM, cluster).1;
        let told = prediction.assumptions.join("\n");
        assert!(told.contains("are retired"), "{cluster}: {told}");
        assert!(width(cluster) > width("ra3.4xlarge:4"), "{cluster}");
    }
}

/// Each COUNT(DISTINCT) tells its own values apart: TPC-DS 28 has six, and takes seconds.
#[test]
fn every_count_distinct_is_paid_for() {
    let none = p50(
        "select count(buyer), count(item), count(shop) from sales",
        "ra3.4xlarge:4",
    );
    let one = p50("select count(distinct buyer) from sales", "ra3.4xlarge:4");
    let three = p50(
        "select a.n, b.n, c.n from (select count(distinct buyer) n from sales) a,
            (select count(distinct buyer) n from sales) b,
            (select count(distinct buyer) n from sales) c",
        "ra3.4xlarge:4",
    );
    assert!(one > 1.5 * none, "{none} {one}");
    assert!(three > 2.0 * one, "{one} {three}");
}

/// Every node builds the whole hash table of a table that it has a copy of.
#[test]
fn a_copied_table_is_hashed_on_every_node() {
    let query = "select count(*) from sales s join shops p on p.shop = s.shop";
    let built = |shops: &str, cluster: &str| -> f64 {
        let steps = timed(shops, query, cluster).0.steps;
        steps.iter().map(|step| step.build_rows).sum()
    };
    for (cluster, nodes) in [("ra3.4xlarge:4", 4.0), ("ra3.4xlarge:8", 8.0)] {
        assert_eq!(built("diststyle all", cluster), 1e6 * nodes, "{cluster}");
    }
}

/// A window sends and sorts rows as wide as what it carries along.
#[test]
fn a_window_costs_what_its_bytes_cost() {
    let window = |column: &str| {
        let query = format!(
            "select {column}, row_number() over (partition by buyer order by price) from sales"
        );
        let (work, prediction) = timed("diststyle even", &query, "ra3.4xlarge:4");
        (work.network_bytes(), prediction.warm.p50_ms)
    };
    let (narrow, wide) = (window("note"), window("remark"));
    assert!(wide.0 > 3.0 * narrow.0, "{narrow:?} {wide:?}");
    assert!(wide.1 > narrow.1, "{narrow:?} {wide:?}");
}
