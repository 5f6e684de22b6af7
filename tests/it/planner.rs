//! Queries planned without a cluster: the plans that people read, and what is
//! refused.

use distkey::cluster::Cluster;
use distkey::latency::{Request, predict};
use distkey::planner::{self, Planned};
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::{ColumnStats, Stats, TableStats};
use distkey::text::SourceFile;
use distkey::work::{Context, measure};

const SHOP: &str = "
    create table product (product_id bigint primary key, category_id int, price decimal(10,2), title varchar(120))
        distkey (product_id) sortkey (category_id, price);
    create table category (category_id int primary key, name varchar(60)) diststyle all;
    create table stock (product_id bigint, warehouse_id int, amount int, counted_at timestamp)
        distkey (product_id) sortkey (product_id);
    create table orders (order_id bigint primary key, customer_id bigint, ordered_at timestamp)
        distkey (order_id) sortkey (ordered_at);
    create table order_item (order_id bigint, product_id bigint, quantity int, price decimal(10,2))
        distkey (order_id) sortkey (order_id);
    create view cheap as select product_id, title, price from product where price < 10;";

fn shop() -> (Schema, Stats) {
    let schema = Schema::of(&sql::parse(&SourceFile::new("shop.sql", SHOP)));
    let mut stats = Stats::default();
    for (name, rows) in [
        ("product", 5e7),
        ("category", 40.0),
        ("stock", 2e8),
        ("orders", 1e8),
        ("order_item", 4e8),
    ] {
        stats.tables.insert(
            name.into(),
            TableStats {
                rows: Some(rows),
                ..TableStats::default()
            },
        );
    }
    let mut column = |table: &str, name: &str, distinct: f64, range: Option<(f64, f64)>| {
        let stats = stats.tables.entry(table.into()).or_default();
        let known = ColumnStats {
            distinct: Some(distinct),
            min: range.map(|(min, _)| min.into()),
            max: range.map(|(_, max)| max.into()),
            ..ColumnStats::default()
        };
        stats.columns.insert(name.into(), known);
    };
    column("product", "category_id", 40.0, Some((1.0, 40.0)));
    column("product", "price", 20_000.0, Some((0.0, 1000.0)));
    column("stock", "product_id", 5e7, None);
    column("order_item", "product_id", 5e7, None);
    column("order_item", "order_id", 1e8, None);
    column("orders", "customer_id", 2e6, None);
    (schema, stats)
}

fn plan(query: &str) -> Result<Planned, planner::PlannerError> {
    let (schema, stats) = shop();
    let query = sql::parse_query(query).expect("a query");
    planner::plan(&query, &schema, &stats, Cluster::default().shape())
}

fn text(query: &str) -> String {
    plan(query).expect("a plan").plan.to_string()
}

#[test]
fn search_by_category_joins_three_tables() {
    insta::assert_snapshot!(text(
        "select p.product_id, p.title, p.price, c.name, sum(s.amount)
         from product p join category c on c.category_id = p.category_id join stock s on s.product_id = p.product_id
         where p.category_id = 7 and p.price between 20 and 50
         group by 1, 2, 3, 4 order by p.price limit 50"
    ));
}

#[test]
fn subqueries_become_joins_or_parameters() {
    insta::assert_snapshot!(text(
        "select o.order_id from orders o
         where exists (select 1 from order_item i where i.order_id = o.order_id and i.quantity > 10)
           and o.customer_id not in (select customer_id from orders where ordered_at < '2020-01-01')
           and o.order_id > (select avg(order_id) from order_item)"
    ));
}

#[test]
fn a_scalar_subquery_that_depends_on_the_row_is_grouped_and_joined() {
    insta::assert_snapshot!(text(
        "select p.title from product p
         where p.price > (select 2 * avg(i.price) from order_item i where i.product_id = p.product_id)"
    ));
}

#[test]
fn outer_joins_keep_their_order_unless_a_filter_opens_them() {
    insta::assert_snapshot!(text(
        "select count(*) from product p left join stock s on s.product_id = p.product_id and s.amount > 0 where s.product_id is null"
    ));
    let opened = text(
        "select count(*) from product p left join stock s on s.product_id = p.product_id where s.amount > 5",
    );
    assert!(!opened.contains("Left Join"), "{opened}");
}

#[test]
fn set_operations_windows_ctes_and_views() {
    insta::assert_snapshot!(text(
        "with recent as (select customer_id, max(ordered_at) as last from orders group by customer_id)
         select customer_id, rank() over (order by last desc) from recent
         union all
         select product_id, row_number() over (partition by product_id order by price) from cheap"
    ));
    insta::assert_snapshot!(text(
        "select product_id from product intersect select product_id from stock"
    ));
    insta::assert_snapshot!(text(
        "select distinct customer_id, count(distinct order_id) from orders group by 1 order by 2 desc"
    ));
}

#[test]
fn names_that_do_not_exist_are_named_with_the_nearest() {
    let error = |query: &str| plan(query).expect_err("an error").to_string();
    insta::assert_snapshot!(error("select 1 from prodct"), @"table `prodct` is not defined in the DDL, line 1, column 15; did you mean `product`?");
    insta::assert_snapshot!(error("select p.prize from product p"), @"column `p.prize` is in none of the tables in scope, line 1, column 8; did you mean `price`?");
    insta::assert_snapshot!(error("select price from product, order_item"), @"column `price` is ambiguous, line 1, column 8: `product` and `order_item` both have it; qualify it");
    insta::assert_snapshot!(error("select sum(price) filter (where price > 1) from product"), @"Redshift refuses FILTER after an aggregate (write `CASE WHEN … END` inside), line 1, column 8: `sum(price) FILTER (WHERE price > 1)`");
}

#[test]
fn common_parts_of_or_are_joined_on() {
    let plan = text(
        "select count(*) from product p, stock s
         where (p.product_id = s.product_id and p.price < 5) or (p.product_id = s.product_id and s.amount > 9)",
    );
    assert!(
        plan.contains("Merge Cond") || plan.contains("Hash Cond"),
        "{plan}"
    );
}

#[test]
fn absurd_row_counts_are_survived() {
    let (schema, mut stats) = shop();
    let query = sql::parse_query(
        "select c.name, count(*) from product p join category c using (category_id) join stock s using (product_id) group by 1 order by 2",
    )
    .expect("a query");
    for rows in [0.0, 1.0, 1e15, 1e99, f64::INFINITY, f64::NAN, -5.0] {
        for table in stats.tables.values_mut() {
            table.rows = Some(rows);
            for column in table.columns.values_mut() {
                column.distinct = Some(rows);
            }
        }
        let cluster = Cluster::default();
        let planned = planner::plan(&query, &schema, &stats, cluster.shape()).expect("a plan");
        let cx = Context::new(cluster.shape()).with(&schema, &stats);
        let prediction = predict(
            &planned.plan,
            &measure(&planned.plan, &cx),
            &Request::new(800.0, &cluster),
        );
        let warm = prediction.warm;
        assert!(
            warm.p50_ms.is_finite() && warm.low_ms <= warm.p50_ms && warm.p50_ms <= warm.high_ms,
            "{rows}: {warm:?}"
        );
    }
}

#[test]
fn deep_and_long_queries_are_planned_or_refused() {
    let long = format!(
        "select 1 from product where {}",
        vec!["price > 1"; 3000].join(" or ")
    );
    assert!(plan(&long).is_ok());
    let mut nested = "select product_id from product".to_owned();
    for _ in 0..30 {
        nested = format!("select product_id from ({nested} limit 5) t");
    }
    assert!(plan(&nested).is_ok());
}
