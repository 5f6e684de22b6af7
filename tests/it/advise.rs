//! Recommendations: against AWS's own keys, against plans before and after, and
//! on small schemas whose answer is known.

use crate::support;
use distkey::advise::{self, Advice, Request, Workload};
use distkey::cluster::Cluster;
use distkey::config::Config;
use distkey::environment::{Environment, Given};
use distkey::plan;
use distkey::schema::Schema;
use distkey::sql;
use distkey::stats::Stats;
use distkey::text::SourceFile;
use distkey::work;

fn environment(cluster: &str) -> Environment {
    let given = Given {
        cluster: Some(cluster),
        ..Given::default()
    };
    Environment::new(Config::default(), given).expect("a cluster")
}

fn run(schema: &Schema, stats: &Stats, workload: &Workload, cluster: &str) -> Advice {
    let env = environment(cluster);
    let request = Request::new(env.view(), schema, stats, workload);
    advise::advise(&request, &|_| ())
}

fn of_ddl(ddl: &str, queries: &str, stats: &str) -> Advice {
    let schema = Schema::of(&sql::parse(&SourceFile::new("ddl.sql", ddl)));
    let stats = Stats::read(stats).expect("statistics");
    let mut workload = Workload::default();
    workload.add_sql(&SourceFile::new("queries.sql", queries));
    run(&schema, &stats, &workload, "ra3.4xlarge:4")
}

fn better<'a>(advice: &'a Advice, table: &str) -> &'a advise::Keys {
    let found = advice.tables.iter().find(|one| one.table == table.into());
    &found.expect("the table").recommended
}

#[test]
fn tpch_matches_the_keys_that_aws_chose() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let folder = corpus.join("workloads/tpch");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let stats = Stats::read(&read("rows.json")).expect("statistics");
    let mut workload = Workload::default();
    let mut paths: Vec<_> = std::fs::read_dir(folder.join("queries"))
        .expect("queries")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        workload.add_sql(&SourceFile::read(&path).expect("a query"));
    }
    let advice = |ddl: &str| {
        let schema = Schema::of(&sql::parse(&SourceFile::new("ddl", read(ddl))));
        run(&schema, &stats, &workload, "ra3.16xlarge:4")
    };
    let (untuned, tuned) = (advice("schema_untuned.sql"), advice("schema_aws_tuned.sql"));
    println!(
        "bytes moved: untuned {:.4e}, AWS {:.4e}, recommended {:.4e}",
        untuned.moved_bytes.current, tuned.moved_bytes.current, untuned.moved_bytes.recommended
    );
    println!(
        "blocks read: untuned {:.4e}, AWS {:.4e}, recommended {:.4e}",
        untuned.scanned_blocks.current,
        tuned.scanned_blocks.current,
        untuned.scanned_blocks.recommended
    );
    for table in &untuned.tables {
        println!(
            "{}: {:?} {:?}",
            table.table, table.recommended.distkey, table.recommended.sortkey
        );
    }
    assert!(untuned.left_out.is_empty(), "{:?}", untuned.left_out);
    // Its joins of eight tables are too many to plan under every combination.
    assert_eq!(untuned.claim, advise::Claim::BestFound);
    assert!(untuned.moved_bytes.recommended <= tuned.moved_bytes.current);
    assert!(untuned.scanned_blocks.recommended <= tuned.scanned_blocks.current);
    assert_eq!(
        better(&untuned, "lineitem").distkey.as_deref(),
        Some("l_orderkey")
    );
    assert_eq!(
        better(&untuned, "orders").distkey.as_deref(),
        Some("o_orderkey")
    );
}

/// Bytes that the joins of a plan move, as they are printed.
fn moved(text: &str, cluster: &Cluster) -> f64 {
    let reading = plan::read(text);
    let cx = work::Context::new(cluster.shape());
    work::measure(&reading.plans[0], &cx).network_bytes()
}

#[test]
fn plans_before_are_given_what_they_became_or_better() {
    let Some(corpus) = support::corpus() else {
        return;
    };
    let cluster: Cluster = "ra3.4xlarge:4".parse().expect("a cluster");
    let pairs = [
        ("dg-query-plan-example-bcast", "dg-query-plan-example-all"),
        ("rsw-join-bcast", "rsw-join-all-none"),
        ("rsw-join-distinner", "rsw-join-all-none"),
        ("ssb-q2-before-full", "dg-ssb-q2-after"),
    ];
    for (before, after) in pairs {
        let read = |name: &str| {
            let path = corpus.join("plans").join(format!("{name}.txt"));
            std::fs::read_to_string(path).expect("a plan")
        };
        let (text, target) = (read(before), read(after));
        let mut workload = Workload::default();
        workload.add_plans(&SourceFile::new(before, text.as_str()));
        let (schema, stats) = advise::derive(&workload);
        let advice = run(&schema, &stats, &workload, "ra3.4xlarge:4");
        let (was, wanted) = (moved(&text, &cluster), moved(&target, &cluster));
        let is = advice.moved_bytes.recommended;
        println!("{before}: {was:.4e} bytes moved, {after}: {wanted:.4e}, recommended: {is:.4e}");
        for table in advice.tables.iter().filter(|table| table.changes()) {
            println!("  {} {:?}", table.table, table.recommended);
        }
        // What saves less than a block is left as it is.
        assert!(is < was || was < work::BLOCK_BYTES, "{before}");
        assert!(is <= wanted + work::BLOCK_BYTES, "{before}");
    }
}

const SHOP: &str = "create table orders (order_id bigint, customer_id bigint, at date, total decimal(12,2)) diststyle even;
    create table lines (order_id bigint, item_id bigint, price decimal(12,2)) diststyle even;
    create table kinds (kind_id int, name varchar(40)) diststyle even;";
const SHOP_ROWS: &str = r#"{"rows": {"orders": 500000000, "lines": 2000000000, "kinds": 40},
    "columns": {"orders.order_id": {"distinct": 500000000}, "lines.order_id": {"distinct": 500000000},
                "lines.item_id": {"distinct": 100000},
                "orders.at": {"distinct": 1000, "min": "2022-01-01", "max": "2024-09-27"}}}"#;

#[test]
fn even_tables_get_the_key_of_their_join() {
    let advice = of_ddl(
        SHOP,
        "select o.at, sum(l.price) from orders o join lines l on l.order_id = o.order_id \
         where o.at >= '2024-09-01' group by 1;",
        SHOP_ROWS,
    );
    assert_eq!(
        better(&advice, "orders").distkey.as_deref(),
        Some("order_id")
    );
    assert_eq!(
        better(&advice, "lines").distkey.as_deref(),
        Some("order_id")
    );
    assert_eq!(better(&advice, "orders").sortkey, ["at"]);
    assert!(advice.moved_bytes.recommended < advice.moved_bytes.current / 10.0);
    let kinds = advice
        .tables
        .iter()
        .find(|one| one.table == "kinds".into())
        .expect("kinds");
    assert!(!kinds.changes());
    assert!(kinds.reasons[0].contains("no query"), "{:?}", kinds.reasons);
    insta::assert_snapshot!(advice.script);
}

#[test]
fn types_that_differ_are_named_and_keys_of_few_values_refused() {
    let ddl = SHOP.replace(
        "create table lines (order_id bigint",
        "create table lines (order_id decimal(18,0)",
    );
    let advice = of_ddl(
        &ddl,
        "select count(*) from orders o join lines l on l.order_id = o.order_id;",
        SHOP_ROWS,
    );
    let reasons = |advice: &Advice, name: &str| {
        let found = advice.tables.iter().find(|one| one.table == name.into());
        found.expect("the table").reasons.join("; ")
    };
    assert!(reasons(&advice, "lines").contains("different types"));
    let ddl = format!("{SHOP} create table facts (kind_id int references kinds (kind_id), v int);");
    let advice = of_ddl(
        &ddl,
        "select name, sum(v) from facts f join kinds k on f.kind_id = k.kind_id group by 1;",
        r#"{"rows": {"facts": 900000000, "kinds": 40}}"#,
    );
    assert_eq!(better(&advice, "facts").distkey, None);
    assert!(
        reasons(&advice, "facts").contains("40 values for"),
        "{}",
        reasons(&advice, "facts")
    );
    // Forty rows are broadcast in no time: a copy of them is not worth an ALTER.
    assert_eq!(better(&advice, "kinds").diststyle, "EVEN");
    assert!(
        reasons(&advice, "kinds").contains("DISTSTYLE ALL would save"),
        "{}",
        reasons(&advice, "kinds")
    );
}

#[test]
fn what_can_not_be_planned_is_listed_and_left_out() {
    let advice = of_ddl(
        "create table a (id bigint references b (id)); create table b (id bigint references a (id));",
        "select * from a join b on a.id = b.id; select * from nowhere; select from where; drop table a;",
        r#"{"rows": {"a": 0}}"#,
    );
    assert_eq!(advice.queries.len(), 1);
    let why: Vec<&str> = advice
        .left_out
        .iter()
        .map(|(_, why)| why.as_str())
        .collect();
    assert_eq!(why.len(), 3, "{why:?}");
    assert!(
        why.iter()
            .any(|why| why.contains("`nowhere` is not defined"))
    );
}

#[test]
fn nothing_costs_a_query_its_budget() {
    // Sorting by `at` would make the many searches by kind read everything.
    let advice = of_ddl(
        "create table items (id bigint, kind int, at date, note varchar(200)) diststyle even sortkey (kind);",
        "select count(*) from items where kind = 7;\n\
         -- frequency: 100000\nselect max(note) from items where at = '2024-05-05';",
        r#"{"rows": {"items": 2000000000},
            "columns": {"items.kind": {"distinct": 1000, "min": 1, "max": 1000},
                        "items.at": {"distinct": 1000, "min": "2022-01-01", "max": "2024-09-27"}}}"#,
    );
    let lost = advice
        .queries
        .iter()
        .filter(|q| q.before.warm.p50_ms <= 800.0 && q.after.warm.p50_ms > 800.0);
    assert_eq!(lost.count(), 0);
}

const STAR: &str = "
    create table colours (colour_id int primary key, name varchar(20)) diststyle all;
    create table makers (maker_id int primary key, name varchar(60), city varchar(40)) diststyle all;
    create table cars (car_id bigint, colour_id int references colours, maker_id int references makers,
                       price decimal(10,2), sold date)
        distkey (car_id) sortkey (colour_id, price);";
const STAR_ROWS: &str = r#"{"rows": {"cars": 400000000, "colours": 30, "makers": 900},
    "columns": {"cars.colour_id": {"distinct": 30, "min": 1, "max": 30},
                "cars.maker_id": {"distinct": 900, "min": 1, "max": 900},
                "colours.name": {"distinct": 30}, "makers.name": {"distinct": 900},
                "cars.price": {"distinct": 100000, "min": 0, "max": 100000}}}"#;

#[test]
fn inlining_is_weighed_against_the_star_and_against_arriving_rows() {
    let schema = Schema::of(&sql::parse(&SourceFile::new("ddl.sql", STAR)));
    let stats = Stats::read(STAR_ROWS).expect("statistics");
    let mut workload = Workload::default();
    workload.add_sql(&SourceFile::new(
        "search.sql",
        "select c.car_id, c.price, m.name from cars c join colours k on k.colour_id = c.colour_id \
         join makers m on m.maker_id = c.maker_id \
         where k.name = 'teal' and c.price between 100 and 200 order by c.price limit 50;",
    ));
    let env = environment("ra3.4xlarge:4");
    let growth = "cars=2000000/hour".parse().expect("a rate");
    let request = Request {
        growth: Some(&growth),
        ..Request::new(env.view(), &schema, &stats, &workload)
    };
    let advice = advise::advise(&request, &|_| ());
    let [found] = advice.denormalizations.as_slice() else {
        panic!(
            "one table takes in its lookups: {:#?}",
            advice.denormalizations
        );
    };
    assert_eq!(found.joins_removed, 2.0);
    assert!(found.moved_bytes.recommended <= found.moved_bytes.current);
    // Two text columns, one a byte a row: 30 names fit a dictionary of 256, 900 do not.
    let [encoded, raw] = found.added_bytes;
    assert!(encoded >= 400e6 && encoded < raw, "{encoded} {raw}");
    let arrivals = found.arrivals.as_ref().expect("hours");
    assert!(
        arrivals
            .hours
            .is_sorted_by(|a, b| a.blocks[0] <= b.blocks[0])
    );
    assert!(
        arrivals
            .hours
            .is_sorted_by(|a, b| a.blocks[1] <= b.blocks[1])
    );
    // What was compared can be read.
    for query in &found.queries {
        let parsed = sql::parse(&SourceFile::new("wide.sql", query.sql.as_str()));
        assert!(parsed.errors.is_empty(), "{query:?}: {:?}", parsed.errors);
    }
    insta::assert_snapshot!(distkey::report::advise::render(&advice));
}

#[test]
fn a_filter_gets_its_sort_key_and_an_id_its_integer() {
    let advice = of_ddl(
        "create table events (event_id bigint, at timestamp, kind int, body varchar(400)) diststyle even;",
        "select kind, count(*) from events where at >= '2024-09-01' group by kind;",
        r#"{"rows": {"events": 3000000000},
            "columns": {"events.at": {"distinct": 90000000, "min": "2022-01-01", "max": "2024-09-27"}}}"#,
    );
    assert_eq!(better(&advice, "events").sortkey, ["at"]);
    let blocks = advice.scanned_blocks;
    assert!(blocks.recommended < blocks.current / 10.0, "{blocks:?}");

    // NUMERIC joined to INT: co-located only with one type, which is proposed.
    let advice = of_ddl(
        "create table orders (order_id int primary key, at date) diststyle even;
         create table lines (order_id numeric(18,0), item_id bigint) diststyle even;",
        "select count(*) from orders o join lines l on l.order_id = o.order_id;",
        r#"{"rows": {"orders": 500000000, "lines": 2000000000},
            "columns": {"orders.order_id": {"distinct": 500000000}, "lines.order_id": {"distinct": 500000000}}}"#,
    );
    let reasons: Vec<&String> = advice.tables.iter().flat_map(|t| &t.reasons).collect();
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("types") && reason.contains("order_id")),
        "{reasons:?}"
    );
}

#[test]
fn what_leaves_slices_idle_or_is_no_key_is_not_recommended() {
    let ddl = "create table visits (user_id bigint, page_id bigint, extra super, at date) diststyle even;
               create table users (user_id bigint, page_id bigint, extra super, at date) diststyle even;";
    let query = "select count(*) from visits v join users u on v.user_id = u.user_id and v.page_id = u.page_id;";
    let stats = |of_user: &str| {
        format!(
            r#"{{"rows": {{"visits": 800000000, "users": 60000000}},
                "columns": {{"visits.user_id": {{"distinct": 50000000{of_user}}}, "visits.page_id": {{"distinct": 40000000}},
                            "users.user_id": {{"distinct": 60000000}}, "users.page_id": {{"distinct": 40000000}}}}}}"#
        )
    };
    let key = |of_user: &str| {
        let advice = of_ddl(ddl, query, &stats(of_user));
        let reasons: Vec<String> = advice
            .tables
            .iter()
            .flat_map(|t| t.reasons.clone())
            .collect();
        (
            better(&advice, "visits").distkey.clone(),
            reasons.join("; "),
        )
    };
    assert_eq!(key("").0.as_deref(), Some("user_id"));
    // 16 slices: with 15 % on one it holds 3.8 times the rows of another, with 17 % 4.3 times.
    let (_, reasons) = key(r#", "null_share": 0.15"#);
    assert!(!reasons.contains("NULL"), "{reasons}");
    let (chosen, reasons) = key(r#", "null_share": 0.17"#);
    assert_eq!(chosen.as_deref(), Some("page_id"));
    assert!(reasons.contains("17 % of its rows are NULL"), "{reasons}");
    let common = r#", "most_common": [{"value": 7, "share": 0.2}]"#;
    let (chosen, reasons) = key(common);
    assert_eq!(chosen.as_deref(), Some("page_id"));
    assert!(
        reasons.contains("20 % of its rows have one value"),
        "{reasons}"
    );
    // A column that Redshift takes for no key.
    let advice = of_ddl(
        ddl,
        "select count(*) from visits v join users u on v.extra = u.extra where v.extra = '7';",
        &stats(""),
    );
    for table in &advice.tables {
        assert_ne!(table.recommended.distkey.as_deref(), Some("extra"));
        assert!(
            !table.recommended.sortkey.contains(&"extra".into()),
            "{table:?}"
        );
    }
}

#[test]
fn a_small_table_on_auto_is_a_copy_already() {
    let ddl = "create table sales (shop_id int, price int) diststyle even;
               create table shops (shop_id int, town varchar(40));";
    let advice = |shops: &str| {
        let stats = format!(r#"{{"rows": {{"sales": 900000000, "shops": {shops}}}}}"#);
        let query = "select town, sum(price) from sales s join shops h on s.shop_id = h.shop_id group by 1;";
        of_ddl(ddl, query, &stats)
    };
    let said = |advice: &Advice| {
        advice
            .assumptions
            .join("; ")
            .contains("`shops` is on DISTSTYLE AUTO and small")
    };
    let small = advice("5000");
    assert_eq!(better(&small, "shops").diststyle, "AUTO");
    assert!(said(&small), "{:?}", small.assumptions);
    // Two columns of at least a block for each of four slices of a node.
    let large = advice("4000000");
    assert!(!said(&large), "{:?}", large.assumptions);
}

#[test]
fn large_tables_that_are_joined_are_sorted_by_their_join() {
    let ddl = "create table orders (order_id bigint, note varchar(200)) distkey (order_id);
               create table lines (order_id bigint, price decimal(12,2)) distkey (order_id);";
    let query = "select sum(l.price) from orders o join lines l on l.order_id = o.order_id;";
    let rows = |orders: u64| {
        format!(
            r#"{{"rows": {{"orders": {orders}, "lines": 6000000000}},
                "columns": {{"orders.order_id": {{"distinct": {orders}}}, "lines.order_id": {{"distinct": {orders}}}}}}}"#
        )
    };
    let advice = of_ddl(ddl, query, &rows(1_500_000_000));
    assert_eq!(better(&advice, "orders").sortkey, ["order_id"]);
    assert_eq!(better(&advice, "lines").sortkey, ["order_id"]);
    assert!(
        advice.weighted_ms.recommended < advice.weighted_ms.current,
        "{:?}",
        advice.weighted_ms
    );
    // Nothing to gain where one side is small.
    let advice = of_ddl(ddl, query, &rows(20_000));
    assert_eq!(better(&advice, "lines").sortkey, [""; 0]);
}

/// What can't be planned stands first, counted; where that is all there is, nothing is advised and
/// nothing proven.
#[test]
fn what_cannot_be_planned_is_told_before_all_else() {
    let ddl = "CREATE TABLE a (k INT, v INT) DISTSTYLE EVEN; CREATE TABLE b (k INT, w INT) DISTSTYLE EVEN;";
    let given = |queries: &str| {
        let folder = support::folder(&[("d.sql", ddl), ("q.sql", queries)]);
        support::distkey(
            folder.path(),
            &[
                "advise",
                "--ddl",
                "d.sql",
                "--queries",
                "q.sql",
                "--cluster",
                "ra3.4xlarge:4",
            ],
        )
    };
    let some = given(
        "SELECT count(*) FROM a JOIN b ON a.k = b.k; SELECT * FROM nope; GRANT SELECT ON a TO x; SELECT missing FROM a;",
    );
    assert_eq!(some.code, 0, "{}", some.err);
    assert!(
        some.out
            .starts_with("3 of 4 statements left out: what these need is not weighed\n"),
        "{}",
        some.out
    );
    let before = some.out.split("should change").next().expect("a head");
    for told in ["`nope` is not defined", "GRANT has no plan", "missing"] {
        assert!(before.contains(told), "{told} in {before}");
    }
    for nothing in [
        "SELECT * FROM nope;",
        "SELECT * FROM nope; GRANT SELECT ON a TO x;",
        "VACUUM a;",
        "SELECT FROM WHERE",
    ] {
        let ran = given(nothing);
        assert_eq!(ran.code, 2, "{nothing}: {}", ran.out);
        assert_eq!(ran.out, "", "{nothing}");
        assert!(
            ran.err.contains("nothing to go by: "),
            "{nothing}: {}",
            ran.err
        );
    }
    let many: String = (0..30)
        .map(|i| format!("SELECT * FROM nope_{i};\n"))
        .collect();
    let many = given(&format!("SELECT count(*) FROM a;\n{many}"));
    assert!(
        many.out.starts_with("30 of 31 statements left out"),
        "{}",
        many.out
    );
    assert!(
        many.out
            .contains("  and 22 more: `--format json` lists all\n"),
        "{}",
        many.out
    );
}
