//! Search by category under other keys: the worked example of `docs/what-if.md`,
//! which this test writes when `DISTKEY_WRITE_DOCS` is set, and holds to account
//! otherwise.

use std::fmt::Write;

use distkey::cluster::Cluster;
use distkey::latency::Request;
use distkey::plan::{Operator, read};
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::{ColumnStats, Stats, TableStats};
use distkey::text::SourceFile;
use distkey::whatif::{
    Changes, Comparison, Growth, Scenario, break_point, forecast, hourly_blocks, replan,
    replay_plan,
};
use distkey::work::zone_map::empty_slices;

const CATALOG: &str = "
create table catalog (
  product_id bigint, category_id int, price decimal(10,2), title varchar(120), brand varchar(40), listed_at timestamp
) distkey (product_id) sortkey (listed_at);
create table stock (product_id bigint, warehouse_id int, amount int) distkey (product_id) sortkey (product_id);";

const SEARCH: &str = "select product_id, title, price from catalog where category_id = 7 and price between 20 and 50 order by price limit 50";
const BY_TITLE: &str = "select product_id, title, price from catalog where title like '%lamp%' order by price limit 50";
const WITH_STOCK: &str = "select c.product_id, c.title, sum(s.amount) from catalog c join stock s on s.product_id = c.product_id where c.category_id = 7 and c.price between 20 and 50 group by 1, 2";

fn catalog(rows: f64, unsorted: f64) -> (Schema, Stats) {
    let schema = Schema::of(&sql::parse(&SourceFile::new("catalog.sql", CATALOG)));
    let mut table = TableStats {
        rows: Some(rows),
        unsorted: Some(unsorted),
        ..TableStats::default()
    };
    let mut column = |name: &str, distinct: f64, bytes: Option<f64>, range: Option<(f64, f64)>| {
        let known = ColumnStats {
            distinct: Some(distinct),
            average_bytes: bytes,
            min: range.map(|(min, _)| min.into()),
            max: range.map(|(_, max)| max.into()),
            ..ColumnStats::default()
        };
        table.columns.insert(name.into(), known);
    };
    column("product_id", rows, None, None);
    column("category_id", 40.0, None, Some((1.0, 40.0)));
    column("price", 20_000.0, None, Some((0.0, 1000.0)));
    column("title", rows / 2.0, Some(60.0), None);
    let mut stats = Stats::default();
    stats.tables.insert("catalog".into(), table);
    let mut stock = TableStats {
        rows: Some(rows * 4.0),
        ..TableStats::default()
    };
    let products = ColumnStats {
        distinct: Some(rows),
        ..ColumnStats::default()
    };
    stock.columns.insert("product_id".into(), products);
    stats.tables.insert("stock".into(), stock);
    (schema, stats)
}

fn changes(distkey: Option<&str>, sortkey: &str) -> Changes {
    let mut changes = Changes::default();
    if let Some(distkey) = distkey {
        changes
            .distkey(&format!("catalog={distkey}"))
            .expect("a change");
    }
    changes
        .sortkey(&format!("catalog={sortkey}"))
        .expect("a change");
    changes
}

fn compare(query: &str, rows: f64, unsorted: f64, changes: &Changes, cluster: &str) -> Comparison {
    let (schema, stats) = catalog(rows, unsorted);
    let query = sql::parse_query(query).expect("a query");
    let cluster: Cluster = cluster.parse().expect("a cluster");
    let scenario = Scenario {
        schema: &schema,
        stats: &stats,
        changes,
        request: Request::new(800.0, &cluster),
        cluster_after: Some(&cluster),
    };
    replan(&query, &scenario).expect("a comparison")
}

fn row(out: &mut String, what: &str, comparison: &Comparison) {
    let (before, after) = (&comparison.before, &comparison.after);
    let change = 100.0 * (after.prediction.warm.p50_ms / before.prediction.warm.p50_ms - 1.0);
    let _ = writeln!(
        out,
        "| {what} | {:.0} | {:.0} | {:.0} MB | {:.0} MB | {:.0} ms ({:.0}–{:.0}) | {:.0} ms ({:.0}–{:.0}) | {change:+.0} % |",
        before.blocks_scanned,
        after.blocks_scanned,
        before.bytes_moved / 1e6,
        after.bytes_moved / 1e6,
        before.prediction.warm.p50_ms,
        before.prediction.warm.low_ms,
        before.prediction.warm.high_ms,
        after.prediction.warm.p50_ms,
        after.prediction.warm.low_ms,
        after.prediction.warm.high_ms,
    );
}

fn page() -> String {
    let mut out = format!(
        "# What another key would do\n\nA claim to check: \"a compound sort key plus `DISTKEY(category_id)` cuts search by category by 30 %\". \
         The table, with 200 million rows and 40 categories:\n\n```sql{CATALOG}\n```\n\nThe search:\n\n```sql\n{SEARCH}\n```\n\n\
         Times are predicted medians of warm runs with their 90 % interval; blocks are those of all columns read. Written by `DISTKEY_WRITE_DOCS=1 cargo test --test whatif`.\n\n\
         | change | blocks before | after | moved before | after | before | after | median |\n|---|---|---|---|---|---|---|---|\n"
    );
    let sort = changes(None, "category_id,price");
    let both = changes(Some("category_id"), "category_id,price");
    let (small, large) = ("ra3.4xlarge:4", "ra3.16xlarge:4");
    row(
        &mut out,
        "search, `SORTKEY(category_id, price)` alone, 16 slices",
        &compare(SEARCH, 2e8, 0.0, &sort, small),
    );
    row(
        &mut out,
        "search, and `DISTKEY(category_id)`, 16 slices",
        &compare(SEARCH, 2e8, 0.0, &both, small),
    );
    row(
        &mut out,
        "search, and `DISTKEY(category_id)`, 64 slices",
        &compare(SEARCH, 2e8, 0.0, &both, large),
    );
    row(
        &mut out,
        "search by title, both keys, 16 slices",
        &compare(BY_TITLE, 2e8, 0.0, &both, small),
    );
    row(
        &mut out,
        "search by title, both keys, 64 slices",
        &compare(BY_TITLE, 2e8, 0.0, &both, large),
    );
    row(
        &mut out,
        "search with stock, sort key alone, 16 slices",
        &compare(WITH_STOCK, 2e8, 0.0, &sort, small),
    );
    row(
        &mut out,
        "search with stock, both keys, 16 slices",
        &compare(WITH_STOCK, 2e8, 0.0, &both, small),
    );
    let _ = write!(
        out,
        "\nWhat follows:\n\n\
         - The sort key does the work: blocks outside of the category and the price range are skipped.\n\
         - `DISTKEY(category_id)` puts each category on one slice, so one slice searches for all. With 40 categories {:.0} of 16 slices stay empty, and {:.0} of 64: a search that reads everything, as by title, waits for the fullest slice.\n\
         - The join with `stock` is co-located by `product_id` and no longer is by `category_id`: its rows move.\n\
         - Where the table is small, the fixed time of a query hides all of this.\n",
        empty_slices(40.0, 16.0),
        empty_slices(40.0, 64.0)
    );
    growth(&mut out);
    out
}

/// Two million rows an hour under the new sort key.
fn growth(out: &mut String) {
    let (schema, stats) = catalog(2e8, 0.0);
    let schema = changes(None, "category_id,price")
        .apply(&schema)
        .expect("a schema");
    let query = sql::parse_query(SEARCH).expect("a query");
    let cluster = Cluster::default();
    let request = Request::new(800.0, &cluster);
    let growth: Growth = "catalog=2000000/hour".parse().expect("a growth");
    let hours = hourly_blocks(&query, &growth, 0..=24, &schema, &stats, &request).expect("blocks");
    out.push_str("\n## Between two sorts\n\nAt 2,000,000 new rows an hour, unsorted until the next VACUUM or automatic sort, the unsorted rows and not the sort key set what a search reads:\n\n| hours | unsorted | blocks | median |\n|---|---|---|---|\n");
    for hour in hours
        .iter()
        .filter(|hour| [0, 1, 2, 4, 8, 12, 24].contains(&hour.hour))
    {
        let _ = writeln!(
            out,
            "| {} | {:.1} % | {:.0} | {:.0} ms |",
            hour.hour,
            hour.unsorted * 100.0,
            hour.blocks,
            hour.p50_ms
        );
    }
    let query = sql::parse_query(WITH_STOCK).expect("a query");
    let point =
        break_point(&query, &"stock".into(), &schema, &stats, &request).expect("a break point");
    let rate: Growth = "stock=2000000/hour".parse().expect("a growth");
    // 2026-11-24, in days since 1970.
    let dates = forecast(&point, &rate, 20_781).dates;
    let rows = |rows: Option<f64>| {
        rows.map_or("never".to_owned(), |rows| {
            format!("{:.0} million rows", rows / 1e6)
        })
    };
    let date = |date: &Option<String>| date.clone().unwrap_or_else(|| "never".to_owned());
    let _ = write!(
        out,
        "\n## When it breaks\n\nThe search with stock against 800 ms on `{cluster}`, while `stock` grows from {:.0} million rows by 2,000,000 an hour from 2026-11-24 on:\n\n\
         - surely within the budget up to {} ({})\n- median past it from {} ({})\n- surely past it from {} ({})\n",
        point.rows_now / 1e6,
        rows(point.safe_rows),
        date(&dates[0]),
        rows(point.median_rows),
        date(&dates[1]),
        rows(point.over_rows),
        date(&dates[2]),
    );
}

#[test]
fn the_worked_example_is_what_the_program_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/what-if.md");
    let page = page();
    if std::env::var_os("DISTKEY_WRITE_DOCS").is_some() {
        std::fs::write(path, &page).expect("the page");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/what-if.md is not what the program says now: run DISTKEY_WRITE_DOCS=1 cargo test --test whatif"
    );
}

#[test]
fn the_new_keys_skip_blocks_and_lose_the_join() {
    let both = changes(Some("category_id"), "category_id,price");
    let search = compare(SEARCH, 2e8, 0.0, &both, "ra3.4xlarge:4");
    assert!(search.after.blocks_scanned * 10.0 < search.before.blocks_scanned);
    let joined = compare(WITH_STOCK, 2e8, 0.0, &both, "ra3.4xlarge:4");
    assert_eq!(joined.before.bytes_moved, 0.0);
    assert!(joined.after.bytes_moved > 0.0);
}

#[test]
fn a_pasted_plan_is_played_through_under_other_keys() {
    let text = "\
XN Hash Join DS_BCAST_INNER  (cost=400000.00..9600000000000.00 rows=40000000 width=20)
  Hash Cond: (\"outer\".customer_id = \"inner\".customer_id)
  ->  XN Seq Scan on orders o  (cost=0.00..400000.00 rows=40000000 width=16)
  ->  XN Hash  (cost=400000.00..400000.00 rows=40000000 width=16)
        ->  XN Seq Scan on customers c  (cost=0.00..400000.00 rows=40000000 width=16)
";
    let plan = read(text).plans.into_iter().next().expect("a plan");
    let ddl = "create table orders (order_id bigint, customer_id bigint) distkey (order_id);
               create table customers (customer_id bigint, name varchar(60)) diststyle even;";
    let schema = Schema::of(&sql::parse(&SourceFile::new("ddl", ddl)));
    let mut changes = Changes::default();
    changes.distkey("orders=customer_id").expect("a change");
    changes.distkey("customers=customer_id").expect("a change");
    changes.scale("2").expect("a change");
    let cluster: Cluster = "ra3.4xlarge:2".parse().expect("a cluster");
    let stats = Stats::default();
    let scenario = Scenario {
        schema: &schema,
        stats: &stats,
        changes: &changes,
        request: Request::new(800.0, &cluster),
        cluster_after: Some(&cluster),
    };
    let comparison = replay_plan(&plan, scenario.schema, &scenario).expect("a comparison");
    assert_eq!(
        comparison.before.joins[0].title,
        "XN Hash Join DS_BCAST_INNER"
    );
    assert_eq!(comparison.after.joins[0].title, "XN Hash Join DS_DIST_NONE");
    assert!(comparison.before.bytes_moved > 0.0 && comparison.after.bytes_moved == 0.0);
    let scan = comparison
        .after
        .plan
        .nodes
        .iter()
        .find(|node| node.operator == Operator::SeqScan);
    assert_eq!(scan.and_then(|node| node.rows), Some(8e7));
}
