//! Sort keys as they are recommended: by what the workload reads, and by what rows that arrive do
//! to them; nothing by what is not known.

use crate::support;
use serde_json::Value;

/// What `advise` answers for one table's DDL, statistics and queries.
fn advice(ddl: &str, stats: &str, queries: &str) -> Value {
    let more = ["--cluster", "ra3.4xlarge:4", "--today", "2026-11-28"];
    support::advised(ddl, stats, queries, &more)
}

fn table<'a>(advice: &'a Value, name: &str) -> &'a Value {
    let tables = advice["tables"].as_array().expect("tables");
    let found = tables.iter().find(|table| table["table"] == name);
    found.expect("the table")
}

fn sort_key(advice: &Value, name: &str) -> Vec<String> {
    let columns = table(advice, name)["recommended"]["sortkey"].clone();
    serde_json::from_value(columns).expect("columns")
}

fn reasons(advice: &Value, name: &str) -> String {
    let reasons = table(advice, name)["reasons"].clone();
    serde_json::from_value::<Vec<String>>(reasons)
        .expect("reasons")
        .join("\n")
}

const EVENTS: &str =
    "create table events (event_id bigint not null, kind varchar(20), user_id bigint,
    happened timestamp not null, payload varchar(300));";

const EVENTS_STATS: &str = r#"{"rows": {"events": 900000000}, "columns": {
    "events.kind": {"distinct": 6}, "events.user_id": {"distinct": 4000000},
    "events.happened": {"distinct": 90000000, "min": "2023-11-28", "max": "2026-11-28"}}}"#;

const RECENT: &str =
    "select count(*) from events where kind = 'click' and happened >= '2026-11-20';
    select kind, sum(user_id) from events where happened >= '2026-11-01' group by kind;";

#[test]
fn a_few_per_cent_of_blocks_put_no_column_of_six_values_before_the_time() {
    let found = advice(EVENTS, EVENTS_STATS, RECENT);
    assert_eq!(sort_key(&found, "events"), ["happened"]);
    // Freshly sorted, the pair reads less of what asks for both: the rows that arrive decide.
    let (first, _) = RECENT.split_once(';').expect("two queries");
    let found = advice(EVENTS, EVENTS_STATS, first);
    assert_eq!(sort_key(&found, "events"), ["happened"]);
    assert!(reasons(&found, "events").contains("arrive in the order of `happened`"));
    let tried = table(&found, "events")["sort_keys"]
        .as_array()
        .expect("keys");
    let blocks = |columns: &[&str], figure: &str| {
        let key = tried
            .iter()
            .find(|one| one["columns"] == serde_json::json!(columns));
        key.expect("the key was tried")[figure]
            .as_f64()
            .expect("blocks")
    };
    let (time, pair) = (&["happened"][..], &["kind", "happened"][..]);
    assert!(blocks(pair, "blocks") < blocks(time, "blocks"));
    assert!(blocks(pair, "blocks_arrived") > blocks(time, "blocks_arrived") * 1.5);
}

/// Asked for by half of what is read, six values save a third of the blocks, and by nine tenths
/// nearly all: only that is worth merging the table anew with each sort.
#[test]
fn a_key_out_of_the_order_of_arrival_has_to_halve_what_is_read() {
    let by_kind = |times: usize| {
        format!(
            "-- frequency: {times}\nselect count(distinct user_id) from events where kind = 'refund';
             -- frequency: 100\nselect sum(user_id) from events where happened >= '2025-11-01';"
        )
    };
    let few = advice(EVENTS, EVENTS_STATS, &by_kind(20));
    assert_eq!(sort_key(&few, "events"), ["happened"]);
    let many = advice(EVENTS, EVENTS_STATS, &by_kind(600));
    assert_eq!(sort_key(&many, "events")[0], "kind");
}

/// `20261128` is a day, and rows arrive in its order; another number of eight digits is none.
#[test]
fn whole_numbers_that_read_as_days_are_days() {
    let ddl =
        "create table days (day_key int not null primary key, label varchar(20), quarter int);
        create table stays (stay_id bigint, day_key int not null, nights int);";
    let stats = |min: u64, max: u64| {
        format!(
            r#"{{"rows": {{"days": 3652, "stays": 900000000}}, "columns": {{
            "days.day_key": {{"distinct": 3652}}, "days.quarter": {{"distinct": 40, "min": 1, "max": 40}},
            "stays.day_key": {{"distinct": 3600, "min": {min}, "max": {max}}}}}}}"#
        )
    };
    let query = "select sum(s.nights) from stays s join days d on d.day_key = s.day_key where d.quarter = 40;";
    let days = advice(ddl, &stats(20170101, 20261231), query);
    assert!(reasons(&days, "stays").contains("arrive in the order of `day_key`"));
    let numbers = advice(ddl, &stats(20170101, 20269999), query);
    assert!(!reasons(&numbers, "stays").contains("arrive in the order"));
}

#[test]
fn a_column_of_six_values_leads_where_most_queries_have_nothing_else() {
    let by_kind = format!(
        "{RECENT} -- frequency: 20\nselect count(distinct user_id) from events where kind = 'refund';"
    );
    let found = advice(EVENTS, EVENTS_STATS, &by_kind);
    assert_eq!(sort_key(&found, "events")[0], "kind");
}

#[test]
fn a_time_without_ends_is_worth_a_sort_key_and_decides_no_verdict() {
    let found = advice(EVENTS, r#"{"rows": {"events": 900000000}}"#, RECENT);
    assert_eq!(sort_key(&found, "events"), ["happened"]);
    assert!(reasons(&found, "events").contains("no sort key by `kind` was tried"));
    let assumed = found["assumptions"].to_string();
    assert!(assumed.contains("a third of the rows"), "{assumed}");
    for query in found["queries"].as_array().expect("queries") {
        let (before, after) = (&query["before"]["warm"], &query["after"]["warm"]);
        assert_eq!(query["after"]["verdict"], "cannot_tell", "{query}");
        let (high, was) = (after["high_ms"].as_f64(), before["p50_ms"].as_f64());
        assert!(
            high > was,
            "nothing says that the key skips a block: {query}"
        );
    }
}

#[test]
fn values_of_unknown_number_are_listed_and_make_no_key() {
    let ddl = "create table visits (visit_id bigint, status int, seconds int, page varchar(200));";
    let rows = r#""rows": {"visits": 500000000}"#;
    let query = "select sum(seconds) from visits where status = 500;";
    let unknown = advice(ddl, &format!("{{{rows}}}"), query);
    assert!(sort_key(&unknown, "visits").is_empty());
    let reasons = reasons(&unknown, "visits");
    assert!(
        reasons.contains("by `status` was tried: how many values"),
        "{reasons}"
    );
    let stats = format!(r#"{{{rows}, "columns": {{"visits.status": {{"distinct": 200}}}}}}"#);
    assert_eq!(sort_key(&advice(ddl, &stats, query), "visits"), ["status"]);
}

#[test]
fn texts_that_begin_alike_skip_nothing() {
    let ddl = "create table visits (visit_id bigint, page varchar(200), seconds int);";
    let stats = |more: &str| {
        format!(
            r#"{{"rows": {{"visits": 500000000}}, "columns": {{"visits.page": {{"distinct": 3000000{more}}}}}}}"#
        )
    };
    let of = |page: &str| format!("select sum(seconds) from visits where page = '{page}';");
    let key = |stats: &str, queries: &str| sort_key(&advice(ddl, stats, queries), "visits");
    let nothing = stats("");
    assert!(key(&nothing, &of("https://shop.example/p/1")).is_empty());
    assert_eq!(key(&nothing, &of("basket")), ["page"]);
    // Two that are asked for begin alike, and the ends say of all that they do not.
    let two = format!("{}{}", of("/product/1"), of("/product/2"));
    assert!(key(&nothing, &two).is_empty());
    let ends = stats(r#", "min": "/about", "max": "/zoo""#);
    assert_eq!(key(&ends, &of("/product/1")), ["page"]);
    let alike = stats(r#", "min": "/product/0001", "max": "/product/9999""#);
    assert!(key(&alike, &of("/product/1234")).is_empty());
}

const STAR: &str = "create table calendar (day_id int not null primary key, day date not null, quarter int);
    create table shops (shop_id int not null primary key, name varchar(40), country varchar(2));
    create table sales (sale_id bigint not null, day_id int not null, shop_id int not null, amount decimal(12,2));";

const STAR_STATS: &str = r#"{"rows": {"calendar": 3652, "shops": 4000, "sales": 800000000}, "columns": {
    "calendar.day_id": {"distinct": 3652}, "calendar.day": {"distinct": 3652, "min": "2017-01-01", "max": "2026-12-31"},
    "shops.shop_id": {"distinct": 4000}, "shops.country": {"distinct": 30},
    "sales.day_id": {"distinct": 3600}, "sales.shop_id": {"distinct": 3900}}}"#;

#[test]
fn the_date_key_of_a_fact_is_sorted_by_where_its_calendar_is_filtered() {
    let query =
        "select s.shop_id, sum(s.amount) from sales s join calendar c on c.day_id = s.day_id
        where c.day between '2026-10-01' and '2026-10-31' group by 1;";
    let found = advice(STAR, STAR_STATS, query);
    assert_eq!(sort_key(&found, "sales"), ["day_id"]);
    let told = reasons(&found, "sales");
    assert!(told.contains("restrict the scan as it runs"), "{told}");
    assert!(told.contains("arrive in the order of `day_id`"), "{told}");
    // Nothing is left out of a calendar that is not filtered.
    let all = "select c.quarter, sum(s.amount) from sales s join calendar c on c.day_id = s.day_id group by 1;";
    assert!(sort_key(&advice(STAR, STAR_STATS, all), "sales").is_empty());
    // The keys of a country's shops lie in every block.
    let country = "select sum(s.amount) from sales s join shops h on h.shop_id = s.shop_id where h.country = 'AT';";
    let by_shop = sort_key(&advice(STAR, STAR_STATS, country), "sales");
    assert!(by_shop.is_empty() || by_shop == ["shop_id"], "{by_shop:?}");
}

/// One schema, one answer: what `advise` writes, `lint` finds nothing to say of.
#[test]
fn lint_has_nothing_against_the_sort_key_that_advise_gives_a_search_by_category() {
    let ddl = "create table offers (offer_id bigint not null, category_id int not null, price decimal(10,2) not null, title varchar(120));";
    let stats = r#"{"rows": {"offers": 300000000}, "columns": {
        "offers.category_id": {"distinct": 40, "min": 1, "max": 40},
        "offers.price": {"distinct": 90000, "min": 1, "max": 9000}}}"#;
    let query = "select offer_id, title from offers where category_id = 7 and price between 100 and 200 order by price limit 50;";
    let found = advice(ddl, stats, query);
    assert_eq!(sort_key(&found, "offers"), ["category_id", "price"]);
    let told = reasons(&found, "offers");
    assert!(
        told.contains("(category_id, price)") && told.contains("; (price)"),
        "{told}"
    );
    let altered = format!("{ddl}\n{}", found["script"].as_str().expect("a script"));
    let folder = support::folder(&[("t.sql", &altered), ("s.json", stats)]);
    let linted = support::distkey(
        folder.path(),
        &[
            "lint",
            "t.sql",
            "--stats",
            "s.json",
            "--workload",
            "search-by-category",
            "--cluster",
            "ra3.4xlarge:4",
        ],
    );
    // DK226 is about the ALTER, not about what it makes.
    let said: Vec<&str> = linted
        .out
        .lines()
        .filter(|line| line.contains("[DK2"))
        .collect();
    assert!(
        said.iter().all(|line| line.contains("[DK226")),
        "{}",
        linted.out
    );
}
